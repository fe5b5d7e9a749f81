import { debugSessions, onlyRoom } from "../support/debug.ts";
import { expect, test } from "../support/fixtures.ts";
import type { Signaling } from "../support/signaling.ts";
import type { Stranger } from "../support/stranger.ts";
import { pass, until } from "../support/until.ts";

/** How often the server is killed in a call: once per pause here, 20 times in `npm run soak`. */
const KILLS = Number(process.env["KILLS"] ?? "1");

/** How long a call is watched before it is disturbed. */
const WATCH_MS = 4_000;
/** A pause between two frames that nobody notices, on a small and busy machine. */
const UNNOTICED_MS = 400;
/** What a disturbance may add to the longest ordinary pause. */
const ALLOWED_MS = 200;

/** Two in a call, and the longest pause between two frames that it shows while nothing disturbs it. */
async function inCall(
  stranger: () => Promise<Stranger>,
): Promise<{ readonly people: readonly [Stranger, Stranger]; readonly ordinaryMs: number }> {
  const people = [await stranger(), await stranger()] as const;
  for (const person of people) await person.start();
  await Promise.all(people.map((person) => person.meets()));
  const since = Date.now();
  await pass(WATCH_MS);
  const pauses = await Promise.all(people.map((person) => person.longestFreeze(since)));
  return { people, ordinaryMs: Math.max(UNNOTICED_MS, ...pauses) };
}

/** Cuts her signaling for `forMs` in all; a cut that the service does not notice would prove nothing. */
async function cutSignaling(ann: Stranger, signaling: Signaling, forMs: number): Promise<void> {
  const cutAt = Date.now();
  await ann.context.setOffline(true);
  await until("the service has lost her", forMs, async () => {
    const { stats } = await debugSessions(signaling);
    return stats.totalSockets === 1 && stats.graces === 1;
  });
  await pass(Math.max(0, cutAt + forMs - Date.now()));
  await ann.context.setOffline(false);
}

/** The call went on since `since`: no gap in the picture, no word of trouble, no end. */
async function undisturbed(
  people: readonly Stranger[],
  { since, ordinaryMs }: { readonly since: number; readonly ordinaryMs: number },
): Promise<void> {
  for (const person of people) {
    expect(await person.longestFreeze(since)).toBeLessThan(ordinaryMs + ALLOWED_MS);
    const statuses = await person.statuses();
    expect(statuses.at(-1)).toContain("Connected");
    expect(statuses).not.toContain("Partner left.");
    expect(statuses).not.toContain("Connection lost. Reconnecting…");
  }
}

for (const [pauseMs, run] of Array.from({ length: KILLS }, (_, run) => [
  [3_000, run] as const,
  [20_000, run] as const,
]).flat()) {
  test(`[T2][C39] the server is killed in a call and back after ${pauseMs / 1_000} s: the call goes on (${run + 1})`, async ({
    signaling,
    stranger,
  }) => {
    test.setTimeout(120_000);
    const { people, ordinaryMs } = await inCall(stranger);
    const [ann, bob] = people;
    const room = await onlyRoom(signaling);
    const killedAt = Date.now();
    await signaling.kill();
    await pass(pauseMs);
    await signaling.start();
    await until("the room is there again, with both", 40_000, async () => {
      const { rooms, stats } = await debugSessions(signaling);
      return stats.totalSockets === 2 && rooms[0]?.roomId === room.roomId && rooms[0]?.phase === "in-call";
    });
    await undisturbed(people, { since: killedAt, ordinaryMs });
    expect((await onlyRoom(signaling)).generation).toBe(room.generation);

    await ann.press("Next");
    await bob.sees("Partner left.");
    await Promise.all([ann.meets(25_000), bob.meets(25_000)]);
    await ann.press("Stop");
    await bob.sees("Partner left.");
  });
}

test("[G5][C20] a server that hangs for 20 s does not end the call", async ({ signaling, stranger }) => {
  test.setTimeout(120_000);
  const { people, ordinaryMs } = await inCall(stranger);
  const room = await onlyRoom(signaling);
  const frozenAt = Date.now();
  signaling.freeze();
  await pass(20_000);
  signaling.thaw();
  await until("both are connected again", 40_000, async () => {
    const { rooms, stats } = await debugSessions(signaling);
    return stats.totalSockets === 2 && rooms.length === 1;
  });
  await undisturbed(people, { since: frozenAt, ordinaryMs });
  expect((await onlyRoom(signaling)).roomId).toBe(room.roomId);
});

test("[C24][C27][C34] signaling alone is cut for 5 s: the call goes on, no overlay, no pause of 200 ms beyond its own", async ({
  signaling,
  stranger,
}) => {
  const { people, ordinaryMs } = await inCall(stranger);
  const [ann] = people;
  const room = await onlyRoom(signaling);
  const cutAt = Date.now();
  await cutSignaling(ann, signaling, 5_000);
  await until("she is connected again", 20_000, async () => {
    const { rooms, stats } = await debugSessions(signaling);
    return stats.totalSockets === 2 && stats.graces === 0 && rooms[0]?.roomId === room.roomId;
  });
  await undisturbed(people, { since: cutAt, ordinaryMs });
});

test("[C27][G2] signaling alone is cut for 20 s: the call goes on all the same", async ({
  signaling,
  stranger,
}) => {
  test.setTimeout(120_000);
  const { people, ordinaryMs } = await inCall(stranger);
  const [ann] = people;
  const room = await onlyRoom(signaling);
  const cutAt = Date.now();
  await cutSignaling(ann, signaling, 20_000);
  await until("she is connected again", 40_000, async () => {
    const { rooms, stats } = await debugSessions(signaling);
    return stats.totalSockets === 2 && stats.graces === 0 && rooms[0]?.roomId === room.roomId;
  });
  await undisturbed(people, { since: cutAt, ordinaryMs });
  await expect(ann.alert).toBeHidden();
});
