import { expect, test } from "../support/fixtures.ts";
import { until } from "../support/until.ts";

test.describe("the signaling server does not run", () => {
  test.use({ signalingStarts: false });

  test("[C8] a clear message, then recovery by itself once it starts", async ({ signaling, stranger }) => {
    const [ann, bob] = [await stranger(), await stranger()];
    await ann.start();
    await bob.start();
    await expect(ann.alert).toContainText(/server/i);
    await expect(ann.button("Retry now")).toBeVisible();
    await signaling.start();
    await Promise.all([ann.meets(30_000), bob.meets(30_000)]);
    await expect(ann.alert).toBeHidden();
  });

  test("[C25] Retry now tries at once", async ({ signaling, stranger }) => {
    test.setTimeout(90_000);
    const ann = await stranger();
    await ann.start();
    await expect(ann.button("Retry now")).toBeVisible();
    const askedAt: number[] = [];
    ann.page.on("request", (request) => {
      if (request.url().startsWith(signaling.url)) askedAt.push(Date.now());
    });
    await ann.press("Retry now");
    const pressedAt = Date.now();
    // Before the server runs: afterwards the page may get there by itself before anybody can press.
    await until("the page asks the server", 1_000, () => askedAt.some((at) => at >= pressedAt - 100));
    await signaling.start();
    await expect(ann.alert).toBeHidden({ timeout: 20_000 });
    await ann.sees("Looking for partner…");
  });

  test("Stop ends the waiting also then, and nothing stays open [C6]", async ({ stranger }) => {
    const ann = await stranger();
    await ann.start();
    await expect(ann.alert).toBeVisible();
    await ann.press("Stop");
    await expect(ann.button("Start Chatting")).toBeVisible();
    await expect.poll(async () => (await ann.held()).tracks).toBe(0);
    await expect.poll(async () => (await ann.held()).sockets).toBe(0);
  });
});

test("[W2][C18] the server confirms the connection before a search begins", async ({
  signaling,
  stranger,
}) => {
  const ann = await stranger();
  await ann.start();
  await ann.sees("Looking for partner…");
  await expect
    .poll(async () => (await signaling.ask<{ stats: { waiting: number } }>("/debug/sessions")).stats.waiting)
    .toBe(1);
});
