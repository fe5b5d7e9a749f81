import { expect } from "vitest";
import type { EngineBench, FakeTrack } from "../../src/testing/index.ts";

export const isVideo = ({ kind }: FakeTrack): boolean => kind === "video";

/** No capture has been promised, or none yet. */
const NOT_IN_USE = ["idle", "failed", "returning", "requesting-media"];

/** Answers every question, one of which may lead to the next: beside, instead, back (`Ask`). */
export async function settleQuestions({ media, pass }: EngineBench): Promise<void> {
  // Longer than black, an interruption's renewal and the telling of a mute take.
  do await pass(3_000);
  while (media.answer());
}

/** What is wanted of the camera now is so, whatever was asked for and answered in between. */
export function expectCameraAsWanted({ chat, media }: EngineBench): void {
  const { status, camera, localStream } = chat.getSnapshot();
  const live = media.tracks.filter((track) => isVideo(track) && track.readyState === "live");
  if (!camera.enabled || camera.state === "none" || camera.state === "missing") expect(live).toEqual([]);
  const inUse = !NOT_IN_USE.includes(status.phase);
  if (!inUse || !camera.enabled || camera.problem || camera.state === "missing") return;
  expect(camera.state).toBe("live");
  expect(live).toHaveLength(1);
  expect(localStream?.getTracks()).toContain(live[0]);
}
