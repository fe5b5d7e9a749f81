import { describe, expect, it } from "vitest";
import { engineBench, SOCKET_UNREACHABLE } from "../../src/testing/index.ts";

describe("watching a chat", () => {
  it("hands out the same snapshot until something changed, and then another one", async () => {
    const bench = engineBench();
    const { getSnapshot, subscribe } = bench.chat;
    const seen: unknown[] = [];
    subscribe(() => seen.push(getSnapshot()));
    await bench.settle();
    const idle = getSnapshot();
    expect(getSnapshot()).toBe(idle);
    bench.chat.next();
    bench.chat.stop();
    bench.chat.setEnabled("camera", true);
    expect(getSnapshot()).toBe(idle);
    bench.chat.start();
    await bench.settle();
    expect(getSnapshot()).not.toBe(idle);
    expect(getSnapshot().camera.devices).toBe(idle.camera.devices);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it("[C78] on and once hear what they ask for, until they are undone, and leave nothing behind", async () => {
    const bench = engineBench();
    const heard: string[] = [];
    const undo = bench.chat.on("connection", ({ state }) => heard.push(`on ${state}`));
    bench.chat.once("connection", ({ state }) => heard.push(`once ${state}`));
    const never = bench.chat.once("connection", () => heard.push("never"));
    never();
    never();
    bench.chat.start();
    await bench.settle();
    undo();
    bench.chat.stop();
    expect(heard).toEqual(["on connecting", "once connecting", "on online"]);
  });

  it("[C78] [C79] errors are told once each, and a listener that throws does not stop the others", async () => {
    const bench = engineBench();
    const errors: string[] = [];
    bench.chat.on("error", () => {
      throw new Error("a bug of the embedder");
    });
    bench.chat.on("error", ({ code }) => errors.push(code));
    bench.server.behaviour = SOCKET_UNREACHABLE;
    bench.chat.start();
    await bench.pass(40_000);
    expect(errors).toEqual(["server-unreachable"]);
    expect(bench.chat.getStatus().lastErrors.map(({ code }) => code)).toContain("listener");
  });

  it("a problem that was put aside is shown again when it comes again", async () => {
    const bench = engineBench();
    bench.server.behaviour = SOCKET_UNREACHABLE;
    bench.chat.start();
    await bench.pass(20_000);
    bench.chat.dismissProblem();
    await bench.pass(20_000);
    expect(bench.chat.getSnapshot().problem).toBeUndefined();
    bench.server.behaviour = { type: "accepts" };
    bench.chat.retry();
    await bench.pass(6_000);
    expect(bench.chat.getSnapshot().signaling.state).toBe("online");
    bench.server.behaviour = SOCKET_UNREACHABLE;
    bench.server.drop();
    await bench.pass(20_000);
    expect(bench.chat.getSnapshot().problem?.code).toBe("server-unreachable");
  });

  it("[C77] confirms that an action has got somewhere, or has not", async () => {
    const bench = engineBench();
    const searching = bench.chat.whenPhase(["searching"]);
    bench.chat.start();
    await bench.settle();
    expect(await searching).toMatchObject({ ok: true, status: { phase: "searching" } });
    const connected = bench.chat.whenPhase(["connected"]);
    bench.chat.stop();
    expect(await connected).toEqual({ ok: false, code: "failed" });
    expect(await bench.chat.whenPhase(["idle"])).toMatchObject({ ok: true });
    const disposed = bench.chat.whenPhase(["connected"]);
    bench.chat.dispose();
    expect(await disposed).toEqual({ ok: false, code: "disposed" });
    expect(bench.clock.pending()).toBe(0);
  });

  it("[C79] says in a few figures how things are, without a secret", async () => {
    const bench = engineBench();
    bench.chat.start();
    await bench.settle();
    const { roomId } = bench.server.match();
    await bench.settle();
    expect(bench.chat.getStatus()).toEqual({
      phase: "connected",
      signaling: "online",
      sessionId: "session-1",
      roomId,
      generation: 1,
      connectAttempts: 1,
      lastErrors: [],
      liveTracks: 2,
    });
    expect(JSON.stringify(bench.chat.getStatus())).not.toMatch(/token|secret|ticket/);
  });

  it("[C82] [C84] tells the console of its connection, of searches and of calls, each change once", async () => {
    const bench = engineBench();
    bench.chat.start();
    await bench.settle();
    bench.server.match({ roomId: "room-7" });
    await bench.settle();
    bench.server.drop();
    await bench.settle();
    const told = (about: string) =>
      bench.lines
        .filter((line) => line.startsWith(`${about} {`))
        .map((line) => JSON.parse(line.slice(about.length)) as Record<string, unknown>);
    expect(told("signaling").map(({ state }) => state)).toEqual(["connecting", "online", "waiting"]);
    expect(told("WebSocket connect called")).toEqual([{ attempt: 1 }]);
    const [planned, ...more] = told("Scheduling WebSocket token refresh");
    expect([more, Number(planned?.["inMs"])]).toEqual([[], expect.any(Number)]);
    expect(Math.abs(Number(planned?.["inMs"]) - 240_000)).toBeLessThanOrEqual(10_000);
    expect(told("chat").map(({ phase, roomId }) => [phase, roomId])).toEqual([
      ["requesting-media", undefined],
      ["searching", undefined],
      ["connecting", "room-7"],
      ["connected", "room-7"],
    ]);
  });

  it("[C6] [C8] dispose gives everything back and lets go of all listeners; a later start works", async () => {
    const bench = engineBench();
    let calls = 0;
    bench.chat.subscribe(() => calls++);
    bench.chat.start();
    await bench.settle();
    bench.server.match();
    await bench.settle();
    bench.chat.dispose();
    const before = calls;
    expect(bench.held()).toEqual({ sockets: 0, peers: 0, tracks: 0, timers: 0 });
    expect(bench.hints.listeners()).toBe(0);
    expect(bench.media.listeners()).toBe(0);
    bench.chat.dispose();
    bench.chat.start();
    await bench.settle();
    expect(calls).toBe(before);
    expect(bench.chat.getSnapshot().status.phase).toBe("searching");
  });
});
