import {
  checkIceServers,
  type GivenIceServer,
  type IceServer,
  iceModeOf,
  isTurnUrl,
} from "@serendip/protocol";
import type { IceServerFault, IceStatus } from "../words/chat-health.ts";

/** Where ICE servers come from (SPEC K18). */
export interface IceSources {
  /** What the signaling server has granted this session; undefined before it has. */
  readonly granted: readonly IceServer[] | undefined;
  /** URLs of TURN servers that the signaling server has, and that it found not to work. */
  readonly withheld: readonly string[];
  /** What the signaling server lets everybody use; undefined before the first welcome. */
  readonly base: readonly IceServer[] | undefined;
  /** The page's own. */
  readonly own: readonly GivenIceServer[];
  /** TURN servers that were found not to work, by their URL. */
  readonly broken: ReadonlyMap<string, IceServerFault>;
}

/** What calls use of the sources. */
export interface IceChoice {
  readonly servers: readonly IceServer[];
  /** With those that are broken too: where there is nothing to fall back on, they are better than nothing. */
  readonly all: readonly IceServer[];
  readonly faults: readonly IceServerFault[];
  readonly mode: IceStatus["mode"];
}

/**
 * Takes the signaling server's word first; the page's own servers stand in for a kind, STUN or TURN, that the server
 * does not offer or that does not work. Never both, because each further server makes gathering slower.
 */
export function chooseIce({ granted, withheld, base, own, broken }: IceSources): IceChoice {
  const offered = checkIceServers(granted ?? base ?? []);
  const mine = checkIceServers(own);
  const faults = [...offered.faults, ...mine.faults, ...withheld.map(missing)];
  const choose = (isBroken: (url: string) => boolean): readonly IceServer[] =>
    [false, true].flatMap((turn) => {
      const wanted = (url: string) => isTurnUrl(url) === turn && !isBroken(url);
      const first = keepUrls(offered.usable, wanted);
      return first.length > 0 ? first : keepUrls(mine.usable, wanted);
    });
  const servers = choose((url) => broken.has(url));
  const all = choose(() => false);
  const left = all.flatMap(({ urls }) => urls.flatMap((url) => broken.get(url) ?? []));
  const known = granted !== undefined || base !== undefined || own.length > 0;
  return { servers, all, faults: [...faults, ...left], mode: known ? iceModeOf(servers) : "unknown" };
}

const missing = (url: string): IceServerFault => ({
  code: "turn-unreachable",
  url,
  sentence: `TURN server ${url} does not work at the moment, says the signaling server; its log says why.`,
});

/** Each server with the URLs that are wanted, each URL once; none without any. */
function keepUrls(servers: readonly IceServer[], wanted: (url: string) => boolean): readonly IceServer[] {
  const seen = new Set<string>();
  return servers.flatMap((server) => {
    const urls = server.urls.filter((url) => wanted(url) && !seen.has(url));
    for (const url of urls) seen.add(url);
    if (urls.length === 0) return [];
    return [urls.some(isTurnUrl) ? { ...server, urls } : { urls }];
  });
}
