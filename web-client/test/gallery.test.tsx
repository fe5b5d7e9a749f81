import { describe, expect, it } from "vitest";
import { STATE_NAMES } from "../src/gallery/state-names.ts";
import { GALLERY_NOW } from "../src/gallery/state-parts.ts";
import { snapshotOf } from "../src/gallery/states.ts";
import { PROBLEM_CODES } from "../src/problem-text.ts";
import { fakeChat } from "../src/testing/fake-chat.ts";
import { STATUS_TEXT } from "../src/text.ts";
import { renderApp, role } from "./support/render.tsx";

const pictures = { self: undefined, partner: undefined, partnerWithoutCamera: undefined };
const standing = { now: () => GALLERY_NOW, after: () => () => {} };

describe("the gallery", () => {
  it.each(STATE_NAMES)("%s is a whole page", async (name) => {
    await renderApp(fakeChat(snapshotOf(name, pictures)), standing);
    expect(role("status")).toHaveLength(1);
    expect(role("alert").length).toBeLessThanOrEqual(1);
    expect(document.querySelectorAll("h1")).toHaveLength(1);
  });

  it("shows every phase and every problem", () => {
    const shown = STATE_NAMES.map((name) => snapshotOf(name, pictures));
    expect(new Set(shown.map(({ status }) => status.phase))).toEqual(new Set(Object.keys(STATUS_TEXT)));
    const codes = new Set(shown.map(({ problem }) => problem?.code));
    expect(PROBLEM_CODES.filter((code) => !codes.has(code))).toEqual([]);
  });
});
