import fc from "fast-check";

/** Addresses that must not pass. */
export const HIDDEN = [
  "192.168.77.5",
  "198.51.100.77",
  "2001:db8:77::7",
  "fd::77",
  "fe80::77",
  "77ab-cd.local",
] as const;

const hidden = fc.constantFrom(...HIDDEN);
/** Tokens of RFC 8866 section 9: addresses, words that look like one, and others. */
const token = fc.constantFrom(
  ...["192.168.77.5", "198.51.100.77", "77ab-cd.local", "1.8.26.0", "0", "1", "audio", "typ", "IP4"],
  ...["candidate", "hidden1", "hidden2", "a.b", "{735484ea-4f6c-f74a}", "KcyXxv6o+IOJ", "127.0.0.1"],
);
const tokens = fc.tuple(token, token).map((two) => two.join(" "));
/** The byte-string of RFC 8866 section 9. */
const text = fc.oneof(
  token,
  hidden,
  fc
    .tuple(fc.constantFrom("PBX ", "a=1;v=", "x:", "ann@", "\t", "é", "candidate:1 1 udp 1 "), hidden)
    .map((parts) => parts.join("")),
  fc.constantFrom("Asterisk PBX 1.8.26.0", " ", "-", "a\u2028b", "a\u0085b", "1 udp 1 my-pc 5 typ host"),
);
const connection = fc.constantFrom(
  ...["IN IP4 192.168.77.5", "IN IP6 2001:db8:77::7", "IN IP4 77ab-cd.local", "IN IP4 0.0.0.0"],
);
const number = fc.constantFrom("0", "9", "54321", "8776362413610263960", "123456789012345678901234567890");

const line = (start: string, value: fc.Arbitrary<string>) => value.map((rest) => `${start}${rest}`);
const upTo = (maxLength: number, one: fc.Arbitrary<string>) => fc.array(one, { maxLength });
const exactly = (one: fc.Arbitrary<string>) => one.map((only) => [only]);
const inOrder = (...parts: readonly fc.Arbitrary<readonly string[]>[]) =>
  fc.tuple(...parts).map((lines) => lines.flat());

export const attribute: fc.Arbitrary<string> = fc.oneof(
  line("a=msid:", tokens),
  line("a=msid-semantic: WMS ", token),
  line("a=ssrc:1001 cname:", text),
  line("a=ssrc:1001 ", hidden),
  line("a=ssrc:1001 msid:", tokens),
  line(
    "a=rtpmap:96 ",
    token.map((name) => `${name}/90000`),
  ),
  line("a=fmtp:96 profile-level-id=42001f;apt=97;x=", text),
  line("a=fingerprint:sha-256 ", fc.constantFrom("12:34:AB", "12:34:192.168.77.5")),
  line("a=ice-pwd:", fc.constantFrom("X0ISvctKkmb3DvT1wUrjsZ7s", "192.168.77.5/192.168.77.5")),
  line("a=extmap:1 ", fc.constantFrom("urn:ietf:params:rtp-hdrext:toffset", "http://192.168.77.5/x")),
  line("a=rtcp:53 ", connection),
  line("a=x-note:", text),
  line("a=", fc.constantFrom("rtcp-mux", "sendrecv", "end-of-candidates", "setup:actpass", "bundle-only")),
  hidden.map((own) => `a=candidate:1 1 udp 1 ${own}%wlan0 5 typ host`),
  hidden.map((own) => `a=candidate:1 1 udp 1 203.0.113.9 5 typ relay raddr ${own} rport 5`),
);

const mediaLine = fc
  .tuple(token, number, fc.constantFrom("", "/2"), fc.constantFrom("UDP/TLS/RTP/SAVPF", "1.8.26.0"), token)
  .map(([media, port, ports, proto, format]) => `m=${media} ${port}${ports} ${proto} 96 ${format}`);

const section = (mid: string) =>
  inOrder(
    exactly(mediaLine),
    upTo(1, line("i=", text)),
    exactly(line("c=", connection)),
    upTo(2, fc.constantFrom("b=AS:128", "b=X-1.8.26.0:128")),
    upTo(1, line("k=clear:", text)),
    upTo(6, attribute),
    fc.constant([`a=mid:${mid}`]),
    upTo(3, attribute),
  );

/** A grammatical description (RFC 8866 section 9) whose every value may be or look like an address. */
export const description: fc.Arbitrary<string> = fc
  .uniqueArray(token, { maxLength: 4 })
  .chain((mids) =>
    inOrder(
      fc.constant(["v=0"]),
      exactly(
        fc
          .tuple(
            text.map((user) => user.replace(/\s/g, "_")),
            number,
            number,
            connection,
          )
          .map((words) => `o=${words.join(" ")}`),
      ),
      exactly(line("s=", text)),
      upTo(1, line("i=", text)),
      upTo(1, line("u=http://", text)),
      upTo(2, line("e=", text)),
      upTo(2, line("p=", text)),
      upTo(1, line("c=", connection)),
      upTo(2, fc.constant("b=CT:0")),
      exactly(fc.tuple(number, number).map((times) => `t=${times.join(" ")}`)),
      upTo(2, fc.constant("r=7d 1h 0 25h")),
      upTo(1, fc.constant("z=2882844526 -1h")),
      upTo(1, line("k=base64:", text)),
      fc.constant(mids.length > 0 ? [`a=group:BUNDLE ${mids.join(" ")}`] : []),
      upTo(3, attribute),
      ...mids.map(section),
    ),
  )
  .map((lines) => lines.map((one) => `${one}\r\n`).join(""));
