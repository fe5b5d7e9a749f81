import { act } from "react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { fakeChat } from "../src/testing/fake-chat.ts";
import { buttonNames, press, renderApp } from "./support/render.tsx";

const CALL = { phase: "connected", since: 0, roomId: "room" } as const;
const partner = () => document.querySelector<HTMLVideoElement>(".partner-video");

afterEach(() => vi.restoreAllMocks());

/** A browser that plays sound only once somebody has pressed something. */
function soundNeedsPress(): { pressed: boolean } {
  const browser = { pressed: false };
  vi.spyOn(HTMLMediaElement.prototype, "play").mockImplementation(async function (this: HTMLMediaElement) {
    if (!this.muted && !browser.pressed) throw new DOMException("no press", "NotAllowedError");
  });
  return browser;
}

describe("the partner's sound", () => {
  it("plays without a press where the browser lets it", async () => {
    const play = vi.spyOn(HTMLMediaElement.prototype, "play").mockResolvedValue();
    await renderApp(fakeChat({ status: CALL, remoteStream: new MediaStream() }));
    expect(play).toHaveBeenCalledOnce();
    expect(buttonNames()).not.toContain("Turn on sound");
  });

  it("waits for a press where it does not, and the picture plays meanwhile", async () => {
    const browser = soundNeedsPress();
    const chat = fakeChat({ status: CALL, remoteStream: new MediaStream() });
    await renderApp(chat);
    expect(buttonNames()).toContain("Turn on sound");
    expect(partner()?.muted).toBe(true);
    browser.pressed = true;
    await press("Turn on sound");
    expect(partner()?.muted).toBe(false);
    expect(buttonNames()).not.toContain("Turn on sound");
    await act(async () => chat.set({ remoteStream: new MediaStream() }));
    expect(buttonNames()).not.toContain("Turn on sound");
  });

  it("an interrupted load is no refusal", async () => {
    vi.spyOn(HTMLMediaElement.prototype, "play").mockRejectedValue(
      new DOMException("new load", "AbortError"),
    );
    await renderApp(fakeChat({ status: CALL, remoteStream: new MediaStream() }));
    expect(buttonNames()).not.toContain("Turn on sound");
    expect(partner()?.muted).toBe(false);
  });
});

describe("the partner's picture", () => {
  it("[C6] the element lets go of the stream when the partner is gone", async () => {
    const chat = fakeChat({ status: CALL, remoteStream: new MediaStream() });
    await renderApp(chat);
    await act(async () =>
      chat.set({ status: { phase: "partner-left", reason: "left", nextAt: 0 }, remoteStream: undefined }),
    );
    expect([partner()?.srcObject, partner()?.hidden]).toEqual([null, true]);
  });
});
