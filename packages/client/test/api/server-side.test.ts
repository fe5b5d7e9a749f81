import { describe, expect, test, vi } from "vitest";
import { createVideoChat, silentLog } from "../../src/api/create-video-chat.browser.ts";

describe("where there is no browser", () => {
  test("a chat can be made, read and disposed, so that a server can render a page that has one", () => {
    expect("window" in globalThis).toBe(false);
    const chat = createVideoChat({ signalingUrl: "https://signal.example.org", log: silentLog });
    expect(chat.getSnapshot()).toMatchObject({ status: { phase: "idle" }, problem: undefined });
    expect(chat.getStatus()).toMatchObject({ phase: "idle", liveTracks: 0 });
    expect(() => chat.dispose()).not.toThrow();
  });

  test.each([
    ["@serendip/client", () => import("../../src/index.ts")],
    ["@serendip/client/browser", () => import("../../src/api/create-video-chat.browser.ts")],
    ["@serendip/client/testing", () => import("../../src/testing/index.ts")],
  ])("%s can be imported", async (_entry, load) => {
    vi.resetModules();
    await expect(load()).resolves.toBeDefined();
  });
});
