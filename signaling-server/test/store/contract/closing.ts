import { describe, expect, it } from "vitest";
import { type Played, StoreUnavailable } from "../../../src/store/lobby-store.ts";
import type { Arrange } from "./scene.ts";

export function closingRules(arrange: Arrange): void {
  describe("the end of a store", () => {
    it("once it is closed, nothing is executed or told, and whoever asks is told that it is away", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const { roomId } = await ann.room();
      const told: Played[] = [];
      scene.store.follow((played) => void told.push(played));
      await scene.store.close();
      for (const command of [
        { type: "tick" },
        { type: "touch", callers: [ann.caller] },
        { type: "find", caller: ann.caller, requestId: "late", relayOnly: false },
        { type: "media", caller: ben.caller, roomId, flowing: true },
        { type: "detach", caller: ben.caller, cause: "dropped" },
        scene.page().begin(),
      ] as const)
        await expect(scene.store.execute(command)).rejects.toThrow(StoreUnavailable);
      expect(told).toEqual([]);
    });

    it("a command that was asked before the end is whole: told once and answered, or neither", async () => {
      const scene = await arrange();
      const [ann] = await scene.call();
      const told: Played[] = [];
      scene.store.follow((played) => void told.push(played));
      const [asked] = await Promise.allSettled([
        ann.send({ type: "touch", callers: [ann.caller] }),
        scene.store.close(),
      ]);
      expect(told).toHaveLength(asked.status === "fulfilled" ? 1 : 0);
    });

    it("[D1] [I21] from the drain on nobody is matched, and searches and rooms stay", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const [cid, dan] = [await scene.enter(), await scene.enter()];
      await cid.find();
      expect(await ann.send({ type: "drain" })).toMatchObject({ answer: { ok: true } });
      await dan.find();
      await scene.pass(60_000);
      for (const page of [cid, dan]) expect(await page.state()).toMatchObject({ kind: "queued" });
      for (const page of [ann, ben]) expect(await page.state()).toMatchObject({ kind: "in-room" });
    });

    it("to close it twice is to close it once", async () => {
      const scene = await arrange();
      await scene.store.close();
      await scene.store.close();
    });
  });
}
