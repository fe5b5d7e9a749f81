import fc from "fast-check";
import { expect, test } from "vitest";
import { countedNetwork, readAddress, shownNetwork } from "../../../src/domain/network/address.ts";
import { personAddress } from "../../../src/domain/network/person-address.ts";
import { type ProxyTrust, readProxyTrust } from "../../../src/domain/network/proxy-trust.ts";

const trusting = (text: string): ProxyTrust => {
  const reading = readProxyTrust(text);
  return reading.ok ? reading.trust : expect.fail(reading.why);
};
const UNSET: ProxyTrust = { kind: "unset" };
const person = (peer: string | undefined, forwardedFor: string | undefined, trust: ProxyTrust) =>
  personAddress({ peer, forwardedFor }, trust)?.toString();

test.each([
  ["203.0.113.77", "203.0.113.77"],
  ["203.0.113.77:4711", "203.0.113.77"],
  [" 203.0.113.77 ", "203.0.113.77"],
  ["::ffff:203.0.113.77", "203.0.113.77"],
  ["[::FFFF:203.0.113.77]:443", "203.0.113.77"],
  ["64:ff9b::203.0.113.77", "203.0.113.77"],
  ["2001:DB8::1", "2001:db8::1"],
  ["[2001:db8::1]", "2001:db8::1"],
  ["[2001:db8::1]:443", "2001:db8::1"],
  ["fe80::1%eth0", "fe80::1%eth0"],
  ["", undefined],
  ["unknown", undefined],
  ["_hidden", undefined],
  ["010.0.0.1", undefined],
  ["127.1", undefined],
  ["0x7f000001", undefined],
  ["256.0.0.1", undefined],
  ["1.2.3.4.5", undefined],
  ["1.2.3.4:x", undefined],
  ["[1.2.3.4", undefined],
  ["[::1]x", undefined],
  ["2001:db8::1]:443", undefined],
  ["1.2.3.4, 5.6.7.8", undefined],
  [`${"1".repeat(10_000)}.2.3.4`, undefined],
])("[N2] %j is read as the address %s", (text, expected) => {
  expect(readAddress(text)?.toString()).toBe(expected);
});

test.each([
  ["203.0.113.77", "203.0.113.77", "203.0.113.0/24"],
  ["::ffff:203.0.113.77", "203.0.113.77", "203.0.113.0/24"],
  ["64:ff9b::203.0.113.77", "203.0.113.77", "203.0.113.0/24"],
  ["2001:0db8:0abc:1234:5678:9abc:def0:1234", "2001:db8:abc:1234::/64", "2001:db8:abc::/48"],
  ["2001:db8::1", "2001:db8:0:0::/64", "2001:db8:0::/48"],
  ["fe80::1234:5678:9abc:def0%eth0", "fe80:0:0:0::/64", "fe80:0:0::/48"],
])("[N1] [C80] %s is counted as %s, and no more than %s is written down", (text, counted, shown) => {
  const address = readAddress(text) ?? expect.fail("no address");
  expect(countedNetwork(address)).toBe(counted);
  expect(shownNetwork(address)).toBe(shown);
});

test("[C80] two addresses of one network cannot be told apart by what is written down", () => {
  const shown = (text: string) => shownNetwork(readAddress(text) ?? expect.fail(text));
  fc.assert(
    fc.property(fc.ipV4(), fc.nat(255), (address, last) => {
      expect(shown(address)).toBe(shown(address.replace(/\d+$/, String(last))));
    }),
  );
  fc.assert(fc.property(fc.ipV6(), (address) => !shown(address).includes("NaN")));
});

test.each([
  // Nobody has said whether there is a proxy.
  ["", "198.51.100.7", undefined, "198.51.100.7"],
  ["", "198.51.100.7", "192.0.2.1", "198.51.100.7"],
  ["", "127.0.0.1", undefined, undefined],
  ["", "::ffff:127.0.0.1", undefined, undefined],
  ["", "::1", "192.0.2.1", undefined],
  ["", "10.1.2.3", "192.0.2.1", undefined],
  ["", "172.17.0.1", undefined, undefined],
  ["", "192.168.0.7", undefined, undefined],
  ["", "100.64.0.1", undefined, undefined],
  ["", "169.254.1.1", undefined, undefined],
  ["", "fd00::1", undefined, undefined],
  ["", "fe80::1%eth0", undefined, undefined],
  ["", "", undefined, undefined],
  ["", undefined, "192.0.2.1", undefined],
  // There is none: whoever connects is a person.
  ["0", "127.0.0.1", "192.0.2.1", "127.0.0.1"],
  ["0", "10.1.2.3", undefined, "10.1.2.3"],
  // One proxy, whatever its address.
  ["1", "127.0.0.1", "192.0.2.1", "192.0.2.1"],
  ["1", "127.0.0.1", "6.6.6.6, 192.0.2.1", "192.0.2.1"],
  ["1", "198.51.100.7", "192.0.2.1:4711", "192.0.2.1"],
  ["1", "127.0.0.1", "6.6.6.6,[2001:db8::1]:443", "2001:db8::1"],
  ["1", "127.0.0.1", "10.9.9.9", "10.9.9.9"],
  ["1", "127.0.0.1", undefined, undefined],
  ["1", "198.51.100.7", "", undefined],
  ["1", "127.0.0.1", "192.0.2.1, unknown", undefined],
  ["1", "127.0.0.1", "192.0.2.1,", undefined],
  // Two, of which the farther one is named by the nearer one.
  ["2", "127.0.0.1", "6.6.6.6, 192.0.2.1, 198.51.100.7", "192.0.2.1"],
  ["2", "127.0.0.1", "198.51.100.7", undefined],
  // By address.
  ["loopback, 198.51.100.0/24", "127.0.0.1", "6.6.6.6, 192.0.2.1, 198.51.100.7", "192.0.2.1"],
  ["loopback", "::ffff:127.0.0.1", "192.0.2.1", "192.0.2.1"],
  ["loopback", "::1", "192.0.2.1", "192.0.2.1"],
  ["::ffff:10.0.0.0/104", "10.1.1.1", "192.0.2.1", "192.0.2.1"],
  ["private", "172.18.0.2", "192.0.2.1", "192.0.2.1"],
  ["private", "172.18.0.2", "10.0.0.1, 10.0.0.2", undefined],
  ["private", "203.0.113.5", "192.0.2.1", "203.0.113.5"],
  ["10.0.0.1", "10.0.0.2", "192.0.2.1", undefined],
  ["2001:db8:1::/48", "2001:db8:1::9", "2001:db8:2::1", "2001:db8:2::1"],
  ["10.0.0.0/8", "10.0.0.1", "_hidden", undefined],
  ["10.0.0.0/8", "10.0.0.1", undefined, undefined],
])(
  "[N2] [N3] with TRUST_PROXY=%s, peer %s and X-Forwarded-For %j, the person is %s",
  (trust, peer, header, who) => {
    expect(person(peer, header, trust === "" ? UNSET : trusting(trust))).toBe(who);
  },
);

test.each([
  // 6to4 (RFC 3056): 65,536 networks of each IPv4 address.
  ["2002:cb00:714d::1", "203.0.113.77", "203.0.113.0/24"],
  ["2002:cb00:714d:ffff::1", "203.0.113.77", "203.0.113.0/24"],
  // Teredo (RFC 4380): the address of its server, flags, a port, and the person's own, the last two with all bits turned.
  ["2001:0:c000:201:8000:63bf:34ff:8eb2", "203.0.113.77", "203.0.113.0/24"],
  ["2001:db8:1:2::1", "2001:db8:1:2::/64", "2001:db8:1::/48"],
])("[N1] %s counts as the network %s, and is written down as %s", (text, counted, shown) => {
  const address = readAddress(text) ?? expect.fail("no address");
  expect([countedNetwork(address), shownNetwork(address)]).toEqual([counted, shown]);
});

test("[N2] an IPv6 address that holds that of a trusted proxy is none", () => {
  const loopback = trusting("loopback");
  expect(person("127.0.0.1", "6.6.6.6, 2002:7f00:1::1", loopback)).toBe("2002:7f00:1::1");
  expect(person("127.0.0.1", "6.6.6.6, 2001:0:1::80ff:fffe", loopback)).toBe("2001:0:1::80ff:fffe");
});

const written = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.ipV4(),
  fc.ipV6(),
  fc.constantFrom("127.0.0.1", "10.0.0.1", "::1", "unknown", "", "[", "198.51.100.1:1"),
);

test("[N2] what a stranger writes to the left of the proxies' own words never changes who the person is", () => {
  const proxies = fc.array(fc.constantFrom("10.0.0.1", "10.200.0.3:80", "127.0.0.1", "[::1]:80"), {
    maxLength: 4,
  });
  fc.assert(
    fc.property(
      fc.array(written, { maxLength: 6 }),
      fc.oneof(fc.ipV4(), fc.ipV6()),
      proxies,
      (left, who, behind) => {
        const right = [who, ...behind];
        const lies = [...left, ...right].join(",");
        for (const trust of [trusting(String(behind.length + 1)), trusting("10.0.0.0/8, loopback")]) {
          const honest = person("127.0.0.1", right.join(", "), trust);
          // An address of the proxies' own networks is no person's, and the stranger's words begin there.
          if (honest !== undefined) expect(person("127.0.0.1", lies, trust)).toBe(honest);
        }
        const direct = person("203.0.113.5", undefined, trusting("private"));
        expect(person("203.0.113.5", lies, trusting("private"))).toBe(direct);
        expect(person("203.0.113.5", lies, UNSET)).toBe(direct);
        expect(person("203.0.113.5", lies, trusting("0"))).toBe(direct);
      },
    ),
  );
});

test("[N2] a header of any length is looked at from its end, over so many proxies and no more", () => {
  const trust = trusting("private");
  const many = Array.from({ length: 4_000 }, () => "10.0.0.1").join(",");
  expect(person("10.0.0.1", `192.0.2.1,${many}`, trust)).toBeUndefined();
  expect(person("10.0.0.1", `${"x".repeat(100_000)},192.0.2.1`, trust)).toBe("192.0.2.1");
  expect(person("10.0.0.1", "x".repeat(100_000), trust)).toBeUndefined();
});

test.each(["true", "TRUE", "yes", "*", "all", "0.0.0.0/0", "10.0.0.1, ::/0", "loopback,true"])(
  "[N2] TRUST_PROXY=%s would trust everybody and is refused with the reason",
  (text) => {
    expect(readProxyTrust(text)).toMatchObject({
      ok: false,
      why: expect.stringContaining("anybody could take any address"),
    });
  },
);

test.each([
  "11",
  "999999",
  "-1",
  "1.5",
  "false",
  "10.0.0.0/33",
  "fc00::/129",
  "10.0.0",
  "10.0.0.1/8/9",
  "proxy.example.org",
  "10.0.0.1:80",
  "::ffff:0:0/96",
  ",",
  "10.0.0.1;10.0.0.2",
])("[N2] TRUST_PROXY=%s is refused with what to write instead", (text) => {
  expect(readProxyTrust(text)).toMatchObject({ ok: false });
});
