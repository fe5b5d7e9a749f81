import { descriptionFault, LIMITS, type Role, type Signal } from "@serendip/protocol";
import { onlyRelays } from "../ice/relay-only.browser.ts";
import type { Log } from "../words/log.ts";
import type { LastingPeer } from "./lasting-peer.browser.ts";
import {
  beginOffer,
  closeOffer,
  isUnderWay,
  mayTell,
  NO_OFFERS,
  type Offers,
  tellOffer,
} from "./offers.browser.ts";
import { codeOf } from "./peer-error.browser.ts";
import { judgeSignal, toSignal } from "./signal-guard.browser.ts";

/** The exchange of descriptions and candidates of one connection (SPEC R4, R11). */
export interface Negotiation {
  /** A partner's signal has arrived. */
  receive(signal: Signal): void;
  /** The connection has something to tell: a description, a candidate, or what nobody needs to hear. */
  tell(data: unknown): void;
  /** The description that was taken last has had its effect, or can have none. */
  settled(): void;
  restart(tell: "partner" | "nobody"): void;
}

/**
 * Why this negotiation leads nowhere: the partner describes what no page does, this side's own description cannot be sent, or
 * one generation has no room for another restart.
 */
export type DeadEnd = "impossible" | "unsendable" | "worn-out";

interface NegotiationOptions {
  readonly role: Role;
  readonly relayOnly: boolean;
  /** Undefined once the connection is over. */
  readonly peer: () => LastingPeer | undefined;
  readonly onSignal: (signal: Signal) => void;
  readonly onDeadEnd: (why: DeadEnd) => void;
  readonly log: Log | undefined;
}

type Description = Extract<Signal, { readonly sdp: string }>;
type Candidate = Extract<Signal, { readonly kind: "candidate" }>;

export function negotiation({
  role,
  relayOnly,
  peer,
  onSignal,
  onDeadEnd,
  log,
}: NegotiationOptions): Negotiation {
  let candidatesIn = 0;
  let candidatesOut = 0;
  let settling = false;
  /** Initiator: the offers so far. */
  let offers: Offers = NO_OFFERS;
  /** Responder: the number of the newest offer, taken or kept, and the one that the next answer repeats. */
  let newest: number | undefined;
  let answering: number | undefined;
  /** Responder: requests for a restart so far. */
  let restarts = 0;
  /** Responder: an offer that came while an older one was settling, and its candidates. */
  let kept: Signal[] = [];
  const said = new Set<string>();

  const allowed = <S extends Signal>(signal: S): S | undefined => (relayOnly ? onlyRelays(signal) : signal);

  const warn = (message: string, error: unknown): void => {
    if (peer()) log?.warn(message, { error: codeOf(error) });
  };

  /** Once each: the partner chooses how many there are. */
  function sayDropped(kind: Signal["kind"], why: string): void {
    const line = `${kind} ${why}`;
    if (said.has(line)) return;
    said.add(line);
    log?.info("Signal dropped", { kind, why });
  }

  function takeDescription(description: Description): void {
    settling = true;
    candidatesIn = 0;
    if (description.kind === "answer") offers = closeOffer(offers);
    else {
      newest = description.attempt ?? 0;
      answering = description.attempt;
    }
    peer()?.signal({ type: description.kind, sdp: description.sdp });
  }

  function takeCandidate({ candidate: { usernameFragment, ...candidate } }: Candidate): void {
    candidatesIn += 1;
    peer()?.signal({
      type: "candidate",
      candidate: usernameFragment === undefined ? candidate : { ...candidate, usernameFragment },
    });
  }

  function take(signal: Signal): void {
    try {
      if (signal.kind === "candidate") takeCandidate(signal);
      else if (signal.kind !== "restart") takeDescription(signal);
      else if (!isUnderWay(offers, performance.now())) restart("partner");
    } catch (error) {
      settling = false;
      warn("Signal refused", error);
    }
  }

  /** An offer supersedes what was kept of an older one. */
  function keep(offer: Signal): void {
    if (offer.kind === "offer") newest = offer.attempt ?? 0;
    kept = [offer];
  }

  function settled(): void {
    settling = false;
    for (const signal of kept.splice(0)) take(signal);
  }

  function restart(tell: "partner" | "nobody"): void {
    const connection = peer();
    if (!connection) return;
    if (role === "initiator") void offerRestart(connection, tell);
    else if (tell === "partner") askForRestart();
  }

  function askForRestart(): void {
    if (restarts >= LIMITS.descriptionsPerGeneration) {
      onDeadEnd("worn-out");
      return;
    }
    restarts += 1;
    onSignal({ kind: "restart" });
  }

  async function offerRestart(connection: LastingPeer, tell: "partner" | "nobody"): Promise<void> {
    // The first offer is on its way, and is as good.
    if (offers.told === 0) return;
    if (!mayTell(offers)) {
      if (tell === "partner") onDeadEnd("worn-out");
      return;
    }
    const begun = beginOffer(offers);
    offers = begun;
    try {
      const sdp = await connection.offerRestart();
      // Another one may have been begun meanwhile.
      if (offers === begun && tell === "partner" && sdp !== undefined)
        tellDescription({ kind: "offer", sdp });
    } catch (error) {
      warn("ICE restart refused", error);
    }
  }

  function tellDescription(description: Description): void {
    const signal = allowed(description);
    if (!signal || !peer()) return;
    if (descriptionFault(signal)) {
      onDeadEnd("unsendable");
      return;
    }
    candidatesOut = 0;
    if (description.kind === "offer") {
      const told = tellOffer(offers, performance.now());
      offers = told;
      onSignal({ ...signal, attempt: told.open });
      return;
    }
    onSignal(answering === undefined ? signal : { ...signal, attempt: answering });
    settled();
  }

  return {
    receive(arriving) {
      const pc = peer()?._pc;
      const signal = allowed(arriving);
      if (!pc || !signal) return;
      const attempt = role === "initiator" ? offers.open : newest;
      const { unanswered } = offers;
      const { signalingState } = pc;
      const state = { role, signalingState, settling, candidates: candidatesIn, attempt, unanswered };
      const verdict = judgeSignal(state, signal);
      if (verdict === "impossible") onDeadEnd(verdict);
      else if (verdict === "keep") keep(signal);
      else if (verdict !== "take") sayDropped(signal.kind, verdict);
      else if (kept.length === 0) take(signal);
      else if (kept.length <= LIMITS.candidatesPerDescription) kept.push(signal);
    },
    tell(data) {
      const signal = toSignal(data);
      if (!signal || !peer()) return;
      if (signal.kind !== "candidate") {
        if (signal.kind !== "restart") tellDescription(signal);
        return;
      }
      const candidate = allowed(signal);
      // Those of an offer that the partner does not have are of no use.
      if (!candidate || (role === "initiator" && !offers.heard)) return;
      if (candidatesOut >= LIMITS.candidatesPerDescription) return;
      candidatesOut += 1;
      onSignal(candidate);
    },
    settled,
    restart,
  };
}
