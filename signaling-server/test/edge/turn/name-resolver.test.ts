import { manualClock } from "@serendip/time/testing";
import { expect, test } from "vitest";
import { createIceChecker } from "../../../src/edge/turn/ice-checker.ts";
import { findAddresses, shareLookUps, systemResolver } from "../../../src/edge/turn/name-resolver.ts";
import { startTimeLimit } from "../../../src/edge/turn/time-limit.ts";
import type { HostAddress } from "../../../src/ports/turn.ts";

const ACCOUNT = { username: "joe", credential: "pa55word" };
const v4 = (address: string): HostAddress => ({ address, family: "IPv4" });
const v6 = (address: string): HostAddress => ({ address, family: "IPv6" });

/** A resolver whose answers a test gives. */
function slowResolver() {
  const asked: {
    name: string;
    answer(addresses: readonly HostAddress[]): void;
    refuse(code: string): void;
  }[] = [];
  return {
    asked,
    addressesOf: (name: string) =>
      new Promise<readonly HostAddress[]>((resolve, reject) => {
        const refuse = (code: string) => reject(Object.assign(new Error(`no ${name}`), { code }));
        asked.push({ name, answer: resolve, refuse });
      }),
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("[K7] a name that is being looked up is not looked up again: all who ask get what is found", async () => {
  const resolver = slowResolver();
  const shared = shareLookUps(resolver);
  const asking = [shared.addressesOf("a.test"), shared.addressesOf("A.test"), shared.addressesOf("b.test")];
  expect(resolver.asked.map(({ name }) => name)).toEqual(["a.test", "b.test"]);
  for (const { answer } of resolver.asked) answer([v4("192.0.2.1")]);
  expect(await Promise.all(asking)).toEqual([[v4("192.0.2.1")], [v4("192.0.2.1")], [v4("192.0.2.1")]]);
});

test("[K7] when it is over, well or badly, the next one who asks starts another", async () => {
  const resolver = slowResolver();
  const shared = shareLookUps(resolver);
  const first = shared.addressesOf("a.test");
  resolver.asked[0]?.refuse("EAI_AGAIN");
  await expect(first).rejects.toThrow();
  const second = shared.addressesOf("a.test");
  expect(resolver.asked).toHaveLength(2);
  resolver.asked[1]?.answer([]);
  await second;
  void shared.addressesOf("a.test");
  expect(resolver.asked).toHaveLength(3);
});

test("[K7] [K9] a DNS server that is silent: every check says so in time, and none starts another look-up", async () => {
  const clock = manualClock();
  const resolver = slowResolver();
  const checker = createIceChecker({ clock, withinMs: 3_000, resolver });
  for (let round = 0; round < 5; round += 1) {
    const checks = [
      checker.checkTurn("turn:a.test", ACCOUNT),
      checker.checkTurn("turns:a.test", ACCOUNT),
      checker.checkStun("stun:a.test"),
    ];
    clock.advance(3_000);
    for (const verdict of await Promise.all(checks))
      expect(verdict).toEqual({
        state: "down",
        why: "unresolved",
        sentence: expect.stringMatching(
          / server \w+:a\.test has a name that is not resolved: the DNS server does not answer\.$/,
        ),
      });
    clock.advance(3_000);
  }
  expect(resolver.asked).toHaveLength(1);
  expect(clock.pending()).toBe(0);

  resolver.asked[0]?.refuse("EAI_AGAIN");
  await settled();
  const verdict = checker.checkTurn("turn:a.test", ACCOUNT);
  expect(resolver.asked).toHaveLength(2);
  resolver.asked[1]?.refuse("ENOTFOUND");
  expect(await verdict).toMatchObject({
    why: "unresolved",
    sentence: "TURN server turn:a.test has a name that cannot be resolved (ENOTFOUND).",
  });
});

test.each([
  { found: [v6("::1"), v6("::2"), v4("127.0.0.1")], tried: ["::1", "127.0.0.1", "::2"] },
  { found: [v4("127.0.0.1"), v4("127.0.0.2"), v6("::1")], tried: ["127.0.0.1", "::1", "127.0.0.2"] },
  { found: [v4("127.0.0.1"), v4("127.0.0.1")], tried: ["127.0.0.1"] },
  { found: [v6("::1")], tried: ["::1"] },
])("[K7] the families take turns, the preferred one first: $tried", async ({ found, tried }) => {
  const resolver = { addressesOf: async () => found };
  const limit = startTimeLimit({ clock: manualClock(), withinMs: 1_000 });
  const addresses = await findAddresses("a.test", resolver, limit);
  expect(addresses.map(({ address }) => address)).toEqual(tried);
});

test("[K7] an address is not looked up, and a name without any is said", async () => {
  const resolver = { addressesOf: async () => [] };
  const limit = startTimeLimit({ clock: manualClock(), withinMs: 1_000 });
  expect(await findAddresses("::1", resolver, limit)).toEqual([v6("::1")]);
  expect(await findAddresses("127.0.0.1", resolver, limit)).toEqual([v4("127.0.0.1")]);
  await expect(findAddresses("a.test", resolver, limit)).rejects.toMatchObject({ code: "unresolved" });
});

test("[K7] the system's resolver finds every address, and what /etc/hosts says", async () => {
  expect(await systemResolver.addressesOf("localhost")).toContainEqual(v4("127.0.0.1"));
  await expect(systemResolver.addressesOf("no-such-host.invalid")).rejects.toMatchObject({
    code: expect.any(String),
  });
});
