import { describe, expect, it } from "vitest";
import type { Arrange } from "./scene.ts";

export function roomRules(arrange: Arrange): void {
  describe("rooms", () => {
    it("[R1] [I5] a room has two members with different roles, generation 1, and says so to both and to the facts", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.pair();
      const room = await ann.room();
      expect(scene.facts.filter(({ type }) => type === "room-opened")).toEqual([
        {
          type: "room-opened",
          roomId: room.roomId,
          generation: 1,
          members: [
            {
              sessionId: ann.credentials.sessionId,
              userId: ann.userId,
              role: "initiator",
              requestId: room.requestId,
            },
            {
              sessionId: ben.credentials.sessionId,
              userId: ben.userId,
              role: "responder",
              requestId: (await ben.room()).requestId,
            },
          ],
          relayOnly: false,
          origins: "unknown",
          waitedMs: [0, 0],
        },
      ]);
      expect((await scene.store.inspect(10)).rooms).toEqual([
        {
          roomId: room.roomId,
          generation: 1,
          phase: "matched",
          members: [ann.credentials.sessionId, ben.credentials.sessionId],
        },
      ]);
    });

    it.each([
      ["two networks", "apart", { networkKey: "n1" }, { networkKey: "n2" }],
      [
        "two devices in two networks",
        "apart",
        { networkKey: "n1", deviceGroup: "d1" },
        { networkKey: "n2", deviceGroup: "d2" },
      ],
      [
        "one network",
        "same",
        { networkKey: "n1", deviceGroup: "d1" },
        { networkKey: "n1", deviceGroup: "d2" },
      ],
      [
        "one device in two networks",
        "same",
        { networkKey: "n1", deviceGroup: "d" },
        { networkKey: "n2", deviceGroup: "d" },
      ],
      ["one device in networks that are not known", "same", { deviceGroup: "d" }, { deviceGroup: "d" }],
      ["nothing that is known", "unknown", {}, {}],
      ["two devices, by what they say", "unknown", { deviceGroup: "d1" }, { deviceGroup: "d2" }],
      ["a network that is known and one that is not", "unknown", { networkKey: "n1", deviceGroup: "d1" }, {}],
    ] as const)(
      "[H3] the facts say whether one person may have made both sides: of %s, %s",
      async (_sides, origins, a, b) => {
        const scene = await arrange();
        const [ann, ben] = [await scene.enter(a), await scene.enter(b)];
        await ann.find();
        await ben.find();
        const { roomId } = await ann.room();
        const [ticketOfAnn, ticketOfBen] = [await ann.ticket(ben), await ben.ticket(ann)];
        await scene.restartService();
        await ann.hello({ ticket: ticketOfAnn });
        await ben.hello({ ticket: ticketOfBen });
        const opened = scene.facts.filter((fact) => fact.type === "room-opened");
        expect(opened).toMatchObject([
          { roomId, origins },
          { roomId, origins },
        ]);
      },
    );

    it("[M6] two who are both ready are in a call, for as long as they like", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      for (let n = 0; n < 20; n += 1) {
        await scene.pass(30_000);
        await ann.touch();
        await ben.touch();
      }
      expect((await scene.store.inspect(10)).rooms).toMatchObject([{ phase: "in-call" }]);
    });

    it("[M6] [I9] who was ready gets the old place back, the other one is idle", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.pair();
      const { roomId, requestId } = await ann.room();
      const matchedAt = scene.clock.now();
      await ann.ready();
      await scene.pass(9_999);
      expect(await ann.state()).toMatchObject({ kind: "in-room" });
      await scene.pass(1);
      expect(ann.bodies("requeued")).toEqual([{ requestId, roomId, reason: "timeout" }]);
      expect(ann.bodies("partner-left")).toEqual([]);
      expect(ben.bodies("partner-left")).toEqual([{ roomId, reason: "timeout" }]);
      expect(await ben.state()).toEqual({ kind: "idle" });
      const [report] = (await scene.store.inspect(1)).sessions;
      expect(report).toMatchObject({ state: { kind: "queued", requestId }, waitingSince: matchedAt });
    });

    it("[M6] [R8] when neither was ready both are idle", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.pair();
      await scene.pass(10_000);
      for (const page of [ann, ben]) {
        expect(page.bodies("partner-left")).toMatchObject([{ reason: "timeout" }]);
        expect(await page.state()).toEqual({ kind: "idle" });
      }
      expect(await scene.store.stats()).toMatchObject({ rooms: 0, waiting: 0 });
    });

    it("[M6] who was ready and is requeued is matched with whoever waits by now", async () => {
      const scene = await arrange();
      const [ann] = await scene.pair();
      const eve = await scene.enter();
      await ann.ready();
      await scene.pass(1_000);
      await eve.find();
      await scene.pass(9_000);
      expect((await ann.room()).roomId).toBe((await eve.room()).roomId);
      expect(ann.heard.map(({ event }) => event)).toEqual(["matched", "requeued", "matched"]);
    });

    it("[R4] ready and give-up for a room one is not in are answered not_in_room", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.pair();
      const { roomId } = await ann.room();
      const eve = await scene.enter();
      for (const page of [eve, ann]) {
        const other = page === ann ? "no-such-room" : roomId;
        expect(await page.ready(other)).toEqual({ ok: false, code: "not_in_room" });
        expect(await page.giveUp(other)).toEqual({ ok: false, code: "not_in_room" });
      }
      expect((await ben.room()).roomId).toBe(roomId);
    });

    it("[M7] giving up returns both to their old places and does not try the pair again", async () => {
      const scene = await arrange({ rematchMs: 0 });
      const [ann, ben] = await scene.call();
      const { roomId, requestId } = await ben.room();
      const startedAt = scene.clock.now();
      await scene.pass(8_000);
      expect(await ann.giveUp()).toMatchObject({ ok: true, state: { kind: "queued" } });
      expect(ann.heard.map(({ event }) => event)).toEqual(["matched"]);
      expect(ben.bodies("requeued")).toEqual([{ requestId, roomId, reason: "media-failed" }]);
      await scene.pass(60_000);
      const { sessions, rooms } = await scene.store.inspect(10);
      expect(rooms).toEqual([]);
      expect(sessions.map(({ waitingSince }) => waitingSince)).toEqual([startedAt, startedAt]);
    });

    it("[M7] a new search of one side does not lift it; new searches of both do", async () => {
      const scene = await arrange({ rematchMs: 0 });
      const [ann, ben] = await scene.call();
      await ann.giveUp();
      await ann.leave();
      expect(await ann.find()).toMatchObject({ state: { kind: "queued" } });
      await ben.leave();
      expect(await ben.find()).toMatchObject({ state: { kind: "in-room" } });
    });

    it("[M7] [M8] those who gave up meet others at once, the older search first", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const eve = await scene.enter();
      await eve.find();
      expect(await ben.giveUp()).toMatchObject({ state: { kind: "queued" } });
      expect((await eve.room()).roomId).toBe((await ann.room()).roomId);
    });

    it("[M7] [G4] an absent partner of a match that was given up keeps the place for the rest of the grace", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      await ben.drop("dropped");
      await scene.pass(4_000);
      await ann.giveUp();
      expect(await scene.store.stats()).toMatchObject({ waiting: 2, graces: 1 });
      await scene.pass(5_999);
      expect(await ben.resume()).toMatchObject({ resumed: true, state: { kind: "queued" } });
    });

    it("[R5] [R13] [I17] the generation grows when a member returns without its connection, and only then", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      await ann.resume({ peerConnection: "alive" });
      expect(await ben.room()).toMatchObject({ generation: 1, role: "responder" });
      await ann.resume({ peerConnection: "lost" });
      expect(await ann.room()).toMatchObject({ generation: 2, role: "responder" });
      expect(await ben.room()).toMatchObject({ generation: 2, role: "initiator" });
      await ben.resume({ peerConnection: "lost" });
      expect(await ann.room()).toMatchObject({ generation: 3, role: "initiator" });
      expect(ann.bodies("partner-back")).toMatchObject([{ generation: 3, role: "initiator" }]);
      expect(ben.bodies("partner-back")).toMatchObject([{ generation: 2, role: "initiator" }]);
    });

    it("[R6] [R13] too many signals for an absent partner raise the generation; both learn it at the return", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      await ben.drop("dropped");
      ann.forgetHeard();
      expect(await ann.raiseGeneration(1)).toEqual({ ok: true, type: "done" });
      expect(await ann.raiseGeneration(1)).toEqual({ ok: false, code: "stale_generation" });
      expect(ann.heard).toEqual([]);
      const answer = await ben.resume({ peerConnection: "alive" });
      expect(answer).toMatchObject({ state: { room: { generation: 2, role: "responder" } } });
      expect(ann.bodies("partner-back")).toMatchObject([{ generation: 2, role: "initiator" }]);
      expect(scene.facts.filter(({ type }) => type === "generation-raised")).toHaveLength(1);
    });

    it("[R13] with both there, both learn a raised generation at once", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      await ann.raiseGeneration(1);
      expect(ann.bodies("partner-back")).toMatchObject([{ generation: 2, role: "initiator" }]);
      expect(ben.bodies("partner-back")).toMatchObject([{ generation: 2, role: "responder" }]);
    });

    it("[R10] who gives a connection up gets a new negotiation and makes its offer; both learn it at once", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const { roomId } = await ben.room();
      expect(await ben.rebuild(1)).toEqual({ ok: true, type: "done" });
      expect(ben.bodies("partner-back")).toEqual([{ roomId, generation: 2, role: "initiator" }]);
      expect(ann.bodies("partner-back")).toEqual([{ roomId, generation: 2, role: "responder" }]);
      expect(await ann.room()).toMatchObject({ generation: 2, role: "responder", partner: "present" });
    });

    it("[R10] two who ask at the same time get one new negotiation", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      await ann.rebuild(1);
      expect(await ben.rebuild(1)).toEqual({ ok: false, code: "stale_generation" });
      expect(await ben.room()).toMatchObject({ generation: 2, role: "responder" });
      for (const page of [ann, ben]) expect(page.bodies("partner-back")).toHaveLength(1);
    });

    it("[R10] [Q1] [I18] a repeated request has no second effect", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      for (let n = 0; n < 3; n += 1)
        expect(await ann.rebuild(1, "the-same")).toEqual({ ok: true, type: "done" });
      expect(await ann.room()).toMatchObject({ generation: 2 });
      expect(ben.bodies("partner-back")).toHaveLength(1);
    });

    it("[R10] with the partner away, both learn it at the return, and one is enough", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      await ben.drop("dropped");
      ann.forgetHeard();
      expect(await ann.rebuild(1)).toEqual({ ok: true, type: "done" });
      expect(await ann.rebuild(1)).toEqual({ ok: false, code: "stale_generation" });
      expect(ann.heard).toEqual([]);
      expect(await ben.resume()).toMatchObject({
        state: { room: { generation: 2, role: "responder", partner: "present" } },
      });
      expect(ann.bodies("partner-back")).toMatchObject([{ generation: 2, role: "initiator" }]);
    });

    it("[R10] [R4] it changes nothing for a room one is not in, or for a generation that never was", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const { roomId } = await ann.room();
      const [cid] = await scene.call();
      const foreign = { type: "rebuild", caller: cid.caller, requestId: "foreign", roomId } as const;
      const { answer } = await cid.send({ ...foreign, generation: 1 });
      expect(answer).toEqual({ ok: false, code: "not_in_room" });
      expect(await ann.rebuild(2)).toEqual({ ok: false, code: "stale_generation" });
      expect(await ben.room()).toMatchObject({ generation: 1 });
    });

    it("[R10] [G6] a new negotiation knows nothing of the media of the one before", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      await ben.media(true);
      await ben.rebuild(1);
      await ann.drop("dropped");
      await scene.pass(10_000);
      expect(ben.bodies("partner-left")).toHaveLength(1);
    });

    it("[R10] [T2] in a reviving room it waits for the second ticket", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const tickets = { ann: await ann.ticket(ben), ben: await ben.ticket(ann) };
      await scene.restartService();
      await ann.resume({ ticket: tickets.ann });
      expect(await ann.rebuild(1)).toEqual({ ok: true, type: "done" });
      expect(await ann.room()).toMatchObject({ generation: 1 });
      await ben.resume({ ticket: tickets.ben });
      const [inAnn, inBen] = [await ann.room(), await ben.room()];
      expect([inAnn.generation, inBen.generation]).toEqual([2, 2]);
      expect(new Set([inAnn.role, inBen.role])).toEqual(new Set(["initiator", "responder"]));
    });

    it("[R8] [G1] leaving ends the room once; the partner is told once", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const { roomId } = await ann.room();
      await ann.leave();
      await ann.leave();
      await ben.leave();
      expect(ben.bodies("partner-left")).toEqual([{ roomId, reason: "left" }]);
      expect(ann.bodies("partner-left")).toEqual([]);
      const ended = scene.facts.filter(({ type }) => type === "room-ended");
      expect(ended).toEqual([{ type: "room-ended", roomId, reason: "left" }]);
    });

    it("[R7] the facts tell of every absence at once, for those who forward", async () => {
      const scene = await arrange();
      const [ann] = await scene.call();
      const { roomId } = await ann.room();
      const { sessionId } = ann.credentials;
      await ann.drop("dropped");
      expect(scene.facts.at(-1)).toEqual({ type: "member-away", roomId, sessionId });
      await ann.resume();
      expect(scene.facts.at(-1)).toEqual({ type: "member-back", roomId, sessionId });
    });
  });
}
