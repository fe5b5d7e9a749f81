import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import type { IceGrant } from "@serendip/protocol";
import type { Coturn } from "@serendip/tooling/coturn";
import { startCoturn as start } from "@serendip/tooling/coturn";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { TurnAccount } from "../../src/ports/turn.ts";
import { ADMIN, arrive, ORIGIN, serve, type TestServer, until } from "../app/page.ts";
import { SECRET } from "./coturn.ts";
import { type RelayUser, relayUser } from "./relay-user.ts";

const CONFIGURATION = readFileSync(
  new URL("../../../deploy/coturn/turnserver.conf", import.meta.url),
  "utf8",
);
const figure = (name: string) => Number(new RegExp(`^${name}=(\\d+)$`, "m").exec(CONFIGURATION)?.[1]);
const [USER_QUOTA, TOTAL_QUOTA] = [figure("user-quota"), figure("total-quota")];
/** Browsers ask each TURN address by each family, and again for a repair while the first ones are still there. */
const RELAYS_OF_ONE = 3 * 2 * 3;
const IDENTITIES = 35;
const TURN_FULL = 486;

let coturn: Coturn;
let server: TestServer;
const users: RelayUser[] = [];

beforeAll(async () => {
  // Below the ports that the system gives to sockets; and the server's checks go over TCP: coturn keeps a UDP port of one that
  // was given back for a while, and would refuse it to the next who gets it (437).
  coturn = await start({
    secret: SECRET,
    args: [
      ...[`--user-quota=${USER_QUOTA}`, `--total-quota=${TOTAL_QUOTA}`],
      ...["--min-port=20000", "--max-port=32767"],
    ],
  });
  server = await serve({
    ...{
      TURN_URLS: `turn:127.0.0.1:${coturn.port}?transport=tcp`,
      TURN_SECRET: SECRET,
      TURN_CHECK_MS: "500",
    },
    TRUST_PROXY: "1",
  });
  await until("the first check", async () => (await lastCheck()).state === "up");
});
afterEach(() => {
  for (const one of users.splice(0)) one.close();
});
afterAll(async () => {
  await server?.stop();
  await coturn?.stop();
});

async function lastCheck(): Promise<{ state: string | undefined; agoMs: number }> {
  const headers = { authorization: `Bearer ${ADMIN}` };
  const reply = await fetch(`${server.url}/debug/sessions`, { headers });
  const { turn } = (await reply.json()) as { turn: { checkedAgoMs?: number; verdict?: { state: string } }[] };
  return { state: turn[0]?.verdict?.state, agoMs: turn[0]?.checkedAgoMs ?? 0 };
}

/** A page that comes from an address, as a proxy says it. */
const arriveFrom = (address: string) =>
  arrive(server, { options: { extraHeaders: { origin: ORIGIN, "x-forwarded-for": address } } });
type Person = Awaited<ReturnType<typeof arriveFrom>>;

const accountIn = (ice: IceGrant | undefined): TurnAccount | undefined => {
  const { username, credential } = ice?.iceServers.find((one) => one.username !== undefined) ?? {};
  return username && credential ? { username, credential } : undefined;
};

async function take(account: TurnAccount, times: number): Promise<number[]> {
  const mine = await Promise.all(Array.from({ length: times }, () => relayUser(coturn.port, account)));
  users.push(...mine);
  return Promise.all(mine.map((one) => one.allocate()));
}
const given = (answers: readonly number[]) => answers.filter((answer) => answer === 0).length;

async function meetAs(a: Person, b: Person): Promise<readonly TurnAccount[]> {
  await a.request("find", { requestId: randomUUID() });
  await b.request("find", { requestId: randomUUID() });
  const rooms = [await a.next("matched"), await b.next("matched")];
  return rooms.flatMap(({ ice }) => accountIn(ice) ?? []);
}

/** Two people of two other networks get all the relays that a call may need, and the server sees a TURN server that works. */
async function expectHonestCalls(): Promise<void> {
  const [a, b] = [await arriveFrom("203.0.113.8"), await arriveFrom("203.0.113.9")];
  const accounts = await meetAs(a, b);
  expect(accounts).toHaveLength(2);
  for (const account of accounts)
    expect(await take(account, RELAYS_OF_ONE)).toEqual(Array.from({ length: RELAYS_OF_ONE }, () => 0));
  let agoMs = 0;
  await until("another check", async () => {
    const before = agoMs;
    ({ agoMs } = await lastCheck());
    return agoMs < before;
  });
  expect((await lastCheck()).state).toBe("up");
  expect(server.log.text()).not.toMatch(/TURN server is (down|full)/);
  for (const person of [a, b]) person.close();
}

test("the figures of the sample configuration: 50 people behind one address, of whom each needs a relay, and ten such networks", () => {
  expect(USER_QUOTA).toBeGreaterThanOrEqual(50 * RELAYS_OF_ONE);
  expect(TOTAL_QUOTA).toBeGreaterThanOrEqual(10 * USER_QUOTA);
  expect(figure("max-port") - figure("min-port")).toBeGreaterThan(TOTAL_QUOTA);
});

test("[K28] [A26] 35 identities of one network that only ask, and open all they can, leave honest calls relayed", async () => {
  const crowd = await Promise.all(Array.from({ length: IDENTITIES }, () => arriveFrom("203.0.113.7")));
  const replies = await Promise.all(crowd.map((one) => one.request("ice-servers", {})));
  const accounts = replies.flatMap((reply) => (reply.ok ? (accountIn(reply.ice) ?? []) : []));
  expect(accounts).toHaveLength(20);
  for (const reply of replies)
    if (!reply.ok)
      expect(reply.error).toMatchObject({ code: "rate_limited", retryAfterMs: expect.any(Number) });
  const answers: number[] = [];
  for (let n = 0; n < IDENTITIES; n += 1) {
    const account = accounts[n % accounts.length];
    if (account) answers.push(...(await take(account, 36)));
  }
  expect(given(answers)).toBe(USER_QUOTA);
  expect(answers).toContain(TURN_FULL);
  await expectHonestCalls();

  // Now with a partner each.
  const more: number[] = [];
  for (let n = 0; n + 1 < 8; n += 2) {
    const [a, b] = [crowd[n], crowd[n + 1]];
    if (a && b) for (const account of await meetAs(a, b)) more.push(...(await take(account, 36)));
  }
  expect(more).toHaveLength(8 * 36);
  expect(given(more)).toBe(0);
  await expectHonestCalls();
  for (const one of crowd) one.close();
});
