import { fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { randomFrom } from "./random.ts";
import { type Faults, User } from "./user.ts";

/**
 * Load without browsers: SESSIONS people search, leave, drop, reload and take over at random for CHURN_MS, then all
 * search, then all go. Prints the figures as JSON and exits with 1 when a promise was broken.
 */
const SESSIONS = Number(process.env["SESSIONS"] ?? "1000");
const CHURN_MS = Number(process.env["CHURN_MS"] ?? "60000");
const SEED = Number(process.env["SEED"] ?? "1");
const ORIGIN = "http://localhost:5173";
const ADMIN_TOKEN = "churn-admin-token-0123456789abcdef";
const MEMORY_TOLERANCE = 0.1;

interface Memory {
  readonly heapUsed: number;
  readonly rss: number;
}

const child = fork(new URL("./server-process.ts", import.meta.url), {
  execArgv: ["--expose-gc", "--import", "tsx", "--conditions=@serendip/source"],
  env: {
    PATH: process.env["PATH"] ?? "",
    HOST: "127.0.0.1",
    PORT: "0",
    LOG_LEVEL: "error",
    ALLOWED_ORIGINS: ORIGIN,
    ADMIN_TOKEN,
    SESSION_SECRET: "churn-secret-0123456789abcdef0123456789abcdef",
    // Each of these people does in a minute what others do in a day.
    LIMITS_PERCENT: "1000000",
    // Marks and tickets that end sooner let "every count is 0" be seen within seconds.
    REMATCH_MS: "2000",
    TICKET_TTL_MS: "30000",
    TICKET_RENEW_MS: "5000",
    GRACE_CUT_ROOM_MS: "30000",
    GRACE_HOLD_ROOM_MS: "30000",
    SWEEP_INTERVAL_MS: "2000",
    TOKEN_LEEWAY_MS: "1000",
  },
});
const [{ url }] = (await once(child, "message")) as [{ url: string }];

async function memory(): Promise<Memory> {
  const answer = once(child, "message");
  child.send("memory");
  const [figures] = (await answer) as [Memory];
  return figures;
}

async function stats(): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}/debug/sessions`, {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, connection: "close" },
  });
  return ((await response.json()) as { stats: Record<string, unknown> }).stats;
}

async function until(
  what: string,
  withinMs: number,
  check: () => Promise<boolean> | boolean,
): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (!(await check())) {
    if (performance.now() > deadline) {
      console.error(`not within ${withinMs} ms: ${what}`);
      return false;
    }
    await pause(100);
  }
  return true;
}

const faults: Faults = { refusedHellos: 0, failedRequests: 0, problems: 0, lostReplies: 0 };
const notes = new Map<string, number>();
const around = {
  url,
  origin: ORIGIN,
  faults,
  note: (text: string) => notes.set(text, (notes.get(text) ?? 0) + 1),
};
const random = randomFrom(SEED);
const devices = Array.from({ length: SESSIONS }, () => randomUUID());
const actions = { find: 0, leave: 0, drop: 0, reload: 0, takeover: 0 };

async function act(user: User): Promise<void> {
  const choice = random();
  if (choice < 0.5) {
    actions.find += 1;
    await user.find();
    await user.negotiate();
  } else if (choice < 0.6) {
    actions.leave += 1;
    await user.leave();
  } else if (choice < 0.75) {
    actions.drop += 1;
    user.drop();
    await pause(random() * 2_000);
    await user.connect("alive");
  } else if (choice < 0.9) {
    actions.reload += 1;
    await user.reload();
  } else {
    actions.takeover += 1;
    await user.connect("alive");
  }
}

/** One whole life of the service: all come, churn, meet, and go. `patient`: until what is remembered of them is gone, too. */
async function round(options: {
  readonly churnMs: number;
  readonly patient: boolean;
}): Promise<{ everybodyMet: boolean; everythingGone: boolean }> {
  const { churnMs, patient } = options;
  const users = devices.map((deviceGroup) => new User(around, deviceGroup));
  for (const user of users) {
    await user.mint();
    await user.connect("lost");
  }
  const endAt = performance.now() + churnMs;
  await Promise.all(
    users.map(async (user) => {
      while (performance.now() < endAt) {
        await pause(random() * 3_000);
        await act(user);
      }
    }),
  );
  await Promise.all(users.filter((user) => user.state.kind !== "in-room").map((user) => user.find()));
  const everybodyMet = await until("everybody is in a room", 60_000, async () => {
    for (const user of users) if (user.state.kind === "idle") await user.find();
    return users.every((user) => user.state.kind === "in-room");
  });
  await Promise.all(users.map((user) => user.end()));
  const everythingGone = await until("every count is 0", 90_000, async () =>
    Object.entries(await stats()).every(
      ([name, count]) =>
        count === 0 ||
        // How calls went is counted for good.
        name === "calls" ||
        (name === "memories" && !patient) ||
        // Of a device's conduct is known for half an hour, and the second round has the same devices as the first.
        (name === "standings" && typeof count === "number" && count <= SESSIONS) ||
        // The one that asks.
        (name === "totalConnections" && count === 1),
    ),
  );
  if (!everythingGone) console.error(JSON.stringify(await stats()));
  return { everybodyMet, everythingGone };
}

await round({ churnMs: 2_000, patient: false });
const before = await memory();
const { everybodyMet, everythingGone } = await round({ churnMs: CHURN_MS, patient: true });
const after = await memory();
child.disconnect();

const growth = after.heapUsed / before.heapUsed - 1;
const memoryIsBack = Math.abs(growth) <= MEMORY_TOLERANCE || after.heapUsed < before.heapUsed;
const clean = Object.values(faults).every((count) => count === 0);
console.log(
  JSON.stringify(
    {
      sessions: SESSIONS,
      churnMs: CHURN_MS,
      seed: SEED,
      actions,
      faults,
      notes: Object.fromEntries(notes),
      everybodyMet,
      everythingGone,
      heapMiB: { before: before.heapUsed / 2 ** 20, after: after.heapUsed / 2 ** 20, growth },
      rssMiB: { before: before.rss / 2 ** 20, after: after.rss / 2 ** 20 },
    },
    undefined,
    2,
  ),
);
process.exitCode = clean && everybodyMet && everythingGone && memoryIsBack ? 0 : 1;
