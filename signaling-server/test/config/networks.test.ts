import { expect, test } from "vitest";
import { loadConfig } from "../../src/config.ts";

const read = (TRUST_PROXY: string) => loadConfig({ TRUST_PROXY });

test("[N3] [N6] [N7] [N8] unless set, no proxy is trusted, and 300 people behind one address find room", () => {
  const reading = loadConfig({});
  expect(reading.ok && reading.config).toMatchObject({
    proxyTrust: { kind: "unset" },
    capacity: { connections: 10_000, connectionsPerNetwork: 2_000, sessionsPerDevice: 20 },
  });
});

test.each(["0", "1", "10", "127.0.0.1", "loopback, private", "10.0.0.0/8,2001:db8::/32"])(
  "[N2] TRUST_PROXY may be %s",
  (text) => {
    expect(read(text).ok).toBe(true);
  },
);

test.each([
  [
    "true",
    "TRUST_PROXY must not trust everybody, or anybody could take any address; write the number of proxies",
  ],
  ["0.0.0.0/0", "TRUST_PROXY must not trust everybody"],
  ["11", "TRUST_PROXY must be at most 10"],
  ["nginx", 'TRUST_PROXY has an item that is no address and no CIDR block ("nginx"); write'],
])("[N2] TRUST_PROXY=%s is refused in a sentence that says what to write", (text, sentence) => {
  const reading = read(text);
  expect(reading.ok ? [] : reading.faults.map((fault) => fault.sentence)).toEqual([
    expect.stringContaining(sentence),
  ]);
});

test.each(["MAX_CONNECTIONS", "MAX_CONNECTIONS_PER_NETWORK", "MAX_SESSIONS_PER_DEVICE"])(
  "[N6] [N7] [N8] %s is a number of at least one",
  (name) => {
    expect(loadConfig({ [name]: "1" }).ok).toBe(true);
    for (const text of ["0", "-1", "many", "1.5"]) expect(loadConfig({ [name]: text }).ok).toBe(false);
  },
);
