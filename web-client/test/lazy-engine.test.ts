import { chatError } from "@serendip/client";
import { engineBench } from "@serendip/client/testing";
import { manualClock } from "@serendip/time/testing";
import { describe, expect, it, vi } from "vitest";
import type { ChatEngine } from "../src/chat-engine.ts";
import { lazyEngine } from "../src/lazy-engine.ts";
import { LOAD_LIMIT_MS } from "../src/not-loaded.ts";
import { fakeChat } from "../src/testing/fake-chat.ts";

const INCOMPLETE = chatError({ code: "page-incomplete", severity: "fatal", action: "reload" });

/** An engine whose code comes, or fails to, when the test says so. */
function slowEngine() {
  const loads: { readonly arrive: (engine: ChatEngine) => void; readonly fail: () => void }[] = [];
  const clock = manualClock();
  const engine = lazyEngine(
    () =>
      new Promise((resolve, reject) =>
        loads.push({ arrive: resolve, fail: () => reject(new Error("gone")) }),
      ),
    clock,
  );
  const settle = async () => {
    for (let round = 0; round < 5; round += 1) await Promise.resolve();
  };
  return {
    engine,
    clock,
    loads,
    phase: () => engine.getSnapshot().status.phase,
    async arrive() {
      const chat = fakeChat();
      loads.at(-1)?.arrive(chat);
      await settle();
      return chat;
    },
    async fail() {
      loads.at(-1)?.fail();
      await settle();
    },
  };
}

describe("an engine whose code is on its way", () => {
  it("[C59] keeps a press of Start, shows it at once, and does it when the code is there", async () => {
    const { engine, phase, arrive } = slowEngine();
    const seen = vi.fn();
    engine.subscribe(seen);
    expect(phase()).toBe("idle");
    engine.setEnabled("camera", false);
    expect(engine.getSnapshot().camera.enabled).toBe(false);
    engine.start();
    expect(engine.getSnapshot().status).toMatchObject({ phase: "requesting-media", loading: true });
    expect(seen).toHaveBeenCalledTimes(2);
    const chat = await arrive();
    expect(chat.calls).toEqual(["setEnabled camera false", "start"]);
    expect(engine.getSnapshot()).toBe(chat.getSnapshot());
  });

  it("forgets a Start when Stop comes before the code, and nothing else", async () => {
    const { engine, phase, arrive } = slowEngine();
    engine.setRelayOnly(true);
    engine.start();
    engine.stop();
    expect(phase()).toBe("idle");
    engine.setEnabled("camera", false);
    expect(engine.getSnapshot()).toMatchObject({ camera: { enabled: false }, ice: { relayOnly: true } });
    expect((await arrive()).calls).toEqual(["setRelayOnly true", "setEnabled camera false", "stop"]);
  });

  it("says that a reload helps where the code cannot be loaded, to nobody who has not pressed", async () => {
    const { engine, loads, phase, fail, arrive } = slowEngine();
    engine.setRelayOnly(true);
    await fail();
    expect(phase()).toBe("idle");
    engine.start();
    expect(loads).toHaveLength(2);
    await fail();
    const failed = { status: { phase: "failed", error: INCOMPLETE }, problem: INCOMPLETE };
    expect(engine.getSnapshot()).toMatchObject({ ...failed, ice: { relayOnly: true } });
    engine.retry();
    expect(engine.getSnapshot().problem).toBeUndefined();
    expect((await arrive()).calls).toEqual(["setRelayOnly true", "start"]);
  });

  it("says the same of code that does not come at all, and takes it when it comes after all", async () => {
    const { engine, clock, phase, arrive } = slowEngine();
    clock.advance(LOAD_LIMIT_MS);
    engine.start();
    clock.advance(LOAD_LIMIT_MS - 1);
    expect(phase()).toBe("requesting-media");
    clock.advance(1);
    expect(engine.getSnapshot().problem).toEqual(INCOMPLETE);
    engine.stop();
    engine.start();
    clock.advance(LOAD_LIMIT_MS);
    expect(phase()).toBe("failed");
    const chat = await arrive();
    expect([phase(), chat.calls, clock.pending()]).toEqual(["idle", ["stop"], 0]);
  });

  it("lets go of its timer at Stop, at the end, and when the code is there", async () => {
    const { engine, clock, arrive } = slowEngine();
    engine.start();
    engine.stop();
    expect(clock.pending()).toBe(0);
    engine.start();
    engine.dispose();
    expect(clock.pending()).toBe(0);
    const other = slowEngine();
    other.engine.start();
    await other.arrive();
    expect(other.clock.pending()).toBe(0);
    expect((await arrive()).calls).toEqual([]);
  });

  it("looks at relays for who still looks when the code is there", async () => {
    const { engine, arrive } = slowEngine();
    const undo = engine.watchRelay();
    engine.watchRelay()();
    const chat = await arrive();
    expect(chat.relayWatchers()).toBe(1);
    undo();
    expect(chat.relayWatchers()).toBe(0);
  });

  it("shows nobody a state in between when the code is there", async () => {
    const bench = engineBench();
    let resolve = (_engine: ChatEngine): void => {};
    const engine = lazyEngine(() => new Promise((done) => (resolve = done)), bench.clock);
    const phases: string[] = [];
    let answer = (): void => {};
    engine.subscribe(() => {
      phases.push(engine.getSnapshot().status.phase);
      answer();
    });
    engine.setEnabled("camera", false);
    engine.start();
    // Who presses something at once is not told too early either.
    answer = () => {
      answer = () => {};
      engine.setEnabled("microphone", false);
    };
    resolve(bench.chat);
    await bench.settle();
    expect(engine.getSnapshot().microphone.enabled).toBe(false);
    expect([...new Set(phases)]).toEqual(["idle", "requesting-media", "searching"]);
    expect(phases.lastIndexOf("idle")).toBe(0);
  });

  it("hands subscribers on, and lets go of them and of a late engine", async () => {
    const { engine, arrive } = slowEngine();
    const seen = vi.fn();
    const undo = engine.subscribe(seen);
    const chat = await arrive();
    seen.mockClear();
    chat.set({ status: { phase: "searching", since: 0, crowd: undefined } });
    expect(seen).toHaveBeenCalledTimes(1);
    undo();
    chat.set({ status: { phase: "idle" } });
    expect(seen).toHaveBeenCalledTimes(1);
    const late = slowEngine();
    late.engine.dispose();
    expect((await late.arrive()).disposeCount()).toBe(1);
  });
});
