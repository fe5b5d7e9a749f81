import type { CheckRow, CheckView } from "@serendip/client/checks";
import { act, useState } from "react";
import { describe, expect, it, vi } from "vitest";
import { CheckPage } from "../src/check/check-page.tsx";
import {
  CHECK_PAGE,
  CHECK_TITLE,
  type CheckCause,
  findingText,
  NETWORK_CAUSES,
  STATE_TEXT,
  verdictText,
} from "../src/check/check-text.ts";
import { CHECK_NAMES, NOTHING_CHECKED } from "../src/check/check-view.ts";
import { reportText } from "../src/check/report-text.ts";
import { checkViewOf } from "../src/gallery/check-states.ts";
import { CHECK_STATE_NAMES } from "../src/gallery/state-names.ts";
import { PROBLEM_CODES } from "../src/problem-text.ts";
import { button, buttonNames, pageText, press, render, role, statusText } from "./support/render.tsx";

const show = (view: CheckView, onRun = () => {}, onRelease = () => {}) =>
  render(<CheckPage view={view} onRun={onRun} onRelease={onRelease} />);
const item = (name: (typeof CHECK_NAMES)[number]) =>
  [...document.querySelectorAll(".check-item")].find(
    (one) => one.querySelector("h2")?.textContent === CHECK_TITLE[name],
  );

/** Gives the camera back when it is told to. */
function ReleasingPage() {
  const [stream, setStream] = useState<MediaStream | undefined>(() => new MediaStream());
  const view = checkViewOf("check-ok", stream);
  return <CheckPage view={view} onRun={() => {}} onRelease={() => setStream(undefined)} />;
}

describe("the connection check", () => {
  it.each(CHECK_STATE_NAMES)("%s is a whole page", async (name) => {
    await show(checkViewOf(name, undefined));
    expect(document.querySelectorAll("h1")).toHaveLength(1);
    expect(role("status")).toHaveLength(1);
    expect(document.querySelectorAll(".check-item")).toHaveLength(CHECK_NAMES.length);
  });

  it("asks for nothing before a press", async () => {
    const run = vi.fn();
    await show(NOTHING_CHECKED, run);
    expect(buttonNames()).toEqual([CHECK_PAGE.start]);
    expect(run).not.toHaveBeenCalled();
    await press(CHECK_PAGE.start);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it("while it runs, says where it is, and cannot be started twice", async () => {
    const run = vi.fn();
    await show(checkViewOf("check-running", undefined), run);
    expect(statusText()).toBe("Checking…");
    expect(item("camera")?.textContent).toContain(STATE_TEXT.ok);
    expect(item("signaling")?.textContent).toContain(STATE_TEXT.running);
    expect(item("udp")?.textContent).toContain(STATE_TEXT.waiting);
    expect(button(CHECK_PAGE.again).getAttribute("aria-disabled")).toBe("true");
    await press(CHECK_PAGE.again);
    expect(run).not.toHaveBeenCalled();
  });

  it("[C52] what is not set up is said as such, and is no failure", async () => {
    await show(checkViewOf("check-not-configured", undefined));
    expect(statusText()).toBe("Everything that is set up here works.");
    expect(item("turn-tls")?.textContent).toContain("Not set up here");
    expect(pageText()).not.toContain(STATE_TEXT.failed);
  });

  it("[C56] what fails is named, with what to do about it", async () => {
    await show(checkViewOf("check-trouble", undefined));
    expect(statusText()).toMatch(/^4 things do not work: Camera, Chat server/);
    expect(item("camera")?.textContent).toContain("address bar");
    expect(item("udp")?.textContent).toMatch(/UDP.*another network.*VPN/s);
    expect(item("turn-tcp")?.textContent).toContain(STATE_TEXT.unknown);
  });

  it("does not cry wolf over what is not clear", () => {
    const rows = CHECK_NAMES.map((name) => ({ name, state: "unknown", why: "no-answer" }) as const);
    expect(verdictText(rows)).not.toMatch(/not work/);
  });

  it("shows picture and loudness of devices that work", async () => {
    await show(checkViewOf("check-ok", new MediaStream()));
    expect(document.querySelector("video")?.getAttribute("aria-label")).toBe("Your video");
    expect(document.querySelector("meter")?.getAttribute("aria-label")).toBe(CHECK_PAGE.level);
  });

  it("gives camera and microphone back at a press", async () => {
    const release = vi.fn();
    await show(checkViewOf("check-ok", new MediaStream()), undefined, release);
    await press(CHECK_PAGE.release);
    expect(release).toHaveBeenCalledTimes(1);
  });

  it("a button that goes away leaves the focus on the page, for who has no mouse", async () => {
    await render(<ReleasingPage />);
    button(CHECK_PAGE.release).focus();
    await press(CHECK_PAGE.release);
    expect(document.activeElement?.tagName).toBe("H1");
  });

  const causes: readonly CheckCause[] = [...NETWORK_CAUSES, ...PROBLEM_CODES];
  it.each(causes)("[C79] %s is said with what to do, for each check", (why) => {
    for (const name of CHECK_NAMES) {
      const { what, help } = findingText({ name, state: "failed", why });
      expect(what).toMatch(/^[A-Z].*\.$/);
      expect(help?.length).toBeGreaterThan(20);
      expect(`${what} ${help}`).not.toMatch(/undefined|\.\./);
    }
  });

  it("[C56] where a relay answers over UDP, it is not the network that keeps STUN silent", () => {
    const udp = { name: "udp", state: "failed", why: "stun-unreachable" } as const;
    expect(findingText(udp, [udp, { name: "turn-udp", state: "failed" }]).what).toContain("seems to block");
    const { what, help } = findingText(udp, [udp, { name: "turn-udp", state: "ok" }]);
    expect(what).not.toContain("block");
    expect(help).toContain("not your fault");
  });

  it("[C56] what could not be looked at is not said to work, nor to give no answer", () => {
    const signaling = { name: "signaling", state: "ok" } as const;
    const udp = { name: "udp", state: "unknown", why: "no-answer" } as const;
    expect(verdictText([signaling, udp])).toMatch(/^No fault was found, but .*Direct calls/);
    const limited = {
      name: "turn-udp",
      state: "unknown",
      why: "checks-limited",
      retryAfterMs: 7_400,
    } as const;
    expect(findingText(limited).what).toContain("Not tested: too many tests from your network");
    expect(findingText(limited).help).toContain("Try again in 8 s.");
    const { what } = findingText({ name: "turn-tcp", state: "unknown", why: "signaling-unreachable" });
    expect(what).toContain("Could not be checked");
    expect(findingText({ name: "signaling", state: "failed", why: "signaling-unreachable" }).what).toContain(
      "answer",
    );
  });

  it("[K25] a limit is said as one, with when it is over, and blames neither the network nor anybody", async () => {
    await show(checkViewOf("check-limited", undefined));
    expect(statusText()).toMatch(/^No fault was found, but .*Chat server/);
    expect(item("signaling")?.textContent).toContain(
      "Not tested: too many requests from your network at the moment.",
    );
    expect(item("signaling")?.textContent).toContain("Try again in 8 s.");
    expect(item("udp")?.textContent).toContain("Could not be checked");
    expect(pageText()).not.toMatch(/proxy|firewall|VPN|another network/i);
  });

  it.each([
    ["server-full", /the service is full/],
    ["challenge-missing", /needs a check that this page does not have/],
    ["challenge-failed", /after a check, which was not passed/],
    ["access-revoked", /shut you out for a while/],
    ["requests-limited", /too many requests/],
    ["identity-refused", /did not let this page in/],
  ] as const)("[K25] what the service says itself (%s) is no verdict about the network", (why, words) => {
    const { what, help } = findingText({ name: "signaling", state: "unknown", why, retryAfterMs: 7_400 });
    expect(what).toMatch(words);
    expect(`${what} ${help}`).not.toMatch(/proxy|firewall|VPN|blocked|by ourselves/i);
    expect(findingText({ name: "turn-udp", state: "unknown", why }).what).toContain("Could not be checked");
    if (why === "server-full") expect(help).toContain("Try again in 8 s.");
  });

  it("[W19] [C56] a chat server that can be met one way only is said to be, and works all the same", () => {
    const both = findingText({ name: "signaling", state: "ok", ways: ["websocket", "polling"] });
    expect(both).toEqual(findingText({ name: "signaling", state: "ok" }));
    const polling: CheckRow = { name: "signaling", state: "ok", ways: ["polling"] };
    expect(findingText(polling).what).toMatch(/WebSocket does not get through/);
    expect(findingText({ ...polling, ways: ["websocket"] }).what).toMatch(/polling\), does not work/);
    expect(verdictText([polling])).toBe("Everything that is set up here works.");
    expect(reportText([polling], "a browser")).toContain("Chat server: Works (polling)");
  });

  it("each check has words for each outcome", () => {
    for (const name of CHECK_NAMES) {
      expect(findingText({ name, state: "ok" }).what).toMatch(/\.$/);
      expect(findingText({ name, state: "waiting" })).toEqual({});
    }
  });
});

describe("the report", () => {
  it("has every outcome and the browser, and neither addresses nor device names", () => {
    const report = reportText(checkViewOf("check-trouble", undefined).rows, "Browser 1.0");
    expect(report.split("\n")).toHaveLength(2 + CHECK_NAMES.length);
    expect(report).toContain("Camera: Does not work (media-denied)");
    expect(report).toContain("Relay server over TLS: Not set up here");
    expect(report).not.toMatch(/https?:|turns?:|stuns?:|\d+\.\d+\.\d+/);
  });

  it("can be copied, and says so", async () => {
    const written: string[] = [];
    vi.spyOn(navigator.clipboard, "writeText").mockImplementation(async (text) => void written.push(text));
    const { rows } = checkViewOf("check-ok", undefined);
    await show({ rows, running: false, stream: undefined });
    await press(CHECK_PAGE.copy);
    expect(written).toEqual([reportText(rows, navigator.userAgent)]);
    expect(pageText()).toContain(CHECK_PAGE.copied);
  });

  it("that cannot be copied can be selected", async () => {
    vi.spyOn(navigator.clipboard, "writeText").mockRejectedValue(new Error("not allowed"));
    await show(checkViewOf("check-ok", undefined));
    await press(CHECK_PAGE.copy);
    await act(async () => {});
    expect(pageText()).toContain(CHECK_PAGE.copyFailed);
  });
});
