import { CandidateType, RelayProtocol } from "@serendip/protocol";
import type { PeerReading } from "./peer-link.port.ts";

type Stats = Readonly<Record<string, unknown>>;
type Bytes = Pick<PeerReading, "bytesReceived" | "bytesSent" | "bytesOf">;

/**
 * The few numbers of a report that this chat needs (W3C webrtc-stats sections 8.1 to 8.20), and no address.
 *
 * That an entry is there says nothing about its fields: Firefox has `transport` without bytes, and RTP that has no round trip
 * yet. A figure that one of its entries lacks is unknown as a whole.
 */
export function readStats(report: Iterable<readonly [string, unknown]>): PeerReading {
  const byId = new Map<string, Stats>();
  for (const [id, stats] of report) if (isStats(stats)) byId.set(id, stats);
  const all = [...byId.values()];
  const ofType = (type: string) => all.filter((stats) => stats["type"] === type);
  const inbound = ofType("inbound-rtp");
  const transports = ofType("transport");
  const pair = pairInUse(byId, transports, ofType("candidate-pair"));
  const lost = sum(inbound, "packetsLost");
  return {
    ...bytesOf({ transports, pair, inbound, outbound: ofType("outbound-rtp") }),
    packetsReceived: sum(inbound, "packetsReceived"),
    // Repeated packets make it negative (RFC 3550 section 6.4.1).
    packetsLost: lost === undefined ? undefined : Math.max(0, lost),
    framesDecoded: sum(inbound.filter(isVideo), "framesDecoded"),
    audioEnergy: sum(
      inbound.filter((stats) => !isVideo(stats)),
      "totalAudioEnergy",
    ),
    roundTripMs: roundTrip(pair, ofType("remote-inbound-rtp")),
    route: routeOf(byId, pair),
  };
}
/** The first counter that there is. That of a pair begins anew with each one that is chosen. */
function bytesOf(from: {
  readonly transports: readonly Stats[];
  readonly pair: Stats | undefined;
  readonly inbound: readonly Stats[];
  readonly outbound: readonly Stats[];
}): Bytes {
  const { transports, pair, inbound, outbound } = from;
  const counters: readonly Bytes[] = [
    {
      bytesOf: "transport",
      bytesReceived: sum(transports, "bytesReceived"),
      bytesSent: sum(transports, "bytesSent"),
    },
    {
      bytesOf: `pair ${String(pair?.["id"])}`,
      bytesReceived: amount(pair?.["bytesReceived"]),
      bytesSent: amount(pair?.["bytesSent"]),
    },
    {
      bytesOf: "media",
      bytesReceived: withHeaders(inbound, "bytesReceived", "headerBytesReceived"),
      bytesSent: withHeaders(outbound, "bytesSent", "headerBytesSent"),
    },
  ];
  return (
    counters.find(({ bytesReceived, bytesSent }) => bytesReceived !== undefined && bytesSent !== undefined) ??
    counters.find(({ bytesReceived }) => bytesReceived !== undefined) ?? {
      bytesOf: undefined,
      bytesReceived: undefined,
      bytesSent: undefined,
    }
  );
}

function withHeaders(streams: readonly Stats[], bytes: string, headers: string): number | undefined {
  const payload = sum(streams, bytes);
  return payload === undefined ? undefined : payload + (sum(streams, headers) ?? 0);
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
    .sort((one, other) => lastUse(other) - lastUse(one))[0];
}

const lastUse = (pair: Stats): number =>
  (pair["selected"] === true ? Number.MAX_VALUE : 0) + (amount(pair["lastPacketSentTimestamp"]) ?? 0);

function roundTrip(pair: Stats | undefined, reports: readonly Stats[]): number | undefined {
  // Without an answer there is nothing that a zero could have measured.
  const ofPair = pair?.["responsesReceived"] === 0 ? undefined : amount(pair?.["currentRoundTripTime"]);
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

/** Undefined where one of them does not say, or there is none. */
function sum(all: readonly Stats[], name: string): number | undefined {
  const amounts = all.map((stats) => amount(stats[name])).filter((one) => one !== undefined);
  if (all.length === 0 || amounts.length < all.length) return undefined;
  return amounts.reduce((total, one) => total + one, 0);
}

const isVideo = ({ kind }: Stats): boolean => kind === "video";

const amount = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined;

const isStats = (value: unknown): value is Stats => typeof value === "object" && value !== null;
