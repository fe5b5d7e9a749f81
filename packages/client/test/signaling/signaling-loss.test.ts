import { PROTOCOL_VERSION, TIMES } from "@serendip/protocol";
import { describe, expect, it } from "vitest";
import {
  engineBench,
  PEER_NEVER_CONNECTS,
  SOCKET_ACCEPTS,
  SOCKET_KNOWS_NEWER,
  SOCKET_REFUSES,
  SOCKET_SILENT,
  SOCKET_UNREACHABLE,
  TOKENS_REFUSED,
  TOKENS_SILENT,
  TOKENS_UNREACHABLE,
  WAY_PASSES,
  WAY_REFUSED,
} from "../../src/testing/index.ts";
import { PROBLEMS } from "../../src/words/problems.ts";

async function inCall() {
  const bench = engineBench();
  bench.chat.start();
  await bench.settle();
  const room = bench.server.match();
  await bench.settle();
  // Long enough to count as a stable connection.
  await bench.pass(6_000);
  return { ...bench, room, phase: () => bench.chat.getSnapshot().status.phase };
}

describe("a call and the connection to the server are two facts", () => {
  it("[C27] a call goes on untouched while the server is away, and after it is back", async () => {
    const bench = await inCall();
    const phases: string[] = [];
    bench.chat.on("phase", ({ phase }) => phases.push(phase));
    bench.server.behaviour = SOCKET_UNREACHABLE;
    bench.server.drop();
    await bench.pass(60_000);
    expect(bench.phase()).toBe("connected");
    expect(bench.chat.getSnapshot().signaling.state).toBe("offline");
    expect(bench.chat.getSnapshot().problem).toBeUndefined();
    bench.server.behaviour = SOCKET_ACCEPTS;
    bench.chat.retry();
    await bench.settle();
    expect(bench.chat.getSnapshot().signaling.state).toBe("online");
    expect(bench.server.sockets.at(-1)?.hello.resume?.peerConnection).toBe("alive");
    expect(phases).toEqual([]);
    expect(bench.peers.opened).toHaveLength(1);
  });

  it("[R7] a partner whose signaling is away does not touch a call whose media flows", async () => {
    const bench = await inCall();
    bench.server.partnerAway(10_000);
    await bench.pass(5_000);
    expect(bench.phase()).toBe("connected");
    bench.server.partnerBack();
    expect(bench.phase()).toBe("connected");
    bench.peers.current()?.handlers.onInterrupted();
    expect(bench.chat.getSnapshot().status).toMatchObject({ phase: "reconnecting", cause: "media" });
  });

  it("[R7] [L5] media that stops while the partner is away waits for the server's word, and not beyond the bound", async () => {
    const bench = await inCall();
    bench.server.partnerAway(10_000);
    await bench.pass(2_000);
    const stoppedAt = bench.clock.now();
    bench.peers.current()?.handlers.onInterrupted();
    expect(bench.chat.getSnapshot().status).toMatchObject({
      phase: "reconnecting",
      cause: "partner",
      until: stoppedAt + 60_000,
    });
    await bench.pass(59_900);
    expect(bench.phase()).toBe("reconnecting");
    await bench.pass(100);
    expect(bench.server.bodies("give-up")).toMatchObject([{ roomId: bench.room.roomId }]);
    expect(bench.phase()).toBe("searching");
  });

  it("[C27] media that comes back within its limit is a call again", async () => {
    const bench = await inCall();
    bench.peers.current()?.handlers.onInterrupted();
    await bench.pass(4_900);
    expect(bench.phase()).toBe("reconnecting");
    bench.peers.current()?.handlers.onConnected();
    expect(bench.phase()).toBe("connected");
  });

  it("[L5] [M7] [C35] media that does not come back within 60 s puts both back into the queue", async () => {
    const bench = await inCall();
    bench.peers.current()?.handlers.onInterrupted();
    bench.peers.behaviour = PEER_NEVER_CONNECTS;
    await bench.pass(59_900);
    expect(bench.phase()).toBe("reconnecting");
    await bench.pass(100);
    expect(bench.server.bodies("give-up")).toMatchObject([{ roomId: bench.room.roomId }]);
    expect(bench.phase()).toBe("searching");
  });

  it("[R10] [L3] a connection that fails in a call is made anew in the same room, without haste, until the bound", async () => {
    const bench = await inCall();
    const phases: string[] = [];
    bench.chat.on("phase", ({ phase }) => phases.push(phase));
    bench.peers.current()?.handlers.onFailed(PROBLEMS.peerFailed);
    await bench.settle();
    expect(bench.server.bodies("rebuild")).toMatchObject([{ roomId: bench.room.roomId, generation: 1 }]);
    expect(bench.server.sockets).toHaveLength(1);
    expect(bench.peers.opened).toHaveLength(2);
    expect(phases).toEqual(["reconnecting", "connected"]);
    bench.peers.behaviour = { outcome: "fails", supported: true };
    await bench.pass(6_000);
    bench.peers.current()?.handlers.onFailed(PROBLEMS.peerFailed);
    await bench.pass(59_900);
    expect(bench.peers.opened.length).toBeLessThanOrEqual(2 + 60 / 5);
    expect(bench.phase()).toBe("reconnecting");
    await bench.pass(100);
    expect(bench.phase()).toBe("searching");
  });

  it("[R13] a partner who returns without its connection gets a new one, in the role the server says", async () => {
    const bench = await inCall();
    bench.peers.current()?.handlers.onPartnerClosed();
    await bench.pass(500);
    expect(bench.chat.getSnapshot().status).toMatchObject({ phase: "reconnecting", cause: "partner" });
    bench.server.partnerAway(3_000);
    await bench.pass(1_000);
    bench.server.partnerBack({ generation: 2, role: "initiator" });
    await bench.settle();
    expect(bench.phase()).toBe("connected");
    expect(bench.peers.opened).toHaveLength(2);
    expect(bench.peers.mostOpen()).toBe(1);
    bench.peers.current()?.handlers.onSignal({ kind: "offer", sdp: "v=0" });
    expect(bench.server.bodies("signal").at(-1)).toMatchObject({ generation: 2, sequence: 1 });
  });

  it("[R4] the closed connection of an older generation is not heard any more", async () => {
    const bench = await inCall();
    const old = bench.peers.current();
    bench.server.partnerBack({ generation: 2, role: "initiator" });
    await bench.settle();
    old?.handlers.onFailed(PROBLEMS.peerFailed);
    old?.handlers.onSignal({ kind: "offer", sdp: "old" });
    old?.handlers.onPartnerClosed();
    await bench.settle();
    expect(bench.phase()).toBe("connected");
    expect(bench.server.bodies("signal")).toEqual([]);
  });

  it("[R7] a partner who leaves is not taken for a lost connection, however late the server's word is heard", async () => {
    const bench = await inCall();
    const phases: string[] = [];
    bench.chat.on("phase", ({ phase }) => phases.push(phase));
    bench.peers.current()?.handlers.onPartnerClosed();
    await bench.pass(400);
    bench.server.partnerLeaves("next");
    await bench.pass(1_000);
    expect(phases).toEqual(["partner-left"]);
  });

  it("[R14] says how many signals have come while the call is being made, and not once media flows", async () => {
    const bench = engineBench();
    bench.peers.behaviour = PEER_NEVER_CONNECTS;
    bench.chat.start();
    await bench.settle();
    const { roomId, generation } = bench.server.match();
    await bench.pass(6_000);
    const signal = { kind: "offer", sdp: "v=0" } as const;
    bench.server.emit("signal", { roomId, generation, sequence: 1, signal });
    bench.server.drop();
    await bench.pass(1_500);
    expect(bench.server.sockets.at(-1)?.hello.resume).toMatchObject({
      peerConnection: "alive",
      received: { generation, count: 1 },
    });
    bench.peers.current()?.handlers.onConnected();
    await bench.pass(6_000);
    bench.server.drop();
    await bench.pass(1_500);
    expect(bench.server.sockets.at(-1)?.hello.resume).toMatchObject({ peerConnection: "alive" });
    expect(bench.server.sockets.at(-1)?.hello.resume).not.toHaveProperty("received");
  });

  it("[R3] what could not be sent is sent again, in order, when the connection is back in the same generation", async () => {
    const bench = engineBench();
    bench.peers.behaviour = PEER_NEVER_CONNECTS;
    bench.chat.start();
    await bench.settle();
    bench.server.match();
    await bench.pass(6_000);
    const sdp = (text: string) => ({ kind: "offer", sdp: text }) as const;
    bench.peers.current()?.handlers.onSignal(sdp("1"));
    // Acknowledged by then (SPEC R20).
    await bench.pass(TIMES.ackMs);
    bench.server.answer("signal", "never");
    bench.peers.current()?.handlers.onSignal(sdp("2"));
    bench.server.drop();
    bench.peers.current()?.handlers.onSignal(sdp("3"));
    bench.server.answer("signal", "usual");
    const before = bench.server.bodies("signal").length;
    await bench.pass(1_000);
    expect(
      bench.server
        .bodies("signal")
        .slice(before)
        .map(({ sequence }) => sequence),
    ).toEqual([2, 3]);
  });

  it("[S9] a room that the server does not know any more has ended; the next search starts by itself", async () => {
    const bench = await inCall();
    bench.server.state = { kind: "idle" };
    bench.server.drop();
    await bench.pass(1_000);
    expect(bench.chat.getSnapshot().status).toMatchObject({ phase: "partner-left", reason: "timeout" });
    await bench.pass(3_000);
    expect(bench.server.state.kind).toBe("queued");
  });

  it("[S7] a place in the queue that the server kept is taken up without another find", async () => {
    const bench = engineBench();
    bench.chat.start();
    await bench.pass(6_000);
    const { state } = bench.server;
    bench.server.drop();
    await bench.pass(1_000);
    expect(bench.server.bodies("find")).toHaveLength(1);
    expect(bench.server.state).toBe(state);
  });

  it("[M7] a give-up that the server did not hear is said again, and the room is not entered a second time", async () => {
    const bench = engineBench();
    bench.peers.behaviour = PEER_NEVER_CONNECTS;
    bench.chat.start();
    await bench.settle();
    const { roomId } = bench.server.match();
    await bench.pass(10_000);
    bench.server.behaviour = SOCKET_UNREACHABLE;
    bench.server.drop();
    await bench.pass(6_000);
    expect(bench.chat.getSnapshot().status.phase).toBe("searching");
    bench.server.behaviour = SOCKET_ACCEPTS;
    bench.hints.promise();
    await bench.settle();
    expect(bench.server.bodies("give-up")).toMatchObject([{ roomId }]);
    expect(bench.server.state.kind).toBe("queued");
    expect(bench.peers.openCount()).toBe(0);
  });
});

describe("reaching the server", () => {
  it("[C23] [C25] [C79] says that the server cannot be reached, keeps trying, and takes it back once it can", async () => {
    const bench = engineBench();
    bench.server.behaviour = SOCKET_UNREACHABLE;
    bench.chat.start();
    await bench.pass(40_000);
    expect(bench.chat.getSnapshot()).toMatchObject({
      status: { phase: "searching" },
      signaling: { state: "offline" },
      problem: { code: "server-unreachable", severity: "degraded", action: "retry-now" },
    });
    expect(bench.server.openSockets()).toBeLessThanOrEqual(1);
    bench.server.behaviour = SOCKET_ACCEPTS;
    await bench.pass(31_000);
    expect(bench.chat.getSnapshot()).toMatchObject({
      signaling: { state: "online" },
      problem: undefined,
    });
    expect(bench.server.state.kind).toBe("queued");
  });

  it("[C79] goes on saying so while an attempt is under way, also the one that a person asked for", async () => {
    const bench = engineBench();
    bench.server.behaviour = SOCKET_UNREACHABLE;
    bench.chat.start();
    await bench.pass(40_000);
    bench.server.behaviour = SOCKET_SILENT;
    bench.chat.retry();
    await bench.pass(1_000);
    expect(bench.chat.getSnapshot()).toMatchObject({
      signaling: { state: "connecting" },
      problem: { code: "server-unreachable" },
    });
  });

  it("a press of Retry tries at once", async () => {
    const bench = engineBench();
    bench.server.behaviour = SOCKET_UNREACHABLE;
    bench.chat.start();
    await bench.pass(40_000);
    bench.server.behaviour = SOCKET_ACCEPTS;
    bench.chat.retry();
    await bench.settle();
    expect(bench.chat.getSnapshot().signaling.state).toBe("online");
  });

  it("[C2] [C19] a server that never answers costs one open socket at a time, each for at most 10 s", async () => {
    const bench = engineBench();
    bench.server.behaviour = SOCKET_SILENT;
    bench.chat.start();
    await bench.pass(60_000);
    expect(bench.server.sockets.length).toBeGreaterThan(3);
    expect(bench.server.mostOpen()).toBe(1);
  });

  it("[C19] [C77] the confirmation of a start that gets nowhere comes within 30 s", async () => {
    const bench = engineBench();
    bench.server.behaviour = SOCKET_SILENT;
    bench.chat.start();
    const confirmed = bench.chat.whenPhase(["connected"]);
    await bench.pass(30_000);
    expect(await confirmed).toEqual({ ok: false, code: "timeout" });
  });

  it("[C26] an attempt shows the token that the page has while it is good for another minute", async () => {
    const bench = engineBench();
    bench.server.behaviour = SOCKET_REFUSES("identity_unavailable");
    bench.tokens.expiresInMs = 62_000;
    bench.chat.start();
    await bench.pass(2_000);
    const { sockets } = bench.server;
    expect(sockets.length).toBeGreaterThan(2);
    expect(bench.tokens.asked).toEqual([undefined]);
    expect(new Set(sockets.map(({ hello }) => hello.token))).toEqual(new Set(["token-1"]));
    await bench.pass(1_500);
    expect(bench.tokens.asked).toEqual([undefined, "token-1"]);
    expect(sockets.at(-1)?.hello.token).toBe("token-2");
  });

  it("[C26] one that is good for less is replaced before each attempt, showing the one before", async () => {
    const bench = engineBench();
    bench.server.behaviour = SOCKET_REFUSES("identity_unavailable");
    bench.tokens.expiresInMs = 59_999;
    bench.chat.start();
    await bench.pass(3_000);
    expect(bench.tokens.asked.length).toBe(bench.server.sockets.length);
    expect(bench.tokens.asked.slice(0, 3)).toEqual([undefined, "token-1", "token-2"]);
    expect(bench.server.sockets.map(({ hello }) => hello.token).slice(0, 2)).toEqual(["token-1", "token-2"]);
  });

  it("[C26] comes back after a loss without asking for a token, and with the newest one after a refresh", async () => {
    const bench = await inCall();
    bench.server.drop();
    await bench.pass(1_500);
    expect(bench.tokens.asked).toEqual([undefined]);
    await bench.pass(300_000);
    const [refreshed] = bench.server.bodies("refresh-token");
    expect(refreshed?.token).toBe("token-2");
    bench.server.drop();
    await bench.pass(1_500);
    expect(bench.server.sockets.map(({ hello }) => hello.token)).toEqual(["token-1", "token-1", "token-2"]);
    expect(bench.tokens.asked).toEqual([undefined, "token-1"]);
  });

  it("[S14] [S15] a token that was shown for another one is not shown again, also where the answer was lost", async () => {
    const bench = engineBench();
    bench.server.tokenExpiresInMs = 200_000;
    bench.server.answer("refresh-token", "never");
    bench.chat.start();
    await bench.pass(170_000);
    const [shown] = bench.server.bodies("refresh-token");
    expect(shown?.token).toBe("token-2");
    bench.server.drop();
    await bench.pass(1_500);
    const [first, ...rest] = bench.server.sockets.map(({ hello }) => hello.token);
    expect(first).toBe("token-1");
    expect(rest.length).toBeGreaterThan(0);
    expect(rest).not.toContain("token-1");
  });

  it("[S14] [S15] [W19] a WebSocket that is tried out while a token is being replaced shows the new one", async () => {
    const bench = engineBench();
    bench.server.tokenExpiresInMs = 200_000;
    bench.server.ways.websocket = WAY_REFUSED;
    bench.server.answer("refresh-token", "never");
    bench.chat.start();
    while (bench.server.bodies("refresh-token").length === 0 && bench.clock.now() < 2e6)
      await bench.pass(100);
    bench.server.ways.websocket = WAY_PASSES;
    bench.hints.changeNetwork();
    await bench.pass(1_500);
    expect(bench.server.sockets.map(({ way, hello }) => [way, hello.token])).toEqual([
      ["polling", "token-1"],
      ["websocket", "token-2"],
    ]);
  });

  it.each(["token_expired", "token_invalid"] as const)(
    "[S15] [C45] a token that the page has, and that is refused (%s), is shown for another one before the person gets a new identity",
    async (code) => {
      const bench = await inCall();
      bench.server.behaviour = SOCKET_REFUSES(code);
      bench.server.drop();
      await bench.pass(1_100);
      expect(bench.tokens.asked).toEqual([undefined, "token-1", undefined]);
      const shown = bench.server.sockets.map(({ hello }) => hello.token);
      expect(shown).toEqual(["token-1", "token-1", "token-2", "token-3"]);
    },
  );

  it("[S3] whose token has run out on a live connection does not show it again", async () => {
    const bench = await inCall();
    bench.server.bye("token_expired");
    await bench.pass(1_500);
    expect(bench.tokens.asked).toEqual([undefined, "token-1"]);
    expect(bench.server.sockets.at(-1)?.hello.token).toBe("token-2");
  });

  it("[C45] a token that is refused is renewed without the old one, once, at once", async () => {
    const bench = engineBench();
    bench.storage.remembered = { token: "old" };
    bench.server.behaviour = SOCKET_REFUSES("token_invalid");
    bench.chat.start();
    await bench.settle();
    expect(bench.tokens.asked).toEqual(["old", undefined]);
    expect(bench.chat.getSnapshot().status).toMatchObject({
      phase: "failed",
      error: { code: "identity-refused" },
    });
    bench.server.behaviour = SOCKET_ACCEPTS;
    bench.chat.retry();
    await bench.settle();
    expect(bench.chat.getSnapshot().status.phase).toBe("searching");
  });

  it("[V1] tells a person whose page is too old to reload", async () => {
    const bench = engineBench();
    bench.server.behaviour = SOCKET_REFUSES("version_unsupported");
    bench.chat.start();
    await bench.settle();
    expect(bench.chat.getSnapshot().problem).toMatchObject({ code: "version-mismatch", action: "reload" });
  });

  it("[V1] a server of another version does not end a call that runs; the next search says so", async () => {
    const bench = await inCall();
    bench.server.behaviour = SOCKET_REFUSES("version_unsupported");
    bench.server.drop();
    await bench.pass(2_000);
    expect(bench.phase()).toBe("connected");
    expect(bench.chat.getSnapshot().problem).toMatchObject({
      code: "version-mismatch",
      severity: "degraded",
    });
    bench.chat.next();
    await bench.settle();
    expect(bench.chat.getSnapshot().status).toMatchObject({
      phase: "failed",
      error: { code: "version-mismatch" },
    });
    expect(bench.held()).toEqual({ sockets: 0, peers: 0, tracks: 0, timers: 0 });
  });

  it.each([TOKENS_UNREACHABLE, TOKENS_REFUSED, TOKENS_SILENT])(
    "an identity provider that is %s is survived",
    async (behaviour) => {
      const bench = engineBench();
      bench.tokens.behaviour = behaviour;
      bench.chat.start();
      await bench.pass(60_000);
      bench.tokens.behaviour = "fresh";
      bench.chat.retry();
      await bench.settle();
      expect(bench.chat.getSnapshot().status.phase).toBe("searching");
      expect(bench.chat.getSnapshot().signaling.state).toBe("online");
    },
  );

  it("[S10] every attempt of a tab has a number of its own, above those before", async () => {
    const bench = await inCall();
    for (let n = 0; n < 3; n += 1) {
      bench.server.drop();
      await bench.pass(10_000);
    }
    const numbers = bench.server.sockets.map(({ hello }) => hello.connection);
    expect(numbers).toEqual(numbers.map((_, n) => n + 1));
    expect(numbers.length).toBeGreaterThan(3);
    expect(bench.server.sockets.every(({ hello }) => hello.protocol === 1)).toBe(true);
    expect(bench.server.sockets.every(({ hello }) => hello.newestProtocol === PROTOCOL_VERSION)).toBe(true);
  });

  it("[S10] a tab that was restored from an older memory goes on above the number that the server knows", async () => {
    const bench = await inCall();
    bench.server.drop();
    bench.server.behaviour = SOCKET_KNOWS_NEWER(70);
    await bench.pass(3_000);
    expect(bench.server.sockets.at(-1)?.hello.connection).toBe(71);
    bench.server.behaviour = SOCKET_ACCEPTS;
    await bench.pass(30_000);
    expect(bench.chat.getSnapshot().signaling.state).toBe("online");
    expect(bench.phase()).not.toBe("failed");
  });

  it("[S11] a page whose live connection was taken by its own late attempt goes on and never speaks of another tab", async () => {
    const bench = await inCall();
    await bench.pass(6_000);
    bench.server.bye("session_resumed");
    await bench.pass(3_000);
    expect(bench.chat.getSnapshot().signaling.state).toBe("online");
    expect(bench.phase()).toBe("connected");
    expect(bench.server.sockets.at(-1)?.hello).toMatchObject({ connection: 2, resume: expect.anything() });
    expect(bench.server.sockets.at(-1)?.hello.force).toBeUndefined();
  });

  it("[S5] a tab that was taken over stays quiet until the person wants it here", async () => {
    const bench = await inCall();
    bench.server.bye("superseded");
    await bench.settle();
    expect(bench.chat.getSnapshot().status).toMatchObject({
      phase: "failed",
      error: { code: "session-replaced", action: "use-here" },
    });
    const before = bench.server.sockets.length;
    bench.hints.promise();
    await bench.pass(120_000);
    expect(bench.server.sockets).toHaveLength(before);
    bench.chat.retry();
    await bench.settle();
    expect(bench.server.sockets.at(-1)?.hello.force).toBe(true);
    expect(bench.phase()).toBe("searching");
  });

  it("[S3] [C15] [C42] replaces the token over the live socket a minute before it expires", async () => {
    const bench = await inCall();
    await bench.pass(300_000);
    expect(bench.server.sockets).toHaveLength(1);
    const refreshed = bench.server.bodies("refresh-token");
    expect(refreshed).toHaveLength(1);
    expect(bench.storage.remembered.token).toBe(refreshed[0]?.token);
    expect(bench.phase()).toBe("connected");
  });

  it("[S3] [C42] a token of 20 s is replaced before it expires, without a new connection", async () => {
    const bench = engineBench();
    bench.server.tokenExpiresInMs = 20_000;
    bench.chat.start();
    await bench.pass(120_000);
    expect(bench.server.sockets).toHaveLength(1);
    expect(bench.server.bodies("refresh-token").length).toBeGreaterThanOrEqual(5);
  });

  it("[S15] a new token is remembered before it is shown, so that a lost answer does not cost the person their identity", async () => {
    const bench = engineBench();
    bench.server.tokenExpiresInMs = 20_000;
    bench.server.answer("refresh-token", "never");
    bench.chat.start();
    await bench.pass(11_000);
    const [shown] = bench.server.bodies("refresh-token");
    expect(shown).toBeDefined();
    expect(bench.storage.remembered.token).toBe(shown?.token);
  });

  it("[S15] another person's token, which the server refuses, is not remembered", async () => {
    const bench = engineBench();
    bench.server.tokenExpiresInMs = 20_000;
    bench.server.answer("refresh-token", "token_invalid");
    bench.chat.start();
    await bench.settle();
    const { token } = bench.storage.remembered;
    await bench.pass(11_000);
    expect(bench.server.bodies("refresh-token")).not.toHaveLength(0);
    expect(bench.storage.remembered.token).toBe(token);
  });

  it("[S16] whoever is shut out leaves a running call, and is told why", async () => {
    const bench = await inCall();
    bench.server.bye("revoked");
    await bench.pass(60_000);
    expect(bench.chat.getSnapshot().problem).toMatchObject({ code: "access-revoked", action: "none" });
    expect(bench.server.sockets).toHaveLength(1);
  });

  it("[S3] [C42] tries the replacement again when it fails", async () => {
    const bench = engineBench();
    bench.server.tokenExpiresInMs = 20_000;
    bench.server.answer("refresh-token", "identity_unavailable");
    bench.chat.start();
    await bench.pass(13_000);
    bench.server.answer("refresh-token", "usual");
    await bench.pass(5_000);
    expect(bench.server.bodies("refresh-token").length).toBeGreaterThanOrEqual(2);
    expect(bench.chat.getStatus().lastErrors.at(0)).toMatchObject({ code: "token-refresh-failed" });
    expect(bench.server.sockets).toHaveLength(1);
  });

  it("[W8] waits as long as a server that drains asks for", async () => {
    const bench = await inCall();
    bench.server.bye("draining", 4_000);
    await bench.pass(3_900);
    expect(bench.server.openSockets()).toBe(0);
    await bench.pass(1_200);
    expect(bench.server.openSockets()).toBe(1);
    expect(bench.phase()).toBe("connected");
  });
});
