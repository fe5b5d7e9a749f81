import { act } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { NoticeSettings } from "../src/notices/notice-settings.tsx";
import { isWanted } from "../src/notices/notice-store.ts";
import { fakeChat } from "../src/testing/fake-chat.ts";
import { setVisibility } from "./support/page-state.ts";
import { render, renderApp } from "./support/render.tsx";

const SEARCHING = { phase: "searching", since: 0, crowd: undefined } as const;
const CONNECTING = { phase: "connecting", since: 0, roomId: "room" } as const;
const SOUND = "Play a sound when someone is there";
const NOTIFICATION = "Show a notification as well";

let sounds = 0;
let shown: FakeNotification[] = [];

class FakeNotification extends EventTarget {
  static permission: NotificationPermission = "default";
  static answer: NotificationPermission = "granted";
  static requestPermission = vi.fn(async () => {
    FakeNotification.permission = FakeNotification.answer;
    return FakeNotification.permission;
  });
  closed = false;
  readonly title: string;
  readonly options: NotificationOptions;
  constructor(title: string, options: NotificationOptions) {
    super();
    this.title = title;
    this.options = options;
    shown.push(this);
  }
  close() {
    this.closed = true;
    this.dispatchEvent(new Event("close"));
  }
}

/** As little of WebAudio as two tones need. */
class FakeAudio {
  currentTime = 0;
  destination = {};
  closed = false;
  async close() {
    this.closed = true;
  }
}
class FakeGain {
  gain = { setValueAtTime() {}, linearRampToValueAtTime() {} };
  connect() {}
}
class FakeOscillator extends EventTarget {
  connect<T>(next: T): T {
    return next;
  }
  start() {
    sounds += 1;
  }
  stop() {}
}

beforeEach(() => {
  sounds = 0;
  shown = [];
  FakeNotification.permission = "default";
  FakeNotification.answer = "granted";
  FakeNotification.requestPermission.mockClear();
  vi.stubGlobal("Notification", FakeNotification);
  vi.stubGlobal("AudioContext", FakeAudio);
  vi.stubGlobal("GainNode", FakeGain);
  vi.stubGlobal("OscillatorNode", FakeOscillator);
  window.localStorage.clear();
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const box = (label: string) =>
  [...document.querySelectorAll("label")].find((one) => one.textContent === label)?.querySelector("input");

async function turn(label: string): Promise<void> {
  await act(async () => box(label)?.click());
}

/** A partner is found while the page is as `visibility` says. */
async function find(visibility: DocumentVisibilityState): Promise<void> {
  const chat = fakeChat({ status: SEARCHING });
  await renderApp(chat);
  await setVisibility(visibility);
  await act(async () => chat.set({ status: CONNECTING }));
  await act(async () => chat.set({ status: { phase: "connected", since: 0, roomId: "room" } }));
}

describe("a partner who is found in a hidden tab", () => {
  it("is heard once; in a tab that is looked at, not at all", async () => {
    await find("visible");
    expect(sounds).toBe(0);
    await find("hidden");
    expect([sounds, shown.length]).toEqual([2, 0]);
    expect(FakeNotification.requestPermission).not.toHaveBeenCalled();
  });

  it("is shown where the browser allows it already, until somebody looks", async () => {
    FakeNotification.permission = "granted";
    await find("hidden");
    expect(shown.map(({ title, options }) => [title, options.silent])).toEqual([["Someone is there", true]]);
    await setVisibility("visible");
    expect(shown[0]?.closed).toBe(true);
  });

  it("is neither heard nor shown by who turned both off, also after a reload", async () => {
    FakeNotification.permission = "granted";
    await render(<NoticeSettings />);
    expect([box(SOUND)?.checked, box(NOTIFICATION)?.checked]).toEqual([true, true]);
    await turn(SOUND);
    await turn(NOTIFICATION);
    shown = [];
    await find("hidden");
    expect([sounds, shown.length]).toEqual([0, 0]);
  });

  it("is neither heard nor shown by who turned both off where nothing can be stored", async () => {
    FakeNotification.permission = "granted";
    const refuse = () => {
      throw new DOMException("The operation is insecure.", "SecurityError");
    };
    const blocked = { getItem: refuse, setItem: refuse };
    vi.spyOn(window, "localStorage", "get").mockReturnValue(blocked as unknown as Storage);
    await render(<NoticeSettings />);
    await turn(SOUND);
    await turn(NOTIFICATION);
    shown = [];
    await find("hidden");
    expect([sounds, shown.length]).toEqual([0, 0]);
    // Where it can, what the browser has kept is what counts.
    vi.restoreAllMocks();
    await turn(SOUND);
    window.localStorage.setItem("serendip.notice.sound", "off");
    expect(isWanted("sound")).toBe(false);
    await turn(NOTIFICATION);
  });

  it("ends no call in a browser that refuses both", async () => {
    FakeNotification.permission = "granted";
    vi.stubGlobal("AudioContext", undefined);
    vi.stubGlobal(
      "Notification",
      class {
        static permission = "granted";
        constructor() {
          throw new TypeError("Illegal constructor. Use ServiceWorkerRegistration.showNotification()");
        }
      },
    );
    await find("hidden");
    expect(document.querySelector('[role="status"]')?.textContent).toBe("Connected");
  });
});

describe("the switch for notifications", () => {
  it("asks at a press, shows that it works, and is remembered", async () => {
    await render(<NoticeSettings />);
    expect(box(NOTIFICATION)?.checked).toBe(false);
    expect(window.localStorage.length).toBe(0);
    await turn(NOTIFICATION);
    expect(FakeNotification.requestPermission).toHaveBeenCalledOnce();
    expect(box(NOTIFICATION)?.checked).toBe(true);
    expect(shown.map(({ title }) => title)).toEqual(["Notifications are on"]);
    await turn(NOTIFICATION);
    await turn(NOTIFICATION);
    expect(FakeNotification.requestPermission).toHaveBeenCalledOnce();
  });

  it("stays off and says why where the person or the browser refuses", async () => {
    FakeNotification.answer = "denied";
    await render(<NoticeSettings />);
    await turn(NOTIFICATION);
    expect([box(NOTIFICATION)?.checked, box(NOTIFICATION)?.disabled]).toEqual([false, true]);
    expect(document.body.textContent).toContain("does not allow notifications of this site");
  });

  it("is not there where the browser has none", async () => {
    vi.stubGlobal("Notification", undefined);
    await render(<NoticeSettings />);
    expect([box(NOTIFICATION), box(SOUND)?.checked]).toEqual([undefined, true]);
  });

  it("goes where the browser has them for service workers alone", async () => {
    vi.stubGlobal(
      "Notification",
      class {
        static permission = "granted";
        constructor() {
          throw new TypeError("Illegal constructor. Use ServiceWorkerRegistration.showNotification()");
        }
      },
    );
    window.localStorage.setItem("serendip.notice.notification", "off");
    await render(<NoticeSettings />);
    await turn(NOTIFICATION);
    expect(box(NOTIFICATION)).toBeUndefined();
    expect(document.body.textContent).toContain("does not show notifications of open pages");
  });
});
