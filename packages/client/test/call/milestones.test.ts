import { manualClock } from "@serendip/time/testing";
import { describe, expect, it } from "vitest";
import { createMilestones } from "../../src/call/milestones.ts";
import { engineBench, PEER_NEVER_CONNECTS } from "../../src/testing/index.ts";

describe("the stretches of the way to a picture", () => {
  const setUp = () => {
    const clock = manualClock();
    const lines: unknown[] = [];
    const milestones = createMilestones({
      clock,
      log: { info: (_message, details) => lines.push(details), warn: () => {} },
    });
    return { clock, lines, milestones };
  };

  it("[H4] each is measured from the milestone before it, and said once when the picture is there", () => {
    const { clock, lines, milestones } = setUp();
    const passes = ["start", "token", "hello", "camera", "find"] as const;
    for (const [at, milestone] of passes.entries()) {
      clock.advance(at);
      milestones.pass(milestone);
    }
    clock.advance(100);
    milestones.match("room");
    clock.advance(5);
    milestones.passSignal({ kind: "offer", sdp: "" });
    clock.advance(6);
    milestones.passSignal({ kind: "answer", sdp: "" });
    for (const milestone of ["ice", "dtls", "picture", "picture"] as const) {
      clock.advance(7);
      milestones.pass(milestone);
    }
    const told = {
      tokenMs: 1,
      helloMs: 2,
      cameraMs: 6,
      matchMs: 100,
      offerMs: 5,
      answerMs: 6,
      iceMs: 7,
      dtlsMs: 7,
      pictureMs: 7,
    };
    expect(milestones.stretches("room")).toEqual(told);
    expect(lines).toEqual([told]);
  });

  it("[H4] a search that follows has none of Start, and the room before is still known", () => {
    const { clock, milestones } = setUp();
    milestones.pass("start");
    clock.advance(3);
    milestones.pass("token");
    milestones.match("first");
    milestones.pass("find");
    // The connection to the service is made anew in between: no part of the beginning.
    milestones.pass("token");
    milestones.pass("hello");
    clock.advance(20);
    milestones.match("second");
    expect(milestones.stretches("first")).toEqual({ tokenMs: 3 });
    expect(milestones.stretches("second")).toEqual({ matchMs: 20 });
    expect(milestones.stretches("third")).toBeUndefined();
  });

  it("[H4] a packet of the picture before the word of the handshake makes no stretch negative", () => {
    const { clock, lines, milestones } = setUp();
    milestones.match("room");
    milestones.pass("ice");
    clock.advance(10);
    milestones.pass("picture");
    clock.advance(10);
    milestones.pass("dtls");
    expect(lines).toEqual([{ dtlsMs: 20, pictureMs: 0 }]);
  });
});

describe("the report of a call", () => {
  it("[H4] [H2] carries the stretches of its own room, also after the next search has begun", async () => {
    const bench = engineBench();
    bench.peers.behaviour = PEER_NEVER_CONNECTS;
    bench.chat.start();
    await bench.pass(3_000);
    bench.server.match();
    await bench.pass(200);
    bench.peers.current()?.handlers.onSignal({ kind: "offer", sdp: "v=0" });
    await bench.pass(300);
    bench.peers.current()?.handlers.onPath();
    bench.chat.next();
    await bench.settle();
    expect(bench.server.bodies("call-report")).toMatchObject([
      { stretches: { tokenMs: 0, helloMs: 0, cameraMs: 0, matchMs: 3_000, offerMs: 200 } },
    ]);
  });
});
