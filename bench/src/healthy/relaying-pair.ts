import { setTimeout as pause } from "node:timers/promises";
import type { ServerEvent } from "@serendip/protocol";
import { percentile } from "../figures.ts";
import type { Server } from "../page/mint.ts";
import type { Hear } from "../page/page.ts";
import { type Member, meet, signalOf } from "../page/pair.ts";

const SIGNALS_PER_SECOND = 40;
const WARM_UP = 400;
const WARM_UP_AT_ONCE = 20;
const POLL_MS = 20;

/** What happens to members of a room that is not whole any more. */
const TROUBLE: ReadonlySet<ServerEvent> = new Set(["bye", "partner-away", "partner-left"]);

export interface PairFigures {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly sent: number;
  readonly lost: number;
  /** One of the two lost the connection or heard that the other one did. */
  readonly disconnected: boolean;
  /** How late this process was itself with its signals, 99 of 100; what a crowded machine adds to the times above. */
  readonly ownLagP99Ms: number;
}

/** Two people in a call who send each other signals all the time. */
export interface RelayingPair {
  begin(): void;
  /** Stops sending, and waits until all have come, or so long. */
  end(withinMs: number): Promise<PairFigures>;
}

/** A signal's sender and number, and when it was sent. */
type Sent = Map<string, number>;

/** The pair, after a few hundred signals: a server that has just started is slow, whoever attacks it. */
export async function relayingPair(server: Server): Promise<RelayingPair> {
  const sent: Sent = new Map();
  const tookMs: number[] = [];
  const lagMs: number[] = [];
  let troubled = false;
  const listener =
    (from: 0 | 1): Hear =>
    (event, body) => {
      if (TROUBLE.has(event)) troubled = true;
      if (event !== "signal") return;
      const key = `${from}:${(body as { sequence: number }).sequence}`;
      const sentAt = sent.get(key);
      if (sentAt === undefined) return;
      sent.delete(key);
      tookMs.push(performance.now() - sentAt);
    };
  const members = await meet(server, [listener(1), listener(0)]);
  const sequences: [number, number] = [0, 0];

  const send = async (from: 0 | 1): Promise<void> => {
    sequences[from] += 1;
    const { page, roomId }: Member = members[from];
    sent.set(`${from}:${sequences[from]}`, performance.now());
    await page.ask("signal", signalOf(roomId, sequences[from]));
  };
  const allHere = async (withinMs: number): Promise<void> => {
    const deadline = performance.now() + withinMs;
    while (sent.size > 0 && performance.now() < deadline) await pause(POLL_MS);
  };

  for (let count = 0; count < WARM_UP; count += WARM_UP_AT_ONCE)
    await Promise.all(Array.from({ length: WARM_UP_AT_ONCE }, (_, n) => send(n % 2 === 0 ? 0 : 1)));
  await allHere(2_000);
  sent.clear();
  tookMs.length = 0;

  let count = 0;
  let timer: NodeJS.Timeout | undefined;
  return {
    begin() {
      const beganAt = performance.now();
      const turn = () => {
        const now = performance.now();
        // Whether or not the earlier ones have come: a slow server must not slow down its own test.
        for (;;) {
          const dueAt = beganAt + (count * 1_000) / SIGNALS_PER_SECOND;
          if (dueAt > now) break;
          lagMs.push(now - dueAt);
          // What is not acknowledged does not come either, and is counted there.
          send(count % 2 === 0 ? 0 : 1).catch(() => undefined);
          count += 1;
        }
        timer = setTimeout(turn, Math.max(1, beganAt + (count * 1_000) / SIGNALS_PER_SECOND - now));
      };
      turn();
    },

    async end(withinMs) {
      clearTimeout(timer);
      await allHere(withinMs);
      const figures: PairFigures = {
        p50Ms: percentile(tookMs, 0.5),
        p99Ms: percentile(tookMs, 0.99),
        maxMs: Math.max(...tookMs),
        sent: count,
        lost: sent.size,
        disconnected: troubled || members.some(({ page }) => !page.isOpen()),
        ownLagP99Ms: percentile(lagMs, 0.99),
      };
      for (const { page } of members) page.close();
      return figures;
    },
  };
}
