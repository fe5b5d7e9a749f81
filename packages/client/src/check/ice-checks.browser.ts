import { type IceServer, parseIceUrl } from "@serendip/protocol";
import type { IceGatherer } from "../ice/ice-gatherer.port.ts";
import type { HealthCode, IceReading, IceServerFault } from "../words/chat-health.ts";

/** The ways through a network, each checked by itself. */
export const ICE_CHECKS = ["udp", "turn-udp", "turn-tcp", "turn-tls"] as const;
type IceCheckName = (typeof ICE_CHECKS)[number];

/** Also why a server was not even tried: the service says that it does not work, or its configuration cannot be used. */
export type IceCheckCause = HealthCode | "turn-withheld" | "ice-misconfigured";

export interface IceOutcome {
  readonly state: "ok" | "failed" | "unknown" | "not-configured";
  readonly why?: IceCheckCause;
}

/** What each of two tries gives the servers, milliseconds. */
const LIMITS_MS = [4_000, 6_000] as const;

/** Which way through a network an address stands for. */
function wayOf(text: string): IceCheckName | undefined {
  const reading = parseIceUrl(text);
  if (!reading.ok) return undefined;
  const { scheme, transport } = reading.url;
  if (scheme === "stun" || scheme === "stuns") return "udp";
  if (scheme === "turns") return "turn-tls";
  return transport === "udp" ? "turn-udp" : "turn-tcp";
}

/** Tries the servers of one way; silence is looked at twice. */
export async function checkRelays(options: {
  readonly name: IceCheckName;
  readonly servers: readonly IceServer[];
  readonly faults: readonly IceServerFault[];
  readonly gatherer: IceGatherer;
  readonly signal: AbortSignal;
}): Promise<IceOutcome> {
  const { name, faults, gatherer, signal } = options;
  const servers = options.servers
    .map((server) => ({ ...server, urls: server.urls.filter((url) => wayOf(url) === name) }))
    .filter(({ urls }) => urls.length > 0);
  if (servers.length === 0) {
    const fault = faults.find(({ url }) => wayOf(url) === name);
    if (!fault) return { state: "not-configured" };
    // Nobody has been asked here: the service has left it out, or half an account cannot work.
    return {
      state: "failed",
      why: fault.code === "turn-unreachable" ? "turn-withheld" : "ice-misconfigured",
    };
  }
  let outcome: IceOutcome = { state: "unknown", why: "no-answer" };
  for (const limitMs of LIMITS_MS) {
    const { readings, busy } = await gatherer.gather(servers, limitMs, signal);
    outcome = judge(name, readings, busy);
    const isSaid = outcome.why === "turn-unauthorized" || outcome.why === "turn-busy";
    if (outcome.state === "ok" || isSaid || signal.aborted) break;
  }
  return outcome;
}

function judge(name: IceCheckName, readings: readonly IceReading[], busy: boolean): IceOutcome {
  const some = (outcome: IceReading["outcome"]) => readings.some((reading) => reading.outcome === outcome);
  if (some("answered")) return { state: "ok" };
  if (some("unauthorized")) return { state: "failed", why: "turn-unauthorized" };
  if (some("full")) return { state: "unknown", why: "turn-busy" };
  if (some("silent") && busy) return { state: "unknown", why: "no-answer" };
  return { state: "failed", why: name === "udp" ? "stun-unreachable" : "turn-unreachable" };
}
