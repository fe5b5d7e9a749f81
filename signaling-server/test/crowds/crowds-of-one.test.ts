import { expect, test } from "vitest";
import { DEFAULT_STANDING_RULES } from "../../src/domain/lobby/standing/rules.ts";
import { type Crowd, playCrowds } from "./crowd.ts";
import type { BotKind } from "./people.ts";

/** `npm run histories` plays 200. */
const RUNS = Number(process.env["CROWD_RUNS"] ?? 20);

const KINDS: readonly BotKind[] = ["silent", "skips-at-once", "skips", "flaps", "mute"];

/** A hundred bots on ten networks, and six honest people; every run draws a mix of its own. */
const CROWD: Crowd = {
  bots: 100,
  botNetworks: 10,
  kinds: KINDS,
  // From "another device for each partner" to "the same one for ever".
  keeps: [1, 1, 3, 1_000],
  honest: 6,
  honestNetworks: 6,
  comeAtMs: 0,
  withinMs: 30_000,
};

const LATER = { comeAtMs: 60_000, withinMs: 10_000 };

test.each([
  ["together with them, within 30 s", CROWD, 0.95],
  ["when they have been there for a minute, within 10 s", { ...CROWD, ...LATER }, 0.95],
  ["of two networks, within 30 s", { ...CROWD, honestNetworks: 2 }, 0.95],
  // Devices that are shared, and connect nobody, hold a person up for longer than a network that does: 92 % of 200 runs.
  ["beside bots of four devices, within 30 s", { ...CROWD, botsPerDevice: 30 }, 0.9],
] as const)(
  "[M10] [M14] honest people among 100 bots meet honest people: who come %s",
  (name, crowd, least) => {
    const sum = playCrowds(crowd, RUNS);
    console.info(`${RUNS} runs, ${name}: ${JSON.stringify(sum)}`);
    expect(sum.runs).toBeGreaterThanOrEqual(least);
    // Whoever has met bots only is none of them.
    expect(sum.fallen).toBe(0);
  },
  120_000,
);

test("without standing the same crowd keeps them apart", () => {
  const settings = { standing: { ...DEFAULT_STANDING_RULES, keepMs: 0 } };
  const sum = playCrowds({ ...CROWD, ...LATER, settings }, 10);
  expect(sum.runs).toBeLessThan(0.5);
});
