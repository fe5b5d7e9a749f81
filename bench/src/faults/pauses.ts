import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { type ClientEvent, type ErrorBody, TIMES } from "@serendip/protocol";
import { mint, type Server } from "../page/mint.ts";
import { arrive, helloOf, type Page } from "../page/page.ts";
import { type Fault, withServer } from "./fault.ts";

/** Events that need no room, with a body for each of many. */
const ASKED = {
  find: () => ({ requestId: randomUUID() }),
  leave: () => ({ requestId: randomUUID() }),
  status: () => ({}),
  "ice-servers": () => ({}),
} as const satisfies Partial<Record<ClientEvent, () => object>>;

const MOST = 2_000;
/** How late an answer may be on a busy machine, for a request that is sent at the very end of the pause. */
const EARLY_MS = 1;

interface Limited {
  readonly passed: number;
  readonly error: ErrorBody;
}

async function untilLimited(page: Page, event: keyof typeof ASKED): Promise<Limited | undefined> {
  for (let passed = 0; passed < MOST; passed += 1) {
    const reply = await page.ask(event, ASKED[event]());
    if (!reply.ok) return { passed, error: reply.error };
  }
  return undefined;
}

/** The sentence about one kind of event, and whether it holds. */
async function tryEvent(server: Server, event: keyof typeof ASKED): Promise<readonly [string, boolean]> {
  const page = await arrive(server, helloOf(await mint(server)));
  try {
    const limited = await untilLimited(page, event);
    if (limited === undefined) return [`${event}: ${MOST} passed`, false];
    const { passed, error } = limited;
    const { code, retryAfterMs } = error;
    if (code !== "rate_limited" || retryAfterMs === undefined) return [`${event}: answered ${code}`, false];
    await pause(Math.min(retryAfterMs + EARLY_MS, 2 * TIMES.requestMemoryMs));
    const after = await page.ask(event, ASKED[event]());
    const words = `${event}: ${passed} at once, then ${retryAfterMs} ms, and it ${after.ok ? "passes" : "is refused"}`;
    return [words, after.ok];
  } finally {
    page.close();
  }
}

/** Whoever waits exactly as long as told goes on. */
export const pauses: Fault = {
  what: "each kind of request as often as it passes, then one after exactly the pause that was asked for",
  target: "rate_limited with retryAfterMs, and the one after it passes",
  run: (around) =>
    withServer(around, {}, async (server) => {
      const events = Object.keys(ASKED) as (keyof typeof ASKED)[];
      const found = await Promise.all(events.map((event) => tryEvent(server, event)));
      return {
        figure: found.map(([words]) => words).join("; "),
        isKept: found.every(([, holds]) => holds),
      };
    }),
};
