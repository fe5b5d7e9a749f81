import type { RequestId, RoomId } from "@serendip/protocol";
import { type ManualClock, manualClock } from "@serendip/time/testing";
import type { Caller, Command, DetachCause, Outcome, TicketClaims } from "../../src/domain/lobby/command.ts";
import type { LobbySettings } from "../../src/domain/lobby/settings.ts";
import type { LobbyStore } from "../../src/store/lobby-store.ts";
import {
  type Credentials,
  type Greeting,
  type Stranger,
  type Strangers,
  strangers,
} from "../store/strangers.ts";
import type { Snapshot, Watch } from "./invariant.ts";
import { Witness } from "./witness.ts";

/** Makes an empty store; a new one stands for a restarted service. */
export type StoreMaker = (setup: {
  readonly clock: ManualClock;
  readonly settings: LobbySettings;
}) => LobbyStore;

/** A browser tab as the test drives it, with what it remembers across sockets and restarts. */
export interface Tab {
  readonly stranger: Stranger;
  entered: boolean;
  /** Of its sockets before, newest last. */
  readonly earlierCallers: Caller[];
  /** What its welcomes before said, newest last. */
  readonly earlierCredentials: Credentials[];
  /** Hellos of attempts that it gave up, which may arrive at any time. */
  readonly onTheWay: { readonly hello: Extract<Command, { type: "attach" }>; readonly ticketUntil: number }[];
  lastRequest: Extract<Command, { requestId: RequestId; caller: Caller }> | undefined;
  lastRoomId: RoomId | undefined;
  ticket: { readonly claims: TicketClaims; readonly until: number } | undefined;
}

/** What a page says of its session when it says hello. */
export type PageMemory = "kept" | "stale" | "none" | "forged" | "of-another";

/** How a page says hello. */
export interface HelloWay {
  readonly memory: PageMemory;
  readonly other: Tab;
  /** Shows the ticket of `other`. */
  readonly stolenTicket?: boolean;
  readonly peerConnection: "alive" | "lost";
  readonly force: boolean;
}

const TICKET_MS = 120_000;
const HEARTBEAT_MS = 15_000;
/** Longer than anything lasts by itself. */
const HOUR_MS = 60 * 60_000;

const userId = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;

/** Two tabs of one person, twice; two people at one device; and two of whom nothing is known. */
const TABS = [
  { userId: userId(1), deviceGroup: "laptop", networkKey: "home" },
  { userId: userId(1), deviceGroup: "laptop", networkKey: "home" },
  { userId: userId(2), deviceGroup: "phone", networkKey: "mobile" },
  { userId: userId(2), deviceGroup: "tablet", networkKey: "home" },
  { userId: userId(3), deviceGroup: "laptop", networkKey: "school" },
  { userId: userId(4), deviceGroup: "desk", networkKey: "school" },
  { userId: userId(5), networkKey: "mobile" },
  { userId: userId(6) },
] as const;

export const TAB_COUNT = TABS.length;

/** Three strangers: so few that the last two are often alone. */
const FEW = [2, 5, 6] as const;

/** How many people take part in a history. */
export type Attendance = "many" | "few";

/** A store, the people around it, a witness and those who watch: all that a history of the model test needs. */
export class World {
  readonly clock = manualClock();
  readonly settings: LobbySettings;
  readonly witness: Witness;
  readonly tabs: readonly Tab[];
  readonly #people: Strangers;
  readonly #makeStore: StoreMaker;
  readonly #attendance: Attendance;
  readonly #watch: Watch;
  #store: LobbyStore;
  #requests = 0;

  constructor(
    makeStore: StoreMaker,
    { settings, attendance, watch }: { settings: LobbySettings; attendance: Attendance; watch: Watch },
  ) {
    this.#makeStore = makeStore;
    this.#attendance = attendance;
    this.settings = settings;
    this.witness = new Witness(this.settings);
    this.#watch = watch;
    this.#store = makeStore({ clock: this.clock, settings: this.settings });
    this.#people = strangers(this.#watched(), this.clock);
    this.tabs = TABS.map((identity, n) => ({
      stranger: this.#people.page({ ...identity, tabId: `tab-${n}` }),
      entered: false,
      earlierCallers: [],
      earlierCredentials: [],
      onTheWay: [],
      lastRequest: undefined,
      lastRoomId: undefined,
      ticket: undefined,
    }));
  }

  tab(n: number): Tab {
    const tab = this.tabs[this.#attendance === "few" ? (FEW[n % FEW.length] ?? 0) : n % TABS.length];
    if (!tab) throw new Error(`no tab ${n}`);
    return tab;
  }

  newRequestId(): RequestId {
    this.#requests += 1;
    return `request-${this.#requests}`;
  }

  /** The page begins an attempt and gives it up; what it has said may still arrive. */
  abandon(tab: Tab, how: HelloWay): void {
    const ticketUntil = tab.ticket?.until ?? 0;
    tab.onTheWay.push({ hello: tab.stranger.begin(this.#greeting(tab, how)), ticketUntil });
  }

  /** What an attempt that was given up has said arrives, and then the end of its connection. */
  async arriveLate(tab: Tab): Promise<void> {
    const late = tab.onTheWay.shift();
    if (!late) return;
    // The service reads a ticket when it comes, not when it was sent.
    const ticket = late.ticketUntil > this.clock.now() ? late.hello.ticket : undefined;
    const { answer } = await tab.stranger.send({ ...late.hello, ticket });
    if (!answer.ok || answer.type !== "attached") return;
    const { sessionId, epoch } = answer;
    await tab.stranger.send({ type: "detach", caller: { sessionId, epoch }, cause: "dropped" });
  }

  #greeting(tab: Tab, how: HelloWay): Greeting {
    const resume = this.#remembered(tab, how);
    const held = how.stolenTicket ? how.other.ticket : tab.ticket;
    const ticket = held && held.until > this.clock.now() ? held.claims : undefined;
    return {
      force: how.force,
      peerConnection: how.peerConnection,
      resume: resume ?? "none",
      ...(ticket && how.memory === "kept" ? { ticket } : {}),
    };
  }

  async hello(tab: Tab, how: HelloWay): Promise<void> {
    const before = tab.entered ? tab.stranger.credentials : undefined;
    const answer = await tab.stranger.hello(this.#greeting(tab, how));
    if (!answer.ok || answer.type !== "attached") return;
    if (before) {
      tab.earlierCallers.push({ sessionId: before.sessionId, epoch: before.epoch });
      tab.earlierCredentials.push(before);
    }
    tab.entered = true;
    if (answer.state.kind !== "in-room") tab.ticket = undefined;
  }

  /** Connects a page that has no socket, as it would by itself. */
  async beConnected(tab: Tab): Promise<void> {
    if (tab.entered && this.witness.speaks(tab.stranger.caller)) return;
    await this.hello(tab, { memory: "kept", other: tab, peerConnection: "alive", force: false });
  }

  #remembered(tab: Tab, { memory, other }: { memory: PageMemory; other: Tab }): Credentials | undefined {
    if (memory === "forged" && other.entered)
      return { ...other.stranger.credentials, resumeSecret: "a-guess-that-is-wrong" };
    if (memory === "of-another" && other.entered) return other.stranger.credentials;
    if (memory === "stale" && tab.entered) return tab.earlierCredentials.at(-1) ?? tab.stranger.credentials;
    return memory !== "none" && tab.entered ? tab.stranger.credentials : undefined;
  }

  /** Sends a request and keeps it for a repetition. */
  async request(tab: Tab, command: NonNullable<Tab["lastRequest"]>): Promise<void> {
    tab.lastRequest = command;
    await tab.stranger.send(command);
  }

  async drop(tab: Tab, cause: DetachCause): Promise<void> {
    await tab.stranger.send({ type: "detach", caller: tab.stranger.caller, cause });
  }

  /** Lets time pass; with `heartbeats`, everybody who is connected shows signs of life. */
  async pass(ms: number, heartbeats: boolean): Promise<void> {
    let left = ms;
    while (heartbeats && left > HEARTBEAT_MS) {
      left -= HEARTBEAT_MS;
      await this.#people.pass(HEARTBEAT_MS);
      for (const tab of this.tabs) if (tab.entered) await tab.stranger.touch();
    }
    await this.#people.pass(left);
  }

  restart(): void {
    this.witness.restart();
    this.#watch(({ restarted }) => restarted?.());
    this.#store = this.#makeStore({ clock: this.clock, settings: this.settings });
    this.#people.restart(this.#watched());
  }

  /** Between two steps: hands out tickets as the service would, and checks everything that can be looked at. */
  async rest(): Promise<void> {
    this.#signTickets();
    const snapshot = await this.#look();
    this.#watch(({ rest }) => rest?.(snapshot, this.witness));
  }

  /** Everybody goes in one way or another, and all times pass. */
  async end(): Promise<void> {
    const causes = ["bye", "dropped", "drain"] as const;
    for (const [n, tab] of this.tabs.entries())
      if (tab.entered) await this.drop(tab, causes[n % causes.length] ?? "bye");
    await this.#people.pass(HOUR_MS);
    await this.rest();
    const [snapshot, nextDeadline] = [await this.#look(), await this.#store.nextDeadline()];
    this.#watch(({ over }) => over?.(snapshot, nextDeadline));
  }

  #signTickets(): void {
    const until = this.clock.now() + TICKET_MS;
    for (const tab of this.tabs) {
      const session = tab.entered ? this.witness.speaks(tab.stranger.caller) : undefined;
      const room = session?.room;
      const own = room?.members.find(({ sessionId }) => sessionId === session?.sessionId);
      const partner = room?.members.find(({ sessionId }) => sessionId !== session?.sessionId);
      if (room) tab.lastRoomId = room.roomId;
      if (!session || (!room && session.waiting)) continue;
      if (!room || !own) tab.ticket = undefined;
      if (!room || !own || !partner) continue;
      const { roomId, generation, relayOnly } = room;
      const { role, requestId, userId: me } = own;
      const names = { me, partner: partner.userId };
      const claims = { roomId, generation, role, requestId, me, names, relayOnly };
      tab.ticket = { claims, until };
    }
  }

  async #look(): Promise<Snapshot> {
    const { sessions, rooms } = await this.#store.inspect(1_000);
    const positions = new Map<string, number | undefined>();
    for (const { sessionId, epoch } of sessions)
      positions.set(sessionId, (await this.#store.status({ sessionId, epoch }))?.position);
    return { now: this.clock.now(), sessions, rooms, stats: await this.#store.stats(), positions };
  }

  /** The store, with the witness and the invariants looking on. */
  #watched(): LobbyStore {
    const store = this.#store;
    return {
      execute: async (command) => {
        // What is due at this very moment is no effect of the command, and would be taken for one.
        const due = await store.nextDeadline();
        if (command.type !== "tick" && due !== undefined && due <= this.clock.now())
          await store.execute({ type: "tick" });
        return store.execute(command);
      },
      follow: (listener) =>
        store.follow((played) => {
          this.#observe(played.command, played.outcome);
          listener(played);
        }),
      close: () => store.close(),
      status: (caller) => store.status(caller),
      knows: (userId) => store.knows(userId),
      whoseIs: (sessionId) => store.whoseIs(sessionId),
      nextDeadline: () => store.nextDeadline(),
      stats: () => store.stats(),
      inspect: (limit) => store.inspect(limit),
    };
  }

  #observe(command: Command, outcome: Outcome): void {
    const executed = { command, outcome, at: this.clock.now() };
    this.#watch(({ begin }) => begin?.(executed, this.witness));
    for (const each of outcome.facts) {
      this.#watch(({ fact }) => fact?.(each, executed, this.witness));
      this.witness.take(each, executed);
    }
    this.witness.finish(executed);
    this.#watch(({ end }) => end?.(executed, this.witness));
  }
}
