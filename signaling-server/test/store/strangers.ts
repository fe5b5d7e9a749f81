import type { AwayCause, RequestId, Role, RoomView, SessionState, TabId, UserId } from "@serendip/protocol";
import type { ManualClock } from "@serendip/time/testing";
import type {
  Answer,
  Caller,
  Command,
  DetachCause,
  Fact,
  Notice,
  Outcome,
  TicketClaims,
} from "../../src/domain/lobby/command.ts";
import type { LobbyStore, SessionStatus } from "../../src/store/lobby-store.ts";

type NoticeBody<Event extends Notice["event"]> = Extract<Notice, { readonly event: Event }>["body"];

/** What a page remembers of its session. */
export interface Credentials {
  readonly sessionId: string;
  readonly resumeSecret: string;
  readonly epoch: number;
}

/** How a page says hello. Left out: as this page would say it by itself. */
export interface Greeting {
  readonly force?: boolean;
  /** `none`: the page remembers nothing. */
  readonly resume?: Credentials | "none";
  readonly peerConnection?: "alive" | "lost";
  readonly ticket?: TicketClaims;
  /** `none`: a page that does not count its connections. */
  readonly connection?: number | "none";
}

type Attach = Extract<Command, { readonly type: "attach" }>;

type AttachedAnswer = Extract<Answer, { type: "attached" }>;
type StateAnswer = Extract<Answer, { type: "state" }>;

/** One browser tab with its socket: speaks in commands, keeps what it hears. */
export interface Stranger {
  readonly userId: UserId;
  /** Everything said to this page since the last `forgetHeard`, oldest first. */
  readonly heard: readonly Notice[];
  readonly caller: Caller;
  readonly credentials: Credentials;
  forgetHeard(): void;
  /** The bodies of one kind of event, oldest first. */
  bodies<Event extends Notice["event"]>(event: Event): NoticeBody<Event>[];
  /** Begins a connection, on a socket of its own: what it would say first, to be sent now, later or never. */
  begin(greeting?: Greeting): Attach;
  /** Connects on a new socket. */
  hello(greeting?: Greeting): Promise<Answer>;
  /** The same, and fails the test when it is refused. */
  enter(greeting?: Greeting): Promise<AttachedAnswer>;
  /** The same page after a loss, its peer connection still there unless told otherwise. */
  resume(greeting?: Greeting): Promise<AttachedAnswer>;
  /** `relayOnly`: neither side may see the other's address. */
  find(requestId?: RequestId, relayOnly?: boolean, mediaReady?: boolean): Promise<StateAnswer>;
  leave(requestId?: RequestId): Promise<Answer>;
  ready(roomId?: string): Promise<Answer>;
  giveUp(roomId?: string): Promise<Answer>;
  /** Asks for a new negotiation, because the connection of this generation does not come back. */
  rebuild(generation: number, requestId?: RequestId): Promise<Answer>;
  /** Signals of this generation are lost; `role`: the page's own in the next one. */
  raiseGeneration(generation: number, role?: Role): Promise<Answer>;
  /** Says whether the partner's media flows. */
  media(flowing: boolean, roomId?: string): Promise<Answer>;
  touch(): Promise<Answer>;
  drop(cause: DetachCause): Promise<Answer>;
  /** Sends a command as it is, for late and repeated ones. */
  send(command: Command): Promise<Outcome>;
  status(): Promise<SessionStatus | undefined>;
  state(): Promise<SessionState | undefined>;
  /** The room this page is in; fails the test when it is in none. */
  room(): Promise<RoomView>;
  /** The ticket that the service would sign for this page now. */
  ticket(partner: Stranger): Promise<TicketClaims>;
}

/** The people around one store. */
export interface Strangers {
  readonly store: LobbyStore;
  /** Every fact so far, oldest first. */
  readonly facts: readonly Fact[];
  /** A page that has not connected yet. Each has a user and a tab of its own unless told otherwise. */
  page(identity?: { userId?: UserId; tabId?: TabId; deviceGroup?: string; networkKey?: string }): Stranger;
  /** Moves time forward, with a tick at every deadline on the way and one at the end. */
  pass(ms: number): Promise<void>;
  /** Moves time until nothing waits for it any more; fails when that takes more than `limitMs`. */
  settle(limitMs: number): Promise<void>;
  /** The service starts anew: every socket is gone, and `store` knows nobody. */
  restart(store: LobbyStore): void;
}

let usersMade = 0;

/** A user id that no other test has. */
function newUserId(): UserId {
  usersMade += 1;
  return `00000000-0000-4000-8000-${usersMade.toString(16).padStart(12, "0")}`;
}

export function strangers(firstStore: LobbyStore, clock: ManualClock): Strangers {
  let store = firstStore;
  let made = 0;
  const facts: Fact[] = [];
  const inboxes = new Map<string, Notice[]>();
  const next = (what: string) => {
    made += 1;
    return `${what}-${made}`;
  };

  const follow = (): void =>
    store.follow(({ outcome }) => {
      facts.push(...outcome.facts);
      for (const notice of outcome.notices) inboxes.get(notice.socketId)?.push(notice);
    });
  follow();
  const execute = (command: Command): Promise<Outcome> => store.execute(command);

  const page: Strangers["page"] = (identity = {}) => {
    const userId = identity.userId ?? newUserId();
    const tabId = identity.tabId ?? next("tab");
    const inbox: Notice[] = [];
    let attached: AttachedAnswer | undefined;

    const credentials = (): Credentials => {
      if (!attached) throw new Error("this page has not entered yet");
      return attached;
    };
    const caller = (): Caller => {
      const { sessionId, epoch } = credentials();
      return { sessionId, epoch };
    };
    const answerTo = async (command: Command) => (await execute(command)).answer;
    const state = async () => (await store.status(caller()))?.state;
    const room = async () => {
      const now = await state();
      if (now?.kind !== "in-room") throw new Error(`in no room but ${now?.kind}`);
      return now.room;
    };
    const roomCommand = async (type: "ready" | "give-up", roomId: string | undefined) =>
      answerTo({
        type,
        caller: caller(),
        requestId: next("request"),
        roomId: roomId ?? (await room()).roomId,
      });

    let connections = 0;
    const begin = (greeting: Greeting = {}): Attach => {
      const socketId = next("socket");
      inboxes.set(socketId, inbox);
      const known = greeting.resume === "none" ? undefined : (greeting.resume ?? attached);
      connections += 1;
      const connection = greeting.connection ?? connections;
      return {
        type: "attach",
        userId,
        deviceGroup: identity.deviceGroup,
        networkKey: identity.networkKey,
        deviceKey: identity.deviceGroup ?? userId,
        tabId,
        connection: connection === "none" ? undefined : connection,
        socketId,
        force: greeting.force ?? false,
        resume: known && {
          sessionId: known.sessionId,
          resumeSecret: known.resumeSecret,
          epoch: known.epoch,
          peerConnection: greeting.peerConnection ?? "alive",
        },
        ticket: greeting.ticket,
        newSessionId: next("session"),
        newResumeSecret: next("secret-of-a-resume"),
      };
    };
    const hello = async (greeting?: Greeting): Promise<Answer> => {
      const answer = await answerTo(begin(greeting));
      if (answer.ok && answer.type === "attached") attached = answer;
      // What the page has forgotten of its count, the answer says.
      if (!answer.ok && "newestConnection" in answer) connections = answer.newestConnection;
      return answer;
    };
    const enter = async (greeting?: Greeting) => {
      const answer = await hello(greeting);
      if (answer.ok && answer.type === "attached") return answer;
      throw new Error(`not let in: ${JSON.stringify(answer)}`);
    };

    return {
      userId,
      heard: inbox,
      get caller() {
        return caller();
      },
      get credentials() {
        return credentials();
      },
      forgetHeard: () => {
        inbox.length = 0;
      },
      bodies: <Event extends Notice["event"]>(event: Event) =>
        inbox.filter((notice) => notice.event === event).map(({ body }) => body as NoticeBody<Event>),
      begin,
      hello,
      enter,
      resume: (greeting) => enter(greeting),
      find: async (requestId = next("find"), relayOnly = false, mediaReady = false) => {
        const answer = await answerTo({ type: "find", caller: caller(), requestId, relayOnly, mediaReady });
        if (answer.ok && answer.type === "state") return answer;
        throw new Error(`find failed: ${JSON.stringify(answer)}`);
      },
      leave: (requestId = next("leave")) => answerTo({ type: "leave", caller: caller(), requestId }),
      ready: (roomId) => roomCommand("ready", roomId),
      giveUp: (roomId) => roomCommand("give-up", roomId),
      rebuild: async (generation, requestId = next("rebuild")) => {
        const { roomId } = await room();
        return answerTo({ type: "rebuild", caller: caller(), requestId, roomId, generation });
      },
      raiseGeneration: async (generation, role = "initiator") =>
        answerTo({
          type: "raise-generation",
          caller: caller(),
          roomId: (await room()).roomId,
          generation,
          role,
        }),
      media: async (flowing, roomId) =>
        answerTo({
          type: "media",
          caller: caller(),
          roomId: roomId ?? (await room()).roomId,
          flowing,
        }),
      touch: () => answerTo({ type: "touch", callers: [caller()] }),
      drop: (cause) => answerTo({ type: "detach", caller: caller(), cause }),
      send: execute,
      status: () => store.status(caller()),
      state,
      room,
      ticket: async (partner) => {
        const { roomId, generation, role, requestId, relayOnly = false } = await room();
        const names = { me: userId, partner: partner.userId };
        return { roomId, generation, role, requestId, relayOnly, me: userId, names };
      },
    };
  };

  const pass = async (ms: number) => {
    const end = clock.now() + ms;
    let before = Number.NEGATIVE_INFINITY;
    for (;;) {
      const due = await store.nextDeadline();
      if (due === undefined || due > end) break;
      if (due <= before) throw new Error("a tick left something undone that was due");
      before = Math.max(due, clock.now());
      clock.advance(before - clock.now());
      await execute({ type: "tick" });
    }
    clock.advance(end - clock.now());
    await execute({ type: "tick" });
  };

  return {
    get store() {
      return store;
    },
    facts,
    page,
    pass,
    settle: async (limitMs) => {
      const end = clock.now() + limitMs;
      for (;;) {
        const due = await store.nextDeadline();
        if (due === undefined) return;
        if (due > end) throw new Error(`something still waits in ${due - clock.now()} ms`);
        await pass(Math.max(0, due - clock.now()));
      }
    },
    restart: (newStore) => {
      store = newStore;
      inboxes.clear();
      follow();
    },
  };
}

/** Every way of losing a socket that has a grace. */
export const AWAY_CAUSES: readonly AwayCause[] = ["unload", "protocol", "dropped", "silent", "drain"];
