import { isTurnUrl } from "@serendip/protocol";
import type { HealthItem, IceServerFault } from "../words/chat-health.ts";

/** One address of an ICE server, and what is known of it. */
export interface TriedUrl {
  readonly url: string;
  /** `unknown`: it was silent, which may have been our own slowness. */
  readonly outcome: "answered" | "unauthorized" | "full" | "unreachable" | "unknown";
}

export interface IceVerdict {
  readonly stun: HealthItem;
  readonly turn: HealthItem;
  /** TURN servers that certainly do not work. */
  readonly broken: readonly IceServerFault[];
  /** URLs of TURN servers that nothing is known of yet. */
  readonly open: readonly string[];
}

/** A kind works when one of its servers does, and has failed only when all of them certainly have. */
export function judgeIce(tried: readonly TriedUrl[]): IceVerdict {
  const turns = tried.filter(({ url }) => isTurnUrl(url));
  const stuns = tried.filter(({ url }) => !isTurnUrl(url));
  const refused = turns.some(({ outcome }) => outcome === "unauthorized");
  return {
    stun: itemOf(stuns, "stun-unreachable"),
    turn: itemOf(turns, refused ? "turn-unauthorized" : "turn-unreachable"),
    broken: turns.flatMap(faultOf),
    open: turns.filter(({ outcome }) => outcome === "unknown").map(({ url }) => url),
  };
}

function itemOf(tried: readonly TriedUrl[], why: NonNullable<HealthItem["why"]>): HealthItem {
  if (tried.length === 0) return { state: "not-configured", why: undefined };
  if (tried.some(({ outcome }) => outcome === "answered")) return { state: "ok", why: undefined };
  if (tried.some(({ outcome }) => outcome === "full")) return { state: "unknown", why: "turn-busy" };
  if (tried.some(({ outcome }) => outcome === "unknown")) return { state: "unknown", why: "no-answer" };
  return { state: "failed", why };
}

function faultOf({ url, outcome }: TriedUrl): readonly IceServerFault[] {
  if (outcome === "unauthorized")
    return [
      {
        code: "turn-unauthorized",
        url,
        sentence: `TURN server ${url} refuses its username and credential; it is left out of calls.`,
      },
    ];
  if (outcome === "unreachable")
    return [
      {
        code: "turn-unreachable",
        url,
        sentence: `TURN server ${url} cannot be reached from here; it is left out of calls.`,
      },
    ];
  return [];
}
