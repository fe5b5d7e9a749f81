import { steadyClock, systemClock } from "@serendip/time";
import type { Coturn } from "@serendip/tooling/coturn";
import { afterEach, describe, expect, test } from "vitest";
import { examine } from "../../src/doctor/examine.ts";
import type { Finding } from "../../src/doctor/finding.ts";
import { hmacTurnMinter } from "../../src/edge/turn/hmac-turn-minter.ts";
import { createIceChecker } from "../../src/edge/turn/ice-checker.ts";
import { systemResolver } from "../../src/edge/turn/name-resolver.ts";
import type { TurnWatch } from "../../src/ports/turn.ts";
import { ADMIN, arrive, meet, serve, until } from "../app/page.ts";
import { SECRET, startCoturn } from "./coturn.ts";
import { type RelayUser, relayUser } from "./relay-user.ts";

const QUOTA = 486;
const checker = createIceChecker({ clock: steadyClock(), withinMs: 3_000, resolver: systemResolver });
const minter = hmacTurnMinter({ secret: SECRET, calendar: systemClock() });
const account = (group: string, ttlMs = 60_000) => minter.mint({ group, member: "me" }, ttlMs);
const me = () => account("the server");

const others: RelayUser[] = [];
const watches: TurnWatch[] = [];
afterEach(() => {
  for (const one of others.splice(0)) one.close();
  for (const watch of watches.splice(0)) watch.close();
});

const watchOf = ({ port }: Coturn, query = "") => {
  const watch = checker.watchTurn(`turn:127.0.0.1:${port}${query}`);
  watches.push(watch);
  return watch;
};

/** Somebody else takes relays until there is none left. */
async function fill({ port }: Coturn): Promise<RelayUser[]> {
  const taken: RelayUser[] = [];
  for (;;) {
    const one = await relayUser(port, account("somebody"));
    others.push(one);
    const answer = await one.allocate();
    if (answer === QUOTA) return taken;
    expect(answer).toBe(0);
    taken.push(one);
  }
}

describe("a TURN server without room for another relay", () => {
  test("[K26] is full, not down: it took the credentials", async () => {
    const coturn = await startCoturn({ args: ["--user-quota=1"] });
    const url = `turn:127.0.0.1:${coturn.port}`;
    expect(await checker.checkTurn(url, me())).toEqual({
      state: "full",
      why: "quota",
      sentence: `TURN server ${url} has no room for another relay (486 Allocation Quota Reached).`,
      relayMs: undefined,
      faults: [],
    });
  });

  test("[K26] is so too when it has no port left (508)", async () => {
    const coturn = await startCoturn({ args: ["--min-port=52000", "--max-port=52003"] });
    const watch = watchOf(coturn);
    expect(await watch.check(me())).toMatchObject({ state: "up" });
    for (let n = 0; n < 6; n += 1) others.push(await relayUser(coturn.port, account("somebody")));
    const answers = await Promise.all(others.map((one) => one.allocate()));
    expect(answers).toContain(508);
    expect(await watch.check(me())).toMatchObject({ state: "full", relayMs: expect.any(Number) });
  });

  test.each(["udp", "tcp"])(
    "[K26] is checked through the addresses that are held, over %s",
    async (transport) => {
      // A nonce that ends after a second, and an account that has ended by the second check.
      const coturn = await startCoturn({ args: ["--total-quota=6", "--stale-nonce=1"] });
      const watch = watchOf(coturn, `?transport=${transport}`);
      const short = account("the server", 1_000);
      expect(await watch.check(short)).toMatchObject({ state: "up" });
      const taken = await fill(coturn);
      const endsAt = (Number(short.username.split(":")[0]) + 1) * 1_000;
      await until("the account has ended", () => Date.now() > endsAt);
      expect(await checker.checkTurn(`turn:127.0.0.1:${coturn.port}`, short)).toMatchObject({
        why: "unauthorized",
      });
      for (let n = 0; n < 2; n += 1)
        expect(await watch.check(me())).toMatchObject({ state: "full", relayMs: expect.any(Number) });
      expect(taken.length).toBeGreaterThanOrEqual(4);
      for (const one of taken) await one.free();
      await until("there is room again", async () => (await watch.check(me())).state === "up");
    },
  );

  test("[K26] nothing is held after the end: what was is free for others", async () => {
    const coturn = await startCoturn({ args: ["--total-quota=2"] });
    for (const query of ["?transport=udp", "?transport=tcp"]) {
      const watch = watchOf(coturn, query);
      await until("it has room", async () => (await watch.check(me())).state === "up");
      expect(await checker.checkTurn(`turn:127.0.0.1:${coturn.port}`, account("else"))).toMatchObject({
        state: "full",
      });
      watch.close();
    }
    await until(
      "it has room for others",
      async () => (await checker.checkTurn(`turn:127.0.0.1:${coturn.port}`, account("else"))).state === "up",
    );
  });

  test("[K26] one that was started anew and is full at once is full, and one that has died is down", async () => {
    const coturn = await startCoturn({ args: ["--total-quota=4"] });
    const watch = watchOf(coturn);
    expect(await watch.check(me())).toMatchObject({ state: "up" });
    await coturn.stop();
    expect(await watch.check(me())).toMatchObject({ state: "down", why: "unreachable" });
    const again = await startCoturn({ port: coturn.port, args: ["--total-quota=1"] });
    expect(await watch.check(me())).toMatchObject({ state: "full", relayMs: undefined });
    await again.stop();
  });

  test("[K26] the doctor finds that it has failed, and says which figure to raise", async () => {
    const { port } = await startCoturn({ args: ["--total-quota=1"] });
    const env = { SESSION_SECRET: "q0ZC9mHk7Tn2VxYb4LrWs8DfJ1PgUeAi3OoKl6", PORT: "0" };
    const found: Finding[] = [];
    for await (const finding of examine({ ...env, TURN_URLS: `turn:127.0.0.1:${port}`, TURN_SECRET: SECRET }))
      found.push(finding);
    expect(found.at(-1)).toMatchObject({
      verdict: "FAILED",
      says: expect.stringContaining("has no room for another relay (486"),
      advice: expect.stringContaining("total-quota"),
    });
  });
});

test("[K26] [K21] [K22] while it is full calls get it, nobody new can hide behind it, and the alert is not that of a dead one", async () => {
  const coturn = await startCoturn({ args: ["--total-quota=12"] });
  const url = `turn:127.0.0.1:${coturn.port}?transport=tcp`;
  const server = await serve({ TURN_URLS: url, TURN_SECRET: SECRET, TURN_CHECK_MS: "500" });
  const stateOf = async () => {
    const headers = { authorization: `Bearer ${ADMIN}` };
    const reply = await fetch(`${server.url}/debug/sessions`, { headers });
    const { turn } = (await reply.json()) as { turn: { verdict?: { state: string } }[] };
    return turn[0]?.verdict?.state;
  };
  const relayOf = async () =>
    ((await (await fetch(`${server.url}/readyz`)).json()) as { relay: string }).relay;
  try {
    await until("its first check", async () => (await stateOf()) === "up");
    const taken = await fill(coturn);
    await until("it is seen to be full", async () => (await stateOf()) === "full");
    const { inA } = await meet(server);
    expect(inA.ice?.iceServers).toMatchObject([{ urls: [url] }]);
    expect(inA.ice).not.toHaveProperty("withheld");
    expect(inA.ice).not.toHaveProperty("relay");
    expect(await relayOf()).toBe("failed");
    const person = await arrive(server);
    expect(person.welcome.relay).toBe("failed");
    expect(await person.request("find", { requestId: "hidden", relayOnly: true })).toMatchObject({
      ok: false,
      error: { code: "relay_unavailable" },
    });
    const alerts = () => server.log.lines.filter(({ message }) => message.startsWith("Alert: "));
    expect(alerts()).toMatchObject([{ fields: { code: "turn-full" } }]);
    expect(server.log.text()).not.toContain("TURN server is down");

    for (const one of taken) await one.free();
    await until("there is room again", async () => (await stateOf()) === "up");
    expect(await relayOf()).toBe("ok");
    expect(server.log.text()).toContain("Alert is over");
  } finally {
    await server.stop();
  }
});
