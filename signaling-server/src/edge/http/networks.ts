import type { KeyObject } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { countedNetwork, isLocal, readAddress, shownNetwork } from "../../domain/network/address.ts";
import { type Arrived, personAddress } from "../../domain/network/person-address.ts";
import { isTrustedProxy, type ProxyTrust } from "../../domain/network/proxy-trust.ts";
import type { Log } from "../../ports.ts";
import { hmacWith } from "../signing/hmac.ts";

/** Where a person comes from. */
export interface Network {
  /** What limits count by; undefined where the network is not known (SPEC N3). Never written down. */
  readonly counted: string | undefined;
  /** The only part that may be written down; that of the proxy where the person's own is not known. */
  readonly shown: string;
}

/** Tells networks of people from those of proxies. */
export interface Networks {
  /** The network of the person whose request it is: the same one each time. */
  of(request: IncomingMessage): Network;
  /** The network of a connection over which nothing has come yet; not known where it may be a proxy's. */
  ofPeer(socket: Socket): Network;
  /** A keyed hash of a network: it shows whether two are the same, and not which. Undefined where it is not known. */
  keyOf(network: Network): string | undefined;
}

export interface NetworksParts {
  readonly trust: ProxyTrust;
  readonly key: KeyObject;
  readonly log: Log;
}

/** Headers by which proxies say whom they stand for. */
const FORWARDED = ["x-forwarded-for", "forwarded", "x-real-ip"] as const;

const NO_TRUST =
  "A proxy seems to stand in front of this server, and TRUST_PROXY is not set: no limit per network holds for anybody. Set TRUST_PROXY to the number of proxies, or to their addresses (0 where there is none).";
const NO_PROXY =
  "A proxy seems to stand in front of this server, and TRUST_PROXY is 0, which says that there is none: all people behind it count as one network and share its limits. Set TRUST_PROXY to the number of proxies, or to their addresses.";
const NOBODY_NAMED =
  "A proxy that TRUST_PROXY trusts does not say for whom it stands: no limit per network holds for its people. Let it set X-Forwarded-For, or correct TRUST_PROXY.";
const FOREIGN_PROXY =
  "A proxy of a private network that TRUST_PROXY does not name seems to stand in front of this server: no limit per network holds for its people. Add its address to TRUST_PROXY.";

/** Addresses of which is remembered what they say, and how long a header may be for that: a few megabytes at most. */
const REMEMBERED = 4_096;
const REMEMBERED_CHARS = 200;

/** Paths of pages; what comes for others may be a monitor on the proxy's own machine. */
const OF_PAGES = /^\/(socket\.io|v1)\//;

export function createNetworks({ trust, key, log }: NetworksParts): Networks {
  const known = new WeakMap<IncomingMessage, Network>();
  /** What was read last, since each person brings the same addresses with several requests. */
  const recent = new Map<string, Network>();
  const keys = new WeakMap<Network, string>();
  const mac = hmacWith(key);
  const warned = new Set<string>();

  const read = (arrived: Arrived): Network => {
    const person = personAddress(arrived, trust);
    const nearest = person ?? readAddress(arrived.peer ?? "");
    return {
      counted: person && countedNetwork(person),
      shown: nearest ? shownNetwork(nearest) : "unknown",
    };
  };

  const networkOf = (arrived: Arrived): Network => {
    const { peer = "", forwardedFor = "" } = arrived;
    if (forwardedFor.length > REMEMBERED_CHARS) return read(arrived);
    const name = `${peer} ${forwardedFor}`;
    const before = recent.get(name);
    if (before) return before;
    if (recent.size >= REMEMBERED) recent.clear();
    const network = read(arrived);
    recent.set(name, network);
    return network;
  };

  /** What an operator has to know about a request whose person is not known, or is probably a proxy. */
  const warningFor = (
    { url = "", headers, socket }: IncomingMessage,
    { counted }: Network,
  ): string | undefined => {
    const saysNoProxy = trust.kind === "hops" && trust.count === 0;
    if (counted !== undefined && !saysNoProxy) return undefined;
    const peer = readAddress(socket.remoteAddress ?? "");
    if (!peer) return undefined;
    const isForwarded = FORWARDED.some((name) => headers[name] !== undefined);
    if (saysNoProxy) return isForwarded && isLocal(peer) ? NO_PROXY : undefined;
    if (trust.kind === "unset") return isForwarded ? NO_TRUST : undefined;
    if (!isTrustedProxy(peer, 0, trust)) return isForwarded ? FOREIGN_PROXY : undefined;
    return OF_PAGES.test(url) ? NOBODY_NAMED : undefined;
  };

  const look = (request: IncomingMessage): Network => {
    const header = request.headers["x-forwarded-for"];
    const network = networkOf({
      peer: request.socket.remoteAddress,
      forwardedFor: Array.isArray(header) ? header.join(",") : header,
    });
    const warning = warningFor(request, network);
    if (warning !== undefined && !warned.has(warning)) {
      warned.add(warning);
      log.warn(warning, { network: network.shown });
    }
    return network;
  };

  return {
    of(request) {
      const network = known.get(request) ?? look(request);
      known.set(request, network);
      return network;
    },
    ofPeer: ({ remoteAddress }) => networkOf({ peer: remoteAddress, forwardedFor: undefined }),
    keyOf(network) {
      if (network.counted === undefined) return undefined;
      const hashed = keys.get(network) ?? mac(network.counted).slice(0, 22);
      keys.set(network, hashed);
      return hashed;
    },
  };
}
