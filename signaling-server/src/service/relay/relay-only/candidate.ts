/** RFC 8839 section 5.4. The alphabet has no room for an address. */
const FRAGMENT = /^[\da-z+/]{4,256}$/i;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;
/** Lenient: the browser that gets the candidate checks the address again. */
const IPV6 = /^(?=[^:]*:[^:]*:)[\da-f:]{2,39}(?:(?<=:)\d{1,3}(?:\.\d{1,3}){3})?$/i;
/** RFC 8839 section 5.1. Browsers relay over UDP only. Some pages tell a candidate with the `a=` of its SDP line. */
const CANDIDATE =
  /^(?:a=)?candidate:(?<foundation>[\da-z+/]{1,32}) (?<component>\d{1,3}) udp (?<priority>\d{1,10}) (?<address>[\da-f.:]+) (?<port>\d{1,5}) typ relay(?<more>(?: [^ ]+)*)$/i;
/** Extensions that browsers add; none of them holds an address. */
const EXTENSIONS: ReadonlyMap<string, RegExp> = new Map([
  ["generation", /^\d{1,10}$/],
  ["ufrag", FRAGMENT],
  ["network-id", /^\d{1,5}$/],
  ["network-cost", /^\d{1,5}$/],
]);

export function isFragment(text: string): boolean {
  return FRAGMENT.test(text);
}

/**
 * A UDP relay candidate without its related address, which is the public address of whoever uses the relay (SPEC K10).
 * Undefined for every other line.
 *
 * @param line `candidate:…` or `a=candidate:…`; blanks and line ends after it do not count.
 */
export function relayCandidate(line: string): string | undefined {
  const {
    foundation,
    component,
    priority,
    address = "",
    port,
    more = "",
  } = CANDIDATE.exec(line.trimEnd())?.groups ?? {};
  if (foundation === undefined || !(IPV4.test(address) || IPV6.test(address))) return undefined;
  const words = more.split(" ").slice(1);
  /** By name. Each passes once: repeated ones could make the line longer than a candidate may be. */
  const kept = new Map<string, string>();
  for (let at = 0; at + 1 < words.length; at += 2) {
    const [name = "", value = ""] = words.slice(at, at + 2);
    if (kept.has(name)) continue;
    if (name === "raddr") kept.set(name, address.includes(":") ? "::" : "0.0.0.0");
    else if (name === "rport") kept.set(name, "0");
    else if (EXTENSIONS.get(name)?.test(value)) kept.set(name, value);
  }
  const plain = `candidate:${foundation} ${component} udp ${priority} ${address} ${port} typ relay`;
  return [plain, ...[...kept].flat()].join(" ");
}
