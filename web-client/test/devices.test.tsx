import { chatError, type DeviceChoice } from "@serendip/client";
import { act } from "react";
import { describe, expect, it } from "vitest";
import { IDLE_SNAPSHOT } from "../src/chat-store.ts";
import { fakeChat } from "../src/testing/fake-chat.ts";
import { alertText, buttonNames, pageText, press, renderApp } from "./support/render.tsx";

const CALL = { phase: "connected", since: 0, roomId: "room" } as const;
const FRONT: DeviceChoice = { deviceId: "front", label: "Front camera", facing: "user" };
const BACK: DeviceChoice = { deviceId: "back", label: "Back camera", facing: "environment" };
const SIDELESS: DeviceChoice = { deviceId: "usb", label: "USB webcam" };

const live = { ...IDLE_SNAPSHOT.camera, state: "live" } as const;
const selfView = () => document.querySelector<HTMLElement>(".self-view");

describe("a device that the system has paused", () => {
  it("[R16] says so in the own picture and in an alert with another try", async () => {
    const problem = chatError({
      code: "media-muted-by-system",
      severity: "degraded",
      action: "try-again",
      device: "camera",
    });
    const chat = fakeChat({ status: CALL, camera: { ...live, state: "paused", problem }, problem });
    await renderApp(chat);
    expect(selfView()?.textContent).toBe("Paused by your device");
    expect(alertText()).toContain("Your camera is paused by your device");
    expect(buttonNames()).toContain("Turn off camera");
    await press("Try again");
    expect(chat.calls).toEqual(["retry"]);
  });

  it("[R16] a paused microphone has its sign on the own picture", async () => {
    const chat = fakeChat({ status: CALL, microphone: { ...live, state: "paused" } });
    await renderApp(chat);
    expect(document.querySelector(".self-muted")).not.toBe(null);
    await act(async () => chat.set({ microphone: live }));
    expect(document.querySelector(".self-muted")).toBe(null);
  });

  it("[R9] a partner whose device is paused has not turned it off", async () => {
    const chat = fakeChat({ status: CALL, remoteStream: new MediaStream() });
    await renderApp(chat);
    await act(async () =>
      chat.set({ partner: { camera: false, microphone: false, cameraPaused: true, microphonePaused: true } }),
    );
    expect(pageText()).toContain("Your partner's camera is paused by their device");
    expect(pageText()).toContain("Your partner's microphone is paused by their device");
    expect(pageText()).not.toContain("is off");
  });
});

describe("permission that was given after the chat had stopped", () => {
  it("[R16] says that one can go on, and goes on at a press", async () => {
    const error = chatError({ code: "media-allowed", severity: "fatal", action: "try-again" });
    const chat = fakeChat({ status: { phase: "failed", error }, problem: error });
    await renderApp(chat);
    expect(alertText()).toContain("You can go on now");
    expect(chat.calls).toEqual([]);
    await press("Try again");
    expect(chat.calls).toEqual(["retry"]);
  });
});

describe("the cameras of a phone", () => {
  it.each([
    ["front and back", { ...live, facing: "user", devices: [FRONT, BACK] } as const, true],
    ["the list alone says which is which", { ...live, devices: [FRONT, BACK] } as const, true],
    [
      "only the camera in use says where it looks",
      { ...live, facing: "user", devices: [SIDELESS, SIDELESS] } as const,
      true,
    ],
    ["one camera", { ...live, facing: "user", devices: [FRONT] } as const, false],
    ["two webcams at a desk", { ...live, devices: [SIDELESS, SIDELESS] } as const, false],
    [
      "a laptop's camera and a webcam",
      { ...live, facing: "user", devices: [FRONT, SIDELESS] } as const,
      false,
    ],
    ["a camera that is off", { ...live, enabled: false, devices: [FRONT, BACK] } as const, false],
    ["a camera that is missing", { ...live, state: "missing", devices: [FRONT, BACK] } as const, false],
  ])("%s: %s, a button to switch: %s", async (_, camera, there) => {
    const chat = fakeChat({ status: CALL, camera });
    await renderApp(chat);
    expect(buttonNames().includes("Switch camera")).toBe(there);
    if (!there) return;
    await press("Switch camera");
    expect(chat.calls).toEqual(["switchCamera"]);
  });

  it.each([
    ["user", "user"],
    ["environment", "environment"],
    [undefined, null],
  ] as const)(
    "the own picture says that its camera looks at %s, so that only a mirror is mirrored",
    async (facing, said) => {
      await renderApp(fakeChat({ status: CALL, camera: { ...live, facing } }));
      expect(selfView()?.getAttribute("data-facing") ?? null).toBe(said);
    },
  );
});
