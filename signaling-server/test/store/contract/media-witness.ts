import { describe, expect, it } from "vitest";
import type { Arrange, Scene } from "./scene.ts";

/** How long the room outlives the loss of this silent socket: the grace that was begun. */
async function graceOfSilence(scene: Scene, gone: { drop(cause: "silent"): Promise<unknown> }) {
  await gone.drop("silent");
  const begun = scene.facts.findLast((fact) => fact.type === "grace-started");
  return begun?.type === "grace-started" ? begun.graceMs : undefined;
}

/** Of the only session that is away. */
async function graceLeft(scene: Scene): Promise<number | undefined> {
  const { sessions } = await scene.store.inspect(10);
  const until = sessions.find(({ graceUntil }) => graceUntil !== undefined)?.graceUntil;
  return until === undefined ? undefined : until - scene.clock.now();
}

const HOLD_MS = 120_000;
const CUT_MS = 45_000;
const UNHEARD_MS = 3_000;

export function mediaWitnessRules(arrange: Arrange): void {
  describe("the partner as a witness of media", () => {
    for (const cause of ["dropped", "silent"] as const) {
      it(`[G8] [I13] ${cause}: while media flows the place is held, for two minutes at most`, async () => {
        const scene = await arrange();
        const [ann, ben] = await scene.call();
        const { roomId } = await ann.room();
        expect(await ben.media(true)).toEqual({ ok: true, type: "done" });
        await ann.drop(cause);
        for (const ms of [60_000, 59_999]) {
          await scene.pass(ms);
          await ben.touch();
        }
        expect(ben.bodies("partner-away")).toEqual([{ roomId, cause, graceMs: HOLD_MS - 1_000 }]);
        expect(ben.bodies("partner-left")).toEqual([]);
        await scene.pass(1);
        expect(ben.bodies("partner-left")).toEqual([{ roomId, reason: "left" }]);
        expect(await scene.store.stats()).toMatchObject({ sessions: 1, rooms: 0, graces: 0 });
      });

      it(`[G8] [S7] ${cause}: who is held comes back to the same room and negotiation`, async () => {
        const scene = await arrange();
        const [ann, ben] = await scene.call();
        const room = await ann.room();
        await ben.media(true);
        await ann.drop(cause);
        await scene.pass(100_000);
        await ben.touch();
        expect(await ann.resume()).toMatchObject({ resumed: true, state: { kind: "in-room", room } });
        expect(ben.bodies("partner-back")).toMatchObject([{ generation: 1 }]);
      });
    }

    it("[G2] [G9] a killed tab frees its partner within thirteen seconds once its media is seen to stop", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      await ben.media(true);
      await ann.drop("dropped");
      await scene.pass(6_000);
      await ben.media(false);
      expect(await graceLeft(scene)).toBe(4_000);
      await scene.pass(4_000);
      expect(ben.bodies("partner-left")).toHaveLength(1);
    });

    it("[G9] a held one has three seconds more after media stopped, and no second more than two minutes", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      await ben.media(true);
      await ann.drop("dropped");
      await scene.pass(40_000);
      await ben.media(false);
      expect(await graceLeft(scene)).toBe(UNHEARD_MS);
      await scene.pass(2_000);
      await ben.media(true);
      expect(await graceLeft(scene)).toBe(HOLD_MS - 42_000);
      await scene.pass(77_000);
      await ben.media(false);
      expect(await graceLeft(scene)).toBe(1_000);
      await scene.pass(1_000);
      expect(ben.bodies("partner-left")).toHaveLength(1);
    });

    it("[G9] a silent one whose media stops after all is cut off, and has 45 s from there", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      await ben.media(true);
      await ann.drop("silent");
      await scene.pass(30_000);
      await ben.media(false);
      expect(await graceLeft(scene)).toBe(CUT_MS);
      await scene.pass(44_999);
      expect(await ann.resume()).toMatchObject({ resumed: true, state: { kind: "in-room" } });
    });

    it("[G2] [C34] a silent one whose media had stopped before has 45 s, and not more", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      await ben.media(true);
      await ben.media(false);
      expect(await graceOfSilence(scene, ann)).toBe(CUT_MS);
      await scene.pass(CUT_MS - 1);
      expect(ben.bodies("partner-left")).toEqual([]);
      await scene.pass(1);
      expect(ben.bodies("partner-left")).toHaveLength(1);
    });

    it("[G2] [C27] two who both lost their whole network for 40 s meet again in the same room", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const { roomId } = await ann.room();
      for (const page of [ann, ben]) await page.media(true);
      await scene.pass(6_000);
      await ann.drop("silent");
      expect(await graceLeft(scene)).toBe(HOLD_MS);
      await scene.pass(10_000);
      await ben.drop("silent");
      // Nobody is there any more to say that media flows.
      expect((await scene.store.inspect(2)).sessions.map(({ graceUntil }) => graceUntil)).toEqual([
        scene.clock.now() + CUT_MS,
        scene.clock.now() + CUT_MS,
      ]);
      await scene.pass(24_000);
      ann.forgetHeard();
      expect(await ann.resume()).toMatchObject({ state: { room: { roomId, partner: "away" } } });
      expect(ann.bodies("partner-away")).toMatchObject([{ cause: "silent", graceMs: CUT_MS - 24_000 }]);
      await scene.pass(1_000);
      expect(await ben.resume()).toMatchObject({
        resumed: true,
        state: { room: { roomId, generation: 1, partner: "present" } },
      });
      expect(ann.bodies("partner-back")).toHaveLength(1);
      expect(await scene.store.stats()).toMatchObject({ rooms: 1, graces: 0 });
    });

    it("[G2] where media never flowed, a silent one has three seconds", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      await ben.media(false);
      expect(await graceOfSilence(scene, ann)).toBe(UNHEARD_MS);
      await scene.pass(UNHEARD_MS);
      expect(ben.bodies("partner-left")).toHaveLength(1);
    });

    it("[G8] only the partner's word holds a place, and no place of who left the page", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      await ann.media(true);
      expect(await graceOfSilence(scene, ann)).toBe(CUT_MS);
      const [cid, dan] = await scene.call();
      await dan.media(true);
      await cid.drop("unload");
      await scene.pass(3_000);
      expect(dan.bodies("partner-left")).toHaveLength(1);
      expect(ben.bodies("partner-left")).toEqual([]);
    });

    it("[G10] what was said over a socket that is gone, or was replaced, holds nothing until it is said again", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      await ben.media(true);
      await ann.drop("dropped");
      await scene.pass(5_000);
      await ben.drop("dropped");
      await ben.resume();
      expect(await graceLeft(scene)).toBe(5_000);
      await ben.media(true);
      expect(await graceLeft(scene)).toBe(HOLD_MS - 5_000);
      await ben.resume();
      expect(await graceLeft(scene)).toBe(5_000);
      await ben.media(true);
      expect(await graceLeft(scene)).toBe(HOLD_MS - 5_000);
    });

    it("[G9] [G10] [R7] who takes its session over reads how long an absent partner is waited for without its word", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      await ben.media(true);
      await ann.drop("silent");
      await scene.pass(20_000);
      ben.forgetHeard();
      await ben.resume();
      expect(ben.bodies("partner-away")).toMatchObject([{ cause: "silent", graceMs: CUT_MS }]);
    });

    it("[G6] [R4] about another generation than the room's it says nothing", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const { roomId } = await ben.room();
      const { caller } = ben;
      await ann.rebuild(1);
      for (const generation of [1, 3]) {
        const { answer } = await ben.send({ type: "media", caller, roomId, generation, flowing: true });
        expect(answer).toEqual({ ok: false, code: "stale_generation" });
      }
      expect(await graceOfSilence(scene, ann)).toBe(UNHEARD_MS);
      const { answer } = await ben.send({ type: "media", caller, roomId, generation: 2, flowing: true });
      expect(answer).toMatchObject({ ok: true });
      expect(await graceLeft(scene)).toBe(HOLD_MS);
    });

    it("[G6] [R7] a deadline that moves is told anew, and one that stays is not", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      await ben.media(true);
      await ann.drop("dropped");
      await scene.pass(500);
      await ben.media(false);
      expect(ben.bodies("partner-away")).toEqual([]);
      await scene.pass(1_500);
      await ben.media(false);
      await ben.media(true);
      await ben.media(true);
      await scene.pass(30_000);
      await ben.media(false);
      expect(ben.bodies("partner-away").map(({ graceMs }) => graceMs)).toEqual([
        9_000,
        HOLD_MS - 2_000,
        UNHEARD_MS,
      ]);
    });

    it("[G10] [R5] a new generation forgets what was said, but not that media had flowed", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      await ben.media(true);
      await ann.drop("unload");
      await ann.resume({ peerConnection: "lost" });
      expect(await graceOfSilence(scene, ann)).toBe(CUT_MS);
    });

    it("[G10] [R10] who asks for a new negotiation holds nobody any more", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      await ben.media(true);
      await ann.drop("dropped");
      await scene.pass(20_000);
      await ben.raiseGeneration(1);
      expect(await graceLeft(scene)).toBe(UNHEARD_MS);
    });

    it("[G8] [M7] a place in the queue is not held: after giving up, the rest of the grace counts", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      await ben.media(true);
      await ann.drop("dropped");
      await scene.pass(2_000);
      await ben.giveUp();
      expect(await graceLeft(scene)).toBe(8_000);
      expect(await ann.resume()).toMatchObject({ state: { kind: "queued" } });
    });

    it("[G10] a new room knows nothing of what was said in the one before", async () => {
      const scene = await arrange({ rematchMs: 0 });
      const [ann, ben] = await scene.call();
      await ben.media(true);
      await ann.find();
      await ben.find();
      expect(await graceOfSilence(scene, ann)).toBe(UNHEARD_MS);
    });

    it("[G8] [T2] it holds across the revival of a room in the same generation", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const tickets = { ann: await ann.ticket(ben), ben: await ben.ticket(ann) };
      await scene.restartService();
      await ben.resume({ ticket: tickets.ben });
      expect(await ben.media(true)).toMatchObject({ ok: true });
      await ann.resume({ ticket: tickets.ann });
      expect(await graceOfSilence(scene, ann)).toBe(HOLD_MS);
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
      expect(await graceOfSilence(scene, ann)).toBe(UNHEARD_MS);
    });
  });
}
