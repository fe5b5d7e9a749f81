import { STAMP } from "../wire/stamp.ts";
import type { SignalKind } from "./person.ts";

const DESCRIPTION_BYTES = 2_560;
const CANDIDATE_BYTES = 200;
/** After each description. */
export const CANDIDATES_PER_DESCRIPTION = 10;

const FINGERPRINT = Array.from({ length: 32 }, (_, n) =>
  ((n * 37 + 11) % 256).toString(16).padStart(2, "0").toUpperCase(),
).join(":");

const section = (kind: string, mid: number, codecs: readonly (readonly [number, string])[]) => [
  `m=${kind} 9 UDP/TLS/RTP/SAVPF ${codecs.map(([type]) => type).join(" ")}`,
  "c=IN IP4 0.0.0.0",
  "a=ice-ufrag:Yx3q",
  "a=ice-pwd:4ZcD1pQzq0Kf7mW8sT2vB6nR",
  "a=ice-options:trickle",
  `a=fingerprint:sha-256 ${FINGERPRINT}`,
  "a=setup:actpass",
  `a=mid:${mid}`,
  "a=sendrecv",
  "a=rtcp-mux",
  ...codecs.flatMap(([type, name]) => [
    `a=rtpmap:${type} ${name}`,
    `a=rtcp-fb:${type} transport-cc`,
    `a=fmtp:${type} minptime=10;useinbandfec=1`,
  ]),
];

const SDP = [
  "v=0",
  "o=- 4611731400430051336 2 IN IP4 127.0.0.1",
  `s=${STAMP}`,
  "t=0 0",
  "a=group:BUNDLE 0 1",
  "a=extmap-allow-mixed",
  "a=msid-semantic: WMS stream",
  ...section("audio", 0, [
    [111, "opus/48000/2"],
    [63, "red/48000/2"],
    [9, "G722/8000"],
  ]),
  ...section("video", 1, [
    [96, "VP8/90000"],
    [97, "rtx/90000"],
    [102, "H264/90000"],
    [45, "AV1/90000"],
  ]),
].join("\r\n");

const CANDIDATE = `candidate:${STAMP} 1 udp 1677729535 203.0.113.77 49203 typ srflx raddr 0.0.0.0 rport 0 generation 0 ufrag Yx3q`;

/** The JSON text of what `build` makes, with filler so that it has so many bytes. */
function filled(bytes: number, build: (filler: string) => unknown): string {
  const empty = JSON.stringify(build("")).length;
  return JSON.stringify(build("x".repeat(Math.max(0, bytes - empty))));
}

/** JSON texts of both kinds of messages, as browsers' are, each with a place for its number. The same bytes go to every server. */
export const PAYLOADS: Readonly<Record<SignalKind, string>> = {
  description: filled(DESCRIPTION_BYTES, (filler) => ({
    kind: "offer",
    sdp: `${SDP}\r\na=msid:stream ${filler}\r\n`,
  })),
  candidate: filled(CANDIDATE_BYTES, (filler) => ({
    kind: "candidate",
    candidate: { candidate: `${CANDIDATE}${filler}`, sdpMid: "0", sdpMLineIndex: 0 },
  })),
};
