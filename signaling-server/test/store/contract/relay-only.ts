import { describe, expect, it } from "vitest";
import type { Arrange, Scene } from "./scene.ts";

/** Two in a call; the second one asked that nobody sees an address. */
async function relayedCall(scene: Scene) {
  const [ann, ben] = [await scene.enter(), await scene.enter()];
  await ann.find("of-ann");
  const answer = await ben.find("of-ben", true);
  for (const page of [ann, ben]) await page.ready();
  return { ann, ben, answer };
}

export function relayOnlyRules(arrange: Arrange): void {
  describe("relay only", () => {
    it("[K5] when one of the two asked, both are told, wherever the room is shown", async () => {
      const scene = await arrange();
      const { ann, ben, answer } = await relayedCall(scene);
      expect(answer).toMatchObject({ state: { room: { relayOnly: true } } });
      for (const page of [ann, ben]) {
        expect(page.bodies("matched")).toMatchObject([{ room: { relayOnly: true } }]);
        expect(await page.room()).toMatchObject({ relayOnly: true });
        expect(await page.resume()).toMatchObject({ state: { room: { relayOnly: true } } });
        await page.drop("dropped");
        expect(await page.resume({ peerConnection: "lost" })).toMatchObject({
          state: { room: { relayOnly: true } },
        });
      }
      expect(scene.facts.find(({ type }) => type === "room-opened")).toMatchObject({ relayOnly: true });
    });

    it("[K5] when nobody asked, nothing is said of it", async () => {
      const scene = await arrange();
      const [ann] = await scene.call();
      expect(await ann.room()).not.toHaveProperty("relayOnly");
    });

    it("[K5] [M7] who asked keeps it at the old place, and who did not does not get it", async () => {
      const scene = await arrange({ rematchMs: 0 });
      const { ann, ben } = await relayedCall(scene);
      await ann.giveUp();
      const [cid, dan] = [await scene.enter(), await scene.enter()];
      expect(await cid.find()).toMatchObject({ state: { kind: "in-room" } });
      expect(await ann.room()).not.toHaveProperty("relayOnly");
      expect(await dan.find()).toMatchObject({ state: { room: { relayOnly: true } } });
      expect(await ben.room()).toMatchObject({ relayOnly: true });
    });

    it("[K5] [S7] a search that waits in grace, or moves to another tab, keeps it", async () => {
      const scene = await arrange();
      const ann = await scene.enter();
      await ann.find("of-ann", true);
      await ann.drop("dropped");
      await ann.resume();
      const again = scene.page({ userId: ann.userId });
      await again.enter();
      const ben = await scene.enter();
      expect(await ben.find()).toMatchObject({ state: { room: { relayOnly: true } } });
    });

    it("[K5] [M1] [M7] asked for while one waits, it counts from the same place, and whom not to meet is still known", async () => {
      const scene = await arrange({ matchSameDevice: false, rematchMs: 0 });
      const [ann, ben] = await scene.call();
      await ann.giveUp();
      await scene.pass(2_000);
      expect(await ann.find("hidden", true)).toMatchObject({
        state: { kind: "queued", requestId: "hidden" },
      });
      expect([(await ann.status())?.position, (await ben.status())?.position]).toEqual([1, 2]);
      const cid = await scene.enter();
      expect(await cid.find()).toMatchObject({ state: { room: { relayOnly: true } } });
      expect(ann.bodies("matched").at(-1)).toMatchObject({ room: { requestId: "hidden", relayOnly: true } });
      expect((await cid.room()).roomId).toBe((await ann.room()).roomId);
    });

    it("[K5] a later search without it switches it off", async () => {
      const scene = await arrange();
      const ann = await scene.enter();
      await ann.find("with", true);
      await ann.find("without");
      const ben = await scene.enter();
      expect(await ben.find()).toMatchObject({ state: { kind: "in-room" } });
      expect(await ben.room()).not.toHaveProperty("relayOnly");
    });

    it("[K5] [T2] it outlives a restart, also for the searches that led there", async () => {
      const scene = await arrange();
      const { ann, ben } = await relayedCall(scene);
      const tickets = { ann: await ann.ticket(ben), ben: await ben.ticket(ann) };
      await scene.restartService();
      expect(await ann.resume({ ticket: tickets.ann })).toMatchObject({
        state: { room: { relayOnly: true } },
      });
      expect(scene.facts.at(-1)).toMatchObject({ type: "room-reviving", relayOnly: true });
      expect(await ben.resume({ ticket: tickets.ben })).toMatchObject({
        state: { room: { relayOnly: true } },
      });
      expect(scene.facts.at(-1)).toMatchObject({ type: "room-opened", relayOnly: true });
      await ann.giveUp();
      const cid = await scene.enter();
      expect(await cid.find()).toMatchObject({ state: { room: { relayOnly: true } } });
    });
  });
}
