import { gzipSync } from "node:zlib";
import { expect, test } from "../support/fixtures.ts";
import { until } from "../support/until.ts";

/** gzip, as web servers send it; 1 kB is 1,000 bytes. */
const BEFORE_START_BYTES = 110_000;
const IN_ALL_BYTES = 150_000;

test(`a first call fetches at most ${IN_ALL_BYTES / 1_000} kB of JavaScript, 110 kB of it before Start can be pressed; a press waits for the rest`, async ({
  profile,
  stranger,
  web,
}) => {
  test.setTimeout(180_000);
  const other = await stranger();
  await other.start();
  await other.sees("Looking for partner…");

  const context = await profile();
  const html = await (await fetch(web.origin)).text();
  const scripts = new Map<string, number>();
  let letThrough = () => {};
  const opened = new Promise<void>((resolve) => {
    letThrough = resolve;
  });
  // What the document does not name comes later, here only when the test says so.
  await context.route("**/*.js", async (route) => {
    const response = await route.fetch();
    const body = await response.body();
    const name = new URL(route.request().url()).pathname;
    if (!html.includes(name.slice(name.lastIndexOf("/") + 1))) await opened;
    scripts.set(name, gzipSync(body, { level: 9 }).length);
    await route.fulfill({ response, body });
  });
  const sum = () => [...scripts.values()].reduce((all, one) => all + one, 0);

  const person = await stranger(context);
  await person.start();
  await expect(person.button("Stop")).toBeVisible();
  await person.sees("Loading…");
  for (const [name, other] of [
    ["Turn off camera", "Turn on camera"],
    ["Turn on camera", "Turn off camera"],
  ] as const) {
    await person.press(name);
    await expect(person.button(other)).toBeVisible();
  }
  const beforeStart = sum();
  expect(scripts.size).toBeGreaterThan(0);

  letThrough();
  await Promise.all([person.meets(60_000), other.meets(60_000)]);
  await until("all scripts have come", 5_000, () => scripts.size > 3);
  console.log(`JavaScript, gzip: ${beforeStart} B before Start, ${sum()} B in all`);
  expect(sum()).toBeGreaterThan(beforeStart);
  expect(beforeStart).toBeLessThanOrEqual(BEFORE_START_BYTES);
  expect(sum()).toBeLessThanOrEqual(IN_ALL_BYTES);
});
