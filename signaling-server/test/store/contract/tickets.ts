import { describe, expect, it } from "vitest";
import type { Stranger } from "../strangers.ts";
import type { Arrange, Scene } from "./scene.ts";

/** A call, the tickets of both, and then a service that has forgotten everything. */
async function callThenRestart(scene: Scene) {
  const [ann, ben] = await scene.call();
  const room = await ann.room();
  const tickets = { ann: await ann.ticket(ben), ben: await ben.ticket(ann) };
  await scene.restartService();
  for (const page of [ann, ben]) page.forgetHeard();
  return { ann, ben, room, tickets };
}

export function ticketRules(arrange: Arrange): void {
  describe("tickets", () => {
    it("[T2] [I22] both tickets restore the room: same id, generation and roles", async () => {
      const scene = await arrange();
      const { ann, ben, room, tickets } = await callThenRestart(scene);
      expect(await ann.resume({ ticket: tickets.ann })).toMatchObject({
        resumed: false,
        state: { kind: "in-room", room: { ...room, partner: "away" } },
      });
      expect((await scene.store.inspect(10)).rooms).toMatchObject([{ phase: "reviving" }]);
      await scene.pass(14_000);
      expect(await ben.resume({ ticket: tickets.ben })).toMatchObject({
        state: { kind: "in-room", room: { roomId: room.roomId, generation: 1, role: "responder" } },
      });
      expect(ann.bodies("partner-back")).toEqual([{ roomId: room.roomId, generation: 1, role: "initiator" }]);
      expect(ann.heard).toHaveLength(1);
      expect(ben.heard).toEqual([]);
      await scene.pass(60_000);
      expect((await scene.store.inspect(10)).rooms).toMatchObject([{ phase: "in-call" }]);
    });

    it("[T2] after that the room is like any other: search, and stop", async () => {
      const scene = await arrange();
      const { ann, ben, room, tickets } = await callThenRestart(scene);
      await ann.resume({ ticket: tickets.ann });
      await ben.resume({ ticket: tickets.ben });
      await ann.find();
      expect(ben.bodies("partner-left")).toEqual([{ roomId: room.roomId, reason: "next" }]);
      await scene.pass(20_000);
      expect(await ann.state()).toMatchObject({ kind: "queued" });
    });

    it("[T2] [I22] one ticket alone ends within fifteen seconds", async () => {
      const scene = await arrange();
      const { ann, room, tickets } = await callThenRestart(scene);
      await ann.resume({ ticket: tickets.ann });
      await scene.pass(14_999);
      expect(await ann.state()).toMatchObject({ kind: "in-room" });
      await scene.pass(1);
      expect(ann.bodies("partner-left")).toEqual([{ roomId: room.roomId, reason: "server-restart" }]);
      expect(await ann.state()).toEqual({ kind: "idle" });
    });

    it("[T2] the second ticket of a room that was given up revives nothing", async () => {
      const scene = await arrange();
      const { ann, ben, tickets } = await callThenRestart(scene);
      await ann.resume({ ticket: tickets.ann });
      await scene.pass(15_000);
      expect(await ben.resume({ ticket: tickets.ben })).toMatchObject({ state: { kind: "idle" } });
      expect(await scene.store.stats()).toMatchObject({ rooms: 0 });
    });

    it("[T2] [I22] a ticket of a room that was left before the restart is one alone, and ends in time", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const ticket = await ann.ticket(ben);
      await ben.drop("bye");
      await scene.restartService();
      ann.forgetHeard();
      await ann.resume({ ticket });
      await scene.pass(15_000);
      expect(ann.bodies("partner-left")).toMatchObject([{ reason: "server-restart" }]);
      expect(await ann.find()).toMatchObject({ state: { kind: "queued" } });
    });

    it("[T2] a ticket does not bring back a room that ended here", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const ticket = await ann.ticket(ben);
      await ann.drop("dropped");
      await ben.leave();
      await scene.pass(119_000);
      expect(await ann.resume({ ticket })).toMatchObject({ resumed: false, state: { kind: "idle" } });
    });

    it("[T2] within the grace a ticket is not needed and does no harm", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const ticket = await ann.ticket(ben);
      const room = await ann.room();
      await ann.drop("dropped");
      expect(await ann.resume({ ticket })).toMatchObject({ resumed: true, state: { kind: "in-room", room } });
    });

    it("[T2] [I22] a ticket restores the two it names and nobody else", async () => {
      const scene = await arrange();
      const { ann, room, tickets } = await callThenRestart(scene);
      const eve = scene.page();
      expect(await eve.enter({ ticket: tickets.ben })).toMatchObject({ state: { kind: "idle" } });
      await ann.resume({ ticket: tickets.ann });
      const names = { me: eve.userId, partner: ann.userId };
      const foreign = { ...tickets.ben, me: eve.userId, names };
      expect(await eve.resume({ ticket: foreign })).toMatchObject({ state: { kind: "idle" } });
      const selfish = { ...tickets.ann, roomId: "of-one", names: { me: ann.userId, partner: ann.userId } };
      expect(await ann.resume({ ticket: selfish })).toMatchObject({
        state: { room: { roomId: room.roomId } },
      });
      expect((await scene.store.inspect(10)).rooms).toMatchObject([{ phase: "reviving" }]);
    });

    it("[T2] [I22] two tickets of the same side restore nothing", async () => {
      const scene = await arrange();
      const { ann, ben, tickets } = await callThenRestart(scene);
      await ann.resume({ ticket: tickets.ann });
      const answer = await ben.resume({ ticket: { ...tickets.ben, role: tickets.ann.role } });
      expect(answer).toMatchObject({ state: { kind: "idle" } });
    });

    const lost: readonly (readonly [string, "ann" | "ben"])[] = [
      ["the first", "ann"],
      ["the second", "ben"],
    ];
    for (const [which, who] of lost) {
      it(`[T2] [R5] [R13] ${which} comes without its connection: a new generation, once both are there`, async () => {
        const scene = await arrange();
        const { ann, ben, tickets } = await callThenRestart(scene);
        const connection = (page: Stranger) => ((who === "ann") === (page === ann) ? "lost" : "alive");
        await ann.resume({ ticket: tickets.ann, peerConnection: connection(ann) });
        await ben.resume({ ticket: tickets.ben, peerConnection: connection(ben) });
        const [loser, keeper] = who === "ann" ? [ann, ben] : [ben, ann];
        expect(await loser.room()).toMatchObject({ generation: 2, role: "responder" });
        expect(await keeper.room()).toMatchObject({ generation: 2, role: "initiator" });
        expect(ann.bodies("partner-back")).toMatchObject([{ generation: 2 }]);
      });
    }

    it("[T2] [R13] tickets of different generations restore the room with a new one", async () => {
      const scene = await arrange();
      const { ann, ben, tickets } = await callThenRestart(scene);
      await ann.resume({ ticket: { ...tickets.ann, generation: 4 } });
      await ben.resume({ ticket: { ...tickets.ben, generation: 3 } });
      expect(await ann.room()).toMatchObject({ generation: 5, role: "initiator", partner: "present" });
      expect(await ben.room()).toMatchObject({ generation: 5, role: "responder", partner: "present" });
    });

    it("[T2] [G4] a reviver who drops again is waited for, and seen as away by the second", async () => {
      const scene = await arrange();
      const { ann, ben, tickets } = await callThenRestart(scene);
      await ann.resume({ ticket: tickets.ann });
      await ann.drop("dropped");
      await scene.pass(2_000);
      const answer = await ben.resume({ ticket: tickets.ben });
      expect(answer).toMatchObject({ state: { kind: "in-room", room: { partner: "away" } } });
      await ann.resume();
      expect(ben.bodies("partner-back")).toHaveLength(1);
      expect(await ann.room()).toMatchObject({ partner: "present", generation: 1 });
    });

    it("[T2] a search instead of waiting for the partner leaves the reviving room", async () => {
      const scene = await arrange();
      const { ann, ben, tickets } = await callThenRestart(scene);
      await ann.resume({ ticket: tickets.ann });
      expect(await ann.find()).toMatchObject({ state: { kind: "queued" } });
      expect(await ben.resume({ ticket: tickets.ben })).toMatchObject({ state: { kind: "idle" } });
      expect(await scene.store.stats()).toMatchObject({ rooms: 0, waiting: 1 });
    });

    it("[R6] too many signals into a reviving room raise its generation once both are there", async () => {
      const scene = await arrange();
      const { ann, ben, tickets } = await callThenRestart(scene);
      await ann.resume({ ticket: tickets.ann });
      expect(await ann.raiseGeneration(1)).toEqual({ ok: true, type: "done" });
      await ben.resume({ ticket: tickets.ben });
      expect(await ben.room()).toMatchObject({ generation: 2 });
      expect(await ann.room()).toMatchObject({ generation: 2 });
    });

    it("[T2] the facts tell of both steps, for those who forward", async () => {
      const scene = await arrange();
      const { ann, ben, room, tickets } = await callThenRestart(scene);
      await ann.resume({ ticket: tickets.ann });
      expect(scene.facts.at(-1)).toMatchObject({ type: "room-reviving", roomId: room.roomId, generation: 1 });
      await ben.resume({ ticket: tickets.ben });
      expect(scene.facts.at(-1)).toMatchObject({
        type: "room-opened",
        roomId: room.roomId,
        members: [{ userId: ann.userId }, { userId: ben.userId }],
      });
    });
  });
}
