import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CALL_RULES } from "../../src/call/call-state.machine.ts";
import {
  type EngineBench,
  engineBench,
  MEDIA_GRANTED,
  MEDIA_HANGS,
  PEER_CODE_LOADING,
  PEER_CODE_MISSING,
  PEER_CONNECTS,
  PEER_FAILS,
  PEER_NEVER_CONNECTS,
  PEER_THROWS,
} from "../../src/testing/index.ts";
import { PROBLEMS } from "../../src/words/problems.ts";

const NOTHING_HELD = { sockets: 0, peers: 0, tracks: 0, timers: 0 };
const status = (bench: EngineBench) => bench.chat.getSnapshot().status;

async function searching(): Promise<EngineBench> {
  const bench = engineBench();
  bench.chat.start();
  await bench.settle();
  return bench;
}

/** Ways in which a match does not become a call. */
const FAILURES: Readonly<Record<string, (bench: EngineBench) => Promise<void>>> = {
  "a connection that fails": (bench) => meet(bench, PEER_FAILS),
  "a connection that cannot be made": (bench) => meet(bench, PEER_THROWS),
  "a connection that never comes": async (bench) => {
    await meet(bench, PEER_NEVER_CONNECTS);
    await bench.pass(CALL_RULES.connectMs + 500);
  },
  "a partner who gives up no sooner than this page": async (bench) => {
    await meet(bench, PEER_NEVER_CONNECTS);
    await bench.pass(CALL_RULES.connectMs - 500);
    bench.server.requeue("media-failed");
    await bench.settle();
  },
};

async function meet(bench: EngineBench, behaviour: typeof PEER_FAILS): Promise<void> {
  bench.peers.behaviour = behaviour;
  bench.server.match();
  await bench.settle();
}

/** Ends of a match that say nothing about whether this page can be called. */
const OTHERS: Readonly<Record<string, (bench: EngineBench) => Promise<void>>> = {
  "a partner who gives up at once": async (bench) => {
    await meet(bench, PEER_NEVER_CONNECTS);
    bench.server.requeue("media-failed");
    await bench.settle();
  },
  "a partner whose description cannot be used": async (bench) => {
    await meet(bench, PEER_NEVER_CONNECTS);
    bench.peers.current()?.handlers.onFailed(PROBLEMS.peerFailed, "partner");
    await bench.settle();
  },
  "a partner who misuses the connection": async (bench) => {
    await meet(bench, PEER_NEVER_CONNECTS);
    bench.peers.current()?.handlers.onMisused();
    await bench.pass(4_000);
  },
  "a partner who never says ready": async (bench) => {
    await meet(bench, PEER_NEVER_CONNECTS);
    bench.server.requeue("timeout");
    await bench.settle();
  },
  "a partner who leaves": async (bench) => {
    await meet(bench, PEER_NEVER_CONNECTS);
    bench.server.partnerLeaves("next");
    await bench.pass(4_000);
  },
  Next: async (bench) => {
    await meet(bench, PEER_NEVER_CONNECTS);
    bench.chat.next();
    await bench.settle();
  },
};

const SUCCESS = async (bench: EngineBench): Promise<void> => {
  await meet(bench, PEER_CONNECTS);
  bench.chat.next();
  await bench.settle();
};

describe("calls that do not come about", () => {
  it.each(Object.keys(FAILURES))(
    "[M9] %s, five times in a row: the search ends, and meets nobody else",
    async (name) => {
      const bench = await searching();
      for (let time = 1; time <= 5; time += 1) {
        expect(status(bench).phase).toBe("searching");
        await FAILURES[name]?.(bench);
      }
      expect(status(bench)).toMatchObject({
        phase: "failed",
        error: { code: "peer-unreachable", severity: "fatal", action: "check" },
      });
      expect(bench.held()).toEqual(NOTHING_HELD);
      expect(bench.server.state.kind).toBe("idle");
      // Whoever presses Start again gets as many tries.
      bench.chat.start();
      await bench.settle();
      await FAILURES[name]?.(bench);
      expect(status(bench).phase).toBe("searching");
    },
  );

  it.each(Object.keys(OTHERS))("[M9] %s, however often, does not end the search", async (name) => {
    const bench = await searching();
    for (let time = 1; time <= 12; time += 1) {
      await OTHERS[name]?.(bench);
      expect(status(bench).phase).toBe("searching");
    }
    bench.chat.dispose();
  });

  it("[M9] [H2] the last one is reported as failed, like those before", async () => {
    const bench = await searching();
    for (let time = 1; time <= 5; time += 1) await meet(bench, PEER_FAILS);
    expect(bench.server.bodies("call-report").map(({ outcome, end }) => [outcome, end])).toEqual(
      Array.from({ length: 5 }, () => ["failed", "media-failed"]),
    );
  });

  it("[M9] ends at the fifth in a row, never before, whatever lies between that is neither a failure nor a call", async () => {
    const steps = fc.array(
      fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(...Object.keys(FAILURES)) },
        { weight: 1, arbitrary: fc.constantFrom(...Object.keys(OTHERS), "a call") },
      ),
      { maxLength: 14 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (names) => {
        const bench = await searching();
        let inARow = 0;
        for (const name of names) {
          await (FAILURES[name] ?? OTHERS[name] ?? SUCCESS)(bench);
          if (FAILURES[name]) inARow += 1;
          if (name === "a call") inARow = 0;
          expect(status(bench).phase).toBe(inARow >= 5 ? "failed" : "searching");
          if (inARow >= 5) break;
        }
        bench.chat.dispose();
      }),
      { numRuns: 25 },
    );
  });
});

describe("the code of calls", () => {
  it("[M9] that cannot be loaded: says at once that a reload helps, and looks for nobody", async () => {
    const bench = engineBench();
    bench.peers.behaviour = PEER_CODE_MISSING;
    bench.chat.start();
    await bench.settle();
    expect(status(bench)).toMatchObject({
      phase: "failed",
      error: { code: "page-incomplete", severity: "fatal", action: "reload" },
    });
    expect(bench.server.bodies("find")).toEqual([]);
    expect(bench.held()).toEqual(NOTHING_HELD);
  });

  it("[M9] that is still under way: nobody is looked for before it is there, and the page knows that nothing is asked", async () => {
    const bench = engineBench();
    bench.peers.behaviour = PEER_CODE_LOADING;
    bench.media.behaviour = MEDIA_HANGS;
    bench.chat.start();
    await bench.pass(5_000);
    expect(status(bench)).toEqual({ phase: "requesting-media", since: expect.any(Number) });
    expect(bench.media.answer()).toBe(true);
    await bench.settle();
    expect(status(bench)).toMatchObject({ phase: "requesting-media", loading: true });
    await bench.pass(CALL_RULES.codeMs - 5_500);
    expect(bench.server.bodies("find")).toEqual([]);
    bench.peers.arrive();
    await bench.settle();
    expect(status(bench).phase).toBe("searching");
    bench.chat.stop();
    await bench.settle();
    expect(bench.held()).toEqual(NOTHING_HELD);
  });

  it.each([
    ["before the person has answered", MEDIA_HANGS],
    ["with the camera on", MEDIA_GRANTED],
  ])("[M9] that never comes, %s: 15 s later a reload helps, and nothing stays on", async (_when, media) => {
    const bench = engineBench();
    bench.peers.behaviour = PEER_CODE_LOADING;
    bench.media.behaviour = media;
    bench.chat.start();
    await bench.pass(14_900);
    expect(status(bench).phase).toBe("requesting-media");
    await bench.pass(200);
    expect(status(bench)).toMatchObject({
      phase: "failed",
      error: { code: "page-incomplete", action: "reload" },
    });
    expect(bench.server.bodies("find")).toEqual([]);
    expect(bench.held()).toEqual(NOTHING_HELD);
    // What comes after all is late.
    bench.peers.arrive();
    await bench.settle();
    expect(status(bench).phase).toBe("failed");
  });

  it("[M9] that is there: the person may take as long as they like for camera and microphone", async () => {
    const bench = engineBench();
    bench.media.behaviour = MEDIA_HANGS;
    bench.chat.start();
    await bench.pass(600_000);
    expect(status(bench).phase).toBe("requesting-media");
  });
});
