import fc from "fast-check";
import { expect, test } from "vitest";
import { networkOf } from "../../../src/edge/http/network-of.ts";

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
