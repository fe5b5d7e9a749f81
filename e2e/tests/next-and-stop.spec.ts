import { debugSessions } from "../support/debug.ts";
import { expect, test } from "../support/fixtures.ts";
import { until } from "../support/until.ts";

test("[M4][C31] Next lets both meet again, each with somebody", async ({ stranger }) => {
  const people = [await stranger(), await stranger(), await stranger(), await stranger()];
  for (const person of people) await person.start();
  await Promise.all(people.map((person) => person.meets()));

  await people[0]?.press("Next");
  await people[2]?.press("Next");
  await Promise.all(people.map((person) => person.meets(20_000)));
});

test.describe("people who may meet again at once", () => {
  test.use({ signalingEnv: { REMATCH_MS: "0", LIMITS_PERCENT: "10000", KEEP_FROM_LOW_MS: "0" } });

  test("[C28] Next pressed every 20 ms, through ten searches and more, harms nobody", async ({
    stranger,
  }) => {
    test.setTimeout(180_000);
    const [ann, bob, cat] = [await stranger(), await stranger(), await stranger()];
    let finds = 0;
    ann.page.on("request", (request) => {
      if (request.postData()?.includes('["find"')) finds += 1;
    });
    ann.page.on("websocket", (socket) =>
      socket.on("framesent", ({ payload }) => {
        if (payload.toString().includes('["find"')) finds += 1;
      }),
    );
    for (const person of [ann, bob, cat]) await person.start();
    await ann.meets();
    const started = finds;
    await ann.page.evaluate(pressNext, "always");
    for (const { page } of [bob, cat]) await page.evaluate(pressNext, "Partner left");
    await until("ten searches came of it", 60_000, () => Promise.resolve(finds - started >= 10));
    for (const { page } of [ann, bob, cat])
      await page.evaluate(() => window.dispatchEvent(new Event("enough")));
    for (const person of [ann, bob, cat]) await expect(person.alert).toBeHidden();
    await until("two of three are together and one waits", 30_000, async () => {
      const said = await Promise.all([ann, bob, cat].map((person) => person.status.textContent()));
      const together = said.filter((text) => text?.includes("Connected")).length;
      return together === 2 && said.some((text) => text?.includes("Looking for partner…"));
    });
    const held = await ann.held();
    expect(held.peers).toBeLessThanOrEqual(1);
    expect(held.ahead).toBeLessThanOrEqual(1);
    expect(held.sockets).toBe(1);
  });
});

/** Runs in the page: presses Next every 20 ms, each time in a task of its own, until `enough`. */
function pressNext(when: string): void {
  const pressing = setInterval(() => {
    const status = document.querySelector('[role="status"]')?.textContent;
    if (when !== "always" && !status?.includes(when)) return;
    for (const button of document.querySelectorAll("button"))
      if (button.textContent?.trim() === "Next") button.click();
  }, 20);
  window.addEventListener("enough", () => clearInterval(pressing), { once: true });
}

test("[G1][C33] Stop tells the partner at once and goes home, and nothing stays open [C6]", async ({
  stranger,
}) => {
  const [ann, bob] = [await stranger(), await stranger()];
  await ann.start();
  await bob.start();
  await Promise.all([ann.meets(), bob.meets()]);

  await ann.press("Stop");
  await bob.sees("Partner left.", 2_000);
  await expect(ann.button("Start Chatting")).toBeVisible();
  await until("camera, connection and socket are given back", 5_000, async () => {
    const { tracks, peers, ahead, sockets } = await ann.held();
    return tracks === 0 && peers === 0 && ahead === 0 && sockets === 0;
  });
  await bob.sees("Looking for partner…");
  await bob.press("Stop");
  await expect(bob.button("Start Chatting")).toBeVisible();

  await ann.start();
  await bob.start();
  await Promise.all([ann.meets(20_000), bob.meets(20_000)]);
});

test("[G2][C38] closing a tab tells the partner within 5 s", async ({ stranger }) => {
  const [ann, bob] = [await stranger(), await stranger()];
  await ann.start();
  await bob.start();
  await Promise.all([ann.meets(), bob.meets()]);
  const closedAt = Date.now();
  await ann.closeTab();
  await bob.sees("Partner left.", 5_000);
  expect(Date.now() - closedAt).toBeLessThanOrEqual(5_000);
});

test("[G1] waiting can be cancelled, and who cancelled is never matched afterwards", async ({
  signaling,
  stranger,
}) => {
  const [ann, bob] = [await stranger(), await stranger()];
  await ann.start();
  await ann.sees("Looking for partner…");
  await ann.press("Stop");
  await expect(ann.button("Start Chatting")).toBeVisible();

  await bob.start();
  await bob.sees("Looking for partner…");
  await until("the server knows of one who waits", 5_000, async () => {
    const { stats } = await debugSessions(signaling);
    return stats.waiting === 1 && stats.totalRooms === 0;
  });
  expect(await ann.statuses()).not.toContain("Partner found. Connecting…");
  expect(await bob.statuses()).not.toContain("Partner found. Connecting…");
});

test("[M2] a double press of Start Chatting does not match a person with themselves", async ({
  signaling,
  stranger,
}) => {
  const ann = await stranger();
  await ann.page.evaluate(() => {
    const start = [...document.querySelectorAll("button")].find(
      (button) => button.textContent?.trim() === "Start Chatting",
    );
    start?.click();
    start?.click();
  });
  await ann.sees("Looking for partner…");
  await until("the server knows of one person who waits", 5_000, async () => {
    const { stats } = await debugSessions(signaling);
    return stats.totalUsers === 1 && stats.waiting === 1 && stats.totalRooms === 0;
  });
  expect((await ann.held()).sockets).toBe(1);
});

test("microphone and camera can be turned off and on in a call", async ({ computer, profile, stranger }) => {
  const red = await stranger(await profile(await computer({ picture: "red" })));
  const other = await stranger();
  await red.start();
  await other.start();
  await Promise.all([red.meets(), other.meets()]);

  await red.press("Turn off camera");
  await until("the partner sees black", 5_000, async () => {
    const { red: seen, green, blue } = await other.colour("Partner's video");
    return seen + green + blue < 60;
  });
  await red.press("Turn on camera");
  await until("the partner sees red again", 5_000, async () => {
    const seen = await other.colour("Partner's video");
    return seen.red > seen.blue + 50;
  });

  await red.press("Mute microphone");
  await until("the partner hears nothing while frames go on", 10_000, async () => {
    const before = await other.inbound();
    const after = await until("a second of frames", 5_000, async () => {
      const now = await other.inbound();
      return now.framesDecoded >= before.framesDecoded + 25 && now;
    });
    return after.audioEnergy - before.audioEnergy < 1e-6;
  });
  await red.press("Unmute microphone");
  const silent = await other.inbound();
  await until(
    "the partner hears again",
    5_000,
    async () => (await other.inbound()).audioEnergy > silent.audioEnergy + 1e-6,
  );
});
