import { describe, expect, it } from "vitest";
import { engineBench, MEDIA_DENIED, MEDIA_HANGS } from "../../src/testing/index.ts";

describe("a reload in the middle of it", () => {
  it("[S7] [R5] [R13] [C30] returns by itself to the same room, with a new connection and without an old error", async () => {
    const before = engineBench();
    before.chat.start();
    await before.settle();
    const { roomId } = before.server.match();
    await before.settle();
    before.chat.setEnabled("microphone", false);
    const after = before.reload();
    expect(after.server.bodies("unloading")).toHaveLength(1);
    after.chat.subscribe(() => {});
    await after.settle();
    expect(after.chat.getSnapshot().status).toMatchObject({ phase: "connected", roomId });
    expect(after.server.sockets.at(-1)?.hello).toMatchObject({
      resume: { sessionId: "session-1", peerConnection: "lost" },
      ticket: `ticket-of-${roomId}`,
    });
    expect(after.peers.current()?.options.role).toBe("responder");
    expect(after.server.bodies("find")).toHaveLength(1);
    expect(after.chat.getSnapshot().microphone.enabled).toBe(false);
    expect(
      after.chat
        .getSnapshot()
        .localStream?.getTracks()
        .map(({ enabled }) => enabled),
    ).toEqual([true, false]);
  });

  it("[S7] [C30] who went on without camera and microphone returns without being asked for them", async () => {
    const before = engineBench();
    before.media.behaviour = MEDIA_DENIED;
    before.chat.start();
    await before.settle();
    before.chat.joinWithout();
    await before.settle();
    const { roomId } = before.server.match();
    await before.settle();
    const asked = before.media.wishes.length;
    const after = before.reload();
    after.chat.subscribe(() => {});
    await after.settle();
    expect(after.chat.getSnapshot().status).toMatchObject({ phase: "connected", roomId });
    expect(after.media.wishes).toHaveLength(asked);
  });

  it("[S7] [C30] keeps the place in the queue", async () => {
    const before = engineBench();
    before.chat.start();
    await before.settle();
    const after = before.reload();
    after.chat.subscribe(() => {});
    await after.settle();
    expect(after.chat.getSnapshot().status.phase).toBe("searching");
    expect(after.server.bodies("find")).toHaveLength(1);
    after.server.match();
    await after.settle();
    expect(after.chat.getSnapshot().status.phase).toBe("connected");
  });

  it("[S7] searches anew when the server has forgotten the session", async () => {
    const before = engineBench();
    before.chat.start();
    await before.settle();
    before.server.match();
    const after = before.reload();
    after.server.state = { kind: "idle" };
    after.chat.subscribe(() => {});
    await after.settle();
    expect(after.server.bodies("find")).toHaveLength(2);
    expect(after.server.state.kind).toBe("queued");
  });

  it("[R3] [R4] delivers what came while media was still being captured, but for what is of an older generation", async () => {
    const before = engineBench();
    before.chat.start();
    await before.settle();
    before.server.match();
    await before.settle();
    const after = before.reload();
    let allow = () => {};
    const { capture } = after.media;
    after.media.capture = (wish, signal) =>
      new Promise((resolve) => {
        allow = () => resolve(capture.call(after.media, wish, signal));
      });
    after.chat.subscribe(() => {});
    await after.settle();
    const offer = { kind: "offer", sdp: "v=0" } as const;
    after.server.signal(1, { kind: "offer", sdp: "of the old generation" }, 1);
    after.server.signal(1, offer);
    allow();
    await after.settle();
    expect(after.peers.current()?.received).toEqual([offer]);
  });

  it("[C33] does not come back after Stop", async () => {
    const before = engineBench();
    before.chat.start();
    await before.settle();
    before.chat.stop();
    const after = before.reload();
    after.chat.subscribe(() => {});
    await after.pass(1_000);
    expect(after.chat.getSnapshot().status.phase).toBe("idle");
    expect(after.held()).toEqual({ sockets: 0, peers: 0, tracks: 0, timers: 0 });
  });

  it("does not come back when Stop is pressed before the tab's memory is open", async () => {
    const before = engineBench();
    before.chat.start();
    await before.settle();
    const after = before.reload();
    after.chat.subscribe(() => {});
    after.chat.stop();
    await after.settle();
    expect(after.chat.getSnapshot().status.phase).toBe("idle");
  });

  it("does not come back once it is disposed, nor take the memory of it from the tab's next chat", async () => {
    const before = engineBench();
    before.chat.start();
    await before.settle();
    const after = before.reload();
    after.chat.subscribe(() => {});
    after.chat.dispose();
    await after.settle();
    expect(after.chat.getSnapshot().status.phase).toBe("idle");
    expect(after.storage.remembered.active).toBeDefined();
  });

  it("a chat that is started before the tab's memory is open wins over what is remembered", async () => {
    const before = engineBench();
    before.chat.start();
    await before.settle();
    const old = before.storage.remembered.active?.requestId;
    const after = before.reload();
    after.media.behaviour = MEDIA_HANGS;
    after.chat.start();
    await after.settle();
    expect(after.storage.remembered.active?.requestId).not.toBe(old);
    expect(after.storage.remembered.session?.sessionId).toBe("session-1");
  });

  it("survives StrictMode: a chat that is disposed and mounted again still resumes, once", async () => {
    const before = engineBench();
    before.chat.start();
    await before.settle();
    before.server.match();
    await before.settle();
    const after = before.reload();
    const undo = after.chat.subscribe(() => {});
    undo();
    after.chat.dispose();
    after.chat.subscribe(() => {});
    await after.settle();
    expect(after.chat.getSnapshot().status.phase).toBe("connected");
    expect(after.peers.openCount()).toBe(1);
    expect(after.hints.listeners()).toBe(4);
    expect(after.media.wishes).toHaveLength(2);
  });

  it("[T1] forgets the ticket of a room that was left, so that nobody is dragged back", async () => {
    const bench = engineBench();
    bench.chat.start();
    await bench.settle();
    const { roomId } = bench.server.match();
    await bench.settle();
    bench.server.emit("ticket", { roomId, ticket: "newer" });
    expect(bench.storage.remembered.ticket).toBe("newer");
    bench.chat.next();
    expect(bench.storage.remembered.ticket).toBeUndefined();
  });

  it("[T2] a room restored after a restart of the server goes on without a new negotiation", async () => {
    const bench = engineBench();
    bench.chat.start();
    await bench.settle();
    const room = bench.server.match();
    await bench.pass(6_000);
    bench.server.state = { kind: "in-room", room: { ...room, partner: "away" } };
    bench.server.drop();
    await bench.pass(1_000);
    expect(bench.server.sockets.at(-1)?.hello.ticket).toBe(`ticket-of-${room.roomId}`);
    bench.server.partnerBack();
    await bench.settle();
    expect(bench.chat.getSnapshot().status).toMatchObject({ phase: "connected", roomId: room.roomId });
    expect(bench.peers.opened).toHaveLength(1);
  });
});
