import { describe, expect, it } from "vitest";
import { AWAY_CAUSES } from "../strangers.ts";
import type { Arrange } from "./scene.ts";

export function absenceRules(arrange: Arrange): void {
  describe("absence", () => {
    for (const cause of AWAY_CAUSES) {
      it(`[G2] [C34] [I13] ${cause}: a call is kept for its grace and not longer`, async () => {
        const scene = await arrange();
        const [ann, ben] = await scene.call();
        const { roomId } = await ann.room();
        const graceMs = scene.settings.graces[cause].inRoomMs;
        await ann.drop(cause);
        await scene.pass(graceMs - 1);
        expect(await ben.room()).toMatchObject({ roomId, partner: "away" });
        expect(ben.bodies("partner-away")).toEqual([{ roomId, cause, graceMs: graceMs - 1_000 }]);
        await scene.pass(1);
        expect(await ben.state()).toEqual({ kind: "idle" });
        expect(ben.bodies("partner-left")).toEqual([{ roomId, reason: "left" }]);
        expect(await scene.store.stats()).toMatchObject({ sessions: 1, rooms: 0, graces: 0 });
      });

      it(`[G2] [I13] ${cause}: a place in the queue is kept for its grace and not longer`, async () => {
        const scene = await arrange();
        const ann = await scene.enter();
        await ann.find();
        const graceMs = scene.settings.graces[cause].queuedMs;
        await ann.drop(cause);
        if (graceMs > 0) await scene.pass(graceMs - 1);
        expect((await scene.store.stats()).waiting).toBe(graceMs > 0 ? 1 : 0);
        await scene.pass(1);
        expect(await scene.store.stats()).toMatchObject({ sessions: 0, waiting: 0, graces: 0 });
      });
    }

    it("[G1] [C33] [I12] who says bye is gone at once", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      await ann.drop("bye");
      expect(ben.bodies("partner-left")).toMatchObject([{ reason: "left" }]);
      expect(await scene.store.stats()).toMatchObject({ sessions: 1, graces: 0, rooms: 0 });
      expect(scene.facts.map(({ type }) => type)).not.toContain("grace-started");
    });

    it("[G3] [I4] a waiting person in grace is not matched", async () => {
      const scene = await arrange();
      const ann = await scene.enter();
      const ben = await scene.enter();
      await ann.find();
      await ann.drop("dropped");
      expect(await ben.find()).toMatchObject({ state: { kind: "queued" } });
      expect((await ben.status())?.position).toBe(1);
    });

    it("[S7] [G3] [M8] a waiting person who returns is matched at once", async () => {
      const scene = await arrange();
      const ann = await scene.enter();
      const ben = await scene.enter();
      await ann.find("of-ann");
      await ann.drop("dropped");
      await ben.find();
      expect(await ann.resume()).toMatchObject({ resumed: true, state: { kind: "in-room" } });
      expect(ann.bodies("matched")).toMatchObject([{ room: { requestId: "of-ann" } }]);
      expect(ben.bodies("matched")).toHaveLength(1);
    });

    it("[S7] [I9] a return keeps the place in the queue", async () => {
      const scene = await arrange({ matchSameDevice: false });
      const ann = await scene.enter({ deviceGroup: "home" });
      const ben = await scene.enter({ deviceGroup: "home" });
      await ann.find();
      await scene.pass(500);
      await ben.find();
      await ann.drop("unload");
      expect((await ben.status())?.position).toBe(1);
      await ann.resume();
      expect((await ann.status())?.position).toBe(1);
      expect((await ben.status())?.position).toBe(2);
    });

    it("[S7] [C30] a reload within the grace returns to the same stranger", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const { roomId } = await ann.room();
      await ann.drop("unload");
      await scene.pass(2_500);
      const answer = await ann.resume({ peerConnection: "lost" });
      expect(answer).toMatchObject({
        resumed: true,
        state: { kind: "in-room", room: { roomId, generation: 2, role: "responder", partner: "present" } },
      });
      expect(ben.bodies("partner-back")).toEqual([{ roomId, generation: 2, role: "initiator" }]);
      expect(ben.bodies("partner-left")).toEqual([]);
    });

    it("[R7] [I14] an absence shorter than a second is not mentioned", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      ben.forgetHeard();
      await ann.drop("dropped");
      await scene.pass(999);
      await ann.resume();
      await scene.pass(5_000);
      expect(ben.heard).toEqual([]);
      expect(await ben.room()).toMatchObject({ partner: "present", generation: 1 });
    });

    it("[R7] a short absence that cost the peer connection is mentioned: a new negotiation begins", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      ben.forgetHeard();
      await ann.drop("unload");
      await scene.pass(400);
      await ann.resume({ peerConnection: "lost" });
      expect(ben.heard.map(({ event }) => event)).toEqual(["partner-back"]);
    });

    it("[R7] [I14] away and back alternate, and nothing follows left", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      ben.forgetHeard();
      for (let n = 0; n < 3; n += 1) {
        await ann.drop("dropped");
        await scene.pass(2_000);
        await ann.resume();
      }
      await ann.drop("dropped");
      await scene.pass(60_000);
      const away = ["partner-away", "partner-back"];
      expect(ben.heard.map(({ event }) => event)).toEqual([
        ...away,
        ...away,
        ...away,
        "partner-away",
        "partner-left",
      ]);
    });

    it("[R7] who returns to an absent partner sees it, hears until when, and hears of the return", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      await ann.drop("dropped");
      await ben.drop("dropped");
      await scene.pass(500);
      ben.forgetHeard();
      expect(await ben.resume()).toMatchObject({ state: { room: { partner: "away" } } });
      expect(ben.bodies("partner-away")).toMatchObject([{ cause: "dropped", graceMs: 9_500 }]);
      await scene.pass(2_000);
      await ann.resume();
      expect(ben.heard.map(({ event }) => event)).toEqual(["partner-away", "partner-back"]);
    });

    it("[G4] [C35] when both are away and one grace ends, nothing is left of the room", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      await ann.drop("unload");
      await ben.drop("drain");
      await scene.pass(3_000);
      expect(await scene.store.stats()).toMatchObject({ sessions: 0, rooms: 0, graces: 0 });
      expect(await ben.resume()).toMatchObject({ resumed: false, state: { kind: "idle" } });
    });

    for (const cause of AWAY_CAUSES)
      for (const flowed of [false, true])
        it(`[G4] [C35] ${cause}, ${flowed ? "after" : "before any"} media: ten seconds later neither is stuck`, async () => {
          const scene = await arrange();
          const [ann, ben] = await scene.call();
          if (flowed) await ben.media(true);
          await ann.drop(cause);
          await scene.pass(10_000);
          expect(await ben.find()).toMatchObject({ state: { kind: "queued" } });
          expect(await ann.resume()).toMatchObject({ state: { kind: "idle" } });
          expect(await ann.find()).toMatchObject({ state: { kind: "queued" } });
        });

    it("[G5] [C36] a session without a sign of life for two minutes is removed by the sweep", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const step = scene.settings.sweepMs;
      for (let ms = 0; ms <= scene.settings.staleMs; ms += step) {
        await scene.pass(step);
        await ben.touch();
      }
      expect(ann.bodies("bye")).toEqual([{ code: "stale", reconnect: "now" }]);
      expect(ben.bodies("partner-left")).toMatchObject([{ reason: "left" }]);
      expect(ben.bodies("bye")).toEqual([]);
      expect(await scene.store.stats()).toMatchObject({ sessions: 1, online: 1, rooms: 0 });
    });

    it("[G5] signs of life keep a session, however long it does nothing", async () => {
      const scene = await arrange();
      const ann = await scene.enter();
      for (let n = 0; n < 30; n += 1) {
        await scene.pass(16_000);
        await ann.touch();
      }
      expect(ann.heard).toEqual([]);
      expect(await ann.state()).toEqual({ kind: "idle" });
    });

    it("[G5] [S6] signs of life that come together count each for its own session, and one of an older socket for nothing", async () => {
      const scene = await arrange();
      const [ann, ben] = [await scene.enter(), await scene.enter()];
      const late = ann.caller;
      await ann.resume();
      ann.forgetHeard();
      const unknown = { sessionId: "nobody", epoch: 1 };
      const step = scene.settings.sweepMs;
      for (let ms = 0; ms <= scene.settings.staleMs; ms += step) {
        await scene.pass(step);
        const { answer } = await ann.send({ type: "touch", callers: [unknown, late, ben.caller] });
        expect(answer).toEqual({ ok: true, type: "done" });
      }
      expect(ann.bodies("bye")).toEqual([{ code: "stale", reconnect: "now" }]);
      expect(ben.heard).toEqual([]);
      expect(await scene.store.stats()).toMatchObject({ sessions: 1, online: 1 });
    });

    it("[G5] [G4] a sign of life that is told after the socket was lost leaves the grace as it is", async () => {
      const scene = await arrange({ staleMs: 5_000, sweepMs: 1_000 });
      const [ann, ben] = await scene.call();
      await ann.drop("dropped");
      await ann.touch();
      for (let second = 0; second < 9; second += 1) {
        await scene.pass(1_000);
        await ben.touch();
      }
      expect(await ann.resume()).toMatchObject({ resumed: true, state: { kind: "in-room" } });
    });

    it("a tick that comes too late makes no difference", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      await ann.drop("unload");
      scene.clock.advance(3_000);
      expect(await ann.resume()).toMatchObject({ resumed: false, state: { kind: "idle" } });
      expect(ben.bodies("partner-left")).toHaveLength(1);
    });
  });
}
