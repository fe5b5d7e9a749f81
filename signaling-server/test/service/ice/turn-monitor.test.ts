import { manualClock } from "@serendip/time/testing";
import { expect, test } from "vitest";
import type { TurnVerdict } from "../../../src/ports/turn.ts";
import { createTurnMonitor, type TurnMonitor } from "../../../src/service/ice/turn-monitor.ts";
import { keptLog } from "../../app/page.ts";

const A = "turn:a.test";
const B = "turn:b.test";
const UP: TurnVerdict = { state: "up", relayMs: 3, faults: [] };
const DOWN: TurnVerdict = {
  state: "down",
  why: "unreachable",
  sentence: "TURN server turn:a.test cannot be reached.",
};

const HALF_UP: TurnVerdict = {
  state: "half-up",
  why: "no-hairpin",
  sentence: "TURN server turn:a.test relays, but not between two addresses of its own.",
  faults: [],
};
const FULL: TurnVerdict = {
  state: "full",
  why: "quota",
  sentence: "TURN server turn:a.test has no room for another relay (486).",
  relayMs: 2,
  faults: [],
};
const badAddress = (address: string): TurnVerdict => ({
  state: "up",
  relayMs: 3,
  faults: [{ address, family: "IPv6", why: "unreachable", sentence: `The IPv6 address ${address} is bad.` }],
});

function setUp(urls: readonly string[] = [A, B]) {
  const clock = manualClock();
  const log = keptLog();
  const asked: { url: string; answer: (verdict: TurnVerdict) => Promise<void> }[] = [];
  let names = 0;
  const closed: string[] = [];
  const verdicts: (readonly string[])[] = [];
  const monitor: TurnMonitor = createTurnMonitor({
    urls,
    onVerdict: () => verdicts.push(monitor.usable()),
    checkEveryMs: 6_000,
    clock,
    log,
    account: () => {
      names += 1;
      return { username: `user-${names}`, credential: "hidden" };
    },
    checker: {
      watchTurn(url) {
        let left: () => void = () => undefined;
        return {
          check: () =>
            new Promise((resolve) => {
              left = () => resolve(DOWN);
              const answer = async (verdict: TurnVerdict) => {
                resolve(verdict);
                for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
              };
              asked.push({ url, answer });
            }),
          close() {
            closed.push(url);
            left();
          },
        };
      },
    },
  });
  const next = (url: string) => {
    const at = asked.findIndex((one) => one.url === url);
    const [one] = at < 0 ? [] : asked.splice(at, 1);
    if (!one) throw new Error(`${url} is not asked`);
    return one.answer;
  };
  return { clock, log, asked, closed, monitor, next, verdicts };
}

test("[K4] at the start every server counts as working, until its first check says otherwise", async () => {
  const { monitor, next, verdicts } = setUp();
  monitor.start();
  expect(monitor.usable()).toEqual([A, B]);
  await next(A)(DOWN);
  expect(monitor.usable()).toEqual([B]);
  await next(B)(DOWN);
  expect(monitor.usable()).toEqual([]);
  expect(verdicts).toEqual([[B], []]);
});

test("[K4] a server is checked every 6 s, every 3 s while it is down, and never twice at once", async () => {
  const { clock, monitor, asked, next } = setUp([A]);
  monitor.start();
  await next(A)(UP);
  clock.advance(5_999);
  expect(asked).toHaveLength(0);
  clock.advance(1);
  expect(asked).toHaveLength(1);
  clock.advance(60_000);
  expect(asked).toHaveLength(1);
  await next(A)(DOWN);
  clock.advance(2_999);
  expect(asked).toHaveLength(0);
  clock.advance(1);
  await next(A)(UP);
  expect(monitor.usable()).toEqual([A]);
});

test("[K4] a check that takes all its time for a bad address does not put the next one off", async () => {
  const { clock, monitor, asked, next } = setUp([A]);
  monitor.start();
  clock.advance(3_000);
  await next(A)(badAddress("::1"));
  clock.advance(2_999);
  expect(asked).toHaveLength(0);
  clock.advance(1);
  expect(asked).toHaveLength(1);
});

test("[K9] each change is said once, with the reason and no secret", async () => {
  const { clock, log, monitor, next } = setUp([A]);
  monitor.start();
  for (const verdict of [UP, UP, DOWN, DOWN, HALF_UP, HALF_UP, DOWN, UP]) {
    await next(A)(verdict);
    clock.advance(6_000);
  }
  const said = log.lines.filter(({ message }) => message.startsWith("TURN server"));
  expect(said.map(({ level, message }) => `${level} ${message}`)).toEqual([
    "info TURN server is up",
    "warn TURN server is down",
    "warn TURN server is half up",
    "warn TURN server is down",
    "info TURN server is up",
  ]);
  expect(said[1]?.fields).toMatchObject({ url: A, why: "unreachable" });
  expect(said[2]?.fields).toMatchObject({ url: A, why: "no-hairpin", says: HALF_UP.sentence });
  expect(JSON.stringify(said)).not.toContain("hidden");
});

test("[K9] an operator sees each server with its verdict", async () => {
  const { clock, monitor, next } = setUp();
  monitor.start();
  await next(A)(DOWN);
  expect(monitor.statuses()).toEqual([
    { url: A, verdict: DOWN, checkedAt: clock.now() },
    { url: B, verdict: undefined, checkedAt: undefined },
  ]);
});

test("[K4] a monitor that was stopped waits for nobody and asks nobody", async () => {
  const { clock, asked, closed, monitor, next } = setUp();
  monitor.start();
  await next(A)(UP);
  await monitor.stop();
  expect(closed).toEqual([A, B]);
  clock.advance(60_000);
  expect(asked).toHaveLength(1);
  expect(clock.pending()).toBe(0);
  expect(monitor.usable()).toContain(B);
});

test("[K9] a bad address of a server that works is said once, and so is its end; being down says nothing of it", async () => {
  const { clock, log, monitor, next } = setUp([A]);
  monitor.start();
  const bad = badAddress("2001:db8::1");
  for (const verdict of [bad, bad, DOWN, bad, badAddress("2001:db8::2"), UP]) {
    await next(A)(verdict);
    clock.advance(6_000);
  }
  const said = log.lines.filter(({ message }) => message.startsWith("TURN server has an address"));
  expect(said.map(({ level, fields }) => [level, fields["address"]])).toEqual([
    ["warn", "2001:db8::1"],
    ["warn", "2001:db8::2"],
    ["info", "2001:db8::1"],
    ["info", "2001:db8::2"],
  ]);
  expect(said[0]?.fields).toMatchObject({
    url: A,
    family: "IPv6",
    says: "The IPv6 address 2001:db8::1 is bad.",
  });
  expect(monitor.withheld()).toEqual([]);
});

test("[K9] that this machine has no way to an address is no warning", async () => {
  const { log, monitor, next } = setUp([A]);
  monitor.start();
  const fault = { address: "2001:db8::1", family: "IPv6", why: "no-route", sentence: "No route." } as const;
  await next(A)({ state: "up", relayMs: 3, faults: [fault] });
  expect(log.lines.map(({ level }) => level)).toEqual(["info", "info"]);
});

test("[K8] [K21] a server that is half up is handed out, and is none for two who both need a relay", async () => {
  const { monitor, next, verdicts } = setUp();
  monitor.start();
  await next(A)(HALF_UP);
  expect([monitor.usable(), monitor.joining(), monitor.withheld()]).toEqual([[A, B], [B], []]);
  await next(B)(DOWN);
  expect([monitor.usable(), monitor.joining(), monitor.withheld()]).toEqual([[A], [], [B]]);
  expect(verdicts).toEqual([[A, B], [A]]);
});

test("[K26] a server that is full is handed out, joins those who have its relays, and has none for anybody new", async () => {
  const { clock, log, monitor, asked, next } = setUp([A]);
  monitor.start();
  await next(A)(FULL);
  expect([monitor.usable(), monitor.joining(), monitor.roomy(), monitor.withheld()]).toEqual([
    [A],
    [A],
    [],
    [],
  ]);
  expect(log.lines).toMatchObject([
    { level: "warn", message: "TURN server is full", fields: { url: A, why: "quota", says: FULL.sentence } },
  ]);
  clock.advance(5_999);
  expect(asked).toHaveLength(0);
  clock.advance(1);
  await next(A)(UP);
  expect(monitor.roomy()).toEqual([A]);
});
