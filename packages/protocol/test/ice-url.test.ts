import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isTurnUrl, parseIceUrl, sayableIceUrl } from "../src/index.ts";

test.each([
  ["stun:stun.example.org", { scheme: "stun", host: "stun.example.org", port: 3478, transport: "udp" }],
  ["stun:stun.example.org:19302", { port: 19302 }],
  ["stuns:stun.example.org", { scheme: "stuns", port: 5349, transport: "tcp" }],
  ["turn:192.0.2.1", { host: "192.0.2.1", port: 3478, transport: "udp" }],
  ["turn:[2001:db8::1]:3479?transport=tcp", { host: "2001:db8::1", port: 3479, transport: "tcp" }],
  ["turn:turn_server:1", { host: "turn_server", port: 1 }],
  ["turns:turn.example.org.?transport=tcp", { scheme: "turns", port: 5349, transport: "tcp" }],
  ["turns:turn.example.org:443?transport=udp", { port: 443, transport: "udp" }],
  ["turn:localhost:65535", { host: "localhost", port: 65535 }],
])("[K1] %s is an address", (text, parts) => {
  expect(parseIceUrl(text)).toEqual({ ok: true, url: expect.objectContaining(parts) });
});

test.each([
  ["", "start with"],
  ["http://turn.example.org", "start with"],
  ["stun.example.org:3478", "start with"],
  ["turn://turn.example.org", "slashes"],
  ["turn:joe:hidden@turn.example.org", "user name"],
  ["turn:", "host"],
  ["stun::3478", "host"],
  ["turn:256.1.1.1", "host"],
  ["turn:1.2.3", "host"],
  ["turn:[2001:db8::g]", "host"],
  ["turn:[::1", "host"],
  ["turn:2001:db8::1", "host"],
  ["turn:-a.example.org", "host"],
  ["turn:a..example.org", "host"],
  [`turn:${"a.".repeat(127)}ab`, "host"],
  ["turn:turn.example.org/", "host"],
  ["turn:turn.example.org:", "port"],
  ["turn:turn.example.org:0", "port"],
  ["turn:turn.example.org:65536", "port"],
  ["turn:turn.example.org:3478/x", "port"],
  ["turn:turn.example.org?transport=sctp", "transport"],
  ["turn:turn.example.org?transport=udp&x=1", "transport"],
  ["turn:turn.example.org?", "transport"],
  ["stun:stun.example.org?transport=udp", "transport"],
  ["turn:turn.example.org ", "spaces"],
  ["turn:turn.example.org\n", "spaces"],
])("[K1] [K15] %j is none, and the reason names what is wrong with it", (text, reason) => {
  const reading = parseIceUrl(text);
  expect(reading).toMatchObject({ ok: false, why: expect.stringContaining(reason) });
});

test("[K1] schemes and transports may be written in any case (RFC 5234 section 2.3)", () => {
  expect(parseIceUrl("TURNS:Turn.example.org:443?Transport=TCP")).toEqual({
    ok: true,
    url: { scheme: "turns", host: "Turn.example.org", port: 443, transport: "tcp" },
  });
  expect([isTurnUrl("TURN:a"), isTurnUrl("STUN:a")]).toEqual([true, false]);
});

test("[K1] any text gets a verdict, and an address is told from a near miss", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string().map((rest) => `turn:${rest}`),
    fc.stringMatching(/^(stun|turn)s?:[a-z0-9.:[\]?@/=-]{0,30}$/),
  );
  void fc.assert(
    fc.property(text, (url) => {
      const reading = parseIceUrl(url);
      if (reading.ok) {
        const { scheme, host, port } = reading.url;
        const bracketed = host.includes(":") ? `[${host}]` : host;
        expect(url.startsWith(`${scheme}:${bracketed}`)).toBe(true);
        expect(Number.isInteger(port) && port >= 1 && port <= 65_535).toBe(true);
      } else expect(reading.why).toMatch(/^(must|may) /);
    }),
  );
});

test("[K1] every address that the grammar makes is read", () => {
  const host = fc.oneof(
    fc.domain(),
    fc.ipV4(),
    fc.ipV6().map((address) => `[${address}]`),
  );
  const port = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined });
  const query = fc.constantFrom("", "?transport=udp", "?transport=tcp");
  void fc.assert(
    fc.property(fc.constantFrom("turn", "turns"), host, port, query, (scheme, name, number, rest) => {
      const url = `${scheme}:${name}${number === undefined ? "" : `:${number}`}${rest}`;
      expect(parseIceUrl(url), url).toMatchObject({ ok: true });
    }),
  );
});

test("[C50] an address is shown without what could be a password in the wrong place", () => {
  expect(sayableIceUrl("turn:turn.example.org:3478?transport=udp")).toBe(
    "turn:turn.example.org:3478?transport=udp",
  );
  expect(sayableIceUrl("turn:[2001:db8::1]:99999")).toBe("turn:[2001:db8::1]:99999");
  for (const url of [
    "turn:joe:hidden@turn.example.org",
    "hidden@turn.example.org",
    "turn:turn.example.org:3478:joe:hidden",
    "turn:turn.example.org:hidden",
    "turn:turn.example.org:12hidden",
    "turn:turn.example.org?password=hidden",
    "turn:turn.example.org?transport=udp&hidden",
    "turn://joe:hid@den@turn.example.org",
    "turn:turn.example.org hidden",
  ])
    expect(sayableIceUrl(url), url).not.toContain("hid");
});
