import { describe, expect, it } from "vitest";
import { PROBLEM_CODES, problemText } from "../src/problem-text.ts";
import {
  ACTION_TEXT,
  documentTitle,
  joinWithoutText,
  STATUS_TEXT,
  toggleText,
  WAITING,
} from "../src/text.ts";

describe("the words of the contract", () => {
  it("each phase has its own status", () => {
    expect(STATUS_TEXT).toEqual({
      idle: "Ready to start",
      returning: "Going back to your call…",
      "requesting-media": "Allow your camera and microphone to continue",
      searching: "Looking for partner…",
      connecting: "Partner found. Connecting…",
      connected: "Connected",
      reconnecting: "Connection lost. Reconnecting…",
      "partner-left": "Partner left.",
      failed: "Chat stopped",
    });
  });

  it("toggles say what a press does", () => {
    expect([toggleText("microphone", true), toggleText("microphone", false)]).toEqual([
      "Mute microphone",
      "Unmute microphone",
    ]);
    expect([toggleText("camera", true), toggleText("camera", false)]).toEqual([
      "Turn off camera",
      "Turn on camera",
    ]);
  });

  it("[C55] the ways on without a device are named after it", () => {
    expect([joinWithoutText("camera"), joinWithoutText("microphone"), joinWithoutText(undefined)]).toEqual([
      "Continue without camera",
      "Continue without microphone",
      "Continue without camera and microphone",
    ]);
    expect(ACTION_TEXT).toMatchObject({
      "try-again": "Try again",
      "retry-now": "Retry now",
      "use-here": "Use here",
      reload: "Reload",
    });
  });

  it("counts people in words", () => {
    expect(WAITING.crowd({ online: 1, waiting: 1 })).toBe("1 person online, 1 looking for a partner");
    expect(WAITING.crowd({ online: 12, waiting: 3 })).toBe("12 people online, 3 looking for a partner");
    expect([WAITING.waited(59), WAITING.waited(75)]).toEqual(["Waiting for 59 s", "Waiting for 1 min 15 s"]);
  });

  it("the tab's title follows the phase", () => {
    expect(documentTitle({ phase: "idle" })).toBe("Serendip – Random video chat");
    expect(documentTitle({ phase: "connected", since: 0, roomId: "room" })).toBe("Connected – Serendip");
  });
});

describe("the words of problems", () => {
  it.each(PROBLEM_CODES)("[C79] %s has a title and an advice, with each device", (code) => {
    for (const device of ["camera", "microphone", undefined] as const) {
      const text = problemText({ code, severity: "fatal", action: "none", ...(device && { device }) });
      expect(text.title.length).toBeGreaterThan(8);
      expect(text.advice.length).toBeGreaterThan(20);
      expect(`${text.title} ${text.advice}`).not.toMatch(/undefined|null|session already/i);
    }
  });

  it("[C79] no two causes share their words, but for the two that say the browser cannot", () => {
    const titles = PROBLEM_CODES.filter((code) => code !== "peer-unsupported").map(
      (code) => problemText({ code, severity: "fatal", action: "none" }).title,
    );
    expect(new Set(titles).size).toBe(titles.length);
  });

  it("[C55] a refused camera has four concrete fixes", () => {
    const { fixes } = problemText({ code: "media-denied", severity: "fatal", action: "try-again" });
    expect(fixes).toHaveLength(4);
    const wanted = [/address bar/, /site settings/, /other app/, /another browser/];
    for (const [index, pattern] of wanted.entries()) expect(fixes?.[index]).toMatch(pattern);
  });

  it("a refused camera in a chat that goes on is one sentence, not a lecture", () => {
    const { fixes, advice } = problemText({
      code: "media-denied",
      severity: "degraded",
      action: "none",
      device: "camera",
    });
    expect(fixes).toBeUndefined();
    expect(advice).toContain("goes on");
  });
});
