import type { Signal } from "@serendip/protocol";

/**
 * What a signal may say in a room where neither side sees the other's address (SPEC K5): relay candidates, and nothing
 * else that reads like an address. What cannot be read is left out; a browser's own descriptions lose nothing else.
 */
export function withoutAddresses(signal: Signal): Signal {
  switch (signal.kind) {
    case "offer":
    case "answer":
      return { ...signal, sdp: cleanSdp(signal.sdp) };
    case "candidate": {
      const candidate = relayCandidate(signal.candidate.candidate);
      // An empty one (the end of candidates, RFC 8838 section 8.2) takes its place, so that no number is missing (SPEC R3, R5).
      const { sdpMid, usernameFragment, ...rest } = signal.candidate;
      const named = {
        sdpMid: sdpMid !== null && MID.test(sdpMid) ? sdpMid : null,
        ...(usernameFragment != null && FRAGMENT.test(usernameFragment) && { usernameFragment }),
      };
      return { ...signal, candidate: { ...rest, ...named, candidate: candidate ?? "" } };
    }
    case "restart":
      return signal;
  }
}

/** Names of media sections in browsers: a number, or what an application chose (RFC 5888 section 4), without a dot or colon. */
const MID = /^[\w-]{1,32}$/;
/** RFC 8839 section 5.4. */
const FRAGMENT = /^[\da-z+/]{4,256}$/i;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;
/** Roughly: the browser that takes it reads it again. */
const IPV6 = /^(?=.*:.*:)[\da-f:]{2,39}(?:(?<=:)\d{1,3}(?:\.\d{1,3}){3})?$/i;
/** RFC 8839 section 5.1; browsers relay over UDP only. */
const CANDIDATE =
  /^candidate:(?<foundation>[\da-z+/]{1,32}) (?<component>\d{1,3}) udp (?<priority>\d{1,10}) (?<address>[\da-f.:]+) (?<port>\d{1,5}) typ relay(?<more>(?: [^ ]+ [^ ]+)*)$/i;
/** Extensions that browsers add; none of them holds an address. */
const EXTENSIONS: Readonly<Record<string, RegExp>> = {
  generation: /^\d{1,10}$/,
  ufrag: FRAGMENT,
  "network-id": /^\d{1,5}$/,
  "network-cost": /^\d{1,5}$/,
};

/** The candidate without its related address, which is the public one of whoever relays; undefined for any other kind. */
function relayCandidate(line: string): string | undefined {
  const {
    foundation,
    component,
    priority,
    address = "",
    port,
    more = "",
  } = CANDIDATE.exec(line)?.groups ?? {};
  if (foundation === undefined || !(IPV4.test(address) || IPV6.test(address))) return undefined;
  const nobody = address.includes(":") ? "::" : "0.0.0.0";
  const words = more.split(" ").slice(1);
  const kept: string[] = [];
  for (let at = 0; at < words.length; at += 2) {
    const [name = "", value = ""] = words.slice(at, at + 2);
    if (name === "raddr") kept.push(`raddr ${nobody}`);
    else if (name === "rport") kept.push("rport 0");
    else if (Object.hasOwn(EXTENSIONS, name) && EXTENSIONS[name]?.test(value)) kept.push(`${name} ${value}`);
  }
  return [`candidate:${foundation} ${component} udp ${priority} ${address} ${port} typ relay`, ...kept].join(
    " ",
  );
}

/** Line by line (RFC 8866 section 5), whatever ends a line; what is no line of its own is left out. */
function cleanSdp(sdp: string): string {
  const lines = sdp.split(/\r\n|\r|\n/);
  const kept = lines.map(cleanLine).filter((line) => line !== undefined);
  return kept.map((line) => `${line}\r\n`).join("");
}

/** Its user name could say anything; browsers leave it out (RFC 9429 section 5.2.1). */
const ORIGIN = /^o=[^ ]+ (?<numbers>\d{1,20} \d{1,20}) IN IP[46] [^ ]+$/;
const FINGERPRINT = /^a=fingerprint:[\da-z-]+ [\da-f]{2}(?::[\da-f]{2})+$/i;
/** The alphabet of RFC 8839 section 5.4 has no room for an address, and chance may spell anything in it. */
const CREDENTIAL = /^a=ice-(?:ufrag|pwd):[\da-z+/]{4,256}$/i;
const TRICKLE = /^a=(?:end-of-candidates|ice-options:[a-z\d ]+)$/;

function cleanLine(line: string): string | undefined {
  if (!/^[a-z]=[ -~\u00a0-\u2027\u202a-\u{10ffff}]*$/u.test(line)) return undefined;
  if (line.startsWith("a=candidate:")) {
    const candidate = relayCandidate(line.slice(2));
    return candidate && `a=${candidate}`;
  }
  if (line.startsWith("c=")) return "c=IN IP4 0.0.0.0";
  if (line.startsWith("a=rtcp:")) return "a=rtcp:9 IN IP4 0.0.0.0";
  if (line.startsWith("o=")) {
    const numbers = ORIGIN.exec(line)?.groups?.["numbers"];
    return numbers && `o=- ${numbers} IN IP4 127.0.0.1`;
  }
  if ([FINGERPRINT, CREDENTIAL, TRICKLE].some((form) => form.test(line))) return line;
  return namesAddress(line) ? undefined : line;
}

/** An IPv4 address in digits, an IPv6 one, a name of mDNS (RFC 6762), or a candidate in some other dress. */
function namesAddress(text: string): boolean {
  return (
    /\d{1,3}(?:\.\d{1,3}){3}/.test(text) ||
    /[\da-f]{0,4}(?::[\da-f]{0,4}){2,}/i.test(text) ||
    /\.local/i.test(text) ||
    /candidate|\btyp\b|\bIP[46]\b/i.test(text)
  );
}
