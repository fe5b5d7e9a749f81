import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { apply, createLobbyState, type LobbyState } from "../../../src/domain/lobby/apply.ts";
import type { Command, Fact } from "../../../src/domain/lobby/command.ts";
import { DEFAULT_LOBBY_SETTINGS } from "../../../src/domain/lobby/settings.ts";
import { statsOf } from "../../../src/domain/lobby/summaries.ts";

const userId = (n: number) => `00000000-0000-4000-8000-${n.toString(16).padStart(12, "0")}`;

const arrival = (n: number, device = `device-${n}`): Command => ({
  type: "attach",
  userId: userId(n),
  networkKey: undefined,
  deviceKey: device,
  deviceGroup: device,
  tabId: `tab-${n}`,
  connection: undefined,
  socketId: `socket-${n}`,
  force: false,
  resume: undefined,
  ticket: undefined,
  newSessionId: `session-${n}`,
  newResumeSecret: `secret-of-session-${n}`,
});

const search = (n: number): Command => ({
  type: "find",
  caller: { sessionId: `session-${n}`, epoch: 1 },
  requestId: `find-${n}`,
  relayOnly: false,
});

describe("anything that can be said to the lobby", () => {
  const id = fc.constantFrom("session-0", "session-1", "session-2", "lobby-1", "tab-0", "", "__proto__", "a");
  const generation = fc.constantFrom(-1, 0, 1, 2, Number.NaN, 2 ** 31);
  const role = fc.constantFrom("initiator" as const, "responder" as const);
  const user = fc.constantFrom(...[0, 1, 2, 3].map(userId), "not-a-uuid", "__proto__");
  const caller = fc.record({ sessionId: id, epoch: fc.constantFrom(-1, 0, 1, 2, 3) });
  const requestId = id;
  const command: fc.Arbitrary<Command> = fc.oneof(
    { maxDepth: 1 },
    fc.record({
      type: fc.constant("attach" as const),
      userId: user,
      networkKey: fc.option(id, { nil: undefined }),
      deviceKey: id,
      deviceGroup: fc.option(id, { nil: undefined }),
      tabId: id,
      connection: fc.option(fc.integer({ min: -1, max: 3 }), { nil: undefined }),
      socketId: id,
      force: fc.boolean(),
      resume: fc.option(
        fc.record({
          sessionId: id,
          resumeSecret: id,
          epoch: generation,
          peerConnection: fc.constantFrom("alive" as const, "lost" as const),
        }),
        { nil: undefined },
      ),
      ticket: fc.option(
        fc.record({
          roomId: id,
          generation,
          me: user,
          names: fc.record({ me: user, partner: user }),
          role,
          requestId: id,
          relayOnly: fc.boolean(),
        }),
        { nil: undefined },
      ),
      newSessionId: id,
      newResumeSecret: id,
    }),
    fc.record({
      type: fc.constant("detach" as const),
      caller,
      cause: fc.constantFrom("dropped" as const, "bye" as const, "drain" as const),
    }),
    fc.record({ type: fc.constant("find" as const), caller, requestId, relayOnly: fc.boolean() }),
    fc.record({ type: fc.constant("leave" as const), caller, requestId }),
    fc.record({ type: fc.constant("rebuild" as const), caller, requestId, roomId: id, generation }),
    fc.record({ type: fc.constantFrom("ready" as const, "give-up" as const), caller, requestId, roomId: id }),
    fc.record({ type: fc.constant("raise-generation" as const), caller, roomId: id, generation, role }),
    fc.record({ type: fc.constant("media" as const), caller, roomId: id, flowing: fc.boolean() }),
    fc.record({ type: fc.constant("touch" as const), callers: fc.array(caller, { maxLength: 4 }) }),
    fc.constant({ type: "tick" as const }),
  );
  const story = fc.array(fc.tuple(command, fc.integer({ min: -5_000, max: 40_000 })), { maxLength: 80 });

  /** Plays a story; the clock may even jump back. */
  const play = (steps: readonly (readonly [Command, number])[]) => {
    const lobby = createLobbyState(DEFAULT_LOBBY_SETTINGS, "lobby");
    let now = 1_000_000;
    return steps.map(([each, ms]) => {
      now += ms;
      return apply(lobby, each, now);
    });
  };

  it("[W6] [C76] never makes it throw, and gets one answer", () => {
    fc.assert(
      fc.property(story, (steps) => {
        for (const { answer } of play(steps)) expect(typeof answer.ok).toBe("boolean");
      }),
    );
  });

  it("has the same outcome whenever it is said again: nothing but the command and the time counts", () => {
    fc.assert(
      fc.property(story, (steps) => {
        expect(play(steps)).toEqual(play(steps));
      }),
    );
  });
});

/** Counts how often anybody looks at a search that waits: at whose it is, or at its age. */
function countLooks(lobby: LobbyState): () => number {
  let looks = 0;
  const { add } = lobby.queue;
  vi.spyOn(lobby.queue, "add").mockImplementation((waiting) => {
    for (const field of ["session", "startedAt", "order"] as const) {
      const value = waiting[field];
      Object.defineProperty(waiting, field, {
        get: () => {
          looks += 1;
          return value;
        },
      });
    }
    add(waiting);
  });
  return () => looks;
}

describe("a full lobby", () => {
  const FULL = 40_000;

  it("[M1] forty thousand arrive, meet, and leave without a trace", () => {
    const lobby = createLobbyState(DEFAULT_LOBBY_SETTINGS, "lobby");
    for (let n = 0; n < FULL; n += 1) {
      apply(lobby, arrival(n), 0);
      apply(lobby, search(n), 0);
    }
    expect(statsOf(lobby)).toMatchObject({ sessions: FULL, waiting: 0, rooms: FULL / 2 });
    for (let n = 0; n < FULL; n += 1)
      apply(
        lobby,
        { type: "detach", caller: { sessionId: `session-${n}`, epoch: 1 }, cause: "dropped" },
        1_000,
      );
    for (let due = lobby.deadlines.next(); due !== undefined; due = lobby.deadlines.next())
      apply(lobby, { type: "tick" }, due);
    expect(Object.values(statsOf(lobby)).every((count) => count === 0)).toBe(true);
  });

  it("[M1] a crowd of one device that waits in vain is not looked through for each newcomer", () => {
    const lobby = createLobbyState({ ...DEFAULT_LOBBY_SETTINGS, matchSameDevice: false }, "lobby");
    const looks = countLooks(lobby);
    // Each finds its own place by halves, and reads a few fields at each of them.
    const few = 10 * Math.log2(FULL);
    /** What comes of the newcomer's search. */
    const joins = (n: number, device: string): readonly Fact[] => {
      apply(lobby, arrival(n, device), n);
      const before = looks();
      const { facts } = apply(lobby, search(n), n);
      if (looks() - before > few) expect.fail(`${looks() - before} looks beside ${n} who wait`);
      return facts;
    };
    for (let n = 0; n < FULL; n += 1) joins(n, "one-device");
    expect(statsOf(lobby)).toMatchObject({ waiting: FULL, rooms: 0 });
    expect(looks()).toBeGreaterThan(FULL);
    const opened = joins(FULL, "another-device").find(({ type }) => type === "room-opened");
    expect(opened).toMatchObject({ members: [{ sessionId: "session-0" }, { sessionId: `session-${FULL}` }] });
  });
});
