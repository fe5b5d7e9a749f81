import { type CallQuality, chatError, type HealthReport, type IceStatus } from "@serendip/client";
import { act } from "react";
import { describe, expect, it } from "vitest";
import { IDLE_SNAPSHOT } from "../src/chat-store.ts";
import { HEALTH_CODES, healthText, iceText, QUALITY, qualityFigures } from "../src/connection-text.ts";
import { whyNoRelay } from "../src/settings-text.ts";
import { fakeChat } from "../src/testing/fake-chat.ts";
import {
  alertText,
  announced,
  button,
  buttonNames,
  pageText,
  press,
  renderApp,
  statusText,
} from "./support/render.tsx";

const CALL = { phase: "connected", since: 0, roomId: "room" } as const;
const SEARCHING = { phase: "searching", since: 0, crowd: undefined } as const;
const GOOD: CallQuality = {
  level: "good",
  lossPercent: 0.4,
  roundTripMs: 42,
  inKbps: 900,
  outKbps: 700,
  route: "direct",
};
const OK = { state: "ok", why: undefined } as const;
const HEALTHY: HealthReport = { at: 0, attempts: 1, signaling: OK, media: OK, stun: OK, turn: OK };
const ICE: IceStatus = { mode: "turn", faults: [], relayOnly: false, relay: "ok" };
const FAULT = {
  code: "no-credential",
  url: "turn:turn.example.org",
  sentence: "TURN server turn:turn.example.org has a username but no credential.",
} as const;
const LEFT_OUT: IceStatus = { ...ICE, mode: "stun-only", faults: [FAULT], relay: "failed" };

const details = () => document.querySelector<HTMLElement>(".quality-details");
const toggle = () => {
  const inputs = [...document.querySelectorAll<HTMLInputElement>("main input, dialog[open] input")];
  const found = inputs.find((input) => input.labels?.[0]?.textContent === "Hide my IP address");
  return found ?? expect.fail("no switch");
};

describe("the quality of a call", () => {
  it("[C58] is not shown before it is known, nor outside calls", async () => {
    const chat = fakeChat({ status: CALL });
    await renderApp(chat);
    expect(details()).toBeNull();
    await act(async () => chat.set({ status: SEARCHING, quality: GOOD }));
    expect(details()).toBeNull();
  });

  it("[C58] does not invent a figure that the browser does not give", () => {
    const unknown = { lossPercent: undefined, roundTripMs: undefined, inKbps: undefined, outKbps: undefined };
    const shown = qualityFigures({ ...GOOD, ...unknown }).slice(0, 4);
    expect(new Set(shown.map(([, value]) => value))).toEqual(new Set(["not measured yet"]));
  });

  it("[C58] says each level in words, and reads out only what is worse", async () => {
    const chat = fakeChat({ status: CALL, quality: GOOD });
    await renderApp(chat);
    for (const [level, said] of [
      ["good", []],
      ["poor", ["The connection is weak."]],
      ["stalled", ["Nothing arrives from your partner at the moment."]],
    ] as const) {
      await act(async () => chat.set({ quality: { ...GOOD, level } }));
      expect(buttonNames()).toContain(QUALITY[level].label);
      expect(announced()).toEqual(said);
      expect(alertText()).toBeUndefined();
      expect(statusText()).toBe("Connected");
    }
  });

  it("[C58] shows the figures at a press, and hides them at the next or at Escape", async () => {
    await renderApp(fakeChat({ status: CALL, quality: GOOD }));
    const pressed = button("Connection: good");
    expect(details()?.hidden).toBe(true);
    await press("Connection: good");
    expect(pressed.getAttribute("aria-expanded")).toBe("true");
    expect(details()?.hidden).toBe(false);
    for (const figure of ["0.4 %", "42 ms", "900 kbit/s", "700 kbit/s", "direct, browser to browser"])
      expect(details()?.textContent).toContain(figure);
    await press("Connection: good");
    expect(details()?.hidden).toBe(true);
    await press("Connection: good");
    await act(async () =>
      pressed.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true })),
    );
    expect(details()?.hidden).toBe(true);
  });

  it("[C57] a weak connection comes with what helps", async () => {
    await renderApp(fakeChat({ status: CALL, quality: { ...GOOD, level: "poor", route: "relayed" } }));
    expect(details()?.textContent).toMatch(/Wi-Fi.*cable.*tabs.*processor.*through a relay server/s);
  });
});

describe("hiding the address", () => {
  it("can be chosen before the first search, in the settings", async () => {
    const chat = fakeChat({ ice: { ...ICE, mode: "unknown" } });
    await renderApp(chat);
    await press("Settings");
    expect(toggle().disabled).toBe(false);
    await act(async () => toggle().click());
    expect(chat.calls).toEqual(["setRelayOnly true"]);
  });

  it("says in the settings what it does and from when on", async () => {
    const chat = fakeChat({ status: CALL, ice: { ...ICE, relayOnly: true } });
    await renderApp(chat);
    await press("Settings");
    const dialog = document.querySelector("dialog")?.textContent;
    expect(dialog).toContain("the other person cannot see your network address");
    expect(dialog).toContain("slower");
    expect(dialog).toContain("from the next person");
    expect(toggle().checked).toBe(true);
    await act(async () => toggle().click());
    expect(chat.calls).toEqual(["setRelayOnly false"]);
  });

  it.each([
    ["no relay server", { ...ICE, mode: "stun-only", relay: "none" }, "the chat server has no relay server"],
    ["a relay server left out", LEFT_OUT, "cannot be used"],
    ["a relay server that does not answer", { ...ICE, relay: "failed" }, "cannot be used"],
  ] as const)("with %s it cannot be chosen, and the reason stands there", async (_case, ice, why) => {
    await renderApp(fakeChat({ ice, health: HEALTHY }));
    await press("Settings");
    expect(toggle().disabled).toBe(true);
    expect(document.querySelector("dialog")?.textContent).toContain(why);
  });

  it.each(["unknown", "ok", "failed", "none"] as const)(
    "beside Start nothing is said of it where relayed calls are %s, but that it is on",
    async (relay) => {
      const chat = fakeChat({ ice: { ...ICE, relay } });
      await renderApp(chat);
      expect(pageText()).not.toMatch(/relay|IP address/);
      await act(async () => chat.set({ ice: { ...ICE, relay, relayOnly: true } }));
      expect(pageText()).toContain("Your IP address stays hidden.");
      expect(pageText()).not.toMatch(/relay/);
    },
  );

  it("[K13] is asked about while the settings are open, and then only", async () => {
    const chat = fakeChat();
    await renderApp(chat);
    expect(chat.relayWatchers()).toBe(0);
    await press("Settings");
    expect(chat.relayWatchers()).toBe(1);
    await act(async () => document.querySelector("dialog")?.close());
    expect(chat.relayWatchers()).toBe(0);
    await press("Settings");
    expect(chat.relayWatchers()).toBe(1);
  });

  it("can be turned off where it does not work", async () => {
    await renderApp(fakeChat({ ice: { ...LEFT_OUT, relayOnly: true } }));
    await press("Settings");
    expect(toggle().disabled).toBe(false);
  });

  it("is offered where the service says so, before the relay server has been asked, and not before that", () => {
    expect(whyNoRelay({ ...ICE, mode: "unknown" })).toBeUndefined();
    expect(whyNoRelay({ ...ICE, mode: "unknown", relay: "unknown" })).toMatch(/once the chat server/);
  });

  it("that cannot be: the search waits, and one may try again or go on without", async () => {
    const error = chatError({ code: "relay-unavailable", severity: "fatal", action: "try-again" });
    const chat = fakeChat({ status: { phase: "failed", error }, problem: error });
    await renderApp(chat);
    expect(buttonNames()).toEqual(["Try again", "Go on without hiding it", "Back to start"]);
    await press("Try again");
    await press("Go on without hiding it");
    expect(chat.calls).toEqual(["retry", "setRelayOnly false", "start"]);
  });
});

describe("what keeps calls from connecting", () => {
  it.each([
    ["everything works", ICE, HEALTHY],
    ["nothing is known yet", IDLE_SNAPSHOT.ice, undefined],
    ["nothing but STUN is set up", { ...ICE, mode: "stun-only" }, HEALTHY],
    ["a check had no answer in time", ICE, { ...HEALTHY, turn: { state: "unknown", why: "no-answer" } }],
  ] as const)("[C54] is not spoken of when %s", async (_case, ice, health) => {
    expect(healthText(ice, health)).toBeUndefined();
    await renderApp(fakeChat({ status: SEARCHING, ice, health }));
    expect(document.querySelector(".health-hint")).toBeNull();
  });

  it("[C52] a relay server that was left out is said while one waits, with a way to look closer", async () => {
    await renderApp(fakeChat({ status: SEARCHING, ice: LEFT_OUT, health: HEALTHY }));
    expect(pageText()).toContain("Some calls may not connect: the relay server cannot be used right now.");
    expect(pageText()).not.toContain("credential");
    const link = document.querySelector<HTMLAnchorElement>(".health-hint a");
    expect(link?.getAttribute("href")).toBe("./check/");
    expect(link?.target).toBe("_blank");
  });

  it("[C52] nothing of it stands in a call that goes well", async () => {
    await renderApp(fakeChat({ status: CALL, ice: LEFT_OUT, quality: GOOD }));
    expect(pageText()).not.toContain("relay server");
  });

  it("[C52] the settings have the faults for whoever runs the site", async () => {
    await renderApp(fakeChat({ status: CALL, ice: LEFT_OUT }));
    await press("Settings");
    expect(document.querySelector("dialog details")?.textContent).toContain(FAULT.sentence);
  });

  it("[C52] [K5] the words fit whose server is at fault, and the wish to hide one's address", () => {
    const stun = { ...FAULT, url: "stun:stun.example.org" };
    for (const mode of ["none", "stun-only", "turn"] as const) {
      expect(iceText({ ...ICE, mode, faults: [stun] })).toContain("STUN");
      expect(iceText({ ...ICE, mode, faults: [stun, FAULT] })).toContain("relay server");
    }
    expect(iceText({ ...ICE, mode: "turn", faults: [], relayOnly: true })).not.toContain("directly");
  });

  it("[C52] each mode has its own words", () => {
    const modes = ["none", "stun-only", "turn"] as const;
    const texts = modes.flatMap((mode) => [
      iceText({ ...ICE, mode, faults: [] }),
      iceText({ ...ICE, mode, faults: [FAULT] }),
    ]);
    for (const text of texts) expect(text).toMatch(/\.$/);
    expect(new Set(texts).size).toBe(5);
    expect(iceText({ ...ICE, mode: "unknown" })).toBeUndefined();
  });

  it.each(HEALTH_CODES)(
    "[C54] %s has one plain sentence, unless the chat itself says it or nothing is known",
    (why) => {
      const turn = { state: "not-configured", why: undefined } as const;
      const text = healthText(ICE, { ...HEALTHY, turn, stun: { state: "failed", why } });
      const elsewhere = ["signaling-unreachable", "media-unavailable"].includes(why);
      const unknown = ["turn-busy", "checks-limited", "requests-limited", "no-answer"].includes(why);
      if (elsewhere || unknown) expect(text).toBeUndefined();
      else expect(text).toMatch(/^[A-Z].*\.$/);
    },
  );
});

it("[C54] [C56] a network that blocks UDP is no trouble for somebody with a relay", () => {
  const blocked = { state: "failed", why: "stun-unreachable" } as const;
  expect(healthText(ICE, { ...HEALTHY, stun: blocked })).toBeUndefined();
});

describe("the way to the connection check", () => {
  it("is on the first screen", async () => {
    await renderApp(fakeChat());
    const link = document.querySelector<HTMLAnchorElement>("main a");
    expect([link?.textContent, link?.getAttribute("href")]).toEqual(["Check my connection", "./check/"]);
  });

  it.each(["peer-failed", "peer-timeout", "peer-unsupported"] as const)(
    "[C56] is beside %s, in another tab, so that the search goes on",
    async (code) => {
      await renderApp(
        fakeChat({ status: SEARCHING, problem: chatError({ code, severity: "degraded", action: "wait" }) }),
      );
      expect(document.querySelector<HTMLAnchorElement>(".problem a")?.target).toBe("_blank");
    },
  );

  it("[C56] calls that do not connect come with network, firewall, UDP and another network", async () => {
    await renderApp(
      fakeChat({
        status: SEARCHING,
        problem: chatError({ code: "peer-timeout", severity: "degraded", action: "wait" }),
      }),
    );
    expect(alertText()).toMatch(/network.*firewall.*UDP.*VPN.*[Aa]nother network/s);
  });
});
