import type { Signal } from "@serendip/protocol";

/**
 * The signal without any candidate but a relay's, and without the address from which the relay is reached (RFC 8839
 * section 5.1, `raddr`); undefined when nothing is left of it.
 */
export function onlyRelays<S extends Signal>(signal: S): S | undefined {
  if ("sdp" in signal) return { ...signal, sdp: ofRelays(signal.sdp) };
  if (!("candidate" in signal)) return signal;
  const { candidate } = signal.candidate;
  if (!isRelay(candidate)) return undefined;
  return { ...signal, candidate: { ...signal.candidate, candidate: withoutOrigin(candidate) } };
}

/** A session description with only the relays among its candidates. */
const ofRelays = (sdp: string): string =>
  // Each line with its end. A lookbehind would say it shorter, and Safari before 16.4 could not read the whole file.
  (sdp.match(/[^\n]*\n|[^\n]+/g) ?? [])
    .filter((line) => !/^a=candidate:/i.test(line) || isRelay(line))
    .map((line) => (/^a=candidate:/i.test(line) ? withoutOrigin(line) : line))
    .join("");

/** Of an address, as of SPEC K10: a name would be looked up, and whoever answers for it would see who asks. */
const isRelay = (candidate: string): boolean =>
  /^(a=)?candidate:\S+ \d+ udp \d+ (\d+(\.\d+){3}|[\da-f]*:[\da-f:.]+) \d+ typ relay(?=\s|$)[^\r\n]*\r?\n?$/i.test(
    candidate,
  );

const withoutOrigin = (candidate: string): string =>
  candidate.replace(/ raddr \S+ rport \d+/i, " raddr 0.0.0.0 rport 9");
