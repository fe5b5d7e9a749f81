import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type EngineBench,
  engineBench,
  MEDIA_DENIED,
  MEDIA_GRANTED,
  MEDIA_HANGS,
  NO_CAMERA,
} from "../../src/testing/index.ts";
import { expectCameraAsWanted, isVideo, settleQuestions } from "./as-wanted.ts";

const behave = (behaviour: EngineBench["media"]["behaviour"]) => (bench: EngineBench) => {
  bench.media.behaviour = behaviour;
};

/** What people, browsers and systems do to a camera. */
const FATES: Readonly<Record<string, (bench: EngineBench) => void>> = {
  start: ({ chat }) => chat.start(),
  stop: ({ chat }) => chat.stop(),
  retry: ({ chat }) => chat.retry(),
  "join without": ({ chat }) => chat.joinWithout(),
  on: ({ chat }) => chat.setEnabled("camera", true),
  off: ({ chat }) => chat.setEnabled("camera", false),
  choose: ({ chat }) => chat.selectDevice("camera", "camera-2"),
  switch: ({ chat }) => chat.switchCamera(),
  answer: ({ media }) => media.answer(),
  granted: behave(MEDIA_GRANTED),
  hangs: behave(MEDIA_HANGS),
  denied: behave(MEDIA_DENIED),
  "no camera": behave(NO_CAMERA),
  mute: ({ media }) => media.tracks.findLast(isVideo)?.mute(true),
  unmute: ({ media }) => media.tracks.findLast(isVideo)?.mute(false),
  unplug: ({ media }) => media.tracks.findLast(isVideo)?.end(),
  plug: ({ media }) => media.plugIn("camera"),
  "taken back": ({ media }) => {
    media.permit("denied");
    for (const track of media.tracks) track.end();
  },
  "given again": ({ media }) => media.permit("granted"),
  taken: ({ media }) => {
    media.taken = ["camera", "back"];
  },
  free: ({ media }) => {
    media.taken = [];
  },
  "one at a time": ({ media }) => {
    media.oneCameraAtATime = true;
  },
  hide: ({ media }) => media.show(false),
  show: ({ media }) => media.show(true),
};

const anyFate = fc.record({
  name: fc.constantFrom(...Object.keys(FATES)),
  passMs: fc.constantFrom(0, 0, 0, 0, 200, 1_500),
});

describe("a camera in a bad world", () => {
  it("[R16] is off where it is off, on where it is wanted and nothing is wrong, and never two at a time", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.boolean(),
        fc.array(anyFate, { maxLength: 12 }),
        async (camera, asks, fates) => {
          const bench = engineBench();
          if (asks) bench.media.behaviour = MEDIA_HANGS;
          bench.chat.setEnabled("camera", camera);
          bench.chat.start();
          await bench.settle();
          for (const { name, passMs } of fates) {
            FATES[name]?.(bench);
            if (passMs > 0) await bench.pass(passMs);
          }
          await settleQuestions(bench);
          expectCameraAsWanted(bench);
          expect(bench.chat.getStatus().lastErrors.filter(({ code }) => code === "fault")).toEqual([]);
          bench.chat.stop();
          await bench.pass(1_000);
          expect(bench.held()).toEqual({ sockets: 0, peers: 0, tracks: 0, timers: 0 });
        },
      ),
      { numRuns: 150 },
    );
  });
});
