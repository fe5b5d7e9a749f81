import * as z from "zod/mini";

/** The parts of a STUN or TURN server's address. */
export interface IceUrl {
  readonly scheme: "stun" | "stuns" | "turn" | "turns";
  /** A name, an IPv4 address, or an IPv6 address without its brackets. */
  readonly host: string;
  /** The scheme's default where the URL names none: 3478, or 5349 with TLS (RFC 7064 section 3.2, RFC 7065 section 3.2). */
  readonly port: number;
  /** How the page reaches the server. Where the URL does not say: UDP for `stun:` and `turn:`, TCP for the others. */
  readonly transport: "udp" | "tcp";
}

export type IceUrlReading =
  | { readonly ok: true; readonly url: IceUrl }
  /** `why` completes a sentence that starts with the URL: "must …". */
  | { readonly ok: false; readonly why: string };

const PORTS = { stun: 3478, turn: 3478, stuns: 5349, turns: 5349 } as const;
const PARTS = /^(stuns?|turns?):(\[[^\]]*\]|[^:?[\]]*)(?::([^?]*))?(?:\?(.*))?$/is;
const IN_BRACKETS = /^\[(.*)\]$/s;
const LABEL = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;
/** Characters of a whole name (RFC 1035 section 2.3.4). */
const LONGEST_NAME = 253;

function isName(host: string): boolean {
  const labels = host.replace(/\.$/, "").split(".");
  // A name whose last label is a number is an IPv4 address or nothing (RFC 1123 section 2.1).
  if (/^\d+$/.test(labels.at(-1) ?? "")) return false;
  return host.length <= LONGEST_NAME && labels.every((label) => LABEL.test(label));
}

function hostOf(text: string): string | undefined {
  const inBrackets = IN_BRACKETS.exec(text)?.[1];
  if (inBrackets !== undefined) return z.safeParse(z.ipv6(), inBrackets).success ? inBrackets : undefined;
  return isName(text) || z.safeParse(z.ipv4(), text).success ? text : undefined;
}

function transportOf(scheme: IceUrl["scheme"], query: string | undefined): IceUrl["transport"] | undefined {
  if (query === undefined) return scheme === "stun" || scheme === "turn" ? "udp" : "tcp";
  if (scheme === "stun" || scheme === "stuns") return undefined;
  // Literals of the grammar ignore case (RFC 5234 section 2.3).
  if (/^transport=udp$/i.test(query)) return "udp";
  return /^transport=tcp$/i.test(query) ? "tcp" : undefined;
}

/** Reads a `stun:` or `stuns:` (RFC 7064) or a `turn:` or `turns:` URL (RFC 7065). Never throws. */
export function parseIceUrl(text: string): IceUrlReading {
  const no = (why: string): IceUrlReading => ({ ok: false, why });
  if (/\s/.test(text)) return no("must not have spaces");
  if (!/^(stuns?|turns?):/i.test(text)) return no("must start with stun:, stuns:, turn: or turns:");
  if (/^[a-z]+:\/\//i.test(text)) return no("must have no slashes after its scheme");
  if (text.includes("@"))
    return no("must not have a user name or password in it; these have places of their own");
  const [, scheme, hostText, portText, query] = PARTS.exec(text) ?? [];
  const host = hostText === undefined ? undefined : hostOf(hostText);
  if (scheme === undefined || host === undefined)
    return no(
      "must name a host: a name like turn.example.org, an IPv4 address, or an IPv6 address in brackets",
    );
  if (
    portText !== undefined &&
    !(/^\d{1,5}$/.test(portText) && Number(portText) >= 1 && Number(portText) <= 65_535)
  )
    return no("must have a port from 1 to 65535, or none");
  const known = scheme.toLowerCase() as IceUrl["scheme"];
  const transport = transportOf(known, query);
  if (transport === undefined)
    return no(
      known.startsWith("stun")
        ? "must end after the port; only TURN addresses have a transport"
        : "may have only ?transport=udp or ?transport=tcp after the port",
    );
  return {
    ok: true,
    url: { scheme: known, host, port: portText === undefined ? PORTS[known] : Number(portText), transport },
  };
}

/**
 * Why no browser can use an address that fits the grammar; undefined when one can. Completes a sentence that begins with the
 * address.
 */
export function uselessness({ scheme, transport }: IceUrl): string | undefined {
  return scheme === "turns" && transport === "udp"
    ? "asks for DTLS, which no browser speaks to a TURN server; take ?transport=tcp"
    : undefined;
}

/** Whether the text is the address of a TURN server, which needs an account, as a STUN server does not. */
export const isTurnUrl = (text: string): boolean => /^turns?:/i.test(text);

/**
 * A URL as a message may repeat it, also when it is malformed: shortened, and without anything that could be a password in
 * the wrong place.
 */
export function sayableIceUrl(text: string): string {
  const withoutUser = text.replace(/^(\w{0,10}:)?(\/\/)?.*@/s, "$1$2…@");
  const [start = ""] =
    /^(\w{0,10}:)?(\/\/)?(…@)?(\[[\da-fA-F:.]{0,45}\]?|[\w.-]{0,100})(:\d{0,6}(?![\w-]))?(\?transport=\w{0,10})?/.exec(
      withoutUser,
    ) ?? [];
  return start.length < withoutUser.length ? `${start}…` : start;
}
