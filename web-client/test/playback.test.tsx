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

/** The page is hidden, or seen again. */
async function seePage(visibility: DocumentVisibilityState): Promise<void> {
  vi.spyOn(document, "visibilityState", "get").mockReturnValue(visibility);
  await act(async () => document.dispatchEvent(new Event("visibilitychange")));
}

describe("a partner whom the system has paused", () => {
  async function playing() {
    const play = vi.spyOn(HTMLMediaElement.prototype, "play").mockResolvedValue();
    await renderApp(fakeChat({ status: CALL, remoteStream: new MediaStream() }));
    play.mockClear();
    return { play, pause: () => act(async () => partner()?.dispatchEvent(new Event("pause"))) };
  }

  it("is played again at once where the page is seen", async () => {
    const { play, pause } = await playing();
    await pause();
    expect(play).toHaveBeenCalledOnce();
  });

  it("is played again when the page is back, and not before", async () => {
    const { play, pause } = await playing();
    await seePage("hidden");
    await pause();
    expect(play).not.toHaveBeenCalled();
    await seePage("visible");
    expect(play).toHaveBeenCalledOnce();
    await act(async () => window.dispatchEvent(new Event("pageshow")));
    expect(play).toHaveBeenCalledTimes(2);
  });

  it("who plays is left alone when the page is back", async () => {
    const { play } = await playing();
    vi.spyOn(HTMLMediaElement.prototype, "paused", "get").mockReturnValue(false);
    await seePage("visible");
    expect(play).not.toHaveBeenCalled();
  });

  it("a browser that refuses is asked once with sound and once without, then a press decides", async () => {
    const { play, pause } = await playing();
    play.mockRejectedValue(new DOMException("no press", "NotAllowedError"));
    await pause();
    expect(play).toHaveBeenCalledTimes(2);
    expect(buttonNames()).toContain("Turn on sound");
    play.mockResolvedValue();
    await press("Turn on sound");
    expect(partner()?.muted).toBe(false);
    expect(buttonNames()).not.toContain("Turn on sound");
  });

  it("pauses without end do not make a loop", async () => {
    const { play, pause } = await playing();
    for (let time = 0; time < 50; time += 1) await pause();
    expect(play.mock.calls.length).toBeLessThan(10);
    expect(buttonNames()).toContain("Turn on sound");
  });

  it("nobody plays a partner who is gone", async () => {
    const play = vi.spyOn(HTMLMediaElement.prototype, "play").mockResolvedValue();
    const chat = fakeChat({ status: CALL, remoteStream: new MediaStream() });
    await renderApp(chat);
    await act(async () => chat.set({ remoteStream: undefined }));
    play.mockClear();
    await act(async () => partner()?.dispatchEvent(new Event("pause")));
    await seePage("visible");
    expect(play).not.toHaveBeenCalled();
  });

  it("the own picture is played again as well", async () => {
    const play = vi.spyOn(HTMLMediaElement.prototype, "play").mockResolvedValue();
    await renderApp(fakeChat({ status: CALL, localStream: new MediaStream() }));
    play.mockClear();
    await act(async () => document.querySelector(".self-view video")?.dispatchEvent(new Event("pause")));
    expect(play).toHaveBeenCalledOnce();
  });
});
