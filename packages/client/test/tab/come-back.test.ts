import { describe, expect, it } from "vitest";
import {
  type EngineBench,
  engineBench,
  MEDIA_DENIED,
  MEDIA_GRANTED,
  MEDIA_HANGS,
  SOCKET_UNREACHABLE,
} from "../../src/testing/index.ts";

async function inCall(): Promise<EngineBench> {
  const bench = engineBench();
  bench.chat.subscribe(() => {});
  bench.chat.start();
  await bench.settle();
  bench.server.match();
  await bench.settle();
  expect(phaseOf(bench)).toBe("connected");
  return bench;
}

const phaseOf = ({ chat }: EngineBench) => chat.getSnapshot().status.phase;
const offered = ({ chat }: EngineBench) => chat.getSnapshot().canGoOn;
/** Everything that a page can be noticed by. */
const traces = ({ media, server, tokens, readiness, stun, gatherer, storage }: EngineBench) => ({
  captures: media.wishes.length,
  finds: server.bodies("find").length,
  sockets: server.sockets.length,
  tokens: tokens.asked.length,
  http: readiness.relayAsked + readiness.tried,
  ice: stun.asked.length + gatherer.asked.length,
  opens: storage.opens,
});

async function shown(bench: EngineBench): Promise<EngineBench> {
  bench.chat.subscribe(() => {});
  await bench.settle();
  return bench;
}

describe("[S12] whoever comes back to a call in another way than by a reload", () => {
  it("finds the first page with an offer, and nothing was asked, opened or captured for it", async () => {
    const before = await inCall();
    const after = await before.comeBack(2_000);
    const untouched = traces(after);
    await shown(after);
    expect(phaseOf(after)).toBe("idle");
    expect(offered(after)).toBe(true);
    await after.pass(60_000);
    expect(traces(after)).toEqual(untouched);
    expect(after.media.liveTracks()).toBe(0);
  });

  it("goes on at a press, in the same room", async () => {
    const before = await inCall();
    const { roomId } = before.server.bodies("ready")[0] ?? {};
    const after = await shown(await before.comeBack(2_000));
    after.chat.goOn();
    await after.settle();
    expect(after.chat.getSnapshot()).toMatchObject({
      status: { phase: "connected", roomId },
      canGoOn: false,
    });
    expect(after.server.bodies("find")).toHaveLength(1);
    expect(after.server.sockets.at(-1)?.hello).toMatchObject({
      resume: { sessionId: "session-1", peerConnection: "lost" },
      ticket: `ticket-of-${roomId}`,
    });
  });

  it("joins as before, unless that is changed on the first page", async () => {
    const before = await inCall();
    before.chat.setEnabled("microphone", false);
    const after = await shown(await before.comeBack(2_000));
    expect(after.chat.getSnapshot().microphone.enabled).toBe(false);
    after.chat.setEnabled("microphone", true);
    after.chat.setEnabled("camera", false);
    after.hints.promise();
    await after.settle();
    after.chat.goOn();
    await after.settle();
    expect(after.media.wishes.at(-1)).toMatchObject({ camera: false, microphone: true });
  });

  it("is not asked for the devices that the call went on without", async () => {
    const before = engineBench();
    before.media.behaviour = MEDIA_DENIED;
    before.chat.start();
    await before.settle();
    before.chat.joinWithout();
    await before.settle();
    before.server.match();
    await before.settle();
    const asked = before.media.wishes.length;
    const after = await shown(await before.comeBack(2_000));
    after.chat.goOn();
    await after.settle();
    expect(phaseOf(after)).toBe("connected");
    expect(after.media.wishes).toHaveLength(asked);
  });

  it("is told where the call is over; nobody is searched, and the camera is not touched", async () => {
    const before = await inCall();
    const after = await shown(await before.comeBack(8_000));
    after.server.state = { kind: "idle" };
    const { captures } = traces(after);
    after.chat.goOn();
    await after.settle();
    expect(after.chat.getSnapshot().status).toMatchObject({
      phase: "failed",
      error: { code: "call-over", action: "find-another" },
    });
    expect(traces(after)).toMatchObject({ finds: 1, captures });
    expect(after.held()).toEqual({ sockets: 0, peers: 0, tracks: 0, timers: 0 });
    after.chat.retry();
    await after.settle();
    expect(phaseOf(after)).toBe("searching");
  });

  it.each([
    ["back in the queue", (bench: EngineBench) => bench.server.requeue()],
    ["left alone", (bench: EngineBench) => bench.server.partnerLeaves()],
  ])("and %s while the browser asks for the camera, is not put before a stranger", async (_what, happens) => {
    const before = await inCall();
    const after = await shown(await before.comeBack(2_000));
    after.media.behaviour = MEDIA_HANGS;
    after.chat.goOn();
    await after.settle();
    expect(phaseOf(after)).toBe("requesting-media");
    happens(after);
    expect(after.chat.getSnapshot().problem?.code).toBe("call-over");
    expect(after.server.bodies("leave")).toHaveLength(1);
    expect(after.server.bodies("find")).toHaveLength(1);
    expect(after.held()).toEqual({ sockets: 0, peers: 0, tracks: 0, timers: 0 });
  });

  it("waits for a service that cannot be reached as long as the room can be there, and says so", async () => {
    const before = await inCall();
    const after = await shown(await before.comeBack(2_000));
    after.server.behaviour = SOCKET_UNREACHABLE;
    after.chat.goOn();
    await after.pass(20_000);
    expect(after.chat.getSnapshot()).toMatchObject({
      status: { phase: "returning" },
      problem: { code: "server-unreachable" },
    });
    await after.pass(100_000);
    expect(after.chat.getSnapshot().problem?.code).toBe("call-over");
    expect(after.held()).toEqual({ sockets: 0, peers: 0, tracks: 0, timers: 0 });
  });

  it("goes on when the service is lost while the browser asks for the camera, and is there again", async () => {
    const before = await inCall();
    const after = await shown(await before.comeBack(2_000));
    let allow = () => {};
    const { capture } = after.media;
    after.media.capture = (wish, signal) =>
      new Promise((resolve) => {
        allow = () => resolve(capture.call(after.media, wish, signal));
      });
    after.chat.goOn();
    await after.settle();
    after.server.drop();
    allow();
    await after.settle();
    expect(phaseOf(after)).toBe("returning");
    await after.pass(3_000);
    expect(phaseOf(after)).toBe("connected");
    expect(after.server.bodies("find")).toHaveLength(1);
  });

  it.each([
    ["Stop", ({ chat }: EngineBench) => chat.stop()],
    ["another leaving", ({ hints }: EngineBench) => hints.leave("kept")],
    ["the end of the chat", ({ chat }: EngineBench) => chat.dispose()],
  ])("and decides otherwise at once (%s), is brought back nowhere", async (_what, happens) => {
    for (const hangs of [false, true]) {
      const after = await shown(await (await inCall()).comeBack(2_000));
      after.storage.hangs = hangs;
      const untouched = traces(after);
      after.chat.goOn();
      happens(after);
      await after.settle();
      after.storage.answer();
      await after.pass(5_000);
      expect(phaseOf(after)).toBe("idle");
      expect({ ...traces(after), opens: 0 }).toEqual({ ...untouched, opens: 0 });
      expect(after.held()).toEqual({ sockets: 0, peers: 0, tracks: 0, timers: 0 });
    }
  });

  it.each([
    ["its devices are refused", "retry", "media-denied"],
    ["its devices are refused, and it joins without", "joinWithout", "media-denied"],
    ["another tab takes over for a moment", "retry", "session-replaced"],
  ] as const)("and first %s, goes back to that room all the same", async (_what, press, code) => {
    const before = await inCall();
    const { roomId } = before.server.bodies("ready")[0] ?? {};
    const after = await shown(await before.comeBack(2_000));
    after.media.behaviour = code === "media-denied" ? MEDIA_DENIED : MEDIA_HANGS;
    after.chat.goOn();
    await after.settle();
    if (code === "session-replaced") after.server.bye("superseded");
    await after.settle();
    expect(after.chat.getSnapshot().status).toEqual({
      phase: "failed",
      error: expect.objectContaining({ code }),
    });
    expect(after.held()).toEqual({ sockets: 0, peers: 0, tracks: 0, timers: 0 });
    expect(after.server.bodies("leave")).toEqual([]);
    after.media.behaviour = MEDIA_GRANTED;
    after.chat[press]();
    await after.settle();
    expect(after.chat.getSnapshot().status).toMatchObject({ phase: "connected", roomId });
    expect(after.server.bodies("find")).toHaveLength(1);
  });

  it("and is refused its devices for longer than the room lasts, is told so, and put before no stranger", async () => {
    for (const gone of [true, false]) {
      const after = await shown(await (await inCall()).comeBack(2_000));
      after.media.behaviour = MEDIA_DENIED;
      after.chat.goOn();
      await after.settle();
      after.media.behaviour = MEDIA_GRANTED;
      if (gone) after.server.state = { kind: "idle" };
      else after.server.behaviour = SOCKET_UNREACHABLE;
      if (!gone) await after.pass(130_000);
      after.chat.retry();
      await after.pass(200);
      expect(after.chat.getSnapshot().problem?.code).toBe("call-over");
      expect(after.server.bodies("find")).toHaveLength(1);
      expect(after.held()).toEqual({ sockets: 0, peers: 0, tracks: 0, timers: 0 });
    }
  });

  it("and reloads the page on the way, is asked again, and is on the way to no stranger", async () => {
    for (const behaviour of [MEDIA_HANGS, MEDIA_DENIED]) {
      const after = await shown(await (await inCall()).comeBack(2_000));
      after.media.behaviour = behaviour;
      after.chat.goOn();
      await after.settle();
      const again = await shown(await after.comeBack(1_000, "reload"));
      expect([phaseOf(again), offered(again)]).toEqual(["idle", true]);
      again.media.behaviour = MEDIA_GRANTED;
      again.chat.goOn();
      await again.settle();
      expect(phaseOf(again)).toBe("connected");
      expect(again.server.bodies("find")).toHaveLength(1);
    }
  });

  it("and stops after its devices were refused, has nothing to go on with", async () => {
    const after = await shown(await (await inCall()).comeBack(2_000));
    after.media.behaviour = MEDIA_DENIED;
    after.chat.goOn();
    await after.settle();
    after.chat.stop();
    expect(after.storage.remembered).not.toHaveProperty("active");
    expect(after.storage.remembered).not.toHaveProperty("ticket");
    expect(offered(await shown(await after.comeBack(1_000)))).toBe(false);
  });

  it("may start anew or stop instead, and is not asked again", async () => {
    const before = await inCall();
    const after = await shown(await before.comeBack(2_000));
    after.chat.start();
    await after.settle();
    expect(offered(after)).toBe(false);
    expect(after.server.bodies("find")).toHaveLength(2);
    const stopped = await shown(await (await inCall()).comeBack(2_000));
    stopped.chat.stop();
    expect(offered(stopped)).toBe(false);
    stopped.chat.goOn();
    await stopped.settle();
    expect(stopped.held()).toEqual({ sockets: 0, peers: 0, tracks: 0, timers: 0 });
  });

  it("is offered nothing once the ticket is too old, nor after Stop, a search, or a call that is over", async () => {
    const before = await inCall();
    const after = await shown(await before.comeBack(60_000));
    expect(offered(after)).toBe(true);
    await after.pass(60_000);
    expect(offered(after)).toBe(false);
    expect(after.held().timers).toBe(0);
    expect(offered(await shown(await (await inCall()).comeBack(24 * 3_600_000)))).toBe(false);

    const stopped = await inCall();
    stopped.chat.stop();
    expect(offered(await shown(await stopped.comeBack(1_000)))).toBe(false);
    const left = await inCall();
    left.server.partnerLeaves();
    expect(offered(await shown(await left.comeBack(1_000)))).toBe(false);
  });

  it("is offered nothing in a duplicate of the tab, whose call goes on elsewhere", async () => {
    const before = await inCall();
    const after = await before.comeBack(1_000);
    after.storage.copied = true;
    await shown(after);
    expect(offered(after)).toBe(false);
  });

  it("loses the offer with the page, and a computer that slept through its time has none", async () => {
    const before = await inCall();
    const after = await shown(await before.comeBack(1_000));
    after.system.aheadMs = 300_000;
    after.hints.promise();
    await after.settle();
    expect(offered(after)).toBe(false);
    const disposed = await shown(await (await inCall()).comeBack(1_000));
    disposed.chat.dispose();
    expect(disposed.held().timers).toBe(0);
  });
});

describe("[S12] a reload", () => {
  it("goes on by itself, and no longer once its record is older than 30 s: then it is a question", async () => {
    const before = await inCall();
    await before.pass(300_000);
    // Renewed when the page went, however long the call was.
    const soon = await shown(await before.comeBack(29_000, "reload"));
    expect(phaseOf(soon)).toBe("connected");
    const later = await shown(await soon.comeBack(31_000, "reload"));
    expect([phaseOf(later), offered(later)]).toEqual(["idle", true]);
  });

  it("of the first page is none of the call that it offers", async () => {
    const before = await inCall();
    const offering = await shown(await before.comeBack(1_000));
    const after = await shown(await offering.comeBack(1_000, "reload"));
    expect([phaseOf(after), offered(after)]).toEqual(["idle", true]);
    expect(after.media.liveTracks()).toBe(0);
  });

  it("of the first page is none of the search that was left before it", async () => {
    const before = engineBench();
    before.chat.start();
    await before.settle();
    const first = await shown(await before.comeBack(1_000));
    expect([phaseOf(first), offered(first)]).toEqual(["idle", false]);
    const after = await shown(await first.comeBack(1_000, "reload"));
    expect(phaseOf(after)).toBe("idle");
    expect(after.server.bodies("find")).toHaveLength(1);
  });

  it("after a clock was set back is one of an old record", async () => {
    const before = await inCall();
    const after = await before.comeBack(1_000, "reload");
    after.system.aheadMs = -3_600_000;
    await shown(after);
    expect([phaseOf(after), offered(after)]).toEqual(["idle", false]);
  });
});

describe("[S12] a page that the browser keeps and shows again as it was", () => {
  it("gives camera and connections back when it goes, without a word of leaving", async () => {
    const bench = await inCall();
    bench.hints.leave("kept");
    expect(bench.held()).toEqual({ sockets: 0, peers: 0, tracks: 0, timers: 0 });
    expect(bench.server.bodies("unloading")).toHaveLength(1);
    expect(bench.server.bodies("leave")).toEqual([]);
  });

  it("comes back as the first page, with the offer while the ticket is good, and goes on at a press", async () => {
    const bench = await inCall();
    const { captures, finds } = traces(bench);
    bench.hints.leave("kept");
    bench.clock.advance(5_000);
    bench.hints.comeBack();
    bench.hints.promise();
    await bench.pass(20_000);
    expect([phaseOf(bench), offered(bench)]).toEqual(["idle", true]);
    expect(traces(bench)).toMatchObject({ captures, finds });
    bench.chat.goOn();
    await bench.settle();
    expect(phaseOf(bench)).toBe("connected");
    bench.hints.leave("kept");
    bench.system.aheadMs += 24 * 3_600_000;
    bench.hints.comeBack();
    await bench.pass(20_000);
    expect([phaseOf(bench), offered(bench)]).toEqual(["idle", false]);
    expect(traces(bench)).toMatchObject({ captures: captures + 1, finds });
  });

  it("and was searching, has nothing to go on with", async () => {
    const bench = engineBench();
    bench.chat.subscribe(() => {});
    bench.chat.start();
    await bench.settle();
    bench.hints.leave("kept");
    bench.hints.comeBack();
    await bench.pass(20_000);
    expect([phaseOf(bench), offered(bench)]).toEqual(["idle", false]);
    expect(bench.server.bodies("find")).toHaveLength(1);
  });
});
