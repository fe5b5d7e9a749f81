import { manualClock } from "@serendip/time/testing";
import { describe, expect, it } from "vitest";
import { createNetworkWatch, networkProbes } from "../../../src/call/recovery/network-watch.ts";
import { fakeReadiness, fakeStun } from "../../../src/testing/fake-browser.ts";

const settle = async () => {
  for (let round = 0; round < 10; round++) await Promise.resolve();
};

/** Somebody who waits, with one probe whose answers the test gives. */
function waiting() {
  const clock = manualClock();
  const questions: { readonly signal: AbortSignal; readonly answer: (open: boolean) => void }[] = [];
  const news: boolean[] = [];
  let ended = 0;
  let needed = true;
  const watch = createNetworkWatch({
    clock,
    needed: () => needed,
    probes: [
      {
        limitMs: 1_200,
        ask: (signal) =>
          new Promise((answer) => {
            questions.push({ signal, answer });
            signal.addEventListener("abort", () => answer(false));
          }),
        onAnswer: (opened) => news.push(opened),
        onEnd: () => {
          ended += 1;
        },
      },
    ],
  });
  watch.look();
  return {
    clock,
    questions,
    news,
    watch,
    ended: () => ended,
    async pass(byMs: number) {
      clock.advance(byMs);
      await settle();
    },
    async answer(index: number, open: boolean) {
      questions[index]?.answer(open);
      await settle();
    },
    noLonger() {
      needed = false;
      watch.look();
    },
  };
}

describe("asking what answers only where the network is there", () => {
  it("[L12] asks at once and every 500 ms, each time for 1.2 s, and once however often it is looked at", async () => {
    const { clock, questions, watch, pass } = waiting();
    watch.look();
    expect(questions).toHaveLength(1);
    for (let second = 0; second < 5; second++) for (let half = 0; half < 2; half++) await pass(500);
    expect(questions).toHaveLength(11);
    expect(questions.map(({ signal }) => signal.aborted)).toEqual([
      ...Array.from({ length: 8 }, () => true),
      ...Array.from({ length: 3 }, () => false),
    ]);
    expect(clock.pending()).toBe(1 + 3);
  });

  it("[L14] says once that the network is there which was not before", async () => {
    const { news, pass, answer } = waiting();
    await answer(0, true);
    expect(news).toEqual([false]);
    // Four questions, of which the last two are open when the third one is given up.
    for (let time = 0; time < 7; time++) await pass(500);
    await answer(6, true);
    expect(news).toEqual([false, true]);
    // An older one that is given up later says nothing new.
    await answer(5, false);
    await answer(7, true);
    expect(news).toEqual([false, true, false]);
  });

  it("[L12] lets go of everything when nobody waits any more, and what it learns then counts for nothing", async () => {
    const { clock, questions, news, pass, answer, noLonger, ended } = waiting();
    await pass(500);
    noLonger();
    noLonger();
    expect(ended()).toBe(1);
    expect(questions.every(({ signal }) => signal.aborted)).toBe(true);
    expect(clock.pending()).toBe(0);
    await answer(1, true);
    await pass(2_000);
    expect([questions.length, news]).toEqual([2, []]);
  });

  it("[L12] [L13] asks the service only while it does not hear us, and the first STUN server, one question at a time", async () => {
    const clock = manualClock();
    const readiness = fakeReadiness();
    const stun = fakeStun();
    const said: string[] = [];
    let online = true;
    let servers = [{ urls: ["turn:turn.test"] }, { urls: ["stun:one.test", "stun:two.test"] }];
    const [service, udp] = networkProbes({
      clock,
      readiness,
      stun,
      servers: () => servers,
      online: () => online,
      onReached: () => said.push("reached"),
      onOpened: () => said.push("opened"),
    });
    const never = new AbortController().signal;
    expect(service?.ask(never)).toBeUndefined();
    online = false;
    expect(await service?.ask(never)).toBe(true);

    stun.answers = undefined;
    const limit = new AbortController();
    const first = udp?.ask(limit.signal);
    expect(udp?.ask(never)).toBeUndefined();
    limit.abort();
    expect(await first).toBe(false);
    stun.answers = true;
    expect(await udp?.ask(never)).toBe(true);
    expect(stun.asked).toEqual(["stun:one.test", "stun:one.test"]);
    // Where it answers, something else keeps the call from coming back.
    expect(udp?.ask(never)).toBeUndefined();
    clock.advance(2_000);
    expect(await udp?.ask(never)).toBe(true);
    udp?.onEnd();
    expect(stun.open()).toBe(false);
    servers = [];
    expect(udp?.ask(never)).toBeUndefined();

    service?.onAnswer(true);
    udp?.onAnswer(false);
    udp?.onAnswer(true);
    expect(said).toEqual(["reached", "reached", "reached", "opened"]);
  });
});
