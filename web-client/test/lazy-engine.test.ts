import { describe, expect, it, vi } from "vitest";
import type { ChatEngine } from "../src/chat-engine.ts";
import { lazyEngine } from "../src/lazy-engine.ts";
import { fakeChat } from "../src/testing/fake-chat.ts";

/** An engine whose code comes, or fails to, when the test says so. */
function slowEngine() {
  const loads: { readonly arrive: (engine: ChatEngine) => void; readonly fail: () => void }[] = [];
  const engine = lazyEngine(
    () =>
      new Promise((resolve, reject) =>
        loads.push({ arrive: resolve, fail: () => reject(new Error("gone")) }),
      ),
  );
  const settle = async () => {
    for (let round = 0; round < 5; round += 1) await Promise.resolve();
  };
  return {
    engine,
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
    engine.start();
    expect(phase()).toBe("requesting-media");
    expect(seen).toHaveBeenCalledTimes(1);
    const chat = await arrive();
    expect(chat.calls).toEqual(["setEnabled camera false", "start"]);
    expect(engine.getSnapshot()).toBe(chat.getSnapshot());
  });

  it("forgets what was pressed when Stop comes before the code", async () => {
    const { engine, phase, arrive } = slowEngine();
    engine.start();
    engine.stop();
    expect(phase()).toBe("idle");
    expect((await arrive()).calls).toEqual([]);
  });

  it("says that a reload helps where the code cannot be loaded, to nobody who has not pressed", async () => {
    const { engine, loads, phase, fail } = slowEngine();
    await fail();
    expect(phase()).toBe("idle");
    engine.start();
    expect(loads).toHaveLength(2);
    await fail();
    expect(engine.getSnapshot().status).toMatchObject({ phase: "failed", error: { action: "reload" } });
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
