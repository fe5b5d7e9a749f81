import { debugSessions } from "../support/debug.ts";
import { expect, test } from "../support/fixtures.ts";
import type { Stranger } from "../support/stranger.ts";
import { until } from "../support/until.ts";

/** How long two tabs are left open side by side: shortly here, 2 minutes in `npm run soak`. */
const WATCH_MS = Number(process.env["WATCH_MS"] ?? "5000");

test("[S4] a duplicated tab is a person of its own", async ({ profile, stranger, web }) => {
  const context = await profile();
  const ann = await stranger(context);
  await ann.start();
  await ann.sees("Looking for partner…");
  // window.open copies the opener's sessionStorage, as duplicating a tab does.
  const [copy] = await Promise.all([
    context.waitForEvent("page"),
    ann.page.evaluate((url) => void window.open(url, "_blank"), web.origin),
  ]);
  await copy.getByRole("button", { name: "Start Chatting", exact: true }).click();
  await ann.meets();
  await expect(copy.getByRole("status", { name: "Chat status" })).toContainText("Connected");
});

test.describe("one person per device", () => {
  test.use({ signalingEnv: { IDENTITY_SCOPE: "device" } });

  test("[C10][C13][S5] the newest tab wins once, the older one is quiet until Use here", async ({
    profile,
    signaling,
    stranger,
  }) => {
    test.setTimeout(60_000 + WATCH_MS);
    const browser = await profile();
    const older = await stranger(browser);
    const bob = await stranger();
    await older.start();
    await bob.start();
    await Promise.all([older.meets(), bob.meets()]);

    const newer = await stranger(browser);
    await newer.start();
    await expect(older.alert).toContainText("Chatting in another tab.");
    await expect(older.button("Use here")).toBeVisible();
    await Promise.all([newer.meets(25_000), bob.meets(25_000)]);

    const takeovers = () => signaling.log().split("Closing existing connection").length - 1;
    const until2 = Date.now() + WATCH_MS;
    await until("the tabs stay as they are", WATCH_MS + 5_000, async () => {
      expect((await debugSessions(signaling)).stats.totalSockets).toBe(2);
      expect(takeovers()).toBe(1);
      return Date.now() >= until2;
    });
    await expect(newer.alert).toBeHidden();

    await older.press("Use here");
    await expect(newer.alert).toContainText("Chatting in another tab.");
    await older.sees("Looking for partner…");
    expect((await older.held()).sockets).toBe(1);
    expect((await newer.held()).sockets).toBe(0);
  });

  test("[C10][C12] eight tabs of one person: one live connection", async ({
    profile,
    signaling,
    stranger,
  }) => {
    const browser = await profile();
    const tabs: Stranger[] = [];
    for (let tab = 0; tab < 8; tab += 1) tabs.push(await stranger(browser));
    for (const tab of tabs) await tab.start();
    const quiet = () =>
      Promise.all(tabs.map((tab) => tab.alert.getByText("Chatting in another tab.").count())).then(
        (counts) => counts.filter((count) => count > 0).length,
      );
    await until("seven tabs are quiet, and one connection is left", 30_000, async () => {
      const { stats } = await debugSessions(signaling);
      const sockets = await Promise.all(tabs.map(async (tab) => (await tab.held()).sockets));
      const open = sockets.reduce((sum, each) => sum + each, 0);
      return stats.totalSockets === 1 && stats.totalUsers === 1 && open === 1 && (await quiet()) === 7;
    });
  });
});
