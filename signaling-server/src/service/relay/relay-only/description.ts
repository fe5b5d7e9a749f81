import { isPlainWord, spellsAddress } from "./address.ts";
import { relayCandidate } from "./candidate.ts";
import { openStandIns, type StandIns } from "./stand-ins.ts";

/** Makes the value of a line harmless. It returns a string in every case, so no line that has a rewrite is ever left out. */
type Rewrite = (value: string, standIns: StandIns) => string;

/** By type: the lines that a parser insists on (RFC 8866 section 5). */
const MANDATORY: ReadonlyMap<string, Rewrite> = new Map<string, Rewrite>([
  ["v", () => "0"],
  ["o", origin],
  // Browsers make no use of the name and the times (RFC 9429 section 5.8.1).
  ["s", () => "-"],
  ["t", () => "0 0"],
  ["c", () => "IN IP4 0.0.0.0"],
  ["m", media],
]);

/** By name: attributes without which a browser refuses the description, or loses a codec, a stream or what links two lines. */
const NEEDED: ReadonlyMap<string, Rewrite> = new Map<string, Rewrite>([
  ["fingerprint", (value) => (FINGERPRINT.test(value) ? value : sameOrDash(value))],
  ["fmtp", hideWords],
  ["group", hideWords],
  ["ice-options", hideWords],
  ["ice-pwd", sameOrDash],
  ["ice-ufrag", sameOrDash],
  ["mid", hideWords],
  ["msid", hideWords],
  ["msid-semantic", hideWords],
  ["rid", hideWords],
  ["rtcp", () => "9 IN IP4 0.0.0.0"],
  ["rtpmap", hideWords],
  ["setup", sameOrDash],
  ["ssrc", source],
]);

/** RFC 8122 section 5. */
const FINGERPRINT = /^[\da-z-]+ [\da-f]{2}(?::[\da-f]{2})+$/i;
/** RFC 8866 section 5.8. */
const BANDWIDTH = /^[\da-z-]+:\d+$/i;

/**
 * The description without any address but those of its relay candidates, and still readable (SPEC K11, K12). A line that it
 * needs stays with a harmless value; any other line that could name an address is left out. The result has at least one
 * line and at most `mostChars` characters: it ends before the first line that would exceed them.
 */
export function hideAddresses(sdp: string, mostChars: number): string {
  const standIns = openStandIns(sdp);
  let passed = "";
  for (const text of sdp.split(/\r\n|\r|\n/)) {
    const line = passLine(text, standIns);
    if (line === undefined) continue;
    if (passed.length + line.length + 2 > mostChars) break;
    passed += `${line}\r\n`;
  }
  return passed === "" ? "v=0\r\n" : passed;
}

function passLine(line: string, standIns: StandIns): string | undefined {
  if (line[1] !== "=") return undefined;
  const type = line.slice(0, 1);
  const value = line.slice(2);
  const rewrite = MANDATORY.get(type);
  if (rewrite) return `${type}=${rewrite(value, standIns)}`;
  if (type === "a") return passAttribute(line, standIns);
  // Browsers read no other line (`i=`, `u=`, `e=`, `p=`, `r=`, `z=`, `k=`: RFC 9429 section 5.8.1).
  return type === "b" && BANDWIDTH.test(value) ? line : undefined;
}

function passAttribute(line: string, standIns: StandIns): string | undefined {
  const colon = line.indexOf(":");
  const name = line.slice(2, colon === -1 ? line.length : colon);
  const rewrite = colon === -1 ? undefined : NEEDED.get(name);
  if (rewrite) return `a=${name}:${rewrite(line.slice(colon + 1), standIns)}`;
  if (name === "candidate") {
    const candidate = relayCandidate(line);
    return candidate && `a=${candidate}`;
  }
  return line === "a=end-of-candidates" || isHarmless(line) ? line : undefined;
}

/** Printable ASCII that spells no address. */
function isPlain(text: string): boolean {
  return /^[ -~]*$/.test(text) && !spellsAddress(text);
}

/** Plain, and not a candidate under another name of an attribute. */
function isHarmless(line: string): boolean {
  return isPlain(line) && !/candidate|\btyp\b|\bIP[46]\b/i.test(line);
}

/** `<username> <sess-id> <sess-version> …`: browsers leave out the user name, which could say anything (RFC 9429 section 5.2.1). */
function origin(value: string): string {
  const [id, version] = value
    .split(" ", 3)
    .slice(1)
    .map((number) => (/^\d{1,20}$/.test(number) ? number : "0"));
  return `- ${id ?? "0"} ${version ?? "0"} IN IP4 127.0.0.1`;
}

/**
 * `<media> <port> <proto> <fmt> …`. The port belongs to the address that `c=` no longer names; 9 stands for one that is not
 * known yet (RFC 9429 section 5.2.1). 0 rejects the section (RFC 3264 section 6) and stays.
 */
function media(value: string, standIns: StandIns): string {
  return hideWords(value, standIns).replace(/^([^ ]* )(\d+)/, (_whole, kind: string, port: string) =>
    Number(port) === 0 ? `${kind}0` : `${kind}9`,
  );
}

/** `<ssrc-id> <attribute>:<value>` (RFC 5576 section 4.1). Names of other attributes could be a part of an IPv6 address. */
function source(value: string, standIns: StandIns): string {
  const [head = ""] = /^\d+ (?:cname|label|msid|mslabel):/.exec(value) ?? [];
  return head + hideWords(value.slice(head.length), standIns);
}

/** For values whose grammar has no room for an address: one that spells an address was invalid, and `-` is invalid too. */
function sameOrDash(value: string): string {
  return isPlain(value) ? value : "-";
}

/** Replaces the words that could name an address; blanks and what separates parameters stay. */
function hideWords(value: string, standIns: StandIns): string {
  return value.replace(/[^ /;=,]+/g, (word) => (isPlainWord(word) ? word : standIns.of(word)));
}
