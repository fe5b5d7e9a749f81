import { expect, test } from "vitest";
import { findLeaks } from "../testing/log-leaks.mjs";

const line = (field: unknown) => JSON.stringify({ level: 30, time: 1_795_924_800_000, msg: "x", field });
const JWT = `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.${"s".repeat(43)}`;

test.each([
  ["session description", "v=0\r\no=- 1 2 IN IP4 0.0.0.0"],
  ["session description", "a=ice-pwd:abc"],
  ["candidate", "candidate:1 1 udp 2122260223 abc.local 50000 typ host"],
  ["JWT", JWT],
  ["JWT", `Bearer ${JWT}`],
  ["TURN account", "1795924800:b3a1f0"],
  ["TURN account", "dGhpcyBpcyBhbiBITUFDLVNIQTE="],
  ["address", "203.0.113.7"],
  ["address", "203.0.113.7:51234"],
  ["address", "::ffff:203.0.113.7"],
  ["address", "203.0.113.7/32"],
  ["address", "2001:db8:1:2:3:4:5:6"],
  ["address", "2001:db8::1"],
  ["address", "[2001:db8::1]:443"],
  ["address", "fe80::1%eth0"],
  ["address", "192.168.1.10"],
  ["address", "127.0.0.1"],
  ["address", "::1"],
  ["address", "::ffff:127.0.0.1"],
])("a %s in a log is found, and not shown again: %s", (kind, word) => {
  for (const text of [line(word), line({ deep: [`before ${word} after`] }), `plain ${word} text`]) {
    const found = findLeaks(`${line("fine")}\n${text}\n${line("fine")}`);
    expect(found.map((leak) => leak.kind)).toContain(kind);
    for (const leak of found) expect(leak.line).not.toContain(word);
  }
});

test("secrets that are named, and fields that hold some, are found", () => {
  expect(findLeaks(line("the-admin-token"), { secrets: ["the-admin-token"] })).toEqual([
    { kind: "secret", line: expect.not.stringContaining("the-admin-token") },
  ]);
  for (const name of ["credential", "secret", "resumeSecret", "token", "ticket", "password"]) {
    expect(findLeaks(line({ [name]: "abc" })), name).toMatchObject([{ kind: "credential" }]);
    expect(findLeaks(line({ [name]: "[hidden]" })), name).toEqual([]);
  }
});

test("what a log is made of is no leak", () => {
  const fine = [
    line({ network: "203.0.113.0/24" }),
    line({ network: "127.0.0.0/24", url: "http://[::1]:3001", host: "0.0.0.0" }),
    line({ network: "2001:db8:1::/48" }),
    line({ url: "http://127.0.0.1:3001" }),
    line({ url: "http://192.168.1.5:3001" }),
    line({ sentence: "turn:203.0.113.9:3478?transport=udp does not answer" }),
    line({ sentence: "turns:[2001:db8::9]:5349 does not answer" }),
    line({ sessionId: "7f1c0b0e-3a1d-4b53-9f0e-0a1b2c3d4e5f", userHash: "Zm9vYmFyYmF6cXV4enl6" }),
    line({ at: "2026-11-27T04:08:06.123Z", version: "v20.20.2", ms: 0.25 }),
    "    at run (file:///app/dist/main.js:12:34)",
    line({ host: "192.168.7.7" }),
  ];
  expect(findLeaks(fine.join("\n"), { allowed: ["192.168.7.7"] })).toEqual([]);
});
