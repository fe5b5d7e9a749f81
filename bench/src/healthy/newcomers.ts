import { setTimeout as pause } from "node:timers/promises";
import { percentile } from "../figures.ts";
import { mint, type Server } from "../page/mint.ts";
import { arrive, helloOf } from "../page/page.ts";

const EVERY_MS = 400;
const PATIENCE_MS = 5_000;
const WARM_UP = 5;

export interface NewcomerFigures {
  readonly ok: number;
  readonly failed: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** People who come one after the other: a token, a hello, a question, and gone. */
export interface Newcomers {
  begin(): void;
  /** Nobody new comes; resolves when those who are on their way are in, or have given up. */
  end(): Promise<NewcomerFigures>;
}

async function come(server: Server): Promise<void> {
  const page = await arrive(server, helloOf(await mint(server)));
  const status = await page.ask("status", {});
  page.close();
  if (!status.ok) throw new Error(status.error.code);
}

export async function newcomers(server: Server): Promise<Newcomers> {
  for (let count = 0; count < WARM_UP; count += 1) await come(server);

  const tookMs: number[] = [];
  let failed = 0;
  const onTheirWay = new Set<Promise<void>>();
  const one = async (): Promise<void> => {
    const startedAt = performance.now();
    const late = pause(PATIENCE_MS, undefined, { ref: false }).then(() => {
      throw new Error("not in time");
    });
    // Whichever comes second is heard by nobody.
    late.catch(() => undefined);
    const coming = come(server);
    coming.catch(() => undefined);
    try {
      await Promise.race([coming, late]);
      tookMs.push(performance.now() - startedAt);
    } catch {
      failed += 1;
    }
  };
  let timer: NodeJS.Timeout | undefined;
  return {
    begin() {
      const next = () => {
        const coming = one().finally(() => onTheirWay.delete(coming));
        onTheirWay.add(coming);
      };
      next();
      timer = setInterval(next, EVERY_MS);
    },

    async end() {
      clearInterval(timer);
      await Promise.all(onTheirWay);
      return { ok: tookMs.length, failed, p95Ms: percentile(tookMs, 0.95), p99Ms: percentile(tookMs, 0.99) };
    },
  };
}
