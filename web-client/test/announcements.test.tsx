import { chatError } from "@serendip/client";
import { manualClock } from "@serendip/time/testing";
import { act } from "react";
import { describe, expect, it } from "vitest";
import { type FakeChat, fakeChat } from "../src/testing/fake-chat.ts";
import { announced, button, pageText, press, renderApp, role } from "./support/render.tsx";

const CALL = { phase: "connected", since: 0, roomId: "room" } as const;
const SEARCHING = { phase: "searching", since: 0, crowd: undefined } as const;
const dialog = () => document.querySelector<HTMLDialogElement>("dialog.settings");
const set = (chat: FakeChat, ...changes: Parameters<FakeChat["set"]>) =>
  act(async () => chat.set(...changes));

describe("what is read out", () => {
  it("is what the partner turns off, as long as it is off", async () => {
    const chat = fakeChat({ status: CALL, remoteStream: new MediaStream() });
    await renderApp(chat);
    expect(announced()).toEqual([]);
    await set(chat, { partner: { camera: false, microphone: true } });
    expect(announced()).toEqual(["Your partner's camera is off"]);
    await set(chat, { partner: { camera: false, microphone: false } });
    expect(announced()).toEqual(["Your partner's camera is off", "Your partner's microphone is off"]);
    await set(chat, { partner: { camera: true, microphone: true } });
    expect(announced()).toEqual([]);
    await set(chat, { partner: { camera: false, microphone: true } });
    await set(chat, { status: SEARCHING });
    expect(announced()).toEqual([]);
  });

  it("[R9] is what is shown of a partner whose device is paused, also when it was off before", async () => {
    const chat = fakeChat({ status: CALL, remoteStream: new MediaStream() });
    await renderApp(chat);
    const off = { camera: false, microphone: false };
    const words = async (changes: object) => {
      await set(chat, { partner: { ...off, ...changes } });
      const said = [...announced()].sort();
      expect(said.map((one) => pageText().includes(String(one)))).toEqual([true, true]);
      return said.map((one) => (one?.includes("paused") ? "paused" : "off"));
    };
    expect(await words({ cameraPaused: true })).toEqual(["paused", "off"]);
    expect(await words({ microphonePaused: true })).toEqual(["off", "paused"]);
    expect(await words({ cameraPaused: true, microphonePaused: true })).toEqual(["paused", "paused"]);
    expect(await words({})).toEqual(["off", "off"]);
  });

  it("is that the sound waits for a press", async () => {
    const { play } = HTMLMediaElement.prototype;
    HTMLMediaElement.prototype.play = function (this: HTMLMediaElement) {
      return this.muted ? Promise.resolve() : Promise.reject(new DOMException("no", "NotAllowedError"));
    };
    try {
      await renderApp(fakeChat({ status: CALL, remoteStream: new MediaStream() }));
      expect(announced()).toEqual(["Your browser keeps the sound off until you press Turn on sound."]);
      await press("Turn on sound");
    } finally {
      HTMLMediaElement.prototype.play = play;
    }
  });

  it("is that the chat server is lost, once that lasts", async () => {
    const clock = manualClock();
    const chat = fakeChat({ status: CALL, signaling: { state: "offline", retryAt: 0 } });
    await renderApp(chat, clock);
    expect(announced()).toEqual([]);
    await act(async () => clock.advance(1_500));
    expect(announced()).toEqual(["No connection to the chat server. Your call goes on."]);
    await set(chat, { signaling: { state: "online" } });
    expect(announced()).toEqual([]);
  });
});

describe("the settings, which silence the page behind them", () => {
  it("have a live region of their own, which is there before anything new is in it", async () => {
    const chat = fakeChat({ status: SEARCHING });
    await renderApp(chat);
    expect(dialog()?.querySelector("[aria-live]")).toBe(null);
    await press("Settings");
    const region = dialog()?.querySelector(".announcements");
    expect(region?.getAttribute("aria-live")).toBe("polite");
    expect(announced()).toEqual(["Looking for partner…"]);
    await set(chat, { status: CALL });
    expect(announced()).toEqual(["Connected"]);
    await set(chat, { partner: { camera: false, microphone: true } });
    expect(announced()).toEqual(["Connected", "Your partner's camera is off"]);
    await set(chat, { status: { phase: "partner-left", reason: "left", nextAt: 0 } });
    expect(announced()).toEqual(["Partner left."]);
    const problem = chatError({ code: "peer-failed", severity: "degraded", action: "wait" });
    await set(chat, { status: SEARCHING, problem });
    expect(announced()).toEqual([
      "Looking for partner…",
      expect.stringMatching(/^You and the last person could not be connected\. Some networks/),
    ]);
    expect(dialog()?.querySelector(".announcements")).toBe(region);
    // The contract's one status region is the page's.
    expect(role("status")).toHaveLength(1);
  });

  it("do not stay over a chat that has failed, and can be opened again there", async () => {
    const chat = fakeChat({ status: CALL });
    await renderApp(chat);
    button("Settings").focus();
    await press("Settings");
    expect(dialog()?.open).toBe(true);
    const error = chatError({ code: "media-overconstrained", severity: "fatal", action: "choose-device" });
    await set(chat, { status: { phase: "failed", error }, problem: error });
    expect(dialog()?.open).toBe(false);
    expect(document.activeElement?.textContent).toBe("Your camera and microphone cannot be used as chosen");
    await press("Choose another device");
    expect(dialog()?.open).toBe(true);
    await press("Done");
    expect(dialog()?.open).toBe(false);
    expect(pageText()).toContain("cannot be used as chosen");
  });
});
