import { describe, expect, it } from "vitest";
import type { Stranger } from "../strangers.ts";
import type { Arrange } from "./scene.ts";

export function matchingRules(arrange: Arrange): void {
  describe("matching", () => {
    it("[M1] [M3] [C46] [C47] two who search meet on arrival, each told once with the own request", async () => {
      const scene = await arrange();
      const ann = await scene.enter();
      const ben = await scene.enter();
      expect(await ann.find("of-ann")).toMatchObject({
        state: { kind: "queued", requestId: "of-ann" },
        crowd: { online: 2, waiting: 1 },
      });
      expect(await ben.find("of-ben")).toMatchObject({ state: { kind: "in-room" }, crowd: { waiting: 0 } });
      const [toAnn, toBen] = [ann.bodies("matched"), ben.bodies("matched")];
      const { roomId } = await ann.room();
      const common = { roomId, generation: 1, partner: "present" };
      expect(toAnn).toEqual([{ room: { ...common, role: "initiator", requestId: "of-ann" } }]);
      expect(toBen).toEqual([{ room: { ...common, role: "responder", requestId: "of-ben" } }]);
    });

    it("[M1] [C49] first come, first served, and everybody knows the own position", async () => {
      const scene = await arrange({ matchSameDevice: false });
      const ann = await scene.enter({ deviceGroup: "home" });
      const ben = await scene.enter({ deviceGroup: "home" });
      const eve = await scene.enter();
      for (const page of [ann, ben]) {
        await page.find();
        await scene.pass(10);
      }
      expect([(await ann.status())?.position, (await ben.status())?.position]).toEqual([1, 2]);
      await eve.find();
      expect((await eve.room()).roomId).toBe((await ann.room()).roomId);
      expect((await ben.status())?.position).toBe(1);
      expect((await ann.status())?.position).toBeUndefined();
    });

    it("[M2] [C28] [I6] a second search of the same person keeps the place and meets nobody", async () => {
      const scene = await arrange();
      const ann = await scene.enter();
      await ann.find("first");
      await scene.pass(2_000);
      expect(await ann.find("second")).toMatchObject({ state: { kind: "queued", requestId: "second" } });
      const { sessions, rooms } = await scene.store.inspect(10);
      expect(sessions).toMatchObject([{ waitingSince: scene.clock.now() - 2_000 }]);
      expect(rooms).toEqual([]);
      expect(await scene.store.stats()).toMatchObject({ waiting: 1 });
      const ben = await scene.enter();
      await ben.find();
      expect(ann.bodies("matched")).toMatchObject([{ room: { requestId: "second" } }]);
    });

    it("[M2] [C46] two tabs of one browser meet where that is wanted", async () => {
      const scene = await arrange({ matchSameDevice: true });
      const ann = await scene.enter({ deviceGroup: "home" });
      const ben = await scene.enter({ deviceGroup: "home" });
      await ann.find();
      expect(await ben.find()).toMatchObject({ state: { kind: "in-room" } });
    });

    it("[M2] [I6] two tabs of one browser do not meet where that is not wanted", async () => {
      const scene = await arrange({ matchSameDevice: false });
      const ann = await scene.enter({ deviceGroup: "home" });
      const ben = await scene.enter({ deviceGroup: "home" });
      await ann.find();
      expect(await ben.find()).toMatchObject({ state: { kind: "queued" } });
      await scene.pass(60_000);
      expect(await scene.store.stats()).toMatchObject({ waiting: 2, rooms: 0 });
    });

    it("[M2] two of whom no device is known may be of one", async () => {
      const scene = await arrange({ matchSameDevice: false });
      const ann = await scene.enter();
      const ben = await scene.enter();
      await ann.find();
      expect(await ben.find()).toMatchObject({ state: { kind: "in-room" } });
    });

    it("[M4] [C31] [I11] a search in a room leaves it first: one partner-left next, no error", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const { roomId } = await ann.room();
      expect(await ann.find()).toMatchObject({ ok: true, state: { kind: "queued" } });
      expect(ben.bodies("partner-left")).toEqual([{ roomId, reason: "next" }]);
      expect(await ben.state()).toEqual({ kind: "idle" });
      expect(await scene.store.stats()).toMatchObject({ rooms: 0, waiting: 1 });
    });

    it("[M4] [C28] Next pressed fifty times leaves one search and one partner-left", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      for (let n = 0; n < 50; n += 1) await ann.find();
      expect(ben.bodies("partner-left")).toHaveLength(1);
      expect(await scene.store.stats()).toMatchObject({ rooms: 0, waiting: 1, sessions: 2 });
    });

    it("[M8] three people: one waits and gets the next who is free", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const eve = await scene.enter();
      expect(await eve.find()).toMatchObject({ state: { kind: "queued" } });
      await ben.find();
      expect((await eve.room()).roomId).toBe((await ben.room()).roomId);
      expect(await ann.state()).toEqual({ kind: "idle" });
    });

    it("[G1] [C33] who cancels is never matched afterwards", async () => {
      const scene = await arrange();
      const ann = await scene.enter();
      const ben = await scene.enter();
      await ann.find();
      expect(await ann.leave()).toEqual({ ok: true, type: "done" });
      expect(await ben.find()).toMatchObject({ state: { kind: "queued" } });
      expect(await ann.state()).toEqual({ kind: "idle" });
      expect(ann.heard).toEqual([]);
    });
  });

  describe("meeting again", () => {
    const searchBoth = async (ann: Stranger, ben: Stranger) => {
      await ann.find();
      await ben.find();
    };

    it("[M5] [I10] the only two meet again when both have waited five seconds", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      await ann.find();
      await scene.pass(3_000);
      await ben.find();
      await scene.pass(4_999);
      expect(await scene.store.stats()).toMatchObject({ waiting: 2, rooms: 0 });
      await scene.pass(1);
      expect((await ann.room()).roomId).toBe((await ben.room()).roomId);
    });

    it("[M5] [I10] among more people it takes fifteen seconds", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      await scene.enter();
      await searchBoth(ann, ben);
      await scene.pass(14_999);
      expect(await scene.store.stats()).toMatchObject({ waiting: 2, rooms: 0 });
      await scene.pass(1);
      expect(await scene.store.stats()).toMatchObject({ waiting: 0, rooms: 1 });
    });

    it("[M5] when the third one goes, the only two need not wait for longer", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const eve = await scene.enter();
      await searchBoth(ann, ben);
      await scene.pass(7_000);
      await eve.drop("bye");
      expect((await ann.room()).roomId).toBe((await ben.room()).roomId);
    });

    it("[M5] when a third one comes, the two wait on", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      await searchBoth(ann, ben);
      await scene.pass(3_000);
      await scene.enter();
      await scene.pass(11_999);
      expect(await scene.store.stats()).toMatchObject({ waiting: 2 });
      await scene.pass(1);
      expect(await scene.store.stats()).toMatchObject({ waiting: 0, rooms: 1 });
    });

    it("[M5] [M1] somebody new is preferred, however short the wait", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const eve = await scene.enter();
      await searchBoth(ann, ben);
      await eve.find();
      expect((await eve.room()).roomId).toBe((await ann.room()).roomId);
      expect(await ben.state()).toMatchObject({ kind: "queued" });
    });

    it("[M5] after ten minutes two are strangers again", async () => {
      const scene = await arrange({ staleMs: 10_000_000 });
      const [ann, ben] = await scene.call();
      await ann.leave();
      await scene.pass(600_000);
      await ann.find();
      expect(await ben.find()).toMatchObject({ state: { kind: "in-room" } });
    });

    it("[M5] a mark that ends while two wait brings them together", async () => {
      const scene = await arrange({ rematchMs: 10_000 });
      const [ann, ben] = await scene.call();
      await scene.enter();
      await ann.leave();
      await scene.pass(4_000);
      await searchBoth(ann, ben);
      await scene.pass(5_999);
      expect(await scene.store.stats()).toMatchObject({ waiting: 2 });
      await scene.pass(1);
      expect(await scene.store.stats()).toMatchObject({ waiting: 0 });
    });

    it("[M5] [I9] when several become acceptable at one instant the oldest goes first", async () => {
      const scene = await arrange({ matchSameDevice: false });
      const zoe = await scene.enter({ deviceGroup: "home" });
      const xan = await scene.enter({ deviceGroup: "home" });
      const [wim, yve] = [await scene.enter(), await scene.enter()];
      const haveMet = [
        [wim, yve],
        [wim, xan],
        [wim, zoe],
        [yve, zoe],
        [yve, xan],
      ] as const;
      for (const [one, other] of haveMet) {
        await searchBoth(one, other);
        await one.leave();
      }
      await zoe.find();
      await scene.pass(1);
      await xan.find();
      await scene.pass(1);
      // Makes the store plan for the younger of the two before it plans for the older one.
      await wim.find();
      await yve.find();
      await wim.leave();
      await scene.pass(15_000);
      expect((await yve.room()).roomId).toBe((await zoe.room()).roomId);
      expect(await xan.state()).toMatchObject({ kind: "queued" });
    });
  });
}
