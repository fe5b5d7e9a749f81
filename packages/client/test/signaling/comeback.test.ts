import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/testing/engine-bench.ts";
import { type Comeback, createAgenda, createDoor, killUnder, type ServiceModel } from "./crowd.ts";

const AWAY_MS = 1_000;
const MODEL: ServiceModel = {
  pages: 2_000,
  awayMs: AWAY_MS,
  acceptsPerS: 2_000,
  backlog: 4_096,
  forMs: 10_000,
  seed: 12,
};

/** When the share of them was back, milliseconds after the kill. */
function shareOf(instants: readonly number[], share: number): number {
  const sorted = [...instants].sort((a, b) => a - b);
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
}

const sharesOf = (instants: readonly number[]) => ({
  half: shareOf(instants, 0.5),
  most: shareOf(instants, 0.95),
  all: shareOf(instants, 1),
});

/** When both of each two were back. */
const couplesOf = ({ backAt }: Comeback): readonly number[] =>
  backAt.flatMap((at, index) => (index % 2 === 0 ? [Math.max(at, backAt[index + 1] ?? at)] : []));

/**
 * The same service under clients that reconnect as socket.io-client does by itself: after 1 s, doubled each time, off by up to half of it,
 * 5 s at most. Each connection counts as one of ours.
 */
async function killUnderPlainClients({ pages, seed, ...model }: ServiceModel): Promise<readonly number[]> {
  const { clock, pass } = createAgenda();
  const random = seededRandom(seed);
  const door = createDoor(clock, model);
  const backAt = Array.from({ length: pages }, () => Number.POSITIVE_INFINITY);
  const retry = (page: number, attempt: number): void => {
    // As bench/src/compare/comeback/library-backoff.ts, which is compared with the library itself.
    const pauseMs = Math.min(1_000 * 2 ** attempt * (0.5 + random()), 5_000);
    clock.after(pauseMs, () => {
      const isIn = door.enter(() => {
        backAt[page] = clock.now();
      });
      if (!isIn) retry(page, attempt + 1);
    });
  };
  door.set("shut");
  for (let page = 0; page < pages; page++) retry(page, 0);
  await pass(model.awayMs);
  door.set("open");
  await pass(model.forMs - model.awayMs);
  return backAt;
}

describe("2,000 pages whose service is killed, and is there again after a second", () => {
  it.each([2_000, 4_000])(
    "[C23] [C24] [C25] [C26] are back sooner than plain Socket.IO clients of a service that takes %d a second",
    async (acceptsPerS) => {
      const model = { ...MODEL, acceptsPerS };
      const [ours, plain] = [await killUnder(model), sharesOf(await killUnderPlainClients(model))];
      const [back, couples, dials] = [ours.backAt, couplesOf(ours), ours.dials].map(sharesOf);
      const { mints, polling } = ours;
      expect(back?.most).toBeLessThanOrEqual(0.65 * plain.most);
      expect(back?.all).toBeLessThanOrEqual(0.75 * plain.all);
      expect(couples?.all).toBeLessThanOrEqual((back?.all ?? 0) + 1_000);
      // A WebSocket that is refused is followed by polling: two dials for each attempt in vain.
      expect(dials?.all).toBeLessThanOrEqual(2 * 5 + 1);
      // The token that they have is good.
      expect(mints).toBe(0);
      expect(polling).toBeLessThanOrEqual(MODEL.pages / 100);
    },
  );

  it("[C25] are all back within 6 s of a service that was away for 20 s", async () => {
    const { backAt } = await killUnder({ ...MODEL, pages: 500, awayMs: 20_000, forMs: 27_000 });
    expect(Math.max(...backAt)).toBeLessThanOrEqual(26_000);
  });
});
