import type { ChatActions, ChatSnapshot } from "@serendip/client";
import { type EngineBench, engineBench, MEDIA_HANGS } from "@serendip/client/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ChatEngine } from "../src/chat-engine.ts";
import { lazyEngine } from "../src/lazy-engine.ts";
import { LOAD_LIMIT_MS } from "../src/not-loaded.ts";

const CHOICES = {
  camera: [
    { deviceId: "c1", label: "One" },
    { deviceId: "c2", label: "Two" },
  ],
  microphone: [{ deviceId: "m1", label: "One" }],
};

/** A page whose engine's code comes, or fails to, when the test says so. */
function latePage(bench: EngineBench = engineBench()) {
  const loads: { readonly resolve: (engine: ChatEngine) => void; readonly reject: () => void }[] = [];
  const load = () =>
    new Promise<ChatEngine>((resolve, reject) => loads.push({ resolve, reject: () => reject(new Error()) }));
  const chat = lazyEngine(load, bench.clock);
  chat.subscribe(() => {});
  return {
    bench,
    chat,
    async arrive() {
      loads.at(-1)?.resolve(bench.chat);
      await bench.settle();
    },
    /** Loading that has failed is tried again at a press. */
    async retried() {
      chat.watchRelay()();
      await this.arrive();
    },
    async fail() {
      loads.at(-1)?.reject();
      await bench.settle();
    },
  };
}

async function inCall(): Promise<EngineBench> {
  const bench = engineBench();
  bench.chat.subscribe(() => {});
  bench.chat.start();
  await bench.settle();
  bench.server.match();
  await bench.settle();
  expect(phaseOf(bench.chat)).toBe("connected");
  return bench;
}

const phaseOf = (chat: ChatEngine) => chat.getSnapshot().status.phase;

/** What a person has said of devices and address, as the page shows it. */
function wishesOf({ camera, microphone, ice }: ChatSnapshot) {
  const { enabled, deviceId, facing } = camera;
  return [enabled, deviceId, facing, microphone.enabled, microphone.deviceId, ice.relayOnly];
}

/** What has become of it, in the world outside of the page. */
function worldOf({ bench, chat }: { readonly bench: EngineBench; readonly chat: ChatEngine }) {
  const { signaling, status, camera, microphone } = chat.getSnapshot();
  return {
    wishes: wishesOf(chat.getSnapshot()),
    phase: status.phase,
    devices: [camera.state, microphone.state],
    server: signaling.state,
    finds: bench.server.bodies("find").map(({ relayOnly }) => relayOnly),
    live: bench.media.tracks
      .filter(({ readyState }) => readyState === "live")
      .map(({ kind, label, enabled }) => `${kind} ${label} ${enabled}`)
      .sort(),
    remembered: bench.storage.remembered.relayOnly,
  };
}

type Press = readonly [name: string, press: (chat: ChatActions) => void];
const PRESSES: readonly Press[] = [
  ["start", (chat) => chat.start()],
  ["start", (chat) => chat.start()],
  ["stop", (chat) => chat.stop()],
  ["retry", (chat) => chat.retry()],
  ["next", (chat) => chat.next()],
  ["go on", (chat) => chat.goOn()],
  ["join without", (chat) => chat.joinWithout()],
  ["dismiss", (chat) => chat.dismissProblem()],
  ["camera off", (chat) => chat.setEnabled("camera", false)],
  ["camera on", (chat) => chat.setEnabled("camera", true)],
  ["mute", (chat) => chat.setEnabled("microphone", false)],
  ["unmute", (chat) => chat.setEnabled("microphone", true)],
  ["camera c2", (chat) => chat.selectDevice("camera", "c2")],
  ["microphone m1", (chat) => chat.selectDevice("microphone", "m1")],
  ["switch camera", (chat) => chat.switchCamera()],
  ["hide", (chat) => chat.setRelayOnly(true)],
  ["show", (chat) => chat.setRelayOnly(false)],
  ["look at settings", (chat) => chat.watchRelay()],
];
const presses = fc.array(fc.constantFrom(...PRESSES), { maxLength: 12 });
const anyHappening = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...PRESSES) },
  { weight: 1, arbitrary: fc.constantFrom("the code fails", "the code takes too long") },
);

async function answerAll({ bench }: { readonly bench: EngineBench }): Promise<void> {
  await bench.settle();
  while (bench.media.answer()) await bench.settle();
}

describe("presses before the engine's code is there", () => {
  it("[C59] lead to what they would have led to with an engine that was there from the beginning", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyHappening, { maxLength: 12 }), presses, async (before, after) => {
        const late = latePage();
        const bench = engineBench();
        const ready = { bench, chat: bench.chat };
        for (const { media } of [late.bench, ready.bench]) {
          media.behaviour = MEDIA_HANGS;
          media.choices = CHOICES;
        }
        ready.chat.subscribe(() => {});
        for (const happening of before) {
          if (happening === "the code fails") await late.fail();
          else if (happening === "the code takes too long") late.bench.clock.advance(LOAD_LIMIT_MS);
          else {
            const [name, press] = happening;
            const again = name === "retry" && phaseOf(late.chat) === "failed";
            press(late.chat);
            if (again) ready.chat.start();
            else press(ready.chat);
          }
          // A Start that has failed is over.
          if (phaseOf(late.chat) === "failed") ready.chat.stop();
          expect(wishesOf(late.chat.getSnapshot())).toEqual(wishesOf(ready.chat.getSnapshot()));
          expect(phaseOf(late.chat).replace("failed", "idle")).toBe(phaseOf(ready.chat));
        }
        await late.retried();
        for (const [, press] of after) for (const { chat } of [late, ready]) press(chat);
        for (const one of [late, ready]) await answerAll(one);
        expect(worldOf(late)).toEqual(worldOf(ready));
      }),
    );
  });

  it("[C6] hold also where a reload goes on by itself: a camera that was turned off stays off", async () => {
    const call = await inCall();
    const page = latePage(call.reload());
    page.chat.setEnabled("camera", false);
    const captured = call.media.tracks.length;
    await page.arrive();
    expect(phaseOf(page.chat)).toBe("connected");
    expect(page.chat.getSnapshot().camera.enabled).toBe(false);
    expect(call.media.tracks.slice(captured).map(({ kind }) => kind)).toEqual(["audio"]);
  });

  it("hold where the tab has a call to go on with", async () => {
    const call = await inCall();
    const page = latePage(await call.comeBack(2_000));
    page.chat.setEnabled("camera", false);
    page.chat.setRelayOnly(true);
    await page.arrive();
    const { canGoOn, camera, ice } = page.chat.getSnapshot();
    expect([canGoOn, camera.enabled, ice.relayOnly]).toEqual([true, false, true]);
    expect(call.media.liveTracks()).toBe(0);
  });

  it("keep a reload from going on by itself after Stop", async () => {
    const call = await inCall();
    const page = latePage(call.reload());
    page.chat.start();
    page.chat.stop();
    await page.arrive();
    expect([phaseOf(page.chat), call.media.liveTracks()]).toEqual(["idle", 0]);
  });
});
