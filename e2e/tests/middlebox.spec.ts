import { debugSessions } from "../support/debug.ts";
import { test as base, expect } from "../support/fixtures.ts";
import { type Middlebox, middlebox, type WebSocketFate } from "../support/middlebox.ts";
import type { Stranger } from "../support/stranger.ts";
import { until } from "../support/until.ts";

const test = base.extend<{ box: Middlebox }>({
  box: async ({ signaling, web }, use) => {
    const box = await middlebox(signaling.url);
    web.pointAt(box.url);
    await use(box);
    await box.stop();
  },
});

/** Long enough for two attempts on a busy machine. */
const TWO_ATTEMPTS_MS = 30_000;
/** A connection that is silent is noticed after 16 s (SPEC G5), and replaced. */
const NOTICED_MS = 40_000;

async function twoMeet(stranger: () => Promise<Stranger>): Promise<readonly [Stranger, Stranger]> {
  const people = [await stranger(), await stranger()] as const;
  for (const person of people) await person.start();
  await Promise.all(people.map((person) => person.meets(TWO_ATTEMPTS_MS)));
  return people;
}

async function nobodyComplained(people: readonly Stranger[]): Promise<void> {
  for (const person of people) {
    await expect(person.alert).toBeHidden();
    await expect(person.page.getByText(/blocks the connection/)).toBeHidden();
  }
}

const SILENT: readonly (readonly [string, WebSocketFate])[] = [
  ["before their answer", "hangs"],
  ["after their answer (101)", { framesUntilSilent: 0 }],
  ["after Engine.IO's `open`", { framesUntilSilent: 1 }],
  ["after the welcome", { framesUntilSilent: 3 }],
];

for (const [where, fate] of SILENT) {
  test(`[W19][C17] WebSockets are silent ${where}: two meet by polling, and a reload begins with it`, async ({
    box,
    stranger,
  }) => {
    test.setTimeout(120_000);
    box.webSocket = fate;
    const people = await twoMeet(stranger);
    const [ann] = people;
    expect(box.tally.webSockets).toBe(2);
    expect(box.tally.pollings).toBeGreaterThanOrEqual(2);
    // One for each attempt at most.
    expect(box.tally.tokens).toBeLessThanOrEqual(4);
    await nobodyComplained(people);

    await ann.page.reload();
    await Promise.all(people.map((person) => person.meets(TWO_ATTEMPTS_MS)));
    expect(box.tally.webSockets).toBe(2);
  });
}

test("[W19][C17] open WebSockets fall silent: the call goes on, and both come back by polling", async ({
  box,
  signaling,
  stranger,
}) => {
  test.setTimeout(120_000);
  const people = await twoMeet(stranger);
  const [ann, bob] = people;
  expect(box.tally).toMatchObject({ webSockets: 2, pollings: 0 });
  box.silenceOpenWebSockets();
  await until("both are back", NOTICED_MS, async () => {
    const { stats } = await debugSessions(signaling);
    return box.tally.pollings >= 2 && stats.totalSockets === 2 && stats.graces === 0;
  });
  expect(box.tally.webSockets).toBe(2);
  await nobodyComplained(people);
  await ann.press("Next");
  await bob.sees("Partner left.");
  await Promise.all(people.map((person) => person.meets(TWO_ATTEMPTS_MS)));
  expect(box.tally.webSockets).toBe(2);
});

test("[W19] polling hangs and WebSockets pass: nobody polls, and nobody waits", async ({ box, stranger }) => {
  box.polling = "hangs";
  await twoMeet(stranger);
  expect(box.tally).toEqual({ webSockets: 2, pollings: 0, tokens: 2 });
});

test("[W19] a tab that remembers polling gets in by WebSocket where polling has come to hang", async ({
  box,
  stranger,
}) => {
  test.setTimeout(120_000);
  box.webSocket = "hangs";
  const people = await twoMeet(stranger);
  box.webSocket = "passes";
  box.polling = "hangs";
  const [ann] = people;
  await ann.page.reload();
  await until("she is back by WebSocket", TWO_ATTEMPTS_MS, () => box.tally.webSockets >= 3);
  await ann.meets(TWO_ATTEMPTS_MS);
});

test("[W19][C54] the check page says which way works", async ({ box, profile, web }) => {
  box.webSocket = "hangs";
  const page = await (await profile()).newPage();
  await page.goto(`${web.origin}/check/`);
  await page.getByRole("button", { name: "Start the check" }).click();
  await expect(page.getByRole("heading", { name: "Report" })).toBeVisible({ timeout: 45_000 });
  const server = page
    .getByRole("listitem")
    .filter({ has: page.getByRole("heading", { name: "Chat server", exact: true }) });
  await expect(server).toContainText("Works");
  await expect(server).toContainText(/WebSocket does not get through/);
});
