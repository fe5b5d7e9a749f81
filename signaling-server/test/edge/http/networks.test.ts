import { createSecretKey } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { keptLog } from "../../app/page.ts";
import { testNetworks } from "./test-networks.ts";

const request = (
  remoteAddress: string | undefined,
  headers: IncomingMessage["headers"] = {},
  url = "/v1/sessions",
) => ({ url, headers, socket: { remoteAddress } }) as unknown as IncomingMessage;

test("[N1] [H3] one network has one key, another network another one, and none says which network it is", () => {
  const networks = testNetworks();
  const keyOf = (address: string, all = networks) => all.keyOf(all.of(request(address)));
  const key = keyOf("203.0.113.77");
  expect(key).toMatch(/^[\w-]{22}$/);
  expect(keyOf("::ffff:203.0.113.77")).toBe(key);
  expect(keyOf("203.0.113.8")).not.toBe(key);
  expect(keyOf("2001:db8:abc:1::1")).toBe(keyOf("2001:db8:abc:1:ffff::2"));
  expect(keyOf("2001:db8:abc:2::1")).not.toBe(keyOf("2001:db8:abc:1::1"));
  expect(keyOf("203.0.113.77", testNetworks({ key: createSecretKey(Buffer.alloc(32)) }))).not.toBe(key);
});

test.each(["127.0.0.1", "::ffff:127.0.0.1", "::1", "10.1.2.3", "fd00::1", "", undefined])(
  "[N3] [H3] without TRUST_PROXY %s is the address of a proxy or of no one, and has no key",
  (address) => {
    const networks = testNetworks();
    const network = networks.of(request(address, { "x-forwarded-for": "203.0.113.77" }));
    expect(network.counted).toBeUndefined();
    expect(networks.keyOf(network)).toBeUndefined();
  },
);

test("[N1] the network of a request stays the same when its socket has been reset", () => {
  const networks = testNetworks();
  const one = { ...request("203.0.113.77"), socket: { remoteAddress: "203.0.113.77" as string | undefined } };
  const asked = () => networks.of(one as unknown as IncomingMessage);
  const before = asked();
  one.socket.remoteAddress = undefined;
  expect(asked()).toEqual(before);
});

test.each([
  [undefined, request("127.0.0.1", { "x-forwarded-for": "203.0.113.77" }), "TRUST_PROXY is not set"],
  [undefined, request("10.0.0.1", { forwarded: "for=203.0.113.77" }, "/"), "TRUST_PROXY is not set"],
  [undefined, request("::1", { "x-real-ip": "203.0.113.77" }), "TRUST_PROXY is not set"],
  ["loopback", request("10.0.0.1", { "x-forwarded-for": "203.0.113.77" }), "TRUST_PROXY does not name"],
  ["0", request("127.0.0.1", { "x-forwarded-for": "203.0.113.77" }), "TRUST_PROXY is 0"],
  ["0", request("10.0.0.1", { "x-forwarded-for": "203.0.113.77" }, "/"), "TRUST_PROXY is 0"],
  ["1", request("127.0.0.1"), "does not say for whom"],
  ["loopback", request("127.0.0.1", { "x-forwarded-for": "unknown" }), "does not say for whom"],
])(
  "[N3] with TRUST_PROXY=%s a proxy whose people are not known is said once, and what to set",
  (trustProxy, one, words) => {
    const log = keptLog();
    const networks = testNetworks({ trustProxy, log });
    networks.of(one);
    networks.of({ ...one } as IncomingMessage);
    expect(log.lines).toMatchObject([{ level: "warn", message: expect.stringContaining(words) }]);
    expect(log.text()).not.toContain("203.0.113.77");
    expect(log.text()).toContain("TRUST_PROXY");
  },
);

test.each([
  [undefined, request("127.0.0.1")],
  [undefined, request("203.0.113.77", { "x-forwarded-for": "192.0.2.1" })],
  ["0", request("127.0.0.1")],
  ["0", request("203.0.113.77", { "x-forwarded-for": "192.0.2.1" })],
  ["1", request("127.0.0.1", { "x-forwarded-for": "192.0.2.1" })],
  ["loopback", request("10.0.0.1")],
  ["loopback", request("127.0.0.1", {}, "/readyz")],
  ["private", request("203.0.113.77", { "x-forwarded-for": "192.0.2.1" })],
])("[N3] with TRUST_PROXY=%s nothing is said of a request that is as it should be", (trustProxy, one) => {
  const log = keptLog();
  testNetworks({ trustProxy, log }).of(one);
  expect(log.lines).toEqual([]);
});
