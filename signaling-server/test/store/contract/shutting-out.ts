import { describe, expect, it } from "vitest";
import { AWAY_CAUSES } from "../strangers.ts";
import type { Arrange } from "./scene.ts";

export function shuttingOutRules(arrange: Arrange): void {
  describe("shutting out", () => {
    it.each(AWAY_CAUSES)(
      "[S16] whoever is shut out while away (%s) has no room from then on, though media holds the place",
      async (cause) => {
        const scene = await arrange();
        const [ann, ben] = await scene.call();
        const { roomId } = await ben.room();
        for (const page of [ann, ben]) await page.media(true);
        await ann.drop(cause);
        await scene.pass(2_000);
        await ben.send({ type: "shut-out", who: { kind: "userId", id: ann.userId } });
        expect(ben.bodies("partner-left")).toEqual([{ roomId, reason: "left" }]);
        expect(await ben.state()).toEqual({ kind: "idle" });
        expect(await scene.store.stats()).toMatchObject({ sessions: 1, online: 1, rooms: 0, graces: 0 });
        expect(scene.facts).toContainEqual({
          type: "session-closed",
          sessionId: ann.credentials.sessionId,
          cause: "shut-out",
        });
        expect(await ann.resume()).toMatchObject({ resumed: false, state: { kind: "idle" } });
      },
    );

    it("[S16] whoever is shut out loses a place in the queue, also in grace, and is matched no more", async () => {
      const scene = await arrange();
      const [ann, ben, eve] = [await scene.enter(), await scene.enter(), await scene.enter()];
      await ann.find();
      await ann.drop("dropped");
      for (const page of [ann, eve])
        await page.send({ type: "shut-out", who: { kind: "userId", id: page.userId } });
      expect(await scene.store.stats()).toMatchObject({ sessions: 1, waiting: 0, graces: 0 });
      expect(await ben.find()).toMatchObject({ state: { kind: "queued" } });
    });

    it("[S16] a live connection of theirs gets its bye once, and what it still sends changes nothing", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const { caller } = ann;
      const shutOut = { type: "shut-out", who: { kind: "userId", id: ann.userId } } as const;
      for (let n = 0; n < 2; n += 1) await ben.send(shutOut);
      expect(ann.bodies("bye")).toEqual([{ code: "revoked", reconnect: "no" }]);
      expect(ben.bodies("partner-left")).toHaveLength(1);
      const late = await ann.send({ type: "detach", caller, cause: "bye" });
      expect(late).toEqual({ answer: { ok: false, code: "stale_session" }, notices: [], facts: [] });
    });

    it("[S16] a device that is shut out ends everybody of its profile, two of one room among them, and nobody else", async () => {
      const scene = await arrange({ matchSameDevice: true });
      const profile = { deviceGroup: "0b8e3c60-6a35-4c36-9d9c-0a86c1bd6d22" };
      const [ann, amy, ben] = [await scene.enter(profile), await scene.enter(profile), await scene.enter()];
      await ann.find();
      await amy.find();
      await ann.room();
      await ben.find();
      await ben.send({
        type: "shut-out",
        who: { kind: "deviceGroup", id: profile.deviceGroup.toUpperCase() },
      });
      for (const page of [ann, amy]) expect(page.bodies("bye")).toMatchObject([{ code: "revoked" }]);
      expect(await ben.state()).toMatchObject({ kind: "queued" });
      expect(await scene.store.stats()).toMatchObject({ sessions: 1, waiting: 1, rooms: 0 });
    });

    it("[S16] somebody of whom nothing is known changes nothing", async () => {
      const scene = await arrange();
      await scene.call();
      const before = await scene.store.inspect(10);
      for (const kind of ["userId", "deviceGroup"] as const) {
        const [page] = [scene.page()];
        const outcome = await page.send({ type: "shut-out", who: { kind, id: page.userId } });
        expect(outcome).toEqual({ answer: { ok: true, type: "done" }, notices: [], facts: [] });
      }
      expect(await scene.store.inspect(10)).toEqual(before);
    });

    it("[S16] it is known whose a session is, also in grace, and of no other", async () => {
      const scene = await arrange();
      const deviceGroup = "0b8e3c60-6a35-4c36-9d9c-0a86c1bd6d22";
      const ann = await scene.enter({ deviceGroup });
      await ann.find();
      await ann.drop("dropped");
      const { sessionId } = ann.credentials;
      expect(await scene.store.whoseIs(sessionId)).toEqual({ userId: ann.userId, deviceGroup });
      expect(await scene.store.whoseIs("nobody")).toBeUndefined();
    });
  });
}
