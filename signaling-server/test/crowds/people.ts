import type { RoomId } from "@serendip/protocol";
import { createBudget } from "@serendip/time";
import { allowanceOf } from "../../src/domain/limits/quota.ts";
import { DOOR_LIMITS } from "../../src/domain/limits/table.ts";
import type { Notice } from "../../src/domain/lobby/command.ts";
import type { Credentials, Guise, Stage } from "./stage.ts";

/** How a bot behaves in a room. */
export type BotKind =
  /** Never says `ready`. */
  | "silent"
  /** Says `ready` and leaves at once, or within 3 s. */
  | "skips-at-once"
  | "skips"
  /** Loses its socket and comes back, over and over. */
  | "flaps"
  /** Says `ready`, connects nobody, and goes on after 10 s. */
  | "mute";

/** Everybody who plays, by the room in which they are now: who sits opposite decides what comes of a call. */
export interface Company {
  readonly stage: Stage;
  /** Those in each room who are ready, and what they are. */
  readonly rooms: Map<RoomId, Set<Actor>>;
  readonly met: (a: Honest, b: Honest) => void;
}

export interface Actor {
  readonly kind: BotKind | "honest";
  /** Whether a picture comes from here, once both are ready. */
  readonly sends: boolean;
}

export interface Honest extends Actor {
  readonly kind: "honest";
  readonly guise: Guise;
  /** Waits for the first partner who is honest too; undefined before. */
  metAfterMs: number | undefined;
  startedAt: number;
}

let requests = 0;
const newRequestId = () => {
  requests += 1;
  return `request-${requests}`;
};

/** One tab: its socket, and the room it is in. Callbacks are dropped once the room is another one. */
export function tabOf(company: Company, actor: Actor, onMatch: () => void, onFree: () => void) {
  const { stage, rooms } = company;
  let credentials: Credentials | undefined;
  let roomId: RoomId | undefined;

  const quit = () => {
    if (roomId !== undefined) rooms.get(roomId)?.delete(actor);
    roomId = undefined;
  };
  const hear = ({ event, body }: Notice) => {
    if (event === "matched") {
      quit();
      roomId = body.room.roomId;
      onMatch();
    } else if (event === "requeued" && body.roomId === roomId) quit();
    else if (event === "partner-left" && body.roomId === roomId) {
      quit();
      onFree();
    }
  };
  const send = (type: "find" | "leave") => {
    if (!credentials) return;
    quit();
    const caller = credentials;
    if (type === "leave") stage.send({ type, caller, requestId: newRequestId() });
    else
      stage.send({
        type,
        caller,
        requestId: newRequestId(),
        relayOnly: false,
        mediaReady: actor.kind === "honest",
      });
  };

  return {
    roomId: () => roomId,
    enter(guise: Guise) {
      credentials = stage.attach(guise, undefined, hear);
    },
    find: () => send("find"),
    /** Ends the room at once. */
    leave() {
      if (roomId !== undefined) send("leave");
    },
    ready() {
      if (!credentials || roomId === undefined) return;
      stage.send({ type: "ready", caller: credentials, requestId: newRequestId(), roomId });
      const inside = rooms.get(roomId) ?? new Set();
      rooms.set(roomId, inside.add(actor));
    },
    seesPartner() {
      if (credentials && roomId !== undefined)
        stage.send({ type: "media", caller: credentials, roomId, flowing: true });
    },
    /** Within the present room only. */
    inRoom(ms: number, act: () => void) {
      const here = roomId;
      stage.after(ms, () => {
        if (here !== undefined && here === roomId) act();
      });
    },
    partner: () => [...(rooms.get(roomId ?? "") ?? [])].find((each) => each !== actor),
    drop() {
      if (credentials) stage.send({ type: "detach", caller: credentials, cause: "dropped" });
    },
    resume(guise: Guise) {
      credentials = stage.attach(guise, credentials, hear) ?? credentials;
    },
    quit() {
      quit();
      if (credentials) stage.send({ type: "detach", caller: credentials, cause: "bye" });
      credentials = undefined;
    },
  };
}

/** Time from both `ready`s to the partner's picture. */
const CONNECT_MS = 700;

export function honest(company: Company, guise: Guise): Honest & { begin(): void } {
  const { stage } = company;
  const { between } = stage;
  const self: Honest & { begin(): void } = {
    kind: "honest",
    guise,
    metAfterMs: undefined,
    startedAt: 0,
    sends: true,
    begin() {
      self.startedAt = stage.now();
      tab.enter(guise);
      tab.find();
    },
  };
  const look = () => {
    const roomId = tab.roomId();
    const partner = tab.partner();
    if (roomId === undefined) return;
    if (!partner?.sends) {
      // Nothing comes: after a while even a patient person goes on.
      tab.inRoom(between(4_000, 8_000), tab.find);
      return;
    }
    tab.seesPartner();
    if (partner.kind !== "honest") {
      tab.inRoom(between(2_500, 6_000), tab.find);
      return;
    }
    company.met(self, partner as Honest);
    tab.inRoom(between(60_000, 180_000), tab.find);
  };
  const tab = tabOf(
    company,
    self,
    () =>
      tab.inRoom(between(50, 500), () => {
        tab.ready();
        tab.inRoom(CONNECT_MS + 500, look);
      }),
    // The page waits a moment before it goes on by itself.
    () => stage.after(between(1_000, 3_000), () => tab.roomId() === undefined && tab.find()),
  );
  return self;
}

/** What a network lets through of new identities. */
export interface Mint {
  take(): boolean;
}

export function mintOf(stage: Stage): Mint {
  const budget = createBudget(allowanceOf(DOOR_LIMITS.mint.network));
  return { take: () => budget.spend(1, stage.now()) };
}

/** One identity may look for partners only so often; a new one begins anew. */
const FIND_EVERY_MS = 1_000;

/** A bot that takes a new identity and device after each `keeps` rooms, as often as its network lets it. */
export function bot(
  company: Company,
  {
    kind,
    network,
    mint,
    keeps,
    device,
  }: { kind: BotKind; network: string; mint: Mint; keeps: number; device?: () => string },
): { begin(): void } {
  const { stage } = company;
  const { between } = stage;
  let guise = stage.guise(network, device?.());
  let matches = 0;
  let mayFindAt = 0;
  const self: Actor = { kind, sends: false };

  const search = () => {
    mayFindAt = stage.now() + FIND_EVERY_MS;
    tab.find();
  };
  const again = () => {
    tab.leave();
    matches += 1;
    if (matches % keeps === 0 && mint.take()) {
      tab.quit();
      guise = stage.guise(network, device?.());
      tab.enter(guise);
      search();
    } else stage.after(Math.max(0, mayFindAt - stage.now()), () => tab.roomId() === undefined && search());
  };
  const flap = () =>
    tab.inRoom(between(100, 900), () => {
      tab.drop();
      stage.after(between(200, 2_000), () => {
        tab.resume(guise);
        flap();
      });
    });
  const behave: Record<BotKind, () => void> = {
    silent: () => tab.inRoom(12_000, again),
    "skips-at-once": () =>
      tab.inRoom(between(50, 300), () => {
        tab.ready();
        again();
      }),
    skips: () =>
      tab.inRoom(between(50, 500), () => {
        tab.ready();
        tab.inRoom(between(500, 2_900), again);
      }),
    flaps: () => {
      tab.inRoom(between(50, 500), tab.ready);
      flap();
    },
    mute: () =>
      tab.inRoom(between(50, 500), () => {
        tab.ready();
        tab.inRoom(10_000, again);
      }),
  };
  const tab = tabOf(
    company,
    self,
    () => behave[kind](),
    () => stage.after(between(0, 200), () => tab.roomId() === undefined && again()),
  );
  return {
    begin() {
      mint.take();
      tab.enter(guise);
      search();
    },
  };
}
