import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { engineBench } from "../../src/testing/index.ts";
import { expectCameraAsWanted, settleQuestions } from "../media/as-wanted.ts";
import { conscience, watchAddresses, watchRelays } from "./conscience.ts";
import { FATES, LOADS, PASTS, RELAY } from "./fates.ts";

const ALL = [...Object.keys(FATES), ...Object.keys(LOADS)];
/** What a person decides, and what decides what becomes of it. */
const DECISIONS = [
  ...["start", "go on", "stop", "retry", "join without", "next", "hide my address"],
  ...["leave, and be shown again", "superseded", "match", "partner leaves"],
  ...["Next comes too soon", "Stop comes too soon", "server full"],
  ...["media denied", "media granted", "nobody reaches the relay from here", "the relay is silent"],
];

/** What becomes of the page's signals (SPEC R20). */
const SIGNALS = [
  ...["match", "the page has much to say", "the page has much to say", "the page has much to say"],
  ...["acknowledgements get lost", "acknowledgements come late", "acknowledgements come again and again"],
  ...["acknowledgements come", "the next server is an older one", "the next server is a newer one"],
  ...["connection lost", "partner back without its connection", "partner away", "partner back", "reload"],
  ...["the restarts of a generation are used up", "WebSocket silent from now on", "all else comes too soon"],
];

/** `same task`: the next one comes before anything else can. */
const anyPause = fc.constantFrom<"same task" | number>("same task", "same task", 0, 0, 0, 200, 3_000, 16_000);
const fatesOf = (names: readonly string[], maxLength: number) =>
  fc.array(fc.record({ name: fc.constantFrom(...names), pause: anyPause }), { maxLength });
const anyLife = fc.record({
  past: fc.constantFrom(...Object.keys(PASTS)),
  fates: fc.oneof(fatesOf(ALL, 40), fatesOf(DECISIONS, 12), fatesOf(SIGNALS, 20)),
});

describe("an engine in a bad world", () => {
  it("[B10] [B11] [R3] [R5] [R16] [R20] [C2] [C6] [C28] [K5] [K14] [M9] [S12] holds one socket and one peer at most, shows no address against the wish, looks for nobody in vain, leaves no hole among its signals, has the camera as it is wanted, lets go of everything on Stop, works again after it, and neither captures nor searches without a press or a fresh reload", async () => {
    await fc.assert(
      fc.asyncProperty(anyLife, async ({ past, fates }) => {
        let bench = engineBench();
        bench.server.grant = RELAY;
        const shown = watchAddresses(bench, () => bench.chat);
        const vain = watchRelays(bench, () => bench.chat);
        const { meets, check } = conscience(bench);
        bench.chat.subscribe(() => {});
        meets("start", bench);
        bench = (await PASTS[past]?.(bench)) ?? bench;
        meets(past, bench);
        bench.chat.subscribe(() => {});
        if (past !== "a start") await bench.settle();
        for (const { name, pause } of fates) {
          meets(name, bench);
          const load = LOADS[name];
          if (!load) {
            const done = FATES[name]?.(bench);
            if (pause !== "same task" || done instanceof Promise) await done;
          } else {
            bench = await load(bench);
            bench.chat.subscribe(() => {});
            await bench.settle();
          }
          check(bench);
          if (pause !== "same task" && pause > 0) {
            await bench.pass(pause);
            // Before that, tracks that nobody wants any more may still be on their way to be stopped.
            expect(bench.media.liveTracks()).toBeLessThanOrEqual(2);
          }
          check(bench);
          expect(bench.server.mostOpen()).toBeLessThanOrEqual(1);
          expect(bench.server.openSockets()).toBeLessThanOrEqual(2);
          expect(bench.peers.mostOpen()).toBeLessThanOrEqual(1);
          expect(shown()).toEqual([]);
          expect(vain()).toEqual([]);
          expect(bench.server.signals.missing()).toBe(0);
        }
        await settleQuestions(bench);
        expectCameraAsWanted(bench);
        expect(bench.chat.getStatus().lastErrors.filter(({ code }) => code === "fault")).toEqual([]);
        bench.chat.stop();
        // What is known of a server waits for its end, in this network (SPEC K23).
        bench.hints.changeNetwork();
        await bench.settle();
        expect(bench.held()).toMatchObject({ peers: 0, tracks: 0 });
        // Until the server has taken the `leave`, where it asks for pauses (SPEC B10).
        if (bench.server.limits.isLimited("find")) await bench.pass(1_100);
        expect(bench.held()).toEqual({ sockets: 0, peers: 0, tracks: 0, timers: 0 });
        expect(bench.chat.getSnapshot()).toMatchObject({
          status: { phase: "idle" },
          signaling: { state: "closed" },
          localStream: undefined,
          remoteStream: undefined,
          problem: undefined,
        });
        for (const mend of [
          "server accepts",
          "both ways pass",
          "answers come",
          "acknowledgements come",
          "media granted",
          "connections work",
          "the relay is up",
          "the tab's memory answers",
          "the relay can be reached",
          "nothing comes too soon",
          "tokens are to be had",
        ])
          FATES[mend]?.(bench);
        bench.media.show(true);
        bench.chat.start();
        await bench.pass(5_000);
        expect(bench.chat.getSnapshot().status.phase).toBe("searching");
        bench.server.match();
        await bench.settle();
        expect(bench.chat.getSnapshot().status.phase).toBe("connected");
        bench.chat.dispose();
        expect(bench.held()).toEqual({ sockets: 0, peers: 0, tracks: 0, timers: 0 });
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});
