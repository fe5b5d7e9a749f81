import type { Allowance, Clock } from "@serendip/time";
import type { TurnState } from "./domain/calls/alerts.ts";
import type { FloodRules } from "./domain/flood.ts";
import type { Courier, IdSource, Log, TicketSigner } from "./ports.ts";
import { type CallReports, createCallReports } from "./service/call-reports.ts";
import { createClockwork } from "./service/clockwork.ts";
import { createLobbyCounts, type LobbyCounts } from "./service/counts/lobby-counts.ts";
import { countRelayed, type RelayCounts } from "./service/counts/relay-counts.ts";
import { createDelivery, type Delivery } from "./service/delivery.ts";
import { logFacts } from "./service/fact-log.ts";
import type { IceGrants } from "./service/ice/grants.ts";
import { createLobby, type Lobby } from "./service/lobby.ts";
import { createMembership, type Membership } from "./service/membership.ts";
import { tellObservers } from "./service/observers.ts";
import { memoryFloodMeter } from "./service/relay/memory-flood-meter.ts";
import { createRelay, type Relay } from "./service/relay/relay.ts";
import { createRoomTickets } from "./service/room-tickets.ts";
import { createTicketRenewals } from "./service/ticket-renewals.ts";
import type { LobbyStore } from "./store/lobby-store.ts";

export interface LobbyServiceParts {
  readonly store: LobbyStore;
  readonly courier: Courier;
  readonly ice: IceGrants;
  readonly signer: TicketSigner;
  readonly ids: IdSource;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  /** What may be sent to one session (SPEC R12). */
  readonly signalBytes: Allowance;
  /** What one person may send in all rooms (SPEC R17). */
  readonly flood: FloodRules;
  readonly retryWindowMs: number;
  readonly ticketRenewMs: number;
  /** Each TURN server's state by the server's own check. */
  readonly turnVerdicts: () => readonly TurnState[];
  /** A clock of parts of a millisecond, to time signals. */
  readonly elapsedMs: () => number;
}

/** The services around a store. */
export interface LobbyService {
  readonly lobby: Lobby;
  readonly calls: CallReports;
  /** Sums of what has happened since the start. */
  readonly counts: { readonly lobby: LobbyCounts; readonly relay: RelayCounts };
  readonly membership: Membership;
  readonly relay: Relay;
  readonly delivery: Delivery;
  /** Stops its timers and closes the store. */
  stop(): Promise<void>;
}

/** Puts the services around a store together, and the observers of its outcomes in their order. */
export function createLobbyService(parts: LobbyServiceParts): LobbyService {
  const { store, courier, ice, signer, ids, clock, random, log, turnVerdicts } = parts;
  const membership = createMembership();
  const meter = memoryFloodMeter(clock, parts.flood);
  const relay = createRelay({ clock, courier, membership, signalBytes: parts.signalBytes, meter });
  const counted = countRelayed(relay, parts.elapsedMs);
  const lobbyCounts = createLobbyCounts(clock);
  const tickets = createRoomTickets({ signer, membership, courier });
  const calls = createCallReports({ clock, log, membership, relay, turnVerdicts });
  const delivery = createDelivery({
    courier,
    relay,
    ice,
    tickets,
    welcome: { iceServers: ice.everybody, retryWindowMs: parts.retryWindowMs },
    onSignalsLost: (caller, room) => void lobby.replaceGeneration(caller, room),
  });
  const lobby = createLobby({
    store,
    delivery,
    relay: counted.relay,
    ice,
    tickets: signer,
    ids,
    clock,
    random,
    log,
    onFailure: calls.failed,
  });
  const clockwork = createClockwork({
    clock,
    nextDeadline: () => store.nextDeadline(),
    tick: async () => void (await store.execute({ type: "tick" })),
    onFailure: (error) => log.warn("The clockwork could not reach the store", { error: String(error) }),
  });

  const renewals = createTicketRenewals({ clock, renewMs: parts.ticketRenewMs, renew: tickets.renew });

  tellObservers(
    store,
    [
      // First, because it asks the others about rooms that have ended.
      ({ outcome }) => calls.observe(outcome.facts),
      ({ outcome }) => relay.observe(outcome.facts),
      ({ outcome }) => membership.observe(outcome.facts),
      ({ outcome }) => ice.observe(outcome.facts),
      ({ outcome }) => tickets.observe(outcome.facts),
      // After whatever has to be known here, because people may act at once on what they are told.
      delivery.deliver,
      // Nobody waits for these.
      ({ outcome }) => renewals.observe(outcome.facts),
      clockwork.rearm,
      ({ outcome }) => logFacts(log, outcome.facts),
      lobbyCounts.observe,
    ],
    log,
  );

  return {
    lobby,
    calls,
    counts: { lobby: lobbyCounts, relay: counted.counts },
    membership,
    relay,
    delivery,
    async stop() {
      clockwork.stop();
      renewals.stop();
      await store.close();
    },
  };
}
