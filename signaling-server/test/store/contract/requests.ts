import { describe, expect, it } from "vitest";
import type { Arrange } from "./scene.ts";

export function requestRules(arrange: Arrange): void {
  describe("repeated requests", () => {
    it("[Q1] [I18] the same find gets the same answer and has no second effect", async () => {
      const scene = await arrange();
      const ann = await scene.enter();
      const ben = await scene.enter();
      const answer = await ann.find("once");
      await ben.find();
      const factsBefore = scene.facts.length;
      expect(await ann.find("once")).toEqual(answer);
      expect(scene.facts).toHaveLength(factsBefore);
      expect(await ann.state()).toMatchObject({ kind: "in-room" });
    });

    it("[Q1] [I18] a repeated leave does not end what came after it", async () => {
      const scene = await arrange();
      const ann = await scene.enter();
      await ann.leave("once");
      await ann.find();
      expect(await ann.leave("once")).toEqual({ ok: true, type: "done" });
      expect(await ann.state()).toMatchObject({ kind: "queued" });
    });

    it("[Q1] repeated ready and give-up have no second effect", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const { roomId } = await ann.room();
      const command = { type: "give-up", caller: ann.caller, requestId: "once", roomId } as const;
      const { answer } = await ann.send(command);
      await ann.leave();
      expect(await ann.send(command)).toEqual({ answer, notices: [], facts: [] });
      expect(await ann.state()).toEqual({ kind: "idle" });
      expect(ben.bodies("requeued")).toHaveLength(1);
    });

    it("[Q1] a repetition over a newer socket of the session is recognised too", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const answer = await ann.find("once");
      await ann.resume();
      expect(await ann.find("once")).toEqual(answer);
      expect(ben.bodies("partner-left")).toHaveLength(1);
    });

    it("[Q1] a repetition that reaches a new session takes effect there: nobody waits for a lost place", async () => {
      const scene = await arrange();
      const ann = await scene.enter();
      await ann.find("once");
      await ann.drop("dropped");
      await scene.pass(3_000);
      await ann.resume();
      await ann.find("once");
      expect(await ann.state()).toEqual({ kind: "queued", requestId: "once" });
    });

    it("[Q1] after a minute an answer is forgotten", async () => {
      const scene = await arrange();
      const ann = await scene.enter();
      await ann.leave("once");
      await ann.find();
      await scene.pass(59_999);
      await ann.leave("once");
      expect(await ann.state()).toMatchObject({ kind: "queued" });
      await scene.pass(1);
      await ann.leave("once");
      expect(await ann.state()).toEqual({ kind: "idle" });
    });

    it("[Q1] [I20] only the last 32 answers are kept", async () => {
      const scene = await arrange();
      const ann = await scene.enter();
      for (let n = 0; n < 40; n += 1) await ann.leave(`leave-${n}`);
      expect((await scene.store.stats()).memories).toBe(32);
      await ann.find();
      await ann.leave("leave-9");
      expect(await ann.state()).toMatchObject({ kind: "queued" });
      await ann.leave("leave-8");
      expect(await ann.state()).toEqual({ kind: "idle" });
    });

    it("[Q1] the same id for another kind of request is another request", async () => {
      const scene = await arrange();
      const ann = await scene.enter();
      await ann.find("same");
      expect(await ann.leave("same")).toEqual({ ok: true, type: "done" });
      expect(await ann.state()).toEqual({ kind: "idle" });
    });
  });
}
