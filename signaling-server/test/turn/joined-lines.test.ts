import type { IceGrant } from "@serendip/protocol";
import { expect, test } from "vitest";
import { meet, serve, until } from "../app/page.ts";
import { readMetrics } from "../app/scrape.ts";
import { SECRET, startCoturn } from "./coturn.ts";
import { relayUser } from "./relay-user.ts";

const accountIn = (ice: IceGrant | undefined) => {
  const { username = "", credential = "" } = ice?.iceServers.find((one) => one.username !== undefined) ?? {};
  return { username, credential };
};

test("[C62] [C64] the lines of a call are joined by its room, and those of its TURN accounts by name and end", async () => {
  const coturn = await startCoturn();
  const server = await serve({
    TURN_URLS: `turn:127.0.0.1:${coturn.port}?transport=udp`,
    TURN_SECRET: SECRET,
    METRICS_PORT: "0",
  });
  try {
    const { a, roomId, inA } = await meet(server);
    const account = accountIn(inA.ice);
    const user = await relayUser(coturn.port, account);
    expect(await user.allocate()).toBe(0);
    user.close();

    const { sessionId } = a.welcome;
    const matched = server.log.lines.find(({ fields }) => fields["roomId"] === roomId);
    expect(matched?.fields["members"]).toContain(sessionId);
    const given = server.log.lines.filter(({ message }) => message === "TURN account handed out");
    const mine = given.filter(({ fields }) => fields["sessionId"] === sessionId);
    expect(mine).toHaveLength(1);
    const { turnName, turnEndsAt } = (mine[0]?.fields ?? {}) as { turnName: string; turnEndsAt: number };
    expect(`${turnEndsAt}:${turnName}`).toBe(account.username);
    await until("coturn writes the account", () => coturn.output().includes(account.username));

    // The same account again is nothing new.
    expect((await a.request("ice-servers", {})).ok).toBe(true);
    const value = await readMetrics(server);
    expect(value("serendip_turn_credentials_issued_total")).toBe(2);
    expect(given).toHaveLength(2);
    await until("the first check is over", async () => {
      const text = `serendip_turn_probe_success{server="turn:127.0.0.1:${coturn.port}?transport=udp"}`;
      return (
        (await readMetrics(server).then(
          (read) => read(text),
          () => 0,
        )) === 1
      );
    });
  } finally {
    await server.stop();
  }
});
