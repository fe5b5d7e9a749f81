import { LIMITS } from "@serendip/protocol";
import { expect, test } from "vitest";
import { withoutAddresses } from "../../../src/service/relay/relay-only.ts";
import field from "./field-signals.json" with { type: "json" };

const hide = (sdp: string): string => {
  const signal = withoutAddresses({ kind: "offer", sdp });
  return signal.kind === "offer" ? signal.sdp : "";
};
const passing = (candidate: string): string => {
  const signal = { kind: "candidate", candidate: { candidate, sdpMid: "0", sdpMLineIndex: 0 } } as const;
  const passed = withoutAddresses(signal);
  return passed.kind === "candidate" ? passed.candidate.candidate : "";
};

test.each(field.candidates)(
  "[K10] of a candidate from the field passes what is a relay's: $what",
  ({ line, passes }) => {
    expect(passing(line)).toBe(passes);
    expect(passing(passes)).toBe(passes);
  },
);

test("[K10] a candidate says each thing once, and does not grow beyond its bound", () => {
  const start = "candidate:1 1 udp 1 203.0.113.9 5 typ relay";
  expect(passing(`${start} generation 0 raddr x generation 1 raddr y z`)).toBe(
    `${start} generation 0 raddr 0.0.0.0`,
  );
  expect(passing(start + " raddr x".repeat(120)).length).toBeLessThan(LIMITS.candidateChars);
});

test("[K10] a candidate names its section as the description does", () => {
  const named = (sdpMid: string) => {
    const candidate = { candidate: "", sdpMid, sdpMLineIndex: null };
    const passed = withoutAddresses({ kind: "candidate", candidate });
    return passed.kind === "candidate" ? passed.candidate.sdpMid : undefined;
  };
  for (const mid of ["0", "audio.1", "sdparta_0", "{0d6b}"]) {
    expect(hide(`a=mid:${mid}`)).toBe(`a=mid:${mid}\r\n`);
    expect(named(mid)).toBe(mid);
  }
  for (const mid of ["1.8.26.0", "fe80::1", "0a1b.local", "ann@example.org", "\u00e9"]) {
    expect(hide(`a=mid:${mid}`)).toBe("a=mid:hidden1\r\n");
    expect(named(mid)).toBe(null);
  }
});

test.each(field.descriptions)(
  "[K11] [K12] a description from the field keeps all but addresses: $what",
  ({ lines }) => {
    const passed = hide(lines.join("\n"));
    for (const address of field.hidden) expect(passed.toLowerCase()).not.toContain(address);
    const touched = /^(o=|s=|c=|m=|a=rtcp:|a=candidate:)/;
    const untouched = (all: readonly string[]) => all.filter((line) => !touched.test(line));
    expect(untouched(passed.split("\r\n").slice(0, -1))).toEqual(untouched(lines));
    const types = (all: readonly string[]) => all.flatMap((line) => /^[^a]=/.exec(line)?.[0] ?? []);
    expect(types(passed.split("\r\n"))).toEqual(types(lines));
  },
);

test.each([
  // Lines that every description has.
  ["v=0", "v=0"],
  [
    "o=ann@192.168.1.5 8776362413610263960 2 IN IP6 fe80::1%eth0",
    "o=- 8776362413610263960 2 IN IP4 127.0.0.1",
  ],
  ["o=192.168.1.5", "o=- 0 0 IN IP4 127.0.0.1"],
  ["s=Asterisk PBX 1.8.26.0", "s=-"],
  ["s=a\tb", "s=-"],
  ["t=3724394400 3724398000", "t=0 0"],
  ["c=IN IP6 2001:db8::5", "c=IN IP4 0.0.0.0"],
  ["c=IN IP4 224.2.36.42/127", "c=IN IP4 0.0.0.0"],
  // Sections.
  ["m=audio 54321 UDP/TLS/RTP/SAVPF 111 63", "m=audio 9 UDP/TLS/RTP/SAVPF 111 63"],
  ["m=audio 0 UDP/TLS/RTP/SAVPF 111", "m=audio 0 UDP/TLS/RTP/SAVPF 111"],
  ["m=audio 49170/2 RTP/AVP 31", "m=audio 9/2 RTP/AVP 31"],
  [
    "m=application 53171 UDP/DTLS/SCTP webrtc-datachannel",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
  ],
  ["m=application 9 DTLS/SCTP 5000", "m=application 9 DTLS/SCTP 5000"],
  ["m=192.168.1.5 9 RTP/AVP 0 192.168.1.5", "m=hidden1 9 RTP/AVP 0 hidden1"],
  ["m=192.168.1.5", "m=hidden1"],
  // Lines that nobody reads.
  ["i=Seminar", undefined],
  ["u=http://192.168.1.5/", undefined],
  ["e=ann@example.org", undefined],
  ["p=+1 617 555-6011", undefined],
  ["r=7d 1h 0 25h", undefined],
  ["z=2882844526 -1h", undefined],
  ["k=clear:192.168.1.5", undefined],
  ["y=something else", undefined],
  ["b=TIAS:500000", "b=TIAS:500000"],
  ["b=AS:192.168.1.5", undefined],
  // Attributes that WebRTC needs.
  ["a=mid:192.168.1.5", "a=mid:hidden1"],
  ["a=mid:audio.1", "a=mid:audio.1"],
  ["a=group:BUNDLE 0 fe80::1 0a1b.local fe80::1", "a=group:BUNDLE 0 hidden1 hidden2 hidden1"],
  ["a=msid:{6f2d1c0b-7a3e} 1.8.26.0", "a=msid:{6f2d1c0b-7a3e} hidden1"],
  ["a=ssrc:1001 cname:ann@192.168.1.5", "a=ssrc:1001 cname:hidden1"],
  ["a=ssrc:1001 cname:é", "a=ssrc:1001 cname:hidden1"],
  [
    "a=ssrc:1001 cname:{735484ea-4f6c-f74a-bd66-7425f8476c2e}",
    "a=ssrc:1001 cname:{735484ea-4f6c-f74a-bd66-7425f8476c2e}",
  ],
  ["a=ssrc:1001 msid:192.168.1.5 typ", "a=ssrc:1001 msid:hidden1 typ"],
  ["a=rtpmap:96 1.8.26.0/90000", "a=rtpmap:96 hidden1/90000"],
  [
    "a=fmtp:96 profile-level-id=42001f;x=1.8.26.0;apt=97",
    "a=fmtp:96 profile-level-id=42001f;x=hidden1;apt=97",
  ],
  ["a=ice-pwd:typ/IP4/candidate/0123456789", "a=ice-pwd:typ/IP4/candidate/0123456789"],
  ["a=ice-ufrag:192.168.1.5", "a=ice-ufrag:-"],
  ["a=fingerprint:sha-256 12:34:AB 2001:db8::5", "a=fingerprint:-"],
  ["a=setup:192.168.1.5", "a=setup:-"],
  ["a=rtcp:53171 IN IP4 192.168.1.5", "a=rtcp:9 IN IP4 0.0.0.0"],
  // Other attributes.
  ["a=extmap:3/sendonly urn:3gpp:video-orientation", "a=extmap:3/sendonly urn:3gpp:video-orientation"],
  ["a=extmap:3 http://192.168.1.5/x", undefined],
  ["a=rtcp-fb:96 ccm fir", "a=rtcp-fb:96 ccm fir"],
  ["a=tool:libnice 0.1.18.5", undefined],
  ["a=end-of-candidates", "a=end-of-candidates"],
  ["a=remote-candidates:1 192.168.1.5 5", undefined],
  ["a=x-note:candidate:1 1 udp 1 my-pc 5 typ host", undefined],
  ["a=candidate:4 1 UDP 1 fe80::1%wlan0 5 typ relay", undefined],
  // No lines.
  [" s=-", undefined],
  ["S=-", undefined],
  ["192.168.1.5", undefined],
])("[K11] [K12] the line %j passes as %j", (line, passed) => {
  expect(hide(`${line}\r\na=sendrecv`)).toBe(`${passed === undefined ? "" : `${passed}\r\n`}a=sendrecv\r\n`);
});

test("[K12] a stand-in is no name that the description uses already", () => {
  const sdp = ["a=group:BUNDLE hidden1 10.0.0.1 hidden2 10.0.0.2", "a=mid:10.0.0.2", "a=mid:hidden1"];
  expect(hide(sdp.join("\r\n"))).toBe(
    "a=group:BUNDLE hidden1 hidden3 hidden2 hidden4\r\na=mid:hidden4\r\na=mid:hidden1\r\n",
  );
});
