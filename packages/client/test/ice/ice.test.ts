import { errorBody, type IceServer } from "@serendip/protocol";
import { describe, expect, it } from "vitest";
import {
  type EngineBench,
  engineBench,
  NOTHING_READ,
  PEER_NEVER_CONNECTS,
  SOCKET_SILENT,
} from "../../src/testing/index.ts";

const STUN: IceServer = { urls: ["stun:stun.test:3478"] };
const TURN_URL = "turn:turn.test:3478";
const turn = (username: string): IceServer => ({ urls: [TURN_URL], username, credential: `of-${username}` });
const granted = (username: string, expiresInMs = 300_000) => ({
  iceServers: [STUN, turn(username)],
  expiresInMs,
});

/** A bench whose server hands out a TURN server. */
function withTurn(options: Parameters<typeof engineBench>[0] = {}): EngineBench {
  const bench = engineBench(options);
  bench.server.iceServers = [STUN];
  bench.server.grant = granted("first");
  return bench;
}

async function inCall(bench: EngineBench, view: Parameters<EngineBench["server"]["match"]>[0] = {}) {
  bench.chat.start();
  await bench.settle();
  bench.server.match(view);
  await bench.settle();
  expect(bench.chat.getSnapshot().status.phase).toBe("connected");
}

const ice = (bench: EngineBench) => bench.chat.getSnapshot().ice;
const asked = (bench: EngineBench) => bench.server.bodies("ice-servers").length;

describe("the ICE servers of a call", () => {
  it("[K18] are those of the newest grant, which comes with the match", async () => {
    const bench = withTurn();
    expect(ice(bench).mode).toBe("unknown");
    bench.chat.start();
    await bench.settle();
    bench.server.grant = granted("second");
    bench.server.match();
    expect(bench.peers.current()?.options.iceServers).toEqual([STUN, turn("second")]);
    expect(ice(bench)).toMatchObject({ mode: "turn", faults: [] });
  });

  it("[K18] [C53] are the page's own where the server offers nothing of that kind", async () => {
    const bench = engineBench({ iceServers: [turn("own")] });
    bench.server.iceServers = [STUN];
    await inCall(bench);
    expect(bench.peers.current()?.options.iceServers).toEqual([STUN, turn("own")]);
  });

  it("[C50] [C51] [C52] are said once in the log, and so is what is wrong; never a credential", async () => {
    const bench = engineBench({ iceServers: [{ urls: [TURN_URL], username: "somebody" }] });
    bench.server.iceServers = [STUN];
    await inCall(bench);
    bench.server.partnerLeaves();
    await bench.pass(10_000);
    const lines = bench.lines.filter((line) => /ICE servers|TURN server/.test(line));
    expect(lines).toEqual([
      'Configured 1 ICE servers {"mode":"stun-only","urls":["stun:stun.test:3478"]}',
      `TURN server ${TURN_URL} has a username but no credential. `,
    ]);
    expect(ice(bench)).toMatchObject({ mode: "stun-only", faults: [{ code: "no-credential" }] });
    expect(bench.peers.opened[0]?.options.iceServers).toEqual([STUN]);
    expect((await lineOf(withTurn())).join()).not.toContain("of-first");
  });
});

async function lineOf(bench: EngineBench): Promise<readonly string[]> {
  await inCall(bench);
  return bench.lines;
}

describe("TURN credentials that end", () => {
  it("[K3] are replaced in a running call before their end, and a relayed path moves to the new ones", async () => {
    const bench = withTurn();
    await inCall(bench);
    const before = asked(bench);
    const peer = bench.peers.current();
    await bench.pass(220_000);
    expect(asked(bench)).toBe(before);
    bench.server.grant = granted("second");
    await bench.pass(25_000);
    expect(asked(bench)).toBe(before + 1);
    expect(peer?.iceServers).toEqual([STUN, turn("second")]);
    expect(peer?.restarts).toEqual(["partner"]);
    expect(bench.chat.getSnapshot().status.phase).toBe("connected");
    await bench.pass(240_000);
    expect(asked(bench)).toBe(before + 2);
  });

  it("[K3] a direct path is left alone", async () => {
    const bench = withTurn();
    await inCall(bench);
    const peer = bench.peers.current();
    if (!peer) throw new Error("there is no connection");
    peer.reading = { ...NOTHING_READ, route: { local: "host", remote: "srflx", protocol: undefined } };
    await bench.pass(245_000);
    expect(peer.iceServers).toEqual([STUN, turn("first")]);
    expect(peer.restarts).toEqual([]);
  });

  it("[K3] a lost answer is asked for again, in time", async () => {
    const bench = withTurn();
    await inCall(bench);
    const before = asked(bench);
    bench.server.answer("ice-servers", "unavailable");
    await bench.pass(242_000);
    expect(asked(bench)).toBeGreaterThan(before);
    bench.server.answer("ice-servers", "usual");
    bench.server.grant = granted("second");
    await bench.pass(30_000);
    expect(bench.peers.current()?.iceServers).toEqual([STUN, turn("second")]);
  });

  it("[K3] a lost answer that came with a pause is asked for again after it", async () => {
    const bench = withTurn();
    await inCall(bench);
    const before = asked(bench);
    bench.server.answer("ice-servers", errorBody("rate_limited", undefined, 40_000));
    await bench.pass(265_000);
    expect(asked(bench)).toBe(before + 1);
    bench.server.answer("ice-servers", "usual");
    await bench.pass(20_000);
    expect(asked(bench)).toBe(before + 2);
  });

  it("[K3] nobody who is in no call asks for new ones, not even who searches", async () => {
    const bench = withTurn();
    await inCall(bench);
    bench.server.partnerLeaves();
    const before = asked(bench);
    await bench.pass(900_000);
    expect(bench.chat.getSnapshot().status.phase).toBe("searching");
    expect(asked(bench)).toBe(before);
    bench.chat.stop();
    await bench.pass(900_000);
    expect(asked(bench)).toBe(before);
    expect(bench.held().timers).toBe(0);
  });
});

describe("an account that the service does not give for a check", () => {
  async function refused(): Promise<EngineBench> {
    const bench = withTurn();
    bench.server.answer("ice-servers", errorBody("rate_limited", undefined, 2_000));
    bench.chat.start();
    await bench.settle();
    return bench;
  }

  it("[K25] keeps nobody from searching, is no fault, and is not asked for again", async () => {
    const bench = await refused();
    expect(bench.server.bodies("find")).toHaveLength(1);
    expect(bench.gatherer.asked).toEqual([STUN.urls]);
    await bench.pass(60_000);
    expect(asked(bench)).toBe(1);
    expect(bench.chat.getSnapshot().status.phase).toBe("searching");
    expect(bench.chat.getSnapshot().problem).toBeUndefined();
    expect(bench.chat.getSnapshot().health?.turn).toEqual({ state: "unknown", why: "checks-limited" });
    expect(bench.lines.join("\n")).not.toMatch(/broken|not ready/);
  });

  it("[K25] [K13] [R19] the page knows that a match brings a relay: it offers to hide, and its offer waits for it", async () => {
    const bench = await refused();
    expect(ice(bench)).toMatchObject({ mode: "turn", relay: "ok", faults: [] });
    expect(bench.peers.ahead).toMatchObject({ what: "offer", iceServers: [STUN], waits: true });
    bench.server.match();
    await bench.settle();
    expect(bench.peers.current()?.options.iceServers).toEqual([STUN, turn("first")]);
    expect(ice(bench)).toMatchObject({ mode: "turn", relay: "ok" });
  });

  it("[K25] [K14] who hides the address is not told that there is no relay, and meets somebody through it", async () => {
    const bench = withTurn();
    bench.server.answer("ice-servers", errorBody("rate_limited", undefined, 2_000));
    bench.chat.setRelayOnly(true);
    await inCall(bench, { relayOnly: true });
    expect(bench.peers.current()?.options).toMatchObject({
      relayOnly: true,
      iceServers: [STUN, turn("first")],
    });
  });

  it("[K25] [K23] leaves a verdict from before as it is", async () => {
    const bench = withTurn();
    bench.gatherer.outcomes = (url) => (url === TURN_URL ? "unreachable" : "answered");
    bench.chat.start();
    await bench.pass(5_000);
    expect(ice(bench)).toMatchObject({ mode: "stun-only", faults: [{ code: "turn-unreachable" }] });
    bench.chat.stop();
    bench.server.answer("ice-servers", errorBody("rate_limited", undefined, 2_000));
    bench.chat.start();
    await bench.pass(5_000);
    expect(ice(bench)).toMatchObject({ mode: "stun-only", faults: [{ code: "turn-unreachable" }] });
  });

  it("[K25] without TURN a page waits for none", async () => {
    const bench = engineBench();
    bench.server.iceServers = [STUN];
    bench.server.grant = { iceServers: [STUN] };
    bench.chat.start();
    await bench.settle();
    expect(bench.peers.ahead).toMatchObject({ waits: false });
    expect(ice(bench)).toMatchObject({ mode: "stun-only", relay: "none" });
  });
});

describe("the health check", () => {
  it("[K27] [K14] a TURN server that has no relay at the moment is left in, and ends nobody's search", async () => {
    const bench = withTurn();
    bench.gatherer.outcomes = (url) => (url === TURN_URL ? "full" : "answered");
    bench.chat.setRelayOnly(true);
    bench.chat.start();
    await bench.pass(30_000);
    expect(bench.chat.getSnapshot().status.phase).toBe("searching");
    expect(ice(bench)).toMatchObject({ mode: "turn", relay: "ok", faults: [] });
    expect(bench.chat.getSnapshot().health?.turn).toEqual({ state: "unknown", why: "turn-busy" });
    expect(bench.gatherer.asked).toHaveLength(1);
  });

  it("[C54] runs beside the camera's question, and the search begins as soon as it would without", async () => {
    const bench = withTurn();
    bench.gatherer.outcomes = () => "never";
    bench.chat.start();
    await bench.settle();
    expect(bench.clock.now()).toBe(engineBench().clock.now());
    expect(bench.server.bodies("find")).toHaveLength(1);
    bench.server.match();
    await bench.settle();
    expect(bench.chat.getSnapshot().status.phase).toBe("connected");
    expect(bench.gatherer.running()).toBe(1);
    bench.chat.stop();
    expect(bench.gatherer.running()).toBe(0);
  });

  it("[C54] looks at what is configured, TURN credentials included, and reports", async () => {
    const bench = withTurn();
    bench.chat.start();
    await bench.settle();
    expect(bench.gatherer.asked).toEqual([[...STUN.urls, TURN_URL]]);
    expect(bench.chat.getSnapshot().health).toMatchObject({
      attempts: 1,
      signaling: { state: "ok" },
      media: { state: "ok" },
      stun: { state: "ok" },
      turn: { state: "ok" },
    });
    expect(ice(bench).relay).toBe("ok");
    expect(bench.lines.join("\n")).toContain("Services initialized successfully on attempt 1");
  });

  it.each(["ok", "failed", "none", undefined] as const)(
    "[K13] before anybody is connected, %s is what the service says of relayed calls to who looks",
    async (said) => {
      const bench = engineBench();
      bench.readiness.relayState = said;
      bench.chat.subscribe(() => {});
      await bench.settle();
      expect(ice(bench).relay).toBe("unknown");
      const stop = bench.chat.watchRelay();
      await bench.settle();
      expect(ice(bench).relay).toBe(said ?? "unknown");
      expect(bench.server.sockets).toEqual([]);
      stop();
    },
  );

  it("[K13] what may change is asked for again while nobody is connected, and what cannot is not", async () => {
    const bench = engineBench();
    bench.readiness.relayState = undefined;
    bench.chat.subscribe(() => {});
    bench.chat.watchRelay();
    await bench.pass(5_000);
    bench.readiness.relayState = "failed";
    bench.hints.promise();
    await bench.settle();
    expect(ice(bench).relay).toBe("failed");
    bench.readiness.relayState = "ok";
    await bench.pass(20_000);
    expect(ice(bench).relay).toBe("ok");
    expect(bench.clock.pending()).toBe(0);
    bench.readiness.relayState = "failed";
    bench.hints.promise();
    await bench.settle();
    expect(bench.clock.pending()).toBe(1);
    bench.chat.dispose();
    expect(bench.clock.pending()).toBe(0);
  });

  it("[K13] what the last call was told is asked about again once that is over, while somebody looks", async () => {
    const bench = withTurn();
    bench.server.grant = { iceServers: [STUN], withheld: [TURN_URL] };
    await inCall(bench);
    bench.chat.watchRelay();
    bench.readiness.relayState = "failed";
    bench.chat.stop();
    await bench.settle();
    expect(ice(bench).relay).toBe("failed");
    bench.readiness.relayState = "ok";
    await bench.pass(10_000);
    expect(ice(bench).relay).toBe("ok");
    expect(bench.clock.pending()).toBe(0);
  });

  it("[K13] a grant knows better than what the service said before, and the health check than both", async () => {
    const bench = withTurn();
    bench.readiness.relayState = "failed";
    await inCall(bench);
    expect(ice(bench).relay).toBe("ok");
    bench.server.grant = { iceServers: [STUN], withheld: [TURN_URL] };
    bench.server.drop();
    await bench.pass(5_000);
    expect(ice(bench).relay).toBe("failed");
    const refused = withTurn();
    refused.gatherer.outcomes = (url) => (url === TURN_URL ? "unauthorized" : "answered");
    await inCall(refused);
    expect(ice(refused).relay).toBe("failed");
    const without = engineBench();
    without.server.iceServers = [STUN];
    without.server.grant = { iceServers: [STUN] };
    await inCall(without);
    expect(ice(without).relay).toBe("none");
  });

  it("[K22] the word of a grant about two who hide counts; a call of others uses its TURN servers", async () => {
    const bench = withTurn();
    bench.server.grant = { iceServers: [STUN, turn("somebody")], relay: "failed" };
    await inCall(bench);
    expect(ice(bench)).toMatchObject({ relay: "failed", mode: "turn", faults: [] });
    bench.server.grant = { iceServers: [STUN, turn("somebody")] };
    bench.server.drop();
    await bench.pass(5_000);
    expect(ice(bench).relay).toBe("ok");
  });

  it.each([
    { relay: undefined, ways: [false, true, false] },
    { relay: "failed", ways: [false, false, false] },
  ] as const)(
    "[K22] [L4] a call is repaired through the relay only where that joins two: $relay",
    async ({ relay, ways }) => {
      const bench = withTurn();
      bench.server.grant = { iceServers: [STUN, turn("somebody")], ...(relay && { relay }) };
      await inCall(bench);
      bench.peers.behaviour = PEER_NEVER_CONNECTS;
      bench.peers.current()?.handlers.onInterrupted();
      await bench.pass(30_000);
      expect(bench.peers.opened.slice(1).map(({ options }) => options.relayOnly)).toEqual(ways);
    },
  );

  it("[C54] [C56] where only TURN gets through, the services are ready", async () => {
    const bench = withTurn();
    bench.gatherer.outcomes = (url) => (url === TURN_URL ? "answered" : "unreachable");
    await inCall(bench);
    await bench.pass(3_000);
    expect(bench.chat.getSnapshot().health).toMatchObject({
      stun: { state: "failed" },
      turn: { state: "ok" },
    });
    expect(bench.lines.join("\n")).toContain("Services initialized successfully");
    expect(bench.lines.join("\n")).not.toContain("Services not ready");
  });

  it("[C52] [C54] a TURN server that refuses is left out of calls, visibly; STUN stays", async () => {
    const bench = withTurn();
    bench.gatherer.outcomes = (url) => (url === TURN_URL ? "unauthorized" : "answered");
    await inCall(bench);
    expect(bench.peers.current()?.options.iceServers).toEqual([STUN]);
    expect(ice(bench)).toMatchObject({ mode: "stun-only", faults: [{ code: "turn-unauthorized" }] });
    await bench.pass(2_000);
    expect(bench.chat.getSnapshot().health?.turn).toEqual({ state: "failed", why: "turn-unauthorized" });
    expect(bench.lines.join("\n")).toContain("Cleaning up broken TURN service");
    expect(bench.lines.join("\n")).toContain("Services not ready after initialization attempts");
  });

  it("[C54] a TURN server that comes back by the second attempt is used again", async () => {
    const bench = withTurn();
    bench.gatherer.outcomes = (url) => (url === TURN_URL ? "unreachable" : "answered");
    bench.chat.start();
    await bench.settle();
    expect(ice(bench).mode).toBe("stun-only");
    bench.gatherer.outcomes = () => "answered";
    await bench.pass(2_000);
    expect(ice(bench)).toMatchObject({ mode: "turn", faults: [] });
    expect(bench.chat.getSnapshot().health).toMatchObject({ attempts: 2, turn: { state: "ok" } });
  });

  it("[C54] what was found in another network does not count in this one", async () => {
    const bench = withTurn();
    bench.gatherer.outcomes = () => "unreachable";
    bench.chat.start();
    await bench.pass(3_000);
    expect(ice(bench).mode).toBe("stun-only");
    bench.hints.changeNetwork();
    expect(ice(bench)).toMatchObject({ mode: "turn", faults: [] });
  });

  it("[C54] silence of a busy machine leaves everything as it is", async () => {
    const bench = withTurn();
    bench.gatherer.outcomes = () => "silent";
    bench.gatherer.busy = true;
    bench.chat.start();
    await bench.pass(3_000);
    expect(bench.chat.getSnapshot().health?.turn).toEqual({ state: "unknown", why: "no-answer" });
    expect(ice(bench)).toMatchObject({ mode: "turn", faults: [], relay: "ok" });
  });

  it.each([
    ["ready", "socket-blocked"],
    ["refused", "signaling-not-ready"],
    ["silent", "signaling-unreachable"],
  ] as const)("[C54] [C83] a socket that does not come, and HTTP that is %s: %s", async (answer, why) => {
    const bench = engineBench();
    bench.server.behaviour = SOCKET_SILENT;
    bench.readiness.answer = answer;
    bench.chat.start();
    // Blocked is only what a whole attempt over both ways has not brought about.
    await bench.pass(20_000);
    expect(bench.chat.getSnapshot().health).toMatchObject({
      attempts: 2,
      signaling: { state: "failed", why },
    });
    expect(bench.lines.join("\n")).toContain("Cleaning up broken signaling service");
    bench.chat.stop();
    expect(bench.held()).toEqual({ sockets: 0, peers: 0, tracks: 0, timers: 0 });
  });

  it("[N4] [C54] a readiness that is asked too often says nothing of service, network and relay", async () => {
    const bench = withTurn();
    bench.server.behaviour = SOCKET_SILENT;
    bench.readiness.answer = "limited";
    bench.chat.start();
    await bench.pass(20_000);
    expect(bench.chat.getSnapshot().health).toMatchObject({
      attempts: 1,
      signaling: { state: "unknown", why: "requests-limited" },
    });
    expect(bench.lines.join("\n")).not.toContain("Cleaning up");
    expect(ice(bench)).toMatchObject({ faults: [] });
    bench.chat.stop();
  });
});

/** The search has ended with that error, and the service knows. */
function expectNoRelay(bench: EngineBench): void {
  expect(bench.chat.getSnapshot().status).toMatchObject({
    phase: "failed",
    error: { code: "relay-unavailable" },
  });
  expect(bench.server.state).toEqual({ kind: "idle" });
  expect(bench.server.sent.at(-1)?.event).toBe("leave");
}

describe("the wish that nobody sees one's address", () => {
  it("[K5] counts from the next search on, and is kept by the tab", async () => {
    const bench = withTurn();
    await inCall(bench);
    bench.chat.setRelayOnly(true);
    expect(ice(bench).relayOnly).toBe(true);
    expect(bench.peers.current()?.options.relayOnly).toBe(false);
    bench.chat.next();
    await bench.settle();
    expect(bench.server.bodies("find").map(({ relayOnly }) => relayOnly)).toEqual([undefined, true]);
    const after = bench.reload();
    after.chat.subscribe(() => {});
    await after.settle();
    expect(ice(after).relayOnly).toBe(true);
    after.chat.setRelayOnly(false);
    after.chat.stop();
    expect(after.storage.remembered.relayOnly).toBeUndefined();
  });

  it("[K5] a room of which either asked for it goes through relays only, in every generation", async () => {
    const bench = withTurn();
    await inCall(bench, { relayOnly: true });
    expect(bench.peers.current()?.options.relayOnly).toBe(true);
    bench.server.partnerBack({ generation: 2, role: "responder" });
    await bench.settle();
    expect(bench.peers.opened.map(({ options }) => options.relayOnly)).toEqual([true, true]);
  });

  it("[K5] a room through relays only gets the TURN server that seems broken too: it has no other way", async () => {
    const bench = withTurn();
    bench.gatherer.outcomes = () => "unreachable";
    await inCall(bench, { relayOnly: true });
    expect(bench.peers.current()?.options.iceServers).toEqual([STUN, turn("first")]);
  });

  it("[K14] ends the search where the check finds that no relay can be reached from here, and keeps no partner waiting", async () => {
    const bench = withTurn();
    bench.gatherer.outcomes = (url) => (url === TURN_URL ? "unreachable" : "answered");
    bench.chat.setRelayOnly(true);
    bench.chat.start();
    await bench.pass(30_000);
    expectNoRelay(bench);
  });

  it("[K14] leaves a room at once for which the service has no relay any more, and so gives its partner back", async () => {
    const bench = withTurn();
    bench.chat.setRelayOnly(true);
    bench.chat.start();
    await bench.settle();
    bench.server.grant = { iceServers: [STUN], withheld: [TURN_URL] };
    bench.server.match({ relayOnly: true });
    await bench.settle();
    expectNoRelay(bench);
  });

  it("[K22] leaves such a room too where the relay there is does not bring two together who hide", async () => {
    const bench = withTurn();
    bench.chat.setRelayOnly(true);
    bench.chat.start();
    await bench.settle();
    bench.server.grant = { iceServers: [STUN, turn("somebody")], relay: "failed" };
    bench.server.match({ relayOnly: true });
    await bench.settle();
    expectNoRelay(bench);
  });

  /** A person who hides has been told that no relay can be reached. */
  async function told(): Promise<EngineBench> {
    const bench = withTurn();
    bench.gatherer.outcomes = (url) => (url === TURN_URL ? "unreachable" : "answered");
    bench.chat.setRelayOnly(true);
    bench.chat.start();
    await bench.pass(30_000);
    expectNoRelay(bench);
    return bench;
  }

  it.each(["unreachable", "silent"] as const)(
    "[K14] and another try looks for the relay (%s) before anybody is looked for",
    async (outcome) => {
      const bench = await told();
      bench.gatherer.outcomes = (url) => (url === TURN_URL ? outcome : "answered");
      const finds = bench.server.bodies("find").length;
      for (let tries = 0; tries < 3; tries += 1) {
        bench.chat.retry();
        await bench.settle();
        expect(bench.chat.getSnapshot().status.phase).toBe("searching");
        await bench.pass(30_000);
        expectNoRelay(bench);
      }
      expect(bench.server.bodies("find")).toHaveLength(finds);
      expect(bench.peers.opened).toEqual([]);
    },
  );

  it("[K14] and goes on as soon as it can be reached, the wish is taken back, or the network is another one", async () => {
    const mends = [
      ({ gatherer }: EngineBench) => {
        gatherer.outcomes = () => "answered";
      },
      ({ chat }: EngineBench) => chat.setRelayOnly(false),
      ({ hints }: EngineBench) => hints.changeNetwork(),
    ];
    for (const mend of mends) {
      const bench = await told();
      bench.gatherer.outcomes = (url) => (url === TURN_URL ? "never" : "answered");
      if (mend === mends[0]) mend(bench);
      bench.chat.retry();
      await bench.settle();
      if (mend !== mends[0]) {
        expect(bench.server.state).toEqual({ kind: "idle" });
        mend(bench);
        await bench.settle();
      }
      expect(bench.server.state.kind).toBe("queued");
      bench.server.match();
      await bench.settle();
      expect(bench.chat.getSnapshot().status.phase).toBe("connected");
      bench.chat.dispose();
    }
  });

  it.each([
    ["Next", ({ chat }: EngineBench) => chat.next()],
    ["the partner's end of it", ({ server }: EngineBench) => server.partnerLeaves()],
    ["the partner's giving up", ({ server }: EngineBench) => server.requeue()],
  ])("[K14] and after a call nobody else is looked for by %s", async (_what, happens) => {
    const bench = withTurn();
    bench.gatherer.outcomes = () => "unreachable";
    await inCall(bench);
    await bench.pass(30_000);
    bench.chat.setRelayOnly(true);
    happens(bench);
    await bench.pass(10_000);
    expectNoRelay(bench);
    expect(bench.server.bodies("find")).toHaveLength(1);
  });

  it("[K14] a match that comes after all, for somebody who has not heard of the end, opens nothing", async () => {
    const bench = withTurn();
    bench.gatherer.outcomes = (url) => (url === TURN_URL ? "unauthorized" : "answered");
    bench.chat.start();
    bench.chat.setRelayOnly(true);
    await bench.settle();
    // The first of two looks has failed.
    expect(bench.chat.getSnapshot().status.phase).toBe("searching");
    expect(bench.server.state).toEqual({ kind: "idle" });
    const { requestId = "" } = bench.server.bodies("find").at(-1) ?? {};
    bench.server.emit("matched", {
      room: { roomId: "late", generation: 1, role: "initiator", partner: "present", requestId },
      ticket: "ticket",
    });
    await bench.settle();
    expect(bench.peers.opened).toEqual([]);
    expect(bench.server.bodies("ready")).toEqual([]);
  });

  it("[K14] a relay that is lost ends no call that is there, and no search of somebody who hides nothing", async () => {
    const bench = withTurn();
    bench.gatherer.outcomes = () => "unreachable";
    await inCall(bench);
    bench.chat.setRelayOnly(true);
    await bench.pass(30_000);
    expect(bench.chat.getSnapshot().status.phase).toBe("connected");
    const open = withTurn();
    open.gatherer.outcomes = () => "unreachable";
    open.chat.start();
    await open.pass(30_000);
    expect(open.chat.getSnapshot().status.phase).toBe("searching");
  });

  it("[K4] [K14] ends the search with an error where no relay works, and never goes on without", async () => {
    const bench = withTurn();
    bench.chat.setRelayOnly(true);
    bench.server.answer("find", "relay_unavailable");
    bench.chat.start();
    await bench.settle();
    expect(bench.chat.getSnapshot().status).toMatchObject({
      phase: "failed",
      error: { code: "relay-unavailable" },
    });
    expect(bench.held()).toEqual({ sockets: 0, peers: 0, tracks: 0, timers: 0 });
    bench.server.answer("find", "usual");
    bench.chat.setRelayOnly(false);
    bench.chat.retry();
    await bench.settle();
    expect(bench.chat.getSnapshot().status.phase).toBe("searching");
  });
});
