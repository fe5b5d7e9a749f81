import { describe, expect, test } from "vitest";
import { readStats } from "../../src/peer/peer-stats.browser.ts";
import chromiumToday from "./fixtures/chromium.json" with { type: "json" };
import firefoxToday from "./fixtures/firefox.json" with { type: "json" };

type Entry = Readonly<Record<string, unknown>>;

const read = (...report: readonly Entry[]) =>
  readStats(report.map((stats) => [String(stats["id"]), stats] as const));

/** A call over a relay that is reached by TLS, with all that Chromium says. */
const relayed: readonly Entry[] = [
  {
    id: "T01",
    type: "transport",
    bytesSent: 9_000,
    bytesReceived: 8_000,
    dtlsState: "connected",
    selectedCandidatePairId: "CP2",
  },
  {
    id: "CP1",
    type: "candidate-pair",
    state: "succeeded",
    nominated: true,
    localCandidateId: "L1",
    remoteCandidateId: "R1",
    currentRoundTripTime: 9,
  },
  {
    id: "CP2",
    type: "candidate-pair",
    state: "succeeded",
    nominated: true,
    localCandidateId: "L2",
    remoteCandidateId: "R1",
    currentRoundTripTime: 0.0314,
  },
  { id: "L1", type: "local-candidate", candidateType: "host", address: "192.0.2.7" },
  {
    id: "L2",
    type: "local-candidate",
    candidateType: "relay",
    relayProtocol: "tls",
    address: "198.51.100.7",
  },
  { id: "R1", type: "remote-candidate", candidateType: "prflx", address: "203.0.113.9" },
  {
    id: "IA",
    type: "inbound-rtp",
    kind: "audio",
    packetsReceived: 100,
    packetsLost: 3,
    totalAudioEnergy: 0.25,
  },
  { id: "IV", type: "inbound-rtp", kind: "video", packetsReceived: 200, packetsLost: 4, framesDecoded: 60 },
  { id: "OV", type: "outbound-rtp", kind: "video", bytesSent: 1, headerBytesSent: 1 },
  { id: "RV", type: "remote-inbound-rtp", kind: "video", roundTripTime: 0.5 },
];

/** A direct call of a browser without transport, and without bytes of its pairs. */
const sparse: readonly Entry[] = [
  {
    id: "old",
    type: "candidate-pair",
    state: "succeeded",
    nominated: true,
    localCandidateId: "L1",
    remoteCandidateId: "R1",
    lastPacketSentTimestamp: 1_000,
  },
  {
    id: "new",
    type: "candidate-pair",
    state: "succeeded",
    nominated: true,
    localCandidateId: "L2",
    remoteCandidateId: "R1",
    lastPacketSentTimestamp: 2_000,
  },
  { id: "never", type: "candidate-pair", state: "in-progress", nominated: false },
  { id: "L1", type: "local-candidate", candidateType: "host" },
  { id: "L2", type: "local-candidate", candidateType: "srflx", relayProtocol: undefined },
  { id: "R1", type: "remote-candidate", candidateType: "host" },
  {
    id: "IA",
    type: "inbound-rtp",
    kind: "audio",
    bytesReceived: 500,
    headerBytesReceived: 50,
    packetsReceived: 10,
    packetsLost: -2,
  },
  {
    id: "IV",
    type: "inbound-rtp",
    kind: "video",
    bytesReceived: 4_000,
    headerBytesReceived: 100,
    packetsReceived: 20,
    packetsLost: 0,
    framesDecoded: 7,
  },
  { id: "OV", type: "outbound-rtp", kind: "video", bytesSent: 700, headerBytesSent: 30 },
  { id: "RA", type: "remote-inbound-rtp", kind: "audio", roundTripTime: 0.02 },
  { id: "RV", type: "remote-inbound-rtp", kind: "video", roundTripTime: 0.04 },
];

/** The report without some fields of one type of entry. */
const without = (report: readonly Entry[], type: string, ...names: readonly string[]): readonly Entry[] =>
  report.map((stats) =>
    stats["type"] === type
      ? Object.fromEntries(Object.entries(stats).filter(([name]) => !names.includes(name)))
      : stats,
  );

describe("a reading of the connection's statistics", () => {
  test("takes the selected pair and the transport's bytes where there is a transport", () => {
    expect(read(...relayed)).toEqual({
      bytesReceived: 8_000,
      bytesSent: 9_000,
      bytesOf: "transport",
      packetsReceived: 300,
      packetsLost: 7,
      framesDecoded: 60,
      audioEnergy: 0.25,
      roundTripMs: 31,
      route: { local: "relay", remote: "prflx", protocol: "tls" },
    });
  });

  test("takes the nominated pair that was used last, and the media's bytes, where there is none", () => {
    expect(read(...sparse)).toEqual({
      bytesReceived: 4_650,
      bytesSent: 730,
      bytesOf: "media",
      packetsReceived: 30,
      packetsLost: 0,
      framesDecoded: 7,
      audioEnergy: undefined,
      roundTripMs: 40,
      route: { local: "srflx", remote: "host", protocol: undefined },
    });
  });

  test("contains no address", () => {
    expect(JSON.stringify(read(...relayed))).not.toMatch(/\d+\.\d+\.\d+\.\d+/);
  });
});

describe.each([
  ["Chromium", chromiumToday],
  ["Firefox", firefoxToday],
] as const)("a call of %s, as it was recorded", (_, { reports }) => {
  const [before, after] = reports.map((report) =>
    readStats(report.map((stats) => [stats.id, stats] as const)),
  );

  test("has every figure, and all that count grow", () => {
    for (const name of [
      "bytesReceived",
      "bytesSent",
      "packetsReceived",
      "framesDecoded",
      "audioEnergy",
    ] as const)
      expect(after?.[name], name).toBeGreaterThan(before?.[name] ?? Number.POSITIVE_INFINITY);
    expect(after?.packetsLost).toBeGreaterThanOrEqual(0);
    expect(after?.roundTripMs).toBeGreaterThanOrEqual(0);
    expect(after?.route).toEqual({
      local: expect.any(String),
      remote: expect.any(String),
      protocol: undefined,
    });
    expect(after?.bytesOf).toBe(before?.bytesOf);
  });
});

describe("a figure that a browser does not give", () => {
  test("is taken from the pair in use where the transport has no bytes, as in Firefox 153", () => {
    const bare = without(relayed, "transport", "bytesReceived", "bytesSent").map((stats) =>
      stats["id"] === "CP2" ? { ...stats, bytesReceived: 700, bytesSent: 600 } : stats,
    );
    expect(read(...bare)).toMatchObject({ bytesReceived: 700, bytesSent: 600, bytesOf: "pair CP2" });
  });

  test("is taken from the media where neither has any, headers included", () => {
    const bare = [{ id: "T01", type: "transport", dtlsState: "connected" }, ...sparse];
    expect(read(...bare)).toMatchObject({ bytesReceived: 4_650, bytesSent: 730, bytesOf: "media" });
  });

  test("is unknown where one of several entries lacks it", () => {
    const one = { id: "T02", type: "transport", bytesReceived: 5, bytesSent: 5 };
    const two = { id: "T03", type: "transport" };
    expect(read(one, { ...one, id: "T04" })).toMatchObject({ bytesReceived: 10 });
    expect(read(one, two)).toMatchObject({ bytesReceived: undefined, bytesOf: undefined });
    const oddOut = { id: "IX", type: "inbound-rtp", kind: "audio", packetsReceived: 5 };
    expect(read(...relayed, oddOut)).toMatchObject({
      packetsReceived: 305,
      packetsLost: undefined,
      audioEnergy: undefined,
      framesDecoded: 60,
    });
  });

  test("is unknown alone: what came in is known without what went out", () => {
    expect(read({ id: "T", type: "transport", bytesReceived: 5 })).toMatchObject({
      bytesReceived: 5,
      bytesSent: undefined,
      bytesOf: "transport",
    });
  });

  test("is no round trip of nothing: a pair without an answer has not measured its zero", () => {
    const pair = { id: "P", type: "candidate-pair", selected: true, currentRoundTripTime: 0 };
    expect(read({ ...pair, responsesReceived: 0 }).roundTripMs).toBeUndefined();
    expect(read(pair).roundTripMs).toBe(0);
  });

  test("is never zero, of nothing or of what a browser should not say", () => {
    const nothing = {
      bytesReceived: undefined,
      bytesSent: undefined,
      bytesOf: undefined,
      packetsReceived: undefined,
      packetsLost: undefined,
      framesDecoded: undefined,
      audioEnergy: undefined,
      roundTripMs: undefined,
      route: undefined,
    };
    expect(readStats(new Map())).toEqual(nothing);
    const odd: Iterable<readonly [string, unknown]> = [
      ["a", undefined],
      ["b", "text"],
      ["c", { id: "c", type: "transport", selectedCandidatePairId: "gone", bytesReceived: "many" }],
      ["d", { id: "d", type: "inbound-rtp", packetsLost: Number.NaN }],
      [
        "e",
        { id: "e", type: "candidate-pair", selected: true, localCandidateId: 5, remoteCandidateId: "none" },
      ],
    ];
    expect(readStats(odd)).toEqual(nothing);
  });
});
