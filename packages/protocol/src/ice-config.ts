import type { IceServer } from "./ice.ts";
import { isTurnUrl, parseIceUrl, sayableIceUrl, uselessness } from "./ice-url.ts";

/** An ICE server as an operator wrote it down; as in RTCConfiguration, `urls` may be a single address without a list. */
export interface GivenIceServer {
  readonly urls: string | readonly string[];
  readonly username?: string | undefined;
  readonly credential?: string | undefined;
}

/** Something wrong in a list of ICE servers. */
export interface IceFault {
  readonly code: "no-urls" | "bad-url" | "no-account" | "no-username" | "no-credential" | "long-username";
  /** The address that the fault is about, as far as it may be shown; empty for `no-urls`. */
  readonly url: string;
  /** For an operator, in plain words. Never holds a user name or credential. */
  readonly sentence: string;
}

/**
 * How far calls get. `none`: only within one network; `stun-only`: between most networks; `turn`: wherever the TURN server
 * is reached.
 */
export type IceMode = "none" | "stun-only" | "turn";

export interface IceCheck {
  /** The servers that RTCPeerConnection takes (W3C WebRTC section 4.4.1.6), each address once. */
  readonly usable: readonly IceServer[];
  readonly faults: readonly IceFault[];
  readonly mode: IceMode;
}

/** Bytes of the longest user name (RFC 8489 section 14.3); Chromium throws for a longer one. */
const LONGEST_USERNAME = 508;

function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const letter of text) {
    const point = letter.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x1_00_00 ? 3 : 4;
  }
  return bytes;
}

/** What is wrong with a TURN server's account; `says` completes a sentence that starts with the server. */
function accountFault({ username = "", credential = "" }: IceServer) {
  if (username === "" && credential === "")
    return { code: "no-account", says: "needs a username and a credential, and has neither" } as const;
  if (credential === "") return { code: "no-credential", says: "has a username but no credential" } as const;
  if (username === "") return { code: "no-username", says: "has a credential but no username" } as const;
  if (utf8Bytes(username) > LONGEST_USERNAME)
    return { code: "long-username", says: `has a username of more than ${LONGEST_USERNAME} bytes` } as const;
  return undefined;
}

const isText = (value: unknown): value is string => typeof value === "string";

/** Reads a server of unknown shape, which may come from somebody without a type checker. */
function readGiven(given: unknown): IceServer {
  const { urls, username, credential } = Object(given) as { readonly [Key in keyof IceServer]?: unknown };
  const list: readonly unknown[] = Array.isArray(urls) ? urls : [urls];
  return {
    urls: list.filter(isText),
    ...(isText(username) && { username }),
    ...(isText(credential) && { credential }),
  };
}

/** The entry without its bad addresses; undefined when none is left. */
function usableOf(server: IceServer, note: (fault: IceFault) => void): IceServer | undefined {
  if (server.urls.length === 0)
    note({ code: "no-urls", url: "", sentence: "An ICE server is listed without an address." });
  const account = accountFault(server);
  const urls = server.urls.filter((text) => {
    const reading = parseIceUrl(text);
    const url = sayableIceUrl(text);
    const why = reading.ok ? uselessness(reading.url) : reading.why;
    if (why !== undefined)
      note({ code: "bad-url", url, sentence: `ICE server "${url}" cannot be used: it ${why}.` });
    else if (account && isTurnUrl(text))
      note({ code: account.code, url, sentence: `TURN server ${url} ${account.says}.` });
    else return true;
    return false;
  });
  if (urls.length === 0) return undefined;
  // A STUN server needs no account, and RTCPeerConnection looks at none.
  return urls.some(isTurnUrl) ? { ...server, urls } : { urls };
}

export function iceModeOf(servers: readonly IceServer[]): IceMode {
  const urls = servers.flatMap((server) => server.urls);
  if (urls.some(isTurnUrl)) return "turn";
  return urls.length > 0 ? "stun-only" : "none";
}

/**
 * Finds the entries at which RTCPeerConnection would throw, and says why; the others can be used (SPEC K15). Of an entry
 * that is listed twice the first one counts. Never throws.
 */
export function checkIceServers(servers: readonly GivenIceServer[]): IceCheck {
  const faults: IceFault[] = [];
  const seen = new Set<string>();
  const usable: IceServer[] = [];
  for (const server of servers) {
    const checked = usableOf(readGiven(server), (fault) => faults.push(fault));
    const urls = checked?.urls.filter((url) => {
      const key = JSON.stringify([url, checked.username, checked.credential]);
      return !seen.has(key) && seen.add(key);
    });
    if (checked && urls && urls.length > 0) usable.push({ ...checked, urls });
  }
  return { usable, faults, mode: iceModeOf(usable) };
}
