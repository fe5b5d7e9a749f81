import { type ChatStatus, chatError } from "@serendip/client";
import { manualClock } from "@serendip/time/testing";
import { act } from "react";
import { describe, expect, it } from "vitest";
import { IDLE_SNAPSHOT } from "../src/chat-store.ts";
import { type FakeChat, fakeChat } from "../src/testing/fake-chat.ts";
import { STATUS_TEXT } from "../src/text.ts";
import {
  alertText,
  button,
  buttonNames,
  pageText,
  press,
  renderApp,
  role,
  statusText,
} from "./support/render.tsx";

const CALL = { phase: "connected", since: 0, roomId: "room" } as const;
const SEARCHING = { phase: "searching", since: 0, crowd: undefined } as const;
const IN_CALL = ["Stop", "Mute microphone", "Turn off camera", "Settings", "Next"];

const PHASES: readonly ChatStatus[] = [
  { phase: "idle" },
  { phase: "returning", since: 0, roomId: "room" },
  { phase: "requesting-media", since: 0 },
  SEARCHING,
  { phase: "connecting", since: 0, roomId: "room" },
  CALL,
  { phase: "reconnecting", since: 0, until: 1, roomId: "room", cause: "media" },
  { phase: "partner-left", reason: "next", nextAt: 0 },
  { phase: "failed", error: chatError({ code: "protocol-fault", severity: "fatal", action: "try-again" }) },
];

const set = (chat: FakeChat, ...changes: Parameters<FakeChat["set"]>) =>
  act(async () => chat.set(...changes));

describe("the status", () => {
  it("is one live region that stays and says each phase", async () => {
    const chat = fakeChat();
    await renderApp(chat);
    const [region] = role("status");
    expect(region?.getAttribute("aria-label")).toBe("Chat status");
    for (const status of PHASES) {
      await set(chat, { status });
      expect(statusText()).toBe(STATUS_TEXT[status.phase]);
      expect(role("status")).toEqual([region]);
      expect(document.title).toContain(status.phase === "idle" ? "Serendip" : STATUS_TEXT[status.phase]);
    }
  });

  it.each(PHASES)("a page in phase $phase has one heading and no name twice", async (status) => {
    await renderApp(fakeChat({ status }));
    expect(document.querySelectorAll("h1")).toHaveLength(1);
    expect(new Set(buttonNames()).size).toBe(buttonNames().length);
  });
});

describe("a press that came too soon", () => {
  it("[B10] is shown with the seconds until it is done, is read out once, and may be pressed again", async () => {
    const clock = manualClock();
    const chat = fakeChat({ status: SEARCHING });
    await renderApp(chat, clock);
    expect(button("Next").getAttribute("aria-disabled")).toBe("true");
    await set(chat, { status: { ...SEARCHING, askAt: clock.now() + 3_000 } });
    const announced = () => document.querySelector("main [aria-live], [aria-live]")?.textContent;
    expect(pageText()).toContain("Next in 3 s");
    const first = announced();
    expect(first).toContain("The search goes on by itself.");
    await act(async () => clock.advance(1_000));
    expect(pageText()).toContain("Next in 2 s");
    expect(announced()).toBe(first);
    expect(button("Next").getAttribute("aria-disabled")).not.toBe("true");
    await press("Next");
    expect(chat.calls).toEqual(["next"]);
    await set(chat, { status: SEARCHING });
    expect(pageText()).not.toContain("Next in");
    expect(announced()).not.toContain("The search goes on");
  });
});

describe("a server that asks for a pause", () => {
  it.each([
    ["full", "server-full", "Too many people at the moment", "Waiting for a free place"],
    ["too-fast", "too-fast", "You are going too fast", "Waiting for the end of the pause"],
  ] as const)(
    "[B11] %s: says so in plain words, and when it is tried again; nothing is there to press",
    async (why, code, title, card) => {
      const clock = manualClock();
      const chat = fakeChat({
        status: SEARCHING,
        signaling: { state: "waiting", attempt: 2, retryAt: clock.now() + 20_000, why },
        problem: chatError({ code, severity: "degraded", action: "wait" }),
      });
      await renderApp(chat, clock);
      expect(alertText()).toContain(title);
      expect(pageText()).toContain("Trying again in 20 s");
      const isTrue = () => {
        expect(document.querySelector("h1")?.textContent).toBe(card);
        expect(pageText()).not.toMatch(/Waiting for the chat server|as soon as it answers|Finding someone/);
      };
      isTrue();
      expect(buttonNames()).toEqual(IN_CALL);
      await set(chat, { signaling: { state: "connecting" } });
      isTrue();
      expect(document.querySelectorAll("a[href*=check]")).toHaveLength(0);
    },
  );

  it("[B11] in a call it is one quiet line, without a button that would change nothing", async () => {
    const clock = manualClock();
    const chat = fakeChat({
      status: CALL,
      signaling: { state: "waiting", attempt: 2, retryAt: clock.now() + 20_000, why: "full" },
    });
    await renderApp(chat, clock);
    await act(async () => clock.advance(2_000));
    expect(pageText()).toContain(
      "The chat server is full and takes this page back later. Your call goes on.",
    );
    expect(buttonNames()).toEqual(expect.not.arrayContaining(["Retry now"]));
  });
});

describe("a check before somebody is let in", () => {
  const CHECKING = { state: "connecting", challenged: true } as const;

  it.each([SEARCHING, { phase: "returning", since: 0, roomId: "room" } as const])(
    "[B14] is what the page says while it lasts, and is read out once ($phase)",
    async (status) => {
      const clock = manualClock();
      const chat = fakeChat({ status, signaling: CHECKING });
      await renderApp(chat, clock);
      const said = () => document.querySelector(".announcements")?.textContent;
      expect(document.querySelector("h1")?.textContent).toBe("Checking that you are a person");
      expect(said()).toContain("Checking that you are a person.");
      const before = document.querySelector(".announcements p");
      await act(async () => clock.advance(15_000));
      await set(chat, { signaling: { ...CHECKING } });
      expect(document.querySelector(".announcements p")).toBe(before);
      expect(pageText()).not.toMatch(/cannot be reached|Waiting for the chat server|connecting…/);
      expect([role("alert"), buttonNames()]).toEqual([[], IN_CALL]);
      await set(chat, { signaling: { state: "online" } });
      expect(said()).not.toContain("Checking");
    },
  );

  it("[B14] in a call it is one quiet line, without a button that would change nothing", async () => {
    const clock = manualClock();
    await renderApp(fakeChat({ status: CALL, signaling: CHECKING }), clock);
    await act(async () => clock.advance(2_000));
    expect(pageText()).toContain("The chat server checks that you are a person. Your call goes on.");
    expect(buttonNames()).toEqual(expect.not.arrayContaining(["Retry now"]));
  });
});

describe("home", () => {
  it("[C46] says what will happen and starts at one press", async () => {
    const chat = fakeChat();
    await renderApp(chat);
    expect(pageText()).toContain("Your browser will ask for your camera and microphone.");
    expect(role("alert")).toEqual([]);
    await press("Start Chatting");
    expect(chat.calls).toEqual(["start"]);
  });

  it("lets one choose to join with the camera off", async () => {
    const chat = fakeChat();
    await renderApp(chat);
    await press("Turn off camera");
    expect(chat.calls).toEqual(["setEnabled camera false"]);
    await set(chat, { camera: { ...IDLE_SNAPSHOT.camera, enabled: false } });
    expect(pageText()).toContain("Your browser will ask for your microphone.");
    await press("Turn on camera");
    expect(chat.calls.at(-1)).toBe("setEnabled camera true");
  });
});

describe("a call that the tab was in", () => {
  it("[S12] can be gone on with at a press, or left for somebody new", async () => {
    const chat = fakeChat({ canGoOn: true });
    await renderApp(chat);
    expect(buttonNames().slice(0, 2)).toEqual(["Go on", "Start Chatting"]);
    expect(pageText()).toContain("You left a call.");
    await press("Go on");
    await press("Start Chatting");
    expect(chat.calls).toEqual(["goOn", "start"]);
    await set(chat, { canGoOn: false });
    expect(buttonNames()).not.toContain("Go on");
    expect(pageText()).not.toContain("You left a call.");
  });

  it("[S12] is asked for, can be stopped meanwhile, and is over in plain words", async () => {
    const chat = fakeChat({ status: { phase: "returning", since: 0, roomId: "room" } });
    await renderApp(chat);
    expect(buttonNames()).toEqual(IN_CALL);
    expect(button("Next").getAttribute("aria-disabled")).toBe("true");
    await press("Stop");
    const error = chatError({ code: "call-over", severity: "fatal", action: "find-another" });
    await set(chat, { status: { phase: "failed", error }, problem: error });
    expect(alertText()).toContain("That call is over");
    expect(buttonNames()).toEqual(["Find someone else", "Back to start"]);
    await press("Find someone else");
    expect(chat.calls).toEqual(["stop", "retry"]);
  });
});

describe("waiting", () => {
  it("can be stopped, and has nobody to skip", async () => {
    const chat = fakeChat({ status: SEARCHING });
    await renderApp(chat);
    expect(buttonNames()).toEqual(IN_CALL);
    expect(button("Next").getAttribute("aria-disabled")).toBe("true");
    await press("Next");
    await press("Stop");
    expect(chat.calls).toEqual(["stop"]);
  });

  it("[C48] a long search says whether the server is there and how many others are", async () => {
    const clock = manualClock();
    const status = { phase: "searching", since: clock.now(), crowd: { online: 12, waiting: 3 } } as const;
    await renderApp(fakeChat({ status, signaling: { state: "online" } }), clock);
    expect(pageText()).toContain("Server: reached");
    expect(pageText()).toContain("12 people online, 3 looking for a partner");
    expect(pageText()).not.toContain("longer than usual");
    await act(async () => clock.advance(10_000));
    expect(pageText()).toContain("This takes longer than usual. You keep your place.");
    expect(pageText()).toContain("Waiting for 10 s");
  });

  it("[C48] who is alone is told so", async () => {
    const clock = manualClock();
    const status = {
      phase: "searching",
      since: clock.now() - 12_000,
      crowd: { online: 1, waiting: 1 },
    } as const;
    await renderApp(fakeChat({ status, signaling: { state: "online" } }), clock);
    expect(pageText()).toContain("You are the only one here right now.");
  });

  it("[C79][C25] an unreachable server is an alert with a countdown beside it and Retry now", async () => {
    const clock = manualClock();
    const chat = fakeChat({
      status: SEARCHING,
      signaling: { state: "offline", retryAt: clock.now() + 14_000 },
      problem: chatError({ code: "server-unreachable", severity: "degraded", action: "retry-now" }),
    });
    await renderApp(chat, clock);
    const said = alertText();
    expect(said).toContain("The chat server cannot be reached");
    expect(pageText()).toContain("Trying again in 14 s");
    await act(async () => clock.advance(3_000));
    expect(pageText()).toContain("Trying again in 11 s");
    expect(alertText()).toBe(said);
    await set(chat, { signaling: { state: "waiting", attempt: 2, retryAt: clock.now() + 500 } });
    expect(pageText()).toContain("Trying now…");
    expect(alertText()).toBe(said);
    await press("Retry now");
    expect(chat.calls).toEqual(["retry"]);
    await set(chat, { problem: undefined, signaling: { state: "online" } });
    expect(role("alert")).toEqual([]);
  });

  it("while code is on its way nobody is told to look for a prompt that is not there", async () => {
    const clock = manualClock();
    const loading = { phase: "requesting-media", since: clock.now(), loading: true } as const;
    await renderApp(fakeChat({ status: loading }), clock);
    await act(async () => clock.advance(10_000));
    expect([statusText(), document.title]).toEqual(["Loading…", "Loading… – Serendip"]);
    expect(pageText()).toContain("A part of this page is still on its way.");
    expect(pageText()).not.toMatch(/Allow|asking/);
  });

  it("the prompt gets a hint after 10 s", async () => {
    const clock = manualClock();
    await renderApp(fakeChat({ status: { phase: "requesting-media", since: clock.now() } }), clock);
    expect(pageText()).not.toContain("near the address bar");
    await act(async () => clock.advance(10_000));
    expect(pageText()).toContain("Look for the prompt near the address bar");
  });
});

describe("the call", () => {
  it("shows both videos with their names, the own one silent", async () => {
    const [localStream, remoteStream] = [new MediaStream(), new MediaStream()];
    await renderApp(fakeChat({ status: CALL, localStream, remoteStream }));
    const own = document.querySelector<HTMLVideoElement>('video[aria-label="Your video"]');
    const partner = document.querySelector<HTMLVideoElement>('video[aria-label="Partner\'s video"]');
    expect([own?.srcObject, own?.muted]).toEqual([localStream, true]);
    expect([partner?.srcObject, partner?.muted, partner?.hidden]).toEqual([remoteStream, false, false]);
  });

  it("keeps its video elements and its buttons from the first search to the next one", async () => {
    const chat = fakeChat({ status: SEARCHING });
    await renderApp(chat);
    const before = [...document.querySelectorAll("video, .control-bar button")];
    button("Next").focus();
    for (const status of PHASES.filter(({ phase }) => phase !== "idle" && phase !== "failed")) {
      await set(chat, { status });
      expect([...document.querySelectorAll("video, .control-bar button")]).toEqual(before);
      expect(document.activeElement).toBe(button("Next"));
    }
  });

  it("every button does what it says", async () => {
    const chat = fakeChat({ status: CALL });
    await renderApp(chat);
    for (const name of ["Mute microphone", "Turn off camera", "Next", "Stop"]) await press(name);
    expect(chat.calls).toEqual(["setEnabled microphone false", "setEnabled camera false", "next", "stop"]);
    const off = { ...IDLE_SNAPSHOT.camera, enabled: false };
    await set(chat, { camera: off, microphone: off });
    expect(buttonNames()).toEqual(["Stop", "Unmute microphone", "Turn on camera", "Settings", "Next"]);
    expect(pageText()).toContain("Camera is off");
  });

  it("a camera that could not be had can be asked for again, where one turns it on", async () => {
    const chat = fakeChat({ status: CALL, camera: { ...IDLE_SNAPSHOT.camera, state: "missing" } });
    await renderApp(chat);
    await press("Turn on camera");
    expect(chat.calls).toEqual(["setEnabled camera true"]);
  });

  it("[R9] says what the partner has turned off, and only that", async () => {
    const chat = fakeChat({ status: CALL, remoteStream: new MediaStream() });
    await renderApp(chat);
    expect(pageText()).not.toContain("Your partner's");
    await set(chat, { partner: { camera: false, microphone: true } });
    expect(pageText()).toContain("Your partner's camera is off");
    await set(chat, { partner: { camera: true, microphone: false } });
    expect(pageText()).toContain("Your partner's microphone is off");
    expect(pageText()).not.toContain("Your partner's camera is off");
    // Nothing comes from a partner who joined without either.
    await set(chat, { remoteStream: undefined, partner: { camera: false, microphone: false } });
    expect(pageText()).toContain("Your partner's camera is off");
    expect(pageText()).toContain("Your partner's microphone is off");
    await set(chat, { status: SEARCHING });
    expect(pageText()).not.toContain("Your partner's");
  });

  it("[C79] trouble with signaling is a line beside the picture, never an alert over it", async () => {
    const clock = manualClock();
    const chat = fakeChat({
      status: CALL,
      signaling: { state: "offline", retryAt: 0 },
      problem: chatError({ code: "server-unreachable", severity: "degraded", action: "retry-now" }),
    });
    await renderApp(chat, clock);
    await act(async () => clock.advance(1_500));
    expect(role("alert")).toEqual([]);
    expect(document.querySelector(".picture .signaling-notice")).toBe(null);
    expect(pageText()).toContain("Your call goes on.");
    await press("Retry now");
    expect(chat.calls).toEqual(["retry"]);
    const figures = { lossPercent: 0, roundTripMs: 1, inKbps: 0, outKbps: 0, route: "direct" } as const;
    await set(chat, { quality: { level: "stalled", ...figures } });
    expect(pageText()).toContain("No connection to the chat server.");
    expect(pageText()).not.toContain("Your call goes on.");
    const reconnecting = {
      phase: "reconnecting",
      since: 0,
      until: 60_000,
      roomId: "room",
      cause: "media",
    } as const;
    await set(chat, { quality: { level: "good", ...figures }, status: reconnecting });
    expect(pageText()).not.toContain("Your call goes on.");
    await set(chat, { signaling: { state: "online" }, status: CALL });
    expect(pageText()).not.toContain("No connection to the chat server.");
  });

  it("[C79] the line about signaling stays while attempts come and go, and a short loss has none", async () => {
    const clock = manualClock();
    const chat = fakeChat({ status: CALL, signaling: { state: "connecting" } });
    await renderApp(chat, clock);
    await act(async () => clock.advance(1_400));
    expect(pageText()).not.toContain("Your call goes on.");
    await set(chat, { signaling: { state: "waiting", attempt: 2, retryAt: 0 } });
    await act(async () => clock.advance(100));
    for (const state of ["connecting", "waiting", "connecting"] as const) {
      await set(chat, { signaling: { state, attempt: 3, retryAt: 0 } });
      expect(pageText()).toContain("Your call goes on.");
    }
  });

  it.each([
    ["media", "The picture has stopped."],
    ["partner", "Your partner lost the connection"],
  ] as const)("a lost %s says how long it will be tried", async (cause, words) => {
    const clock = manualClock();
    const since = clock.now();
    const status = { phase: "reconnecting", since, until: since + 8_000, roomId: "room", cause } as const;
    await renderApp(fakeChat({ status, remoteStream: new MediaStream() }), clock);
    expect(pageText()).toContain(words);
    expect(pageText()).toContain("Giving up in 8 s");
    expect(document.querySelector<HTMLVideoElement>(".partner-video")?.hidden).toBe(false);
  });

  it("a partner's leaving is counted down, but announced once", async () => {
    const clock = manualClock();
    await renderApp(
      fakeChat({ status: { phase: "partner-left", reason: "left", nextAt: clock.now() + 3_000 } }),
      clock,
    );
    expect(pageText()).toContain("Your partner ended the chat");
    for (const seconds of [3, 2, 1]) {
      expect(pageText()).toContain(`Looking again in ${seconds} s`);
      expect(statusText()).toBe("Partner left.");
      await act(async () => clock.advance(1_000));
    }
    expect(pageText()).toContain("Looking again now");
  });
});

describe("camera and microphone pickers", () => {
  it("choose a device in a dialog", async () => {
    const devices = [
      { deviceId: "c1", label: "Front" },
      { deviceId: "c2", label: "" },
    ];
    const chat = fakeChat({ status: CALL, camera: { ...IDLE_SNAPSHOT.camera, devices, deviceId: "c1" } });
    await renderApp(chat);
    await press("Settings");
    expect(document.querySelector("dialog")?.open).toBe(true);
    const [camera, microphone] = document.querySelectorAll("select");
    expect(camera?.labels?.[0]?.textContent).toBe("Camera");
    expect([...(camera?.options ?? [])].map((option) => option.textContent)).toEqual(["Front", "Camera 2"]);
    expect([microphone?.disabled, microphone?.textContent]).toEqual([
      true,
      "To be chosen once you have allowed it",
    ]);
    const problem = chatError({ code: "media-not-found", severity: "degraded", action: "join-without" });
    await set(chat, { microphone: { ...IDLE_SNAPSHOT.microphone, state: "missing", problem } });
    expect(microphone?.textContent).toBe("No microphone found");
    await act(async () => {
      if (!camera) return;
      camera.value = "c2";
      camera.dispatchEvent(new Event("change", { bubbles: true }));
    });
    expect(chat.calls).toEqual(["selectDevice camera c2"]);
  });
});
