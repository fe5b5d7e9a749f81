import type { Signal } from "@serendip/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { withoutAddresses } from "../../../src/service/relay/relay-only.ts";

const RELAY = "candidate:3 1 udp 41885695 203.0.113.9 50000 typ relay";

const candidate = (line: string): Signal => ({
  kind: "candidate",
  candidate: { candidate: line, sdpMid: "0", sdpMLineIndex: 0 },
});
const lineOf = (signal: Signal) => (signal.kind === "candidate" ? signal.candidate.candidate : undefined);
const cleaned = (line: string) => lineOf(withoutAddresses(candidate(line)));
const cleanSdp = (sdp: string) => {
  const signal = withoutAddresses({ kind: "offer", sdp });
  return signal.kind === "offer" ? signal.sdp : "";
};

/** As Chromium makes it, after gathering. */
const OFFER = [
  "v=0",
  "o=- 461173 2 IN IP4 127.0.0.1",
  "s=-",
  "t=0 0",
  "a=group:BUNDLE 0 1",
  "a=extmap-allow-mixed",
  "a=msid-semantic: WMS 0a1b",
  "m=audio 54321 UDP/TLS/RTP/SAVPF 111 63",
  "c=IN IP4 198.51.100.7",
  "a=rtcp:54322 IN IP4 198.51.100.7",
  "a=candidate:1 1 udp 2122260223 192.168.1.5 54321 typ host generation 0 network-id 1",
  "a=candidate:2 1 udp 1686052607 198.51.100.7 54321 typ srflx raddr 192.168.1.5 rport 54321",
  "a=candidate:3 1 udp 41885695 203.0.113.9 50000 typ relay raddr 198.51.100.7 rport 54321 generation 0",
  "a=end-of-candidates",
  "a=ice-ufrag:Ab+/",
  "a=ice-pwd:typ/IP4/candidate/0123456789",
  "a=ice-options:trickle",
  "a=fingerprint:sha-256 12:34:56:78:9A:BC:DE:F0:12:34:56:78:9A:BC:DE:F0",
  "a=setup:actpass",
  "a=mid:0",
  "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
  "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
  "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
  "a=msid:{0d6b} 7b2e-41",
  "a=rtpmap:111 opus/48000/2",
  "a=fmtp:111 minptime=10;useinbandfec=1",
  "a=ssrc:1001 cname:aBcDeFgH",
  "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
  "c=IN IP6 2001:db8::7",
  "a=sctp-port:5000",
  "",
].join("\r\n");

test("[K11] [R2] of a browser's description only the addresses go, and the relay candidates stay", () => {
  const expected = OFFER.split("\r\n")
    .filter((line) => !/typ (host|srflx)/.test(line))
    .map((line) => line.replace(/^c=.*/, "c=IN IP4 0.0.0.0").replace(/^a=rtcp:.*/, "a=rtcp:9 IN IP4 0.0.0.0"))
    .map((line) => line.replace("m=audio 54321", "m=audio 9"))
    .map((line) => line.replace("raddr 198.51.100.7 rport 54321", "raddr 0.0.0.0 rport 0"))
    .join("\r\n");
  expect(cleanSdp(OFFER)).toBe(expected);
  expect(cleanSdp(expected)).toBe(expected);
});

test("[K11] [R11] a description keeps its kind and its number, a request for a restart stays as it is", () => {
  expect(withoutAddresses({ kind: "answer", sdp: "v=0\r\n", attempt: 3 })).toEqual({
    kind: "answer",
    sdp: "v=0\r\n",
    attempt: 3,
  });
  expect(withoutAddresses({ kind: "restart" })).toEqual({ kind: "restart" });
});

test("[K10] a relay candidate keeps its own address and loses the one it belongs to (RFC 8839 section 5.1)", () => {
  expect(cleaned(`${RELAY} raddr 198.51.100.7 rport 4000 generation 0 ufrag abcd network-cost 50`)).toBe(
    `${RELAY} raddr 0.0.0.0 rport 0 generation 0 ufrag abcd network-cost 50`,
  );
  expect(cleaned(RELAY)).toBe(RELAY);
  expect(cleaned("candidate:3 1 UDP 7 2001:db8::9 50000 typ relay raddr 2001:db8::1 rport 4")).toBe(
    "candidate:3 1 udp 7 2001:db8::9 50000 typ relay raddr :: rport 0",
  );
  expect(cleaned(`${RELAY} x-real-address 198.51.100.7 generation 0`)).toBe(`${RELAY} generation 0`);
});

test.each([
  ["host", "candidate:1 1 udp 1 192.168.1.5 54321 typ host"],
  ["host by name", "candidate:1 1 udp 1 0a1b2c3d.local 54321 typ host"],
  ["server-reflexive", "candidate:1 1 udp 1 198.51.100.7 54321 typ srflx raddr 192.168.1.5 rport 1"],
  ["peer-reflexive", "candidate:1 1 udp 1 198.51.100.7 54321 typ prflx raddr 192.168.1.5 rport 1"],
  ["TCP", "candidate:1 1 tcp 1 192.168.1.5 9 typ host tcptype active"],
  ["TCP, said to be relayed", "candidate:1 1 tcp 1 192.168.1.5 9 typ relay tcptype active"],
  ["IPv6", "candidate:1 1 udp 1 2001:db8::7 54321 typ host"],
  ["upper case", "CANDIDATE:1 1 UDP 1 192.168.1.5 54321 TYP HOST"],
  ["with two types", "candidate:1 1 udp 1 192.168.1.5 54321 typ host typ relay"],
  ["with a second line", `${RELAY}\r\na=candidate:1 1 udp 1 192.168.1.5 54321 typ host`],
  ["relayed by name", "candidate:3 1 udp 1 0a1b2c3d.local 54321 typ relay"],
  ["with more spaces", "candidate:1  1 udp 1 192.168.1.5 54321 typ relay"],
  ["nonsense", "192.168.1.5"],
  ["end of candidates", ""],
])("[K10] [R3] a candidate that is not plainly relayed goes empty, in its own place: %s", (_what, line) => {
  expect(withoutAddresses(candidate(line))).toEqual(candidate(""));
});

/** Addresses that only candidates which are not relayed have. */
const SECRETS = ["192.168.77.5", "198.51.100.77", "2001:db8:77::7", "fd00::77", "77ab-cd.local"] as const;

test("[K10] [K11] whatever a description looks like, no address of a candidate that is not relayed passes", () => {
  const secret = fc.constantFrom(...SECRETS);
  const upper = (text: string) => text.toUpperCase();
  const dressed = fc
    .record({
      secret,
      type: fc.constantFrom("host", "srflx", "prflx", "HOST", "relayed", ""),
      form: fc.constantFrom(
        (line: string) => `a=candidate:${line}`,
        (line: string) => `A=CANDIDATE:${line}`,
        (line: string) => ` a=candidate:${line}`,
        (line: string) => `a=x-note:candidate:${line}`,
        (line: string) => `a=candidate:${line.replace(" 1 ", "\r\n 1 ")}`,
        (line: string) => `a=remote-candidates:${line}`,
        (line: string) => `a=candidate:3 1 udp 1 203.0.113.9 5 typ relay x ${line}`,
        (line: string) => `a=candidate:3 1 udp 1 203.0.113.9 5 typ relay raddr ${line}`,
        (line: string) => `${line}`,
        (line: string) => upper(`a=candidate:${line}`),
        (line: string) => `i=${line}`,
        (line: string) => `a=fingerprint:sha-256 ${line}`,
        (line: string) => `a=ice-ufrag:${line}`,
      ),
    })
    .map(({ secret: address, type, form }) => form(`1 1 udp 2122 ${address} 54321 typ ${type}`));
  const bare = fc
    .record({
      secret,
      form: fc.constantFrom(
        "c=IN IP4 ",
        "c=",
        "C=IN IP6 ",
        "a=rtcp:9 IN IP4 ",
        "a=RTCP:9 IN IP6 ",
        "o=- 1 1 IN IP4 ",
        "o=",
        "s=",
        "a=x:",
        "m=",
      ),
    })
    .map(({ secret: address, form }) => `${form}${address}`);
  const noise = fc.oneof(
    fc.constantFrom(...OFFER.split("\r\n")),
    fc.string({ unit: "binary", maxLength: 40 }),
  );
  const end = fc.constantFrom(
    "\r\n",
    "\n",
    "\r",
    "\n\r",
    "\r\r\n",
    " \r\n",
    "\u2028",
    "\u0085",
    "\v",
    "\0",
    "",
  );
  const sdp = fc
    .array(fc.tuple(fc.oneof(dressed, bare, noise), end), { minLength: 1, maxLength: 12 })
    .map((lines) => lines.flat().join(""));
  fc.assert(
    fc.property(sdp, (text) => {
      const passed = cleanSdp(text).toLowerCase();
      for (const address of SECRETS) expect(passed).not.toContain(address);
      // What another parser takes for the end of a line hides nothing.
      expect(passed).not.toMatch(/[\0\v\f\u0085\u2028\u2029]/);
      expect(passed.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
    }),
    { numRuns: Number(process.env["FC_RUNS"] ?? 2_000) },
  );
  fc.assert(
    fc.property(fc.oneof(dressed, bare), (line) => {
      expect(cleaned(line)).toSatisfy((passed: string) =>
        SECRETS.every((address) => !passed.includes(address)),
      );
    }),
  );
});

test("[K10] what names a candidate's section and user passes only where it can be nothing else", () => {
  const named = (sdpMid: string | null, usernameFragment?: string | null) => {
    const signal = {
      kind: "candidate",
      candidate: { candidate: RELAY, sdpMid, sdpMLineIndex: 0, usernameFragment },
    } as const;
    const passed = withoutAddresses(signal);
    return passed.kind === "candidate" ? [passed.candidate.sdpMid, passed.candidate.usernameFragment] : [];
  };
  expect(named("audio-1", "Ab+/")).toEqual(["audio-1", "Ab+/"]);
  expect(named(null, null)).toEqual([null, undefined]);
  for (const told of ["203.0.113.77", "2001:db8::beef", "candidate:1 1 udp 1 203.0.113.77 9 typ host"])
    expect(named(told, told)).toEqual([null, undefined]);
});
