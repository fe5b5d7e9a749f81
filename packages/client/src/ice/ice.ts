import {
  type ClientReply,
  type ErrorBody,
  type GivenIceServer,
  type IceGrant,
  type IceServer,
  iceModeOf,
  type RelayState,
  type Welcome,
} from "@serendip/protocol";
import { type Clock, deadlineTimer } from "@serendip/time";
import type { TabMemory } from "../tab/tab-memory.ts";
import type { IceStatus } from "../words/chat-health.ts";
import type { Log } from "../words/log.ts";
import {
  type IceRefreshPlan,
  planIceRefresh,
  retryIceRefresh,
  startIceRefresh,
} from "./ice-refresh.machine.ts";
import { chooseIce } from "./ice-sources.machine.ts";
import type { ServerVerdicts } from "./server-verdicts.ts";

/** The ICE servers of calls, and the person's wish to be seen through none but relays. */
export interface Ice {
  status(): IceStatus;
  /** For the next peer connection. One through relays only gets those that seem broken too: it has no other way. */
  servers(relayOnly: boolean): readonly IceServer[];
  /** Whether two pages that both use nothing but a relay of these servers reach each other (SPEC K22). */
  joins(relayOnly: boolean): boolean;
  /** Whether the servers of the next room will include a relay, as far as is known. */
  bringsRelay(): boolean;
  /** This page has found that none of the relays at hand works from here (SPEC K23). */
  relayFailed(): boolean;
  /** Whatever is configured and can be tried. */
  candidates(): readonly IceServer[];
  /** The connection to the service is usable. */
  welcome(welcome: Pick<Welcome, "ice" | "iceServers" | "relay">): void;
  /** What the service says while nobody is connected; the newest word counts, this or a grant. */
  hear(relay: RelayState): void;
  /** The servers for a new room. */
  take(grant: IceGrant): void;
  /**
   * Asks the service for servers; afterwards the answer counts. `limited`: it gives no account for a check now (SPEC K24),
   * which says nothing of the servers. Never rejects.
   */
  ask(): Promise<"given" | "limited" | "failed">;
  setRelayOnly(relayOnly: boolean): void;
  /** To be called after each change of the call. */
  look(need: IceNeed): void;
}

/** What the chat needs servers for now. */
export interface IceNeed {
  readonly online: boolean;
  readonly inRoom: boolean;
}

export interface IceOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly memory: TabMemory;
  readonly verdicts: Pick<ServerVerdicts, "broken" | "watch">;
  /** The page's own servers. */
  readonly own: readonly GivenIceServer[];
  readonly request: () => Promise<ClientReply<"ice-servers">>;
  /** There are other servers for the running connection; `renewed`: because the credentials of its path end. */
  readonly apply: (why: "renewed" | "named") => void;
  readonly onError: (code: string, context: string) => void;
  readonly onChange: () => void;
}

const offersTurn = (servers: readonly IceServer[]): boolean => iceModeOf(servers) === "turn";

export function createIce(options: IceOptions): Ice {
  const { clock, random, log, memory, verdicts, own, onError, onChange } = options;
  let granted: readonly IceServer[] | undefined;
  let withheld: readonly string[] = [];
  /** The service says that two who both use the TURN servers it has granted do not reach each other. */
  let apart = false;
  let base: readonly IceServer[] | undefined;
  let relay: RelayState | "unknown" = "unknown";
  let wish: boolean | undefined;
  let plan: IceRefreshPlan | undefined;
  let need: IceNeed = {
    online: false,
    inRoom: false,
  };
  const choose = () => chooseIce({ granted, withheld, base, own, broken: verdicts.broken() });
  let choice = choose();
  const said = new Set<string>();
  const timer = deadlineTimer(clock, due);

  /** In words, once each; nothing before somebody has named a server. */
  const say = (): void => {
    if (choice.mode === "unknown") return;
    const urls = choice.servers.flatMap((server) => server.urls);
    const line = `Configured ${urls.length} ICE servers`;
    sayOnce(`${line} ${urls.join()}`, () => log.info(line, { mode: choice.mode, urls }));
    for (const { sentence } of choice.faults) sayOnce(sentence, () => log.warn(sentence));
  };
  const sayOnce = (key: string, run: () => void): void => {
    if (said.has(key)) return;
    said.add(key);
    run();
  };

  const chooseAnew = (): void => {
    choice = choose();
    say();
    onChange();
  };

  const pointTimer = (): void => {
    timer.pointAt(need.online && need.inRoom ? plan?.at : undefined);
  };

  const planFor = (grant: IceGrant): IceRefreshPlan | undefined =>
    grant.expiresInMs !== undefined && offersTurn(grant.iceServers)
      ? planIceRefresh({ now: clock.now(), expiresInMs: grant.expiresInMs, random: random() })
      : undefined;

  const takeGrant = (grant: IceGrant, next: IceRefreshPlan | undefined): void => {
    granted = grant.iceServers;
    withheld = grant.withheld ?? [];
    apart = grant.relay === "failed";
    if (grant.relay) relay = grant.relay;
    else if (offersTurn(grant.iceServers)) relay = "ok";
    else relay = withheld.length > 0 ? "failed" : "none";
    plan = next;
    pointTimer();
    chooseAnew();
  };

  const ask = async (renewing: boolean): ReturnType<Ice["ask"]> => {
    let refusal: ErrorBody | undefined;
    try {
      const reply = await options.request();
      if (reply.ok) {
        takeGrant(reply.ice, planFor(reply.ice));
        if (need.inRoom) options.apply(renewing ? "renewed" : "named");
        return "given";
      }
      refusal = reply.error;
      if (refusal.code !== "rate_limited") throw new Error(refusal.code);
    } catch (error) {
      onError("ice-servers", String(error));
    }
    if (plan) plan = retryIceRefresh(plan, clock.now(), refusal?.retryAfterMs);
    pointTimer();
    return refusal?.code === "rate_limited" ? "limited" : "failed";
  };

  function due(): void {
    if (!plan) return;
    if (plan.step === "running") {
      plan = retryIceRefresh(plan, clock.now());
    } else {
      plan = startIceRefresh(plan, clock.now());
      void ask(true);
    }
    pointTimer();
  }

  const relayFailed = () => offersTurn(choice.all) && !offersTurn(choice.servers);
  /** The service gives TURN to calls, and has given none to this page yet (SPEC K25). */
  const isPromised = () => relay === "ok" && !offersTurn(choice.all);

  verdicts.watch(chooseAnew);

  return {
    status: () => ({
      mode: isPromised() && choice.mode !== "unknown" ? "turn" : choice.mode,
      faults: choice.faults,
      relayOnly: wish ?? memory.current().relayOnly ?? false,
      relay: relay === "ok" && relayFailed() ? "failed" : relay,
    }),
    servers: (relayOnly) => (relayOnly ? choice.all : choice.servers),
    joins: (relayOnly) => !apart && offersTurn(relayOnly ? choice.all : choice.servers),
    bringsRelay: () => offersTurn(choice.servers) || isPromised(),
    relayFailed,
    candidates: () => choice.all,
    welcome({ ice, iceServers, relay: said }) {
      base = iceServers;
      relay = said ?? relay;
      if (!ice) return chooseAnew();
      // The path of a running call still ends when its own credentials do.
      const next = planFor(ice);
      takeGrant(ice, need.inRoom && plan && next && plan.at < next.at ? plan : next);
      if (need.inRoom) options.apply("named");
    },
    hear(said) {
      relay = said;
      onChange();
    },
    take: (grant) => takeGrant(grant, planFor(grant)),
    ask: () => ask(false),
    setRelayOnly(relayOnly) {
      wish = relayOnly;
      memory.note({ relayOnly: relayOnly || undefined });
      onChange();
    },
    look(next) {
      need = next;
      pointTimer();
    },
  };
}
