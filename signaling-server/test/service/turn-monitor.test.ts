import { manualClock } from "@serendip/time/testing";
import { expect, test } from "vitest";
import type { TurnVerdict } from "../../src/ports.ts";
import { createTurnMonitor, type TurnMonitor } from "../../src/service/turn-monitor.ts";
import { keptLog } from "../app/page.ts";

const A = "turn:a.test";
const B = "turn:b.test";
const UP: TurnVerdict = { ok: true, relayMs: 3 };
const DOWN: TurnVerdict = {
  ok: false,
  why: "unreachable",
  sentence: "TURN server turn:a.test cannot be reached.",
};

function setUp(urls: readonly string[] = [A, B]) {
  const clock = manualClock();
  const log = keptLog();
  const asked: { url: string; answer: (verdict: TurnVerdict) => Promise<void> }[] = [];
  let names = 0;
  const verdicts: (readonly string[])[] = [];
  const monitor: TurnMonitor = createTurnMonitor({
    urls,
    onVerdict: () => verdicts.push(monitor.working()),
    probeMs: 6_000,
    clock,
    log,
    account: () => {
      names += 1;
      return { username: `user-${names}`, credential: "hidden" };
    },
    prober: {
      probe: (url, _, left) =>
        new Promise((resolve) => {
          left?.addEventListener("abort", () => resolve(DOWN));
          const answer = async (verdict: TurnVerdict) => {
            resolve(verdict);
            for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
          };
          asked.push({ url, answer });
        }),
    },
  });
  const next = (url: string) => {
    const at = asked.findIndex((one) => one.url === url);
    const [one] = at < 0 ? [] : asked.splice(at, 1);
    if (!one) throw new Error(`${url} is not asked`);
    return one.answer;
  };
  return { clock, log, asked, monitor, next, verdicts };
}

test("[K4] at the start every server counts as working, until its first probe says otherwise", async () => {
  const { monitor, next, verdicts } = setUp();
  monitor.start();
  expect(monitor.working()).toEqual([A, B]);
  await next(A)(DOWN);
  expect(monitor.working()).toEqual([B]);
  await next(B)(DOWN);
  expect(monitor.working()).toEqual([]);
  expect(verdicts).toEqual([[B], []]);
});

test("[K4] a server is probed every 6 s, every 3 s while it is down, and never twice at once", async () => {
  const { clock, monitor, asked, next } = setUp([A]);
  monitor.start();
  clock.advance(60_000);
  expect(asked).toHaveLength(1);
  await next(A)(UP);
  clock.advance(5_999);
  expect(asked).toHaveLength(0);
  clock.advance(1);
  await next(A)(DOWN);
  clock.advance(2_999);
  expect(asked).toHaveLength(0);
  clock.advance(1);
  await next(A)(UP);
  expect(monitor.working()).toEqual([A]);
});

test("[K4] each change is said once, with the reason and no secret", async () => {
  const { clock, log, monitor, next } = setUp([A]);
  monitor.start();
  for (const verdict of [UP, UP, DOWN, DOWN, DOWN, UP]) {
    await next(A)(verdict);
    clock.advance(6_000);
  }
  const said = log.lines.filter(({ message }) => message.startsWith("TURN server"));
  expect(said.map(({ level, message }) => `${level} ${message}`)).toEqual([
    "info TURN server is up",
    "warn TURN server is down",
    "info TURN server is up",
  ]);
  expect(said[1]?.fields).toMatchObject({ url: A, why: "unreachable" });
  expect(JSON.stringify(said)).not.toContain("hidden");
});

test("[K4] an operator sees each server with its verdict", async () => {
  const { clock, monitor, next } = setUp();
  monitor.start();
  await next(A)(DOWN);
  expect(monitor.report()).toEqual([
    { url: A, verdict: DOWN, probedAt: clock.now() },
    { url: B, verdict: undefined, probedAt: undefined },
  ]);
});

test("[K4] a monitor that was stopped waits for nobody and asks nobody", async () => {
  const { clock, asked, monitor, next } = setUp();
  monitor.start();
  await next(A)(UP);
  await monitor.stop();
  clock.advance(60_000);
  expect(asked).toHaveLength(1);
  expect(clock.pending()).toBe(0);
  expect(monitor.working()).toContain(B);
});
