import { debugSessions } from "../support/debug.ts";
import { expect, test } from "../support/fixtures.ts";
import { until } from "../support/until.ts";

test.describe("tokens live 15 s", () => {
  test.use({ signalingEnv: { TOKEN_TTL_MS: "15000", TOKEN_GRACE_MS: "5000" } });

  test("[C15][C42][S3] the token is renewed in a call, on the same connection", async ({
    signaling,
    stranger,
  }) => {
    test.setTimeout(120_000);
    const [ann, bob] = [await stranger(), await stranger()];
    await ann.start();
    await bob.start();
    await Promise.all([ann.meets(), bob.meets()]);
    const opened = () => ann.page.evaluate(() => window.probe.sockets.length);
    const before = await opened();
    const endAt = Date.now() + 32_000;
    await until("two lifetimes of a token pass", 60_000, async () => {
      expect((await debugSessions(signaling)).stats.totalSockets).toBe(2);
      return Date.now() >= endAt;
    });
    expect(await opened()).toBe(before);
    expect(await ann.statuses()).not.toContain("Partner left.");
    await ann.meets();
    expect(signaling.log()).not.toMatch(/eyJ[A-Za-z0-9_-]{10,}\./);
  });
});
