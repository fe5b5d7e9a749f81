import { act } from "react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { fakeChat } from "../src/testing/fake-chat.ts";
import { setVisibility } from "./support/page-state.ts";
import { press, renderApp } from "./support/render.tsx";

const CALL = { phase: "connected", since: 0, roomId: "room" } as const;
const AWAY = { phase: "reconnecting", since: 0, until: 1, roomId: "room", cause: "media" } as const;
const LEFT = { phase: "partner-left", reason: "left", nextAt: 0 } as const;

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  Reflect.deleteProperty(navigator, "wakeLock");
});

/** A phone's screen, which a hidden page cannot keep on. */
function phoneScreen(answer: () => Promise<void> = async () => {}) {
  const locks: { released: boolean; release: () => Promise<void> }[] = [];
  const request = vi.fn(async (kind: string) => {
    expect(kind).toBe("screen");
    await answer();
    const lock = {
      released: false,
      async release() {
        lock.released = true;
      },
    };
    locks.push(lock);
    return lock;
  });
  Object.defineProperty(navigator, "wakeLock", { value: { request }, configurable: true });
  return {
    request,
    held: () => locks.filter(({ released }) => !released).length,
    /** The system takes the lock from a page that nobody looks at. */
    async hide() {
      for (const lock of locks) lock.released = true;
      await setVisibility("hidden");
    },
  };
}

describe("the screen", () => {
  it("stays on in a call, through an interruption, and no longer", async () => {
    const screen = phoneScreen();
    const chat = fakeChat({ status: { phase: "searching", since: 0, crowd: undefined } });
    await renderApp(chat);
    expect(screen.held()).toBe(0);
    await act(async () => chat.set({ status: CALL }));
    expect(screen.held()).toBe(1);
    await act(async () => chat.set({ status: AWAY }));
    await act(async () => chat.set({ status: CALL }));
    expect([screen.held(), screen.request.mock.calls.length]).toEqual([1, 1]);
    await act(async () => chat.set({ status: LEFT }));
    expect(screen.held()).toBe(0);
  });

  it("is kept on again when the page is shown again", async () => {
    const screen = phoneScreen();
    const chat = fakeChat({ status: CALL });
    await renderApp(chat);
    await screen.hide();
    expect(screen.held()).toBe(0);
    await setVisibility("visible");
    expect(screen.held()).toBe(1);
    await act(async () => chat.set({ status: { phase: "idle" } }));
    await setVisibility("visible");
    expect(screen.held()).toBe(0);
  });

  it("is kept on from the next press on where the browser wants one", async () => {
    let pressed = false;
    const screen = phoneScreen(async () => {
      if (!pressed) throw new DOMException("no press", "NotAllowedError");
    });
    await renderApp(fakeChat({ status: CALL }));
    expect(screen.held()).toBe(0);
    pressed = true;
    await press("Mute microphone");
    expect(screen.held()).toBe(1);
    await press("Mute microphone");
    expect(screen.request).toHaveBeenCalledTimes(2);
  });

  it("is let go when the browser answers after the end of the call", async () => {
    let answer = () => {};
    const screen = phoneScreen(() => new Promise((resolve) => (answer = resolve)));
    const chat = fakeChat({ status: CALL });
    await renderApp(chat);
    await act(async () => chat.set({ status: LEFT }));
    await act(async () => answer());
    expect([screen.request.mock.calls.length, screen.held()]).toEqual([1, 0]);
  });

  it("goes off as always where it cannot be kept on, and nobody is bothered", async () => {
    const screen = phoneScreen(() => Promise.reject(new DOMException("low battery", "NotAllowedError")));
    await renderApp(fakeChat({ status: CALL }));
    expect([screen.request.mock.calls.length, screen.held()]).toEqual([1, 0]);
    Reflect.deleteProperty(navigator, "wakeLock");
    await renderApp(fakeChat({ status: CALL }));
    expect(document.querySelectorAll('[role="alert"]')).toHaveLength(0);
  });
});
