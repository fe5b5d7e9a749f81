import type { RoomId } from "@serendip/protocol";
import fc from "fast-check";
import type { DetachCause } from "../../src/domain/lobby/command.ts";
import { type PageMemory, TAB_COUNT, type Tab, type World } from "./world.ts";

/** The world is both the thing under test and what is known of it: the invariants are the model. */
type Action = fc.AsyncCommand<World, World>;

/** One step of a run; afterwards everything has to be in order. */
function action(name: string, run: (world: World) => Promise<void> | void): Action {
  return {
    check: () => true,
    run: async (_model, world) => {
      await run(world);
      await world.rest();
    },
    toString: () => name,
  };
}

/** A step of a tab that has entered at least once; of another one, nothing. */
const ofTab = (n: number, name: string, run: (world: World, tab: Tab) => Promise<unknown>) =>
  action(`tab ${n} ${name}`, async (world) => {
    const tab = world.tab(n);
    if (tab.entered) await run(world, tab);
  });

const anyTab = fc.nat({ max: TAB_COUNT - 1 });
const memories: fc.Arbitrary<PageMemory> = fc.oneof(
  { weight: 8, arbitrary: fc.constant("kept" as const) },
  {
    weight: 2,
    arbitrary: fc.constantFrom("stale" as const, "none" as const, "forged" as const, "of-another" as const),
  },
);
const causes = fc.constantFrom<DetachCause[]>(
  "unload",
  "protocol",
  "dropped",
  "dropped",
  "silent",
  "silent",
  "drain",
  "bye",
);

const hello = fc
  .record({
    n: anyTab,
    other: anyTab,
    memory: memories,
    stolenTicket: fc.oneof(
      { weight: 7, arbitrary: fc.constant(false) },
      { weight: 1, arbitrary: fc.constant(true) },
    ),
    peerConnection: fc.constantFrom("alive" as const, "lost" as const),
    force: fc.boolean(),
  })
  .map(({ n, other, ...how }) =>
    action(`tab ${n} says hello (${JSON.stringify({ other, ...how })})`, (world) =>
      world.hello(world.tab(n), { ...how, other: world.tab(other) }),
    ),
  );

const drop = fc
  .record({ n: anyTab, cause: causes })
  .map(({ n, cause }) => ofTab(n, `is dropped: ${cause}`, (world, tab) => world.drop(tab, cause)));

const leave = anyTab.map((n) =>
  ofTab(n, "leaves", (world, tab) =>
    world.request(tab, { type: "leave", caller: tab.stranger.caller, requestId: world.newRequestId() }),
  ),
);

/** A page that has no connection gets one before it asks for anything. */
async function findAsPageWould(world: World, n: number, relayOnly = false): Promise<void> {
  const tab = world.tab(n);
  await world.beConnected(tab);
  if (!tab.entered) return;
  const { caller } = tab.stranger;
  await world.request(tab, { type: "find", caller, requestId: world.newRequestId(), relayOnly });
}

const find = fc
  .record({ n: anyTab, relayOnly: fc.boolean() })
  .map(({ n, relayOnly }) =>
    action(`tab ${n} looks for a partner${relayOnly ? ", relay only" : ""}`, (world) =>
      findAsPageWould(world, n, relayOnly),
    ),
  );

/** Tabs of different people, so that most of them meet. */
const manyFind = fc.subarray([0, 2, 4, 5, 6, 7], { minLength: 2 }).map((tabs) =>
  action(`tabs ${tabs} look for a partner`, async (world) => {
    for (const n of tabs) await findAsPageWould(world, n);
  }),
);

const interruption = fc
  .record({
    n: anyTab,
    cause: fc.constantFrom<DetachCause[]>("unload", "dropped", "silent", "drain"),
    ms: fc.constantFrom(0, 400, 1_000, 2_900, 9_000),
    peerConnection: fc.constantFrom("alive" as const, "lost" as const),
  })
  .map(({ n, cause, ms, peerConnection }) =>
    ofTab(
      n,
      `is away for ${ms} ms (${cause}) and returns, connection ${peerConnection}`,
      async (world, tab) => {
        await world.drop(tab, cause);
        await world.pass(ms, true);
        await world.hello(tab, { memory: "kept", other: tab, peerConnection, force: false });
      },
    ),
  );

const ofRoom = (type: "ready" | "give-up") =>
  fc.record({ n: anyTab, other: fc.option(anyTab, { freq: 10 }) }).map(({ n, other }) =>
    ofTab(n, other === null ? type : `${type} for the room of tab ${other}`, async (world, tab) => {
      const roomId: RoomId | undefined = (other === null ? tab : world.tab(other)).lastRoomId;
      if (roomId === undefined) return;
      const { caller } = tab.stranger;
      await world.request(tab, { type, caller, requestId: world.newRequestId(), roomId });
    }),
  );

/** Both sides of a room at once, because a call comes about only when both are quick. */
const bothReady = anyTab.map((n) =>
  ofTab(n, "and the partner are ready", async (world, tab) => {
    for (const each of world.tabs) {
      const roomId = tab.lastRoomId;
      if (!each.entered || roomId === undefined || each.lastRoomId !== roomId) continue;
      const { caller } = each.stranger;
      await world.request(each, { type: "ready", caller, requestId: world.newRequestId(), roomId });
    }
  }),
);

const media = fc
  .record({
    n: anyTab,
    other: fc.option(anyTab, { freq: 10 }),
    flowing: fc.boolean(),
    generation: fc.constantFrom(undefined, 1, 2),
  })
  .map(({ n, other, flowing, generation }) => {
    const where = other === null ? "" : ` in the room of tab ${other}`;
    const when = generation === undefined ? "" : ` in generation ${generation}`;
    const what = `says that media ${flowing ? "flows" : "stopped"}${where}${when}`;
    return ofTab(n, what, async (world, tab) => {
      const { caller } = tab.stranger;
      const here = world.witness.speaks(caller)?.room?.roomId ?? tab.lastRoomId;
      const roomId = other === null ? here : world.tab(other).lastRoomId;
      if (roomId !== undefined)
        await tab.stranger.send({ type: "media", caller, roomId, generation, flowing });
    });
  });

/** The partner is a witness, perhaps of a negotiation that is over by the time the socket falls silent. */
const silence = fc
  .record({
    n: anyTab,
    flowing: fc.boolean(),
    negotiatesAnew: fc.boolean(),
    ms: fc.constantFrom(0, 2_900, 3_000, 9_900, 10_000, 44_000),
    wavers: fc.boolean(),
  })
  .map(({ n, flowing, negotiatesAnew, ms, wavers }) => {
    const told = `the partner says that media ${flowing ? "flows" : "stopped"}`;
    const anew = negotiatesAnew ? ", a new negotiation begins" : "";
    const wavering = wavers ? ", who says otherwise twice meanwhile" : "";
    return ofTab(n, `falls silent for ${ms} ms after ${told}${anew}${wavering}`, async (world, tab) => {
      const back = { memory: "kept", other: tab, force: false } as const;
      const room = world.witness.speaks(tab.stranger.caller)?.room;
      const say = async (flows: boolean) => {
        for (const each of world.tabs) {
          if (!room || each === tab || !each.entered) continue;
          const { caller } = each.stranger;
          if (world.witness.speaks(caller)?.room === room)
            await each.stranger.send({ type: "media", caller, roomId: room.roomId, flowing: flows });
        }
      };
      await say(flowing);
      if (negotiatesAnew) await world.hello(tab, { ...back, peerConnection: "lost" });
      await world.drop(tab, "silent");
      for (const flows of wavers ? [!flowing, flowing] : []) {
        await world.pass(1_500, true);
        await say(flows);
      }
      await world.pass(ms, true);
      await world.hello(tab, { ...back, peerConnection: "alive" });
    });
  });

const beginAnew = fc
  .record({
    n: anyTab,
    behind: fc.nat({ max: 1 }),
    asks: fc.boolean(),
    role: fc.constantFrom("initiator" as const, "responder" as const),
  })
  .map(({ n, behind, asks, role }) =>
    ofTab(
      n,
      `${asks ? "asks for a new negotiation" : `lacks signals as ${role}`}, ${behind} generations ago`,
      async (world, tab) => {
        const { caller } = tab.stranger;
        const room = world.witness.speaks(caller)?.room;
        const generation = (room?.generation ?? 1) - behind;
        const roomId = room?.roomId ?? tab.lastRoomId;
        if (roomId === undefined || generation < 1) return;
        if (!asks) await tab.stranger.send({ type: "raise-generation", caller, roomId, generation, role });
        else
          await world.request(tab, {
            type: "rebuild",
            caller,
            requestId: world.newRequestId(),
            roomId,
            generation,
          });
      },
    ),
  );

/** Somebody asks for one new negotiation after the other, each time as soon as the one before has begun. */
const flood = fc
  .record({ n: anyTab, times: fc.constantFrom(3, 6), ms: fc.constantFrom(0, 2_000) })
  .map(({ n, times, ms }) =>
    ofTab(n, `asks ${times} times for a new negotiation, ${ms} ms apart`, async (world, tab) => {
      for (let time = 0; time < times; time += 1) {
        const { caller } = tab.stranger;
        const room = world.witness.speaks(caller)?.room;
        if (!room) return;
        const { roomId, generation } = room;
        const requestId = world.newRequestId();
        await world.request(tab, { type: "rebuild", caller, requestId, roomId, generation });
        await world.pass(ms, true);
      }
    }),
  );

/** The relay has counted too many of somebody's signals; the word may come when the room is another one. */
const flooding = fc.record({ n: anyTab, other: fc.option(anyTab, { freq: 10 }) }).map(({ n, other }) =>
  ofTab(n, "sends too many signals", async (world, tab) => {
    const roomId = (other === null ? tab : world.tab(other)).lastRoomId;
    if (roomId !== undefined)
      await tab.stranger.send({ type: "flooding", caller: tab.stranger.caller, roomId });
  }),
);

/** The operator shuts out somebody, connected or not. */
const shutOut = fc
  .record({ n: anyTab, kind: fc.constantFrom("userId" as const, "deviceGroup" as const) })
  .map(({ n, kind }) =>
    ofTab(n, `has its ${kind} shut out`, async (world, tab) => {
      const { userId, deviceGroup } = world.witness.sessions.get(tab.stranger.caller.sessionId) ?? {};
      const id = kind === "userId" ? userId : deviceGroup;
      if (id !== undefined) await tab.stranger.send({ type: "shut-out", who: { kind, id } });
    }),
  );

/** A socket that was replaced still has something to say. */
const late = fc
  .record({ n: anyTab, type: fc.constantFrom("find" as const, "leave" as const, "detach" as const) })
  .map(({ n, type }) =>
    ofTab(n, `sends a late ${type} over an older socket`, async (world, tab) => {
      const caller = tab.earlierCallers.at(-1);
      if (!caller) return;
      const requestId = world.newRequestId();
      if (type === "find") await tab.stranger.send({ type, caller, requestId, relayOnly: false });
      else if (type === "leave") await tab.stranger.send({ type, caller, requestId });
      else await tab.stranger.send({ type, caller, cause: "bye" });
    }),
  );

/** A network that swallows a hello may give it up long after the page has made another attempt. */
const abandon = fc
  .record({ n: anyTab, memory: memories, peerConnection: fc.constantFrom("alive" as const, "lost" as const) })
  .map(({ n, ...how }) =>
    action(`tab ${n} begins an attempt and gives it up (${JSON.stringify(how)})`, (world) => {
      const tab = world.tab(n);
      world.abandon(tab, { ...how, other: tab, force: false });
    }),
  );

const arriveLate = anyTab.map((n) =>
  action(`what an attempt of tab ${n} said arrives after it was given up`, (world) =>
    world.arriveLate(world.tab(n)),
  ),
);

/** Two tabs of one person, one of which is perhaps refused; what it said before comes when the tabs have long been quiet. */
const outrun = fc
  .record({ pair: fc.nat({ max: 1 }), ms: fc.constantFrom(0, 2_000, 60_000) })
  .map(({ pair, ms }) => {
    const [here, there] = [2 * pair, 2 * pair + 1];
    return action(
      `tab ${here} gives up an attempt and makes another beside tab ${there}, ${ms} ms before it arrives`,
      async (world) => {
        const tab = world.tab(here);
        const how = { memory: "kept", other: tab, peerConnection: "alive" } as const;
        await world.hello(world.tab(there), { ...how, other: world.tab(there), force: true });
        world.abandon(tab, { ...how, force: false });
        await world.hello(tab, { ...how, force: false });
        await world.pass(ms, true);
        await world.arriveLate(tab);
      },
    );
  });

const repeat = anyTab.map((n) =>
  ofTab(n, "repeats its last request", async (_world, tab) => {
    if (tab.lastRequest) await tab.stranger.send({ ...tab.lastRequest, caller: tab.stranger.caller });
  }),
);

const pass = fc
  .record({
    ms: fc.constantFrom(
      1,
      500,
      999,
      1_000,
      1_001,
      2_500,
      3_000,
      5_000,
      10_000,
      15_000,
      31_000,
      130_000,
      600_000,
    ),
    heartbeats: fc.oneof(
      { weight: 9, arbitrary: fc.constant(true) },
      { weight: 1, arbitrary: fc.constant(false) },
    ),
  })
  .map(({ ms, heartbeats }) =>
    action(`${ms} ms pass${heartbeats ? "" : ", nobody shows a sign of life"}`, (world) =>
      world.pass(ms, heartbeats),
    ),
  );

/** Afterwards the pages come back, in any order, some of them not at all; perhaps somebody has stolen a ticket. */
const restart = fc
  .record({
    tabs: fc.shuffledSubarray(Array.from({ length: TAB_COUNT }, (_, n) => n)),
    theft: fc.option(fc.record({ thief: anyTab, victim: anyTab }), { freq: 3 }),
  })
  .map(({ tabs, theft }) => {
    const stolen = theft ? `, tab ${theft.thief} with the ticket of ${theft.victim}` : "";
    return action(`the service restarts, tabs ${tabs} come back${stolen}`, async (world) => {
      world.restart();
      if (theft) {
        const other = world.tab(theft.victim);
        const how = { memory: "kept", peerConnection: "alive", force: false, stolenTicket: true } as const;
        await world.hello(world.tab(theft.thief), { ...how, other });
      }
      for (const n of tabs) if (world.tab(n).entered) await world.beConnected(world.tab(n));
    });
  });

const times = <T>(weight: number, arbitrary: fc.Arbitrary<T>) =>
  Array.from({ length: weight }, () => arbitrary);

/** Everything that can happen to a lobby, the usual more often than the rest. */
export const ACTIONS: fc.Arbitrary<Action>[] = [
  ...times(4, hello),
  ...times(6, find),
  ...times(3, manyFind),
  ...times(4, interruption),
  ...times(3, drop),
  ...times(5, pass),
  ...times(3, bothReady),
  ...times(3, ofRoom("ready")),
  ...times(4, ofRoom("give-up")),
  ...times(2, media),
  ...times(3, silence),
  leave,
  ...times(2, beginAnew),
  ...times(2, flood),
  flooding,
  shutOut,
  late,
  ...times(2, abandon),
  ...times(2, arriveLate),
  outrun,
  repeat,
  restart,
];
