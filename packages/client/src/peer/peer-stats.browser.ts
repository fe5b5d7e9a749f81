import { CandidateType, RelayProtocol } from "@serendip/protocol";
import type { PeerReading } from "./peer-link.port.ts";

type Stats = Readonly<Record<string, unknown>>;

/**
 * The few numbers of a report that this chat needs (W3C webrtc-stats sections 8.1 to 8.20), and no address.
 *
 * A browser without `transport` (Firefox) marks the pair in use as nominated, and its bytes are those of the media.
 */
export function readStats(report: Iterable<readonly [string, unknown]>): PeerReading {
  const byId = new Map<string, Stats>();
  for (const [id, stats] of report) if (isStats(stats)) byId.set(id, stats);
  const all = [...byId.values()];
  const ofType = (type: string) => all.filter((stats) => stats["type"] === type);
  const inbound = ofType("inbound-rtp");
  const outbound = ofType("outbound-rtp");
  const transports = ofType("transport");
  const pair = pairInUse(byId, transports, ofType("candidate-pair"));
  return {
    bytesReceived: transports.length
      ? sum(transports, "bytesReceived")
      : sum(inbound, "bytesReceived") + sum(inbound, "headerBytesReceived"),
    bytesSent: transports.length
      ? sum(transports, "bytesSent")
      : sum(outbound, "bytesSent") + sum(outbound, "headerBytesSent"),
    packetsReceived: sum(inbound, "packetsReceived"),
    // Repeated packets make it negative (RFC 3550 section 6.4.1).
    packetsLost: Math.max(0, sum(inbound, "packetsLost")),
    framesDecoded: sum(inbound, "framesDecoded"),
    audioEnergy: sum(inbound, "totalAudioEnergy"),
    roundTripMs: roundTrip(pair, ofType("remote-inbound-rtp")),
    route: routeOf(byId, pair),
  };
}

function pairInUse(
  byId: ReadonlyMap<string, Stats>,
  transports: readonly Stats[],
  pairs: readonly Stats[],
): Stats | undefined {
  for (const { selectedCandidatePairId: id } of transports) {
    const pair = typeof id === "string" ? byId.get(id) : undefined;
    if (pair) return pair;
  }
  // After an ICE restart the pair that was used before can still be there; the one in use has sent the latest packet.
  return pairs
    .filter(
      ({ selected, nominated, state }) => selected === true || (nominated === true && state === "succeeded"),
    )
    .toSorted((one, other) => lastUse(other) - lastUse(one))[0];
}

const lastUse = (pair: Stats): number =>
  (pair["selected"] === true ? Number.MAX_VALUE : 0) + (amount(pair["lastPacketSentTimestamp"]) ?? 0);

function roundTrip(pair: Stats | undefined, reports: readonly Stats[]): number | undefined {
  const ofPair = amount(pair?.["currentRoundTripTime"]);
  const ofMedia = reports
    .map(({ roundTripTime }) => amount(roundTripTime))
    .filter((time) => time !== undefined);
  const seconds = ofPair ?? (ofMedia.length ? Math.max(...ofMedia) : undefined);
  return seconds === undefined ? undefined : Math.round(seconds * 1_000);
}

function routeOf(byId: ReadonlyMap<string, Stats>, pair: Stats | undefined): PeerReading["route"] {
  const end = (id: unknown) => (typeof id === "string" ? byId.get(id) : undefined);
  const own = end(pair?.["localCandidateId"]);
  const local = CandidateType.safeParse(own?.["candidateType"]);
  const remote = CandidateType.safeParse(end(pair?.["remoteCandidateId"])?.["candidateType"]);
  if (!local.success || !remote.success) return undefined;
  const protocol = RelayProtocol.safeParse(own?.["relayProtocol"]);
  return {
    local: local.data,
    remote: remote.data,
    protocol: local.data === "relay" && protocol.success ? protocol.data : undefined,
  };
}

const sum = (all: readonly Stats[], name: string): number =>
  all.reduce((total, stats) => total + (amount(stats[name]) ?? 0), 0);

const amount = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined;

const isStats = (value: unknown): value is Stats => typeof value === "object" && value !== null;
