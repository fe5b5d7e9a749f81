import { type ChatError, chatError, type DeviceStatus } from "@serendip/client";
import { act } from "react";
import { describe, expect, it } from "vitest";
import { IDLE_SNAPSHOT } from "../src/chat-store.ts";
import { PROBLEM_CODES, problemText } from "../src/problem-text.ts";
import { fakeChat } from "../src/testing/fake-chat.ts";
import { alertText, buttonNames, pageText, press, renderApp, role } from "./support/render.tsx";

const failed = (error: ChatError) => fakeChat({ status: { phase: "failed", error }, problem: error });
type Problem = Omit<ChatError, "area" | "severity">;
const fatal = (error: Problem) => failed(chatError({ severity: "fatal", ...error }));
const inCall = (error: Problem) =>
  fakeChat({
    status: { phase: "connected", since: 0, roomId: "room" },
    problem: chatError({ severity: "degraded", ...error }),
  });
const problemButtons = () =>
  [...document.querySelectorAll(".problem button")].map(({ textContent }) => textContent);

describe("a problem that stops the chat", () => {
  it.each(PROBLEM_CODES)("[C79] %s reaches the person in one alert, with a way back", async (code) => {
    const chat = fatal({ code, action: "none" });
    await renderApp(chat);
    expect(role("alert")).toHaveLength(1);
    expect(alertText()).toContain(problemText({ code, severity: "fatal", action: "none" }).title);
    await press("Back to start");
    expect(chat.calls).toEqual(["stop"]);
  });

  it.each([
    ["try-again", "Try again", "retry"],
    ["retry-now", "Retry now", "retry"],
    ["use-here", "Use here", "retry"],
  ] as const)("the action %s is the button %s", async (action, name, call) => {
    const chat = fatal({ code: "session-replaced", action });
    await renderApp(chat);
    expect(buttonNames()).toEqual([name, "Back to start"]);
    await press(name);
    expect(chat.calls).toEqual([call]);
  });

  it("[M9] [C56] the action check is the way to the check page, before another try", async () => {
    const chat = fatal({ code: "peer-unreachable", action: "check" });
    await renderApp(chat);
    const links = [...document.querySelectorAll<HTMLAnchorElement>(".problem-actions a")];
    expect(links.map((link) => [link.textContent, link.getAttribute("href"), link.className])).toEqual([
      ["Check my connection", "./check/", "primary"],
    ]);
    expect(links[0]?.nextElementSibling?.textContent).toBe("Try again");
    expect(buttonNames()).toEqual(["Try again", "Back to start"]);
    await press("Try again");
    expect(chat.calls).toEqual(["start"]);
  });

  it.each(["none", "wait"] as const)("the action %s has no button of its own", async (action) => {
    await renderApp(fatal({ code: "server-busy", action }));
    expect(buttonNames()).toEqual(["Back to start"]);
  });

  it("[C55] a refused camera: four fixes, another try, or the chat without", async () => {
    const chat = fatal({ code: "media-denied", action: "try-again" });
    await renderApp(chat);
    expect(document.querySelectorAll('[role="alert"] li')).toHaveLength(4);
    expect(buttonNames()).toEqual(["Try again", "Continue without camera and microphone", "Back to start"]);
    await press("Try again");
    await press("Continue without camera and microphone");
    expect(chat.calls).toEqual(["retry", "joinWithout"]);
  });

  it.each(["camera", "microphone"] as const)("[C55] no %s: one can go on without", async (device) => {
    const chat = fatal({ code: "media-not-found", action: "join-without", device });
    await renderApp(chat);
    expect(buttonNames()).toEqual([`Continue without ${device}`, "Try again", "Back to start"]);
    await press(`Continue without ${device}`);
    await press("Try again");
    expect(chat.calls).toEqual(["joinWithout", "start"]);
  });

  it("[C55] with trouble of both devices, the button does not promise one of them", async () => {
    const error = chatError({
      code: "media-not-found",
      severity: "fatal",
      action: "join-without",
      device: "camera",
    });
    const missing: DeviceStatus = { ...IDLE_SNAPSHOT.camera, state: "missing", problem: error };
    await renderApp(
      fakeChat({ status: { phase: "failed", error }, problem: error, camera: missing, microphone: missing }),
    );
    expect(buttonNames()[0]).toBe("Continue without camera and microphone");
  });

  it("[C55] a browser that cannot make calls offers nothing that would fail again", async () => {
    await renderApp(fatal({ code: "media-unsupported", action: "none" }));
    expect(buttonNames()).toEqual(["Back to start"]);
  });

  it("a device that does not fit: the pickers, or another try", async () => {
    const chat = fatal({ code: "media-overconstrained", action: "choose-device", device: "camera" });
    await renderApp(chat);
    expect(buttonNames()).toEqual([
      "Choose another device",
      "Continue without camera",
      "Try again",
      "Back to start",
    ]);
    await press("Choose another device");
    expect(document.querySelector("dialog")?.open).toBe(true);
    expect(chat.calls).toEqual([]);
  });
});

describe("a problem beside a chat that goes on", () => {
  it("is an alert that can be put away", async () => {
    const chat = inCall({ code: "media-lost", action: "choose-device", device: "camera" });
    await renderApp(chat);
    expect(alertText()).toContain("Your camera was disconnected");
    expect(problemButtons()).toEqual(["Choose another device", "Dismiss"]);
    await press("Dismiss");
    expect(chat.calls).toEqual(["dismissProblem"]);
    await act(async () => chat.set({ problem: undefined }));
    expect(role("alert")).toEqual([]);
  });

  it("[C55] a missing camera can be asked for again; the chat goes on without it anyway", async () => {
    const chat = inCall({ code: "media-not-found", action: "join-without", device: "camera" });
    await renderApp(chat);
    expect(problemButtons()).toEqual(["Try again", "Continue without camera"]);
    await press("Try again");
    await press("Continue without camera");
    expect(chat.calls).toEqual(["retry", "joinWithout"]);
  });

  it("that goes by itself offers nothing but to be put away, beside the one Next", async () => {
    await renderApp(inCall({ code: "peer-failed", action: "wait" }));
    expect(problemButtons()).toEqual(["Dismiss"]);
    expect(buttonNames().filter((name) => name === "Next")).toHaveLength(1);
  });
});

describe("focus", () => {
  it("goes to the new screen's heading when the pressed button is gone", async () => {
    const chat = fakeChat();
    await renderApp(chat);
    const start = [...document.querySelectorAll("button")].find(
      ({ textContent }) => textContent === "Start Chatting",
    );
    start?.focus();
    await act(async () => chat.set({ status: { phase: "requesting-media", since: 0 } }));
    expect(document.activeElement).toBe(document.querySelector("h1"));
    expect(document.activeElement?.textContent).toBe("Your browser is asking you");
  });

  it("is left alone where its element stays, or where nobody had it", async () => {
    const chat = fakeChat();
    await renderApp(chat);
    await act(async () => chat.set({ status: { phase: "searching", since: 0, crowd: undefined } }));
    expect(document.activeElement).toBe(document.body);
    const problem = chatError({ code: "server-unreachable", severity: "degraded", action: "retry-now" });
    await act(async () => chat.set({ problem }));
    const retry = document.querySelector<HTMLElement>(".problem button");
    retry?.focus();
    await act(async () => chat.set({ problem: undefined }));
    expect(document.activeElement).toBe(document.querySelector("h1"));
    expect(pageText()).toContain("Finding someone for you");
  });
});
