import { setTimeout as pause } from "node:timers/promises";
import type { Server } from "../page/mint.ts";
import type { Hear, Page } from "../page/page.ts";
import { meet, signalOf } from "../page/pair.ts";

const PATIENCE_MS = 2_000;

/** Pairs of people who send each other signals. */
export interface Crowd {
  /** All together send so many a second; resolves with how many were sent. */
  atRate(perSecond: number, forMs: number): Promise<number>;
  /** Each sends so many, and has `window` of them under way. */
  asFastAsAcked(each: number, window: number): Promise<number>;
  /** How long each signal since the last question took to its receiver, once so many have come, or after two seconds. */
  arrived(count: number): Promise<readonly number[]>;
  close(): void;
}

interface Person {
  readonly send: () => Promise<void>;
  readonly page: Page;
}

async function openPair(server: Server, waits: number[]): Promise<readonly [Person, Person]> {
  const sentAt: [number[], number[]] = [[], []];
  const hearFrom =
    (sender: 0 | 1): Hear =>
    (event, body) => {
      if (event !== "signal") return;
      const { sequence } = body as { sequence: number };
      waits.push(performance.now() - (sentAt[sender][sequence] ?? Number.NaN));
    };
  // As the product's page says it.
  const members = await meet(server, [hearFrom(1), hearFrom(0)], { cumulativeAcks: true });
  const person = (sender: 0 | 1): Person => {
    const { page, roomId } = members[sender];
    let sequence = 0;
    return {
      page,
      async send() {
        sequence += 1;
        sentAt[sender][sequence] = performance.now();
        const reply = await page.ask("signal", signalOf(roomId, sequence));
        if (!reply.ok) throw new Error(`signal ${sequence} was answered ${reply.error.code}`);
      },
    };
  };
  return [person(0), person(1)];
}

export async function openCrowd(server: Server, pairs: number): Promise<Crowd> {
  const waits: number[] = [];
  const people: Person[] = [];
  for (let count = 0; count < pairs; count += 1) people.push(...(await openPair(server, waits)));
  return {
    async atRate(perSecond, forMs) {
      const count = Math.round((perSecond * forMs) / 1_000);
      const startedAt = performance.now();
      for (let sent = 0; sent < count; ) {
        const due = Math.min(count, Math.floor(((performance.now() - startedAt) * perSecond) / 1_000));
        for (; sent < due; sent += 1) {
          const person = people[sent % people.length];
          // What is not taken does not come either, and is missed there.
          person?.send().catch(() => undefined);
        }
        await pause(1);
      }
      return count;
    },

    async asFastAsAcked(each, window) {
      await Promise.all(
        people.map(async ({ send }) => {
          let left = each;
          const lane = async () => {
            while (left > 0) {
              left -= 1;
              await send();
            }
          };
          await Promise.all(Array.from({ length: window }, lane));
        }),
      );
      return each * people.length;
    },

    async arrived(count) {
      const deadline = performance.now() + PATIENCE_MS;
      while (waits.length < count && performance.now() < deadline) await pause(1);
      return waits.splice(0);
    },

    close() {
      for (const { page } of people) page.close();
    },
  };
}
