import { type Hello, LIMITS } from "@serendip/protocol";
import { type ManualClock, manualClock } from "@serendip/time/testing";
import type { Caller, TicketClaims } from "../../src/domain/lobby/command.ts";
import { DEFAULT_LOBBY_SETTINGS } from "../../src/domain/lobby/settings.ts";
import { createLobbyService } from "../../src/lobby-setup.ts";
import type { Courier, TicketSigner } from "../../src/ports.ts";
import { createIceGrants, type TurnAccounts } from "../../src/service/ice/grants.ts";
import { memoryCheckMeter } from "../../src/service/ice/memory-check-meter.ts";
import type { Lobby } from "../../src/service/lobby.ts";
import type { LobbyStore } from "../../src/store/lobby-store.ts";
import { memoryLobbyStore } from "../../src/store/memory-lobby-store.ts";
import { keptLog } from "../app/page.ts";

export interface Sent {
  readonly to: string;
  readonly event: string;
  readonly body: unknown;
}

/** Lets everything that is ready happen, without time passing. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 50; round += 1) await Promise.resolve();
}

export async function pass(clock: ManualClock, ms: number): Promise<void> {
  clock.advance(ms);
  await settle();
}

/** Tickets that anybody can read, as the service would sign them. */
function readableTickets(known: Map<string, TicketClaims>): TicketSigner {
  return {
    nameIn: (roomId, userId) => `${userId} in ${roomId}`,
    sign(claims) {
      const ticket = `ticket ${known.size + 1}`;
      known.set(ticket, { ...claims, me: claims.names.me.split(" ")[0] ?? "" });
      return ticket;
    },
    read(ticket, bearer) {
      const claims = known.get(ticket);
      return claims?.me === bearer ? claims : undefined;
    },
  };
}

/** The whole service around a store, with a clock that stands and a courier that writes down what it is given. */
export function setUp({
  around = (store: LobbyStore) => store,
  signed: known = new Map<string, TicketClaims>(),
  onSent = (_sent: Sent): void => undefined,
  accounts = { kind: "static", username: "joe", credential: "pa55word" } as TurnAccounts,
} = {}) {
  const clock = manualClock();
  const log = keptLog();
  const sent: Sent[] = [];
  const send = (one: Sent): void => {
    sent.push(one);
    onSent(one);
  };
  const courier: Courier = {
    deliver: (to, event, body) => {
      send({ to, event, body });
      return true;
    },
    probe: (to) => send({ to, event: "probe", body: {} }),
    dismiss: (to, body) => send({ to, event: "bye", body }),
  };
  let made = 0;
  const next = (prefix: string) => () => {
    made += 1;
    return `${prefix}-${made}-0123456789abcdef`;
  };
  const settings = { ...DEFAULT_LOBBY_SETTINGS, rematchMs: 0 };
  const urls = ["turn:turn.example.org"];
  const turn = { usable: () => urls, joining: () => urls, roomy: () => urls, withheld: () => [] };
  const service = createLobbyService({
    store: around(memoryLobbyStore({ clock, settings, instanceId: "test" })),
    courier,
    ice: createIceGrants({ stunUrls: [], accounts, turn, checks: memoryCheckMeter(clock) }),
    signer: readableTickets(known),
    ids: { id: next("id"), secret: next("secret") },
    clock,
    random: () => 0.5,
    log,
    retryWindowMs: 0,
    ticketRenewMs: 30_000,
    turnVerdicts: () => [],
    elapsedMs: () => clock.now(),
    signalBytes: LIMITS.signalBytes,
    flood: settings.flood,
  });
  return { ...service, clock, log, sent, signed: known };
}

export const always = () => true;

let users = 0;
export function newUserId(): string {
  users += 1;
  return `00000000-0000-4000-8000-${String(users).padStart(12, "0")}`;
}

/** Somebody arrives on a socket of this name. */
export async function come(lobby: Lobby, socketId: string, hello: Partial<Hello> = {}, userId = newUserId()) {
  let caller: Caller | undefined;
  const attached = await lobby.attach({
    userId,
    deviceGroup: undefined,
    networkKey: undefined,
    deviceKey: userId,
    tokenExpiresInMs: 1_000,
    socketId,
    hello: { protocol: 1, tabId: socketId, ...hello },
    onAttached: (now) => {
      caller = now;
    },
  });
  if (!attached.ok || !caller) throw new Error(JSON.stringify(attached));
  return caller;
}
