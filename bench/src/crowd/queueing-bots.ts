import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Fault, Surroundings } from "../faults/fault.ts";
import { withServer } from "../faults/fault.ts";
import { percentile } from "../figures.ts";
import { mint, type Server, seenFrom } from "../page/mint.ts";
import { arrive, helloOf } from "../page/page.ts";
import { Person } from "./person.ts";

const BOTS_ADDRESS = "203.0.113.200";
const PER_SECOND = 2;
const PATIENCE_MS = 40_000;
/** How long the bots are there before anybody else comes. */
const SETTLE_MS = 10_000;

/** Somebody who searches and never takes anybody; whoever is sent away comes as somebody else. */
async function silentBot(server: Server, isOver: () => boolean): Promise<void> {
  while (!isOver())
    try {
      const page = await arrive(server, helloOf(await mint(server)));
      while (!isOver() && page.isOpen()) {
        const status = await page.ask("status", {});
        if (status.ok && status.state.kind === "idle") await page.ask("find", { requestId: randomUUID() });
        await pause(2_000);
      }
      page.close();
    } catch {
      await pause(2_000);
    }
}

interface Waits {
  readonly p95Ms: number;
  readonly met: number;
  readonly came: number;
}

/** People who come one after the other, each from an address of its own, and wait until somebody talks to them. */
async function people(server: Server, came: number): Promise<Waits> {
  const notices = new Map<string, number>();
  const waits = await Promise.all(
    Array.from({ length: came }, async (_, n) => {
      await pause((n * 1_000) / PER_SECOND);
      const person = new Person(seenFrom(server, `198.51.100.${n + 1}`), notices);
      const beganAt = performance.now();
      await person.come(beganAt + PATIENCE_MS);
      await person.search();
      while (person.metAt === undefined && performance.now() - beganAt < PATIENCE_MS) await pause(25);
      // Whoever has met somebody stays for the rest: the next one needs somebody new.
      return { person, waitedMs: (person.metAt ?? Number.POSITIVE_INFINITY) - beganAt };
    }),
  );
  for (const { person } of waits) person.close();
  const tookMs = waits.map(({ waitedMs }) => waitedMs);
  return { p95Ms: percentile(tookMs, 0.95), met: tookMs.filter(Number.isFinite).length, came };
}

const words = ({ p95Ms, met, came }: Waits) => `${met} of ${came} met, p95 ${(p95Ms / 1_000).toFixed(1)} s`;

/** A crowd of one. */
export const queueingBots: Fault = {
  what: "identities from one address that search and never take anybody, and people who come from elsewhere",
  target: "the people meet each other as they do without the bots, within 10 s",
  async run(around: Surroundings) {
    const count = around.isQuick ? 20 : 60;
    const bots = around.isQuick ? 200 : 1_000;
    const without = await withServer(around, { TRUST_PROXY: "1" }, (server) => people(server, count));
    const [beside, inQueue] = await withServer(around, { TRUST_PROXY: "1" }, async (server) => {
      let isOver = false;
      const swarm = Array.from({ length: bots }, () =>
        silentBot(seenFrom(server, BOTS_ADDRESS), () => isOver),
      );
      await pause(SETTLE_MS);
      const status = await arrive(server, helloOf(await mint(seenFrom(server, "198.51.100.250"))));
      const crowd = await status.ask("status", {});
      status.close();
      const waits = await people(server, count);
      isOver = true;
      await Promise.all(swarm);
      return [waits, crowd.ok ? crowd.crowd.online : Number.NaN] as const;
    });
    return {
      figure: `without bots ${words(without)}; beside ${bots} (${inQueue} online) ${words(beside)}`,
      isKept: without.met === count && beside.met === count && beside.p95Ms <= 10_000,
    };
  },
};
