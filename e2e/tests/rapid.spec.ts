import { debugSessions } from "../support/debug.ts";
import { expect, test } from "../support/fixtures.ts";
import { until } from "../support/until.ts";

/** How long the pressing goes on: shortly here, a minute in `npm run soak`. */
const RAPID_MS = Number(process.env["RAPID_MS"] ?? "10000");

// Presses that come faster than any person's; those that are too fast for the limits are another test's.
test.use({ signalingEnv: { LIMITS_PERCENT: "10000", KEEP_FROM_LOW_MS: "0" } });

test(`[C28] four people press Start, Stop and Next for ${RAPID_MS / 1_000} s: all end matched`, async ({
  signaling,
  stranger,
}) => {
  test.setTimeout(RAPID_MS + 90_000);
  const people = [await stranger(), await stranger(), await stranger(), await stranger()];
  const endAt = Date.now() + RAPID_MS;
  let state = 7;
  await until("the pressing is over", RAPID_MS + 30_000, async () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    const person = people[state % people.length];
    await person?.page.evaluate((choice) => {
      const buttons = [...document.querySelectorAll("button")].filter((button) =>
        ["Start Chatting", "Next", "Stop"].includes(button.textContent?.trim() ?? ""),
      );
      buttons[choice % Math.max(buttons.length, 1)]?.click();
    }, state >> 4);
    return Date.now() >= endAt;
  });

  for (const person of people) {
    await expect(person.alert).toBeHidden();
    if (await person.button("Start Chatting").isVisible()) await person.start();
  }
  await Promise.all(people.map((person) => person.meets(40_000)));
  for (const person of people) {
    const held = await person.held();
    expect(held).toMatchObject({ peers: 1, sockets: 1 });
    expect(held.ahead).toBeLessThanOrEqual(1);
  }

  for (const person of people) await person.press("Stop");
  await until("nothing is left on the server", 10_000, async () => {
    const { stats } = await debugSessions(signaling);
    return stats.totalUsers + stats.totalRooms + stats.totalSockets + stats.waiting + stats.graces === 0;
  });
});
