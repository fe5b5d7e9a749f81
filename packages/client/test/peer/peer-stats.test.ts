import { describe, expect, test } from "vitest";
import { readStats } from "../../src/peer/peer-stats.browser.ts";

const reportOf = (...stats: readonly { readonly id: string; readonly type: string }[]) =>
  new Map(stats.map((one) => [one.id, one]));

/** As Chromium 156 reports a call over a relay that is reached by TLS. */
const chromium = [
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

/** As Firefox 153 reports a direct call: no transport, candidate pairs without bytes of their own. */
const firefox = [
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
  { id: "IA", type: "inbound-rtp", kind: "audio", bytesReceived: 500, packetsReceived: 10, packetsLost: -2 },
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

describe("a reading of the connection's statistics", () => {
  test("takes the selected pair and the transport's bytes where there is a transport", () => {
    expect(readStats(reportOf(...chromium))).toEqual({
      bytesReceived: 8_000,
      bytesSent: 9_000,
      packetsReceived: 300,
      packetsLost: 7,
      framesDecoded: 60,
      audioEnergy: 0.25,
      roundTripMs: 31,
      route: { local: "relay", remote: "prflx", protocol: "tls" },
    });
  });

  test("takes the nominated pair that was used last, and the media's bytes, where there is none", () => {
    expect(readStats(reportOf(...firefox))).toEqual({
      bytesReceived: 4_600,
      bytesSent: 730,
      packetsReceived: 30,
      packetsLost: 0,
      framesDecoded: 7,
      audioEnergy: 0,
      roundTripMs: 40,
      route: { local: "srflx", remote: "host", protocol: undefined },
    });
  });

  test("contains no address", () => {
    expect(JSON.stringify(readStats(reportOf(...chromium)))).not.toMatch(/\d+\.\d+\.\d+\.\d+/);
  });

  test("of nothing, or of what a browser should not say, is all zero", () => {
    const nothing = {
      bytesReceived: 0,
      bytesSent: 0,
      packetsReceived: 0,
      packetsLost: 0,
      framesDecoded: 0,
      audioEnergy: 0,
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
