import { describe, expect, it } from "vitest";
import type { Arrange } from "./scene.ts";

const NOTHING = { sessions: 0, online: 0, waiting: 0, rooms: 0, graces: 0, memories: 0, standings: 0 };

export function boundRules(arrange: Arrange): void {
  describe("bounds", () => {
    it("[S9] [C37] [I20] when all have left and all times are over, nothing is left and nothing waits", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const [eve, joe] = await scene.pair();
      await ann.find();
      await ben.drop("drain");
      await eve.ready();
      await joe.drop("dropped");
      await scene.pass(500);
      for (const page of [ann, eve]) await page.drop("dropped");
      await scene.settle(40 * 60_000);
      expect(await scene.store.stats()).toEqual(NOTHING);
      expect(await scene.store.inspect(10)).toMatchObject({ sessions: [], rooms: [] });
      expect(await scene.store.nextDeadline()).toBeUndefined();
    });

    it("[C21] [C81] what there is can be looked at, oldest first, and not more than asked for", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const eve = await scene.enter();
      await eve.find();
      const { sessions, rooms } = await scene.store.inspect(10);
      expect(sessions.map(({ sessionId }) => sessionId)).toEqual(
        [ann, ben, eve].map(({ credentials }) => credentials.sessionId),
      );
      const members = [ann, ben].map(({ credentials }) => credentials.sessionId);
      expect(rooms).toMatchObject([{ roomId: (await ann.room()).roomId, members }]);
      expect(await scene.store.stats()).toMatchObject({ sessions: 3, online: 3, rooms: 1, waiting: 1 });
      expect(await scene.store.inspect(0)).toMatchObject({ sessions: [], rooms: [] });
      expect((await scene.store.inspect(2)).sessions).toHaveLength(2);
    });

    it("[C81] a look at a session shows no secret", async () => {
      const scene = await arrange();
      const ann = await scene.enter();
      await ann.find();
      await ann.drop("dropped");
      const { sessions } = await scene.store.inspect(10);
      expect(sessions).toEqual([
        {
          sessionId: ann.credentials.sessionId,
          epoch: 1,
          connected: false,
          state: { kind: "queued", requestId: expect.any(String) },
          waitingSince: scene.clock.now(),
          graceUntil: scene.clock.now() + 3_000,
        },
      ]);
      expect(JSON.stringify(sessions)).not.toContain(ann.credentials.resumeSecret);
    });

    it("ticks that come too early, and twice, do no harm", async () => {
      const scene = await arrange();
      const [ann] = await scene.call();
      await ann.drop("dropped");
      const before = await scene.store.inspect(10);
      const due = await scene.store.nextDeadline();
      for (let n = 0; n < 3; n += 1)
        expect(await ann.send({ type: "tick" })).toEqual({
          answer: { ok: true, type: "done" },
          notices: [],
          facts: [],
        });
      expect(await scene.store.inspect(10)).toEqual(before);
      expect(await scene.store.nextDeadline()).toBe(due);
    });
  });
}
