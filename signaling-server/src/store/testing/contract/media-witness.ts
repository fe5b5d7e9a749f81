import { describe, expect, it } from "vitest";
import type { Arrange, Scene } from "./scene.ts";

/** How long the room outlives the loss of this silent socket: the grace that was begun. */
async function graceOfSilence(scene: Scene, gone: { drop(cause: "silent"): Promise<unknown> }) {
  await gone.drop("silent");
  const begun = scene.facts.findLast((fact) => fact.type === "grace-started");
  return begun?.type === "grace-started" ? begun.graceMs : undefined;
}

export function mediaWitnessRules(arrange: Arrange): void {
  describe("the partner as a witness of media", () => {
    it("[G2] [G6] [I13] [C34] a silent one whose media flows has ten seconds, and not more", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const { roomId } = await ann.room();
      expect(await ben.media(true)).toEqual({ ok: true, type: "done" });
      await ann.drop("silent");
      await scene.pass(9_999);
      expect(ben.bodies("partner-away")).toEqual([{ roomId, cause: "silent", graceMs: 9_000 }]);
      expect(ben.bodies("partner-left")).toEqual([]);
      await scene.pass(1);
      expect(ben.bodies("partner-left")).toEqual([{ roomId, reason: "left" }]);
      expect(await scene.store.stats()).toMatchObject({ sessions: 1, rooms: 0, graces: 0 });
    });

    it("[G6] what was said last counts, when the socket goes", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      await ben.media(true);
      await ben.media(false);
      expect(await graceOfSilence(scene, ann)).toBe(3_000);
      await ben.media(true);
      await scene.pass(3_000);
      expect(ben.bodies("partner-left")).toHaveLength(1);
    });

    it("[G6] only the partner's word counts, and only for the cause silent", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      await ann.media(true);
      expect(await graceOfSilence(scene, ann)).toBe(3_000);
      const [cid, dan] = await scene.call();
      await dan.media(true);
      await cid.drop("unload");
      await scene.pass(3_000);
      expect(dan.bodies("partner-left")).toHaveLength(1);
      expect(ben.bodies("partner-left")).toHaveLength(1);
    });

    it("[G6] the word of a partner who has dropped meanwhile still counts, and a return keeps it", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      await ben.media(true);
      await ben.drop("dropped");
      await ben.resume();
      expect(await graceOfSilence(scene, ann)).toBe(10_000);
    });

    it("[G6] [R5] a new generation forgets what was said", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      await ben.media(true);
      await ann.drop("unload");
      await ann.resume({ peerConnection: "lost" });
      expect(await graceOfSilence(scene, ann)).toBe(3_000);
    });

    it("[G6] a new room knows nothing of what was said in the one before", async () => {
      const scene = await arrange({ rematchMs: 0 });
      const [ann, ben] = await scene.call();
      await ben.media(true);
      await ann.find();
      await ben.find();
      expect(await graceOfSilence(scene, ann)).toBe(3_000);
    });

    it("[G6] [T2] it holds across the revival of a room in the same generation", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const tickets = { ann: await ann.ticket(ben), ben: await ben.ticket(ann) };
      await scene.restartService();
      await ben.resume({ ticket: tickets.ben });
      expect(await ben.media(true)).toMatchObject({ ok: true });
      await ann.resume({ ticket: tickets.ann });
      expect(await graceOfSilence(scene, ann)).toBe(10_000);
    });

    it("[G6] [R4] about a room one is not in it says nothing", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const { roomId } = await ann.room();
      const [cid] = await scene.call();
      for (const flowing of [true, false])
        expect(await cid.media(flowing, roomId)).toEqual({ ok: false, code: "not_in_room" });
      expect(ann.bodies("probe")).toEqual([]);
      expect(ben.bodies("probe")).toEqual([]);
      await ann.leave();
      expect(await ben.media(true, roomId)).toEqual({ ok: false, code: "not_in_room" });
    });

    it("[G7] a partner whose media stopped is probed once, however often that is said", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      await ben.media(true);
      expect(ann.bodies("probe")).toEqual([]);
      for (let n = 0; n < 3; n += 1) await ben.media(false);
      expect(ann.bodies("probe")).toEqual([{}]);
      expect(ben.bodies("probe")).toEqual([]);
      await ben.media(true);
      await ben.media(false);
      expect(ann.bodies("probe")).toHaveLength(2);
    });

    it("[G7] nobody is probed who has no socket", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      await ann.drop("dropped");
      expect(await ben.media(false)).toMatchObject({ ok: true });
      await ann.resume();
      expect(ann.bodies("probe")).toEqual([]);
    });

    it("[G6] [S6] an older socket is no witness", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const { roomId } = await ben.room();
      const before = ben.caller;
      await ben.resume();
      const late = await ben.send({ type: "media", caller: before, roomId, flowing: true });
      expect(late.answer).toEqual({ ok: false, code: "stale_session" });
      expect(await graceOfSilence(scene, ann)).toBe(3_000);
    });
  });
}
