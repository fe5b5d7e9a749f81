import { act } from "react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { fakeChat } from "../src/testing/fake-chat.ts";
import { buttonNames, press, renderApp } from "./support/render.tsx";

const CALL = { phase: "connected", since: 0, roomId: "room" } as const;
const SEARCHING = { phase: "searching", since: 0, crowd: undefined } as const;
const root = document.documentElement;

afterEach(() => {
  for (const name of ["fullscreenEnabled", "fullscreenElement", "exitFullscreen"])
    Reflect.deleteProperty(document, name);
  Reflect.deleteProperty(root, "requestFullscreen");
});

/** A browser that can show a page on the whole screen; `enabled: false`: not here, for example in a frame. */
function fullScreenBrowser({ enabled = true } = {}) {
  let element: Element | null = null;
  const change = async (next: Element | null) => {
    element = next;
    document.dispatchEvent(new Event("fullscreenchange"));
  };
  const define = (target: object, name: string, property: PropertyDescriptor) =>
    Object.defineProperty(target, name, { configurable: true, ...property });
  define(document, "fullscreenEnabled", { value: enabled });
  define(document, "fullscreenElement", { get: () => element });
  define(document, "exitFullscreen", { value: vi.fn(() => change(null)) });
  define(root, "requestFullscreen", { value: vi.fn(() => change(root)) });
  return { element: () => element, leaveByKey: () => act(() => change(null)) };
}

describe("full screen", () => {
  it("is the whole page, and is left by the same button or by the browser's key", async () => {
    const browser = fullScreenBrowser();
    await renderApp(fakeChat({ status: CALL }));
    await press("Full screen");
    expect(browser.element()).toBe(root);
    await press("Leave full screen");
    expect(browser.element()).toBeNull();
    await press("Full screen");
    await browser.leaveByKey();
    expect(buttonNames()).toContain("Full screen");
  });

  it("ends with the chat", async () => {
    const browser = fullScreenBrowser();
    const chat = fakeChat({ status: CALL });
    await renderApp(chat);
    await press("Full screen");
    await act(async () => chat.set({ status: { phase: "idle" } }));
    expect(browser.element()).toBeNull();
  });

  it("is offered with a picture to fill it, and lasts from one partner to the next", async () => {
    fullScreenBrowser();
    const chat = fakeChat({ status: SEARCHING });
    await renderApp(chat);
    expect(buttonNames().join()).not.toMatch(/full screen/i);
    await act(async () => chat.set({ status: CALL }));
    await press("Full screen");
    await act(async () => chat.set({ status: SEARCHING }));
    await press("Leave full screen");
    expect(buttonNames().join()).not.toMatch(/full screen/i);
  });

  it("a refusal changes nothing", async () => {
    fullScreenBrowser();
    Object.defineProperty(root, "requestFullscreen", {
      configurable: true,
      value: () => Promise.reject(new TypeError("no press")),
    });
    await renderApp(fakeChat({ status: CALL }));
    await press("Full screen");
    expect(buttonNames()).toContain("Full screen");
  });

  it("has no button where there is no such thing", async () => {
    // An iPhone has neither; a frame without the permission has the function alone.
    await renderApp(fakeChat({ status: CALL }));
    expect(buttonNames().join()).not.toMatch(/full screen/i);
    fullScreenBrowser({ enabled: false });
    await renderApp(fakeChat({ status: CALL }));
    expect(buttonNames().join()).not.toMatch(/full screen/i);
  });
});
