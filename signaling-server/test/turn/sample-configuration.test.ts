import { readFileSync } from "node:fs";
import { isIPv4 } from "node:net";
import { fileURLToPath } from "node:url";
import { systemClock } from "@serendip/time";
import { type Coturn, startCoturn } from "@serendip/tooling/coturn";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hmacTurnMinter } from "../../src/edge/turn/hmac-turn-minter.ts";
import type { TurnAccount } from "../../src/ports/turn.ts";
import { type RelayUser, relayUser } from "./relay-user.ts";

const CONFIGURATION = fileURLToPath(new URL("../../../deploy/coturn/turnserver.conf", import.meta.url));
const SECRET = "a-secret-of-a-test-0123456789abcdef";
const QUOTA = Number(/^user-quota=(\d+)$/m.exec(readFileSync(CONFIGURATION, "utf8"))?.[1]);
const REFUSED = { credentials: 401, peer: 403, quota: 486 } as const;

let coturn: Coturn;
let firstWords = "";
let names = 0;
const users: RelayUser[] = [];

/** Runs coturn with the sample configuration as it is; only where it listens and the secret are said besides. */
const startSample = (secret?: string): Promise<Coturn> =>
  startCoturn({
    configuration: CONFIGURATION,
    relay: ["127.0.0.1", "::1"],
    ...(secret && { secret }),
  });

/** An account of somebody new, so that no test eats another one's quota. */
function account(secret = SECRET, ttlMs = 300_000): TurnAccount {
  names += 1;
  return hmacTurnMinter({ secret, calendar: systemClock() }).mint(
    { group: `group-${names}`, member: "me" },
    ttlMs,
  );
}

async function user(who = account(), port = coturn.port): Promise<RelayUser> {
  const one = await relayUser(port, who);
  users.push(one);
  return one;
}

beforeAll(async () => {
  coturn = await startSample(SECRET);
  firstWords = coturn.output();
});
// Not sooner: a port that the system gives out again would meet the allocation that coturn keeps for it (437).
afterAll(async () => {
  for (const one of users.splice(0)) one.close();
  await coturn?.stop();
});

describe("the sample configuration: who may use it", () => {
  test("[C50] a credential that was minted with the secret gets a relay, and reaches the internet", async () => {
    const one = await user();
    expect(await one.allocate()).toBe(0);
    expect(await one.permit("8.8.8.8")).toBe(0);
    const six = await user();
    expect(await six.allocate("IPv6")).toBe(0);
    expect(await six.permit("2606:4700::1111")).toBe(0);
  });

  test("[C50] [A26] a wrong or expired credential gets none (401)", async () => {
    for (const who of [
      { ...account(), credential: "wrong" },
      account(SECRET, -10_000),
      account("another-secret"),
    ])
      expect(await (await user(who)).allocate()).toBe(REFUSED.credentials);
  });

  test("as it lies there, without a secret, nobody gets in", async () => {
    const bare = await startSample();
    try {
      for (const secret of ["", "REPLACE", SECRET])
        expect(await (await user(account(secret), bare.port)).allocate(), `secret "${secret}"`).toBe(
          REFUSED.credentials,
        );
    } finally {
      await bare.stop();
    }
  });
});

describe("the sample configuration: where it sends to", () => {
  test.each([
    "0.0.0.1",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
  ])("[A26] never to %s (403)", async (peer) => {
    const one = await user();
    expect(await one.allocate()).toBe(0);
    expect(await one.permit(peer)).toBe(REFUSED.peer);
  });

  test.each([
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "fc00::1",
    "fd12:3456:789a::1",
    "fe80::1",
    "ff02::1",
  ])("[A26] never to %s (403)", async (peer) => {
    const one = await user();
    expect(await one.allocate("IPv6")).toBe(0);
    expect(await one.permit(peer)).toBe(REFUSED.peer);
  });

  test("[A26] never to either end of any range that the file denies (403), written as IPv4, IPv6 or mapped", async () => {
    const ranges = readFileSync(CONFIGURATION, "utf8").matchAll(/^denied-peer-ip=([^-\s]+)(?:-(\S+))?$/gm);
    const ends = [...ranges].flatMap(([, first = "", last = first]) => [first, last]);
    expect(ends.length).toBeGreaterThanOrEqual(50);
    const [four, six] = [await user(), await user()];
    expect([await four.allocate(), await six.allocate("IPv6")]).toEqual([0, 0]);
    for (const peer of ends) {
      expect(await (isIPv4(peer) ? four : six).permit(peer), peer).toBe(REFUSED.peer);
      if (isIPv4(peer)) expect(await six.permit(`::ffff:${peer}`), `::ffff:${peer}`).toBe(REFUSED.peer);
    }
  });
});

describe("the sample configuration: how much, and what it tells", () => {
  test("[K19] [A26] a name has so many relays at a time and not one more (486), whatever the ends of its accounts", async () => {
    const minter = hmacTurnMinter({ secret: SECRET, calendar: systemClock() });
    const accounts = ["a", "b", "c", "d"].map((member) => minter.mint({ group: "greedy", member }, 300_000));
    expect(new Set(accounts.map(({ username }) => username)).size).toBeGreaterThan(1);
    const taken: number[] = [];
    while (taken.length < QUOTA) {
      const row = await Promise.all(accounts.map((one) => user(one)));
      taken.push(...(await Promise.all(row.map((one) => one.allocate()))));
    }
    expect(new Set(taken)).toEqual(new Set([0]));
    for (const one of accounts) expect(await (await user(one)).allocate()).toBe(REFUSED.quota);
    expect(await (await user()).allocate(), "somebody else").toBe(0);
  });

  test("its answers do not name the software", async () => {
    const one = await user();
    await one.allocate();
    expect(one.software()).toBeUndefined();
  });

  test("it starts without a warning or an unknown option", () => {
    expect(firstWords).toContain("Default realm");
    expect(firstWords).not.toMatch(/warning|error|unknown|unrecognized|deprecated|bad conf/i);
  });

  test("it listens nowhere but for TURN: no command line, no administration page", () => {
    expect(firstWords).not.toMatch(/CLI|web-admin|telnet/i);
    const options = readFileSync(CONFIGURATION, "utf8").split("\n");
    expect(options).toContain("no-cli");
    expect(options.filter((line) => /^(cli|web-admin)/.test(line))).toEqual([]);
  });
});
