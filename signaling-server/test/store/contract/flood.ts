import { LIMITS } from "@serendip/protocol";
import { describe, expect, it } from "vitest";
import type { Stranger } from "../strangers.ts";
import type { Arrange, Scene } from "./scene.ts";

const { generations, refusals } = LIMITS.perMinute;

/** Asks for a new negotiation again and again, at one instant; the last answer. */
async function rebuildTimes(page: Stranger, times: number) {
  let answer = await page.rebuild((await page.room()).generation);
  for (let time = 1; time < times && answer.ok; time += 1)
    answer = await page.rebuild((await page.room()).generation);
  return answer;
}

/** Asks although it was told to wait, until there is no room any more. */
async function flood(page: Stranger): Promise<void> {
  for (let time = 0; time <= refusals; time += 1) {
    const state = await page.state();
    if (state?.kind !== "in-room") return;
    await page.rebuild(state.room.generation);
  }
}

const ended = (scene: Scene) =>
  scene.facts.flatMap((fact) => (fact.type === "room-ended" ? [fact.reason] : []));

export function floodRules(arrange: Arrange): void {
  describe("floods", () => {
    it("[R17] who begins more negotiations than a call needs is told to wait, and may go on after that", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      expect(await rebuildTimes(ann, generations)).toEqual({ ok: true, type: "done" });
      expect(ben.bodies("partner-back")).toHaveLength(generations);
      const { generation } = await ann.room();
      const refusal = await ann.rebuild(generation, "asked-too-soon");
      expect(refusal).toEqual({ ok: false, code: "rate_limited", retryAfterMs: 60_000 / generations });
      expect((await ann.room()).generation).toBe(generation);
      // The partner has spent nothing.
      expect(await ben.rebuild(generation)).toEqual({ ok: true, type: "done" });
      await scene.pass(60_000 / generations);
      expect(await ann.rebuild(generation + 1, "asked-too-soon")).toEqual({ ok: true, type: "done" });
    });

    it("[R17] neither another room nor another session, socket or tab renews what a person may do", async () => {
      const scene = await arrange({ rematchMs: 0 });
      const [ann, ben] = await scene.call();
      await rebuildTimes(ann, generations);
      await ann.leave();
      await ben.find();
      await ann.drop("bye");
      const again = scene.page({ userId: ann.userId, tabId: "another-tab" });
      await again.enter();
      await again.find();
      expect(await again.rebuild(1)).toMatchObject({ ok: false, code: "rate_limited" });
    });

    it("[R17] [R8] who goes on all the same loses the room: the partner hears why and can search, the other one is idle", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const { roomId } = await ann.room();
      await rebuildTimes(ann, generations);
      await flood(ann);
      expect(ended(scene)).toEqual(["flood"]);
      expect(ben.bodies("partner-left")).toEqual([{ roomId, reason: "left", newReason: "flood" }]);
      expect(ann.bodies("partner-left")).toEqual([{ roomId, reason: "left" }]);
      for (const page of [ann, ben]) expect(await page.state()).toEqual({ kind: "idle" });
      const eve = await scene.enter();
      await eve.find();
      await ben.find();
      expect(await ben.state()).toMatchObject({ kind: "in-room" });
    });

    it("[R17] the next room of somebody who has lost one that way ends with the first thing too many", async () => {
      const scene = await arrange({ rematchMs: 0 });
      const [ann, ben] = await scene.call();
      await rebuildTimes(ann, generations);
      await flood(ann);
      await ann.find();
      await ben.find();
      await ann.rebuild(1);
      expect(ended(scene)).toEqual(["flood", "flood"]);
      expect(await ann.state()).toEqual({ kind: "idle" });
    });

    it("[R17] [R5] returns without a connection count as well: one too many finds no room any more", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      for (let time = 0; time < generations; time += 1)
        expect((await ann.resume({ peerConnection: "lost" })).state).toMatchObject({
          kind: "in-room",
          room: { generation: time + 2 },
        });
      expect((await ann.resume({ peerConnection: "lost" })).state).toEqual({ kind: "idle" });
      expect(ben.bodies("partner-left")).toMatchObject([{ newReason: "flood" }]);
    });

    it("[R17] [R14] so do generations that are raised for signals that were lost", async () => {
      const scene = await arrange();
      const [ann] = await scene.call();
      await rebuildTimes(ann, generations);
      const { generation } = await ann.room();
      expect(await ann.raiseGeneration(generation, "initiator")).toMatchObject({ code: "rate_limited" });
      expect(ended(scene)).toEqual([]);
      expect(await ann.raiseGeneration(generation, "responder")).toMatchObject({ code: "rate_limited" });
      expect(ended(scene)).toEqual(["flood"]);
    });

    it("[R17] the relay's word ends the room that it is about, and no other", async () => {
      const scene = await arrange({ rematchMs: 0 });
      const [ann, ben] = await scene.call();
      const { roomId } = await ann.room();
      await ann.find();
      await ben.find();
      const word = () => ann.send({ type: "flooding", caller: ann.caller, roomId });
      expect((await word()).answer).toMatchObject({ ok: false, code: "not_in_room" });
      expect(await ben.state()).toMatchObject({ kind: "in-room" });
      const now = (await ann.room()).roomId;
      await ann.send({ type: "flooding", caller: ann.caller, roomId: now });
      expect(ended(scene)).toEqual(["next", "flood"]);
    });
  });
}
