import type { Browser } from "@playwright/test";
import { onlyRoom } from "../debug.ts";
import type { Signaling } from "../signaling.ts";
import { openStranger, type Stranger } from "../stranger.ts";
import { until } from "../until.ts";
import type { NatLab } from "./lab.ts";

/** Two people in a call in the lab, a's first. */
export interface LabCall {
  readonly signaling: Signaling;
  readonly people: readonly [Stranger, Stranger];
  readonly roomId: string;
  end(): Promise<void>;
}

interface Wanted {
  /** Settings of the signaling server besides those of the lab's coturn. */
  readonly env?: Record<string, string>;
  /** What is done to each page before anything of it runs. */
  readonly before?: (person: "a" | "b") => string | undefined;
  /** What each person does before Start Chatting. */
  readonly prepare?: (person: Stranger) => Promise<void>;
}

/** Starts a signaling server that hands out the lab's coturn, and brings two people together. */
export async function callIn(
  lab: NatLab,
  homes: readonly Browser[],
  { env = {}, before, prepare }: Wanted = {},
): Promise<LabCall> {
  const { stun, turn } = lab.coturn.settings;
  const signaling = await lab.signaling({ ...stun, ...turn, ...env });
  await signaling.start();
  const contexts = await Promise.all(
    homes.map((browser) => browser.newContext({ permissions: ["camera", "microphone"] })),
  );
  const end = async () => {
    await Promise.all(contexts.map((context) => context.close()));
    await signaling.kill();
  };
  try {
    for (const [index, context] of contexts.entries()) {
      const script = before?.(index === 0 ? "a" : "b");
      if (script !== undefined) await context.addInitScript(script);
    }
    const [ann, bob] = await Promise.all(contexts.map((context) => openStranger(context, lab.origin)));
    if (!ann || !bob) throw new Error("two browsers are needed");
    for (const person of [ann, bob]) await prepare?.(person);
    for (const person of [ann, bob]) await person.start();
    await Promise.all([ann.meets(20_000), bob.meets(20_000)]);
    const { roomId } = await onlyRoom(signaling);
    return { signaling, people: [ann, bob], roomId, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** So many frames within that time are a picture that moves again, not a last one that was late. */
const MOVING = { frames: 5, withinMs: 1_500 } as const;

/** Milliseconds from `since` (since the epoch) until the partner's picture moved again. */
export function backAfter({ page }: Stranger, since: number, withinMs: number): Promise<number> {
  return until("the partner's picture moves again", withinMs, () =>
    page.evaluate(
      ({ from, moving }) => {
        const { frames } = window.probe;
        const at = frames.findIndex((shown, index) => {
          const later = frames[index + moving.frames];
          return shown >= from && later !== undefined && later - shown <= moving.withinMs;
        });
        // No time at all still is one.
        return at === -1 ? undefined : Math.max(1, (frames[at] ?? 0) - from);
      },
      { from: since, moving: MOVING },
    ),
  );
}

/** The value that 95 of 100 do not exceed, by the nearest rank. */
export function p95(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.95) - 1];
}
