import { createSecretKey } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { networkKeyOf, networkOf } from "../../../src/edge/http/network-of.ts";

test.each([
  ["203.0.113.77", "203.0.113.0/24"],
  ["::ffff:203.0.113.77", "203.0.113.0/24"],
  ["::FFFF:203.0.113.77", "203.0.113.0/24"],
  ["2001:0db8:0abc:1234:5678:9abc:def0:1234", "2001:db8:abc::/48"],
  ["2001:db8::1", "2001:db8:0::/48"],
  ["2001:db8:abc::", "2001:db8:abc::/48"],
  ["::1", "0:0:0::/48"],
  ["fe80::1234:5678:9abc:def0%eth0", "fe80:0:0::/48"],
  ["64:ff9b::203.0.113.77", "64:ff9b:0::/48"],
  ["", "unknown"],
  ["localhost", "unknown"],
])("[C80] of %s no more than %s is written down", (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test("[C80] two addresses of one network cannot be told apart by it", () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.nat(255), (address, last) => {
      const neighbour = address.replace(/\d+$/, String(last));
      return networkOf(address) === networkOf(neighbour);
    }),
  );
  fc.assert(fc.property(fc.ipV6(), (address) => !networkOf(address).includes("NaN")));
});

const KEY = createSecretKey(Buffer.from("only-for-this-test-0123456789abc"));

test("[H3] one network has one key, another network another one, and none says which network it is", () => {
  const key = networkKeyOf("203.0.113.77", KEY);
  expect(key).toMatch(/^[\w-]{22}$/);
  expect(networkKeyOf("203.0.113.8", KEY)).toBe(key);
  expect(networkKeyOf("::ffff:203.0.113.8", KEY)).toBe(key);
  expect(networkKeyOf("203.0.114.8", KEY)).not.toBe(key);
  expect(networkKeyOf("2001:db8:abc:1::1", KEY)).toBe(networkKeyOf("2001:db8:abc:2::2", KEY));
  expect(networkKeyOf("2001:db8:abd::1", KEY)).not.toBe(networkKeyOf("2001:db8:abc::1", KEY));
  expect(networkKeyOf("203.0.113.77", createSecretKey(Buffer.alloc(32)))).not.toBe(key);
});

test.each([
  "127.0.0.1",
  "::ffff:127.0.0.1",
  "::1",
  "10.1.2.3",
  "172.17.0.1",
  "192.168.0.7",
  "100.64.0.1",
  "169.254.1.1",
  "fd00::1",
  "fe80::1%eth0",
  "",
  undefined,
])("[H3] %s is the address of a proxy or of no one, and has no key", (address) => {
  expect(networkKeyOf(address, KEY)).toBeUndefined();
});
