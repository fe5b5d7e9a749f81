import * as fc from "fast-check";
import { expect, test } from "vitest";
import { checkIceServers, type IceServer, isTurnUrl, parseIceUrl } from "../src/index.ts";

const STUN = { urls: ["stun:stun.example.org"] };
const TURN = { urls: ["turn:turn.example.org"], username: "joe", credential: "pa55word" };
const sentences = (servers: readonly IceServer[]) =>
  checkIceServers(servers).faults.map((fault) => fault.sentence);

test("[K1] [K15] good servers are used as they are, and the mode says what they are good for", () => {
  expect(checkIceServers([])).toEqual({ usable: [], faults: [], mode: "none" });
  expect(checkIceServers([STUN])).toEqual({ usable: [STUN], faults: [], mode: "stun-only" });
  expect(checkIceServers([STUN, TURN])).toEqual({ usable: [STUN, TURN], faults: [], mode: "turn" });
});

test.each([
  [{ username: "joe" }, "no-credential", "has a username but no credential"],
  [{ username: "joe", credential: "" }, "no-credential", "has a username but no credential"],
  [{ credential: "pa55word" }, "no-username", "has a credential but no username"],
  [{ username: "", credential: "pa55word" }, "no-username", "has a credential but no username"],
  [{}, "no-account", "needs a username and a credential, and has neither"],
  [
    { username: "é".repeat(255), credential: "pa55word" },
    "long-username",
    "has a username of more than 508 bytes",
  ],
] as const)(
  "[C50] [C52] a TURN server with %j is left out, said, and STUN goes on",
  (account, code, says) => {
    const url = "turn:turn.example.org";
    expect(checkIceServers([STUN, { urls: [url], ...account }])).toEqual({
      usable: [STUN],
      faults: [{ code, url, sentence: `TURN server ${url} ${says}.` }],
      mode: "stun-only",
    });
  },
);

test("[C50] a username of 508 bytes is the longest that is taken", () => {
  expect(checkIceServers([{ ...TURN, username: "é".repeat(254) }]).mode).toBe("turn");
  expect(checkIceServers([{ ...TURN, username: `${"😀".repeat(127)}x` }]).mode).toBe("none");
});

test("[C52] only what is bad of an entry is left out", () => {
  const check = checkIceServers([
    { urls: ["stun:a.example.org", "turn:a.example.org", "turn:b.example.org:0"], username: "joe" },
  ]);
  expect(check.usable).toEqual([{ urls: ["stun:a.example.org"] }]);
  expect(check.faults.map((fault) => fault.code)).toEqual(["no-credential", "bad-url"]);
});

test("[K15] an entry without addresses would make RTCPeerConnection throw, and is left out", () => {
  expect(checkIceServers([{ urls: [] }])).toMatchObject({ usable: [], faults: [{ code: "no-urls" }] });
});

test("[K1] what is listed twice is used once; another account of the same server is another server", () => {
  const other = { ...TURN, username: "ann" };
  expect(checkIceServers([STUN, TURN, STUN, TURN, other, { urls: [...STUN.urls, ...STUN.urls] }])).toEqual({
    usable: [STUN, TURN, other],
    faults: [],
    mode: "turn",
  });
});

test("[C50] a bad address is said with its reason", () => {
  expect(sentences([{ urls: ["http://turn.example.org"] }])).toEqual([
    'ICE server "http://turn.example.org" cannot be used: it must start with stun:, stuns:, turn: or turns:.',
  ]);
});

test("[C52] a single address without a list is taken as RTCConfiguration takes it, and what is no server at all is left out", () => {
  const account = { username: "joe", credential: "pa55word" };
  expect(checkIceServers([{ urls: "turn:a.example.org", ...account }]).usable).toEqual([
    { urls: ["turn:a.example.org"], ...account },
  ]);
  const nonsense = [{ url: "stun:a" }, null, 7, "stun:a", { urls: [7, null] }, { urls: {} }] as never[];
  expect(checkIceServers(nonsense)).toMatchObject({ usable: [], mode: "none" });
  expect(checkIceServers(nonsense).faults.map(({ code }) => code)).toEqual(nonsense.map(() => "no-urls"));
  const odd = [{ urls: "turn:a.example.org", username: 7, credential: null }] as never[];
  expect(checkIceServers(odd).faults).toMatchObject([{ code: "no-account" }]);
});

test("[C52] a TURN address that no browser can use is left out with the reason", () => {
  const server = { urls: "turns:a.example.org?transport=udp", username: "joe", credential: "pa55word" };
  expect(checkIceServers([server])).toMatchObject({
    usable: [],
    faults: [{ code: "bad-url", sentence: expect.stringContaining("asks for DTLS") }],
  });
});

test("[K1] [K15] [C52] any list gets a verdict: what is usable fits the grammar and has its account, each address once", () => {
  const url = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("stun:a.example.org", "turn:a.example.org", "turns:[::1]:443?transport=tcp", "turn:a:0"),
  );
  const account = fc.option(fc.oneof(fc.string(), fc.constant(""), fc.constant("u".repeat(600))), {
    nil: undefined,
  });
  const server = fc.record(
    { urls: fc.array(url, { maxLength: 4 }), username: account, credential: account },
    { requiredKeys: ["urls"] },
  ) as fc.Arbitrary<IceServer>;
  void fc.assert(
    fc.property(fc.array(server, { maxLength: 5 }), (servers) => {
      const { usable, faults, mode } = checkIceServers(servers);
      for (const { urls, username, credential } of usable) {
        expect(urls.length).toBeGreaterThan(0);
        expect(urls.every((text) => parseIceUrl(text).ok)).toBe(true);
        if (!urls.some(isTurnUrl)) continue;
        expect(username && credential).toBeTruthy();
        expect(encodeURIComponent(username ?? "").replace(/%../g, "-").length).toBeLessThanOrEqual(508);
      }
      const told = usable.flatMap(({ urls, ...rest }) => urls.map((text) => JSON.stringify([text, rest])));
      expect(new Set(told).size).toBe(told.length);
      expect(checkIceServers(usable)).toEqual({ usable, faults: [], mode });
      if (usable.length === 0 && servers.length > 0) expect(faults.length).toBeGreaterThan(0);
    }),
  );
});

test("[C50] a credential is never repeated, wherever it was put", () => {
  const secret = fc.stringMatching(/^[a-zA-Z0-9+/=]{12,30}$/).map((text) => `Zq${text}`);
  const misplaced = fc.constantFrom<(secret: string) => string>(
    (it) => `turn:joe:${it}@turn.example.org`,
    (it) => `turn:turn.example.org:3478:joe:${it}`,
    (it) => `turn:turn.example.org:${it}`,
    (it) => `turn:turn.example.org?credential=${it}`,
    () => "turn:turn.example.org:0",
  );
  void fc.assert(
    fc.property(secret, misplaced, (credential, put) => {
      for (const account of [{ username: "", credential }, { username: credential }, {}]) {
        const said = JSON.stringify(checkIceServers([{ urls: [put(credential)], ...account }]).faults);
        expect(said).not.toContain(credential);
      }
    }),
  );
});
