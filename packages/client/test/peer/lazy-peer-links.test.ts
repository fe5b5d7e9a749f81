import { describe, expect, it, vi } from "vitest";
import type { PeerHandlers, PeerLinks, PeerOptions } from "../../src/index.ts";
import { lazyPeerLinks } from "../../src/peer/lazy-peer-links.browser.ts";
import { fakePeers, PEER_NEVER_CONNECTS, PEER_THROWS } from "../../src/testing/index.ts";

const OPTIONS: PeerOptions = { role: "initiator", iceServers: [], stream: undefined, relayOnly: false };

function handlers() {
  return {
    onSignal: vi.fn(),
    onPath: vi.fn(),
    onConnected: vi.fn(),
    onStream: vi.fn(),
    onPartnerMedia: vi.fn(),
    onInterrupted: vi.fn(),
    onPartnerClosed: vi.fn(),
    onFailed: vi.fn(),
  } satisfies PeerHandlers;
}

/** Links that arrive, or fail to, when the test says so. */
function slowLinks() {
  const peers = fakePeers(PEER_NEVER_CONNECTS);
  const waiting: { readonly arrive: (links: PeerLinks) => void; readonly fail: (error: Error) => void }[] =
    [];
  const lazy = lazyPeerLinks(
    () => new Promise((resolve, reject) => waiting.push({ arrive: resolve, fail: reject })),
  );
  const settle = async () => {
    for (let round = 0; round < 5; round += 1) await Promise.resolve();
  };
  return {
    peers,
    lazy,
    loads: () => waiting.length,
    async arrive() {
      waiting.at(-1)?.arrive(peers);
      await settle();
    },
    async fail() {
      waiting.at(-1)?.fail(new Error("the file is gone"));
      await settle();
    },
  };
}

describe("peer connections whose code is loaded on the way", () => {
  it("is loaded once, at the question whether there can be calls", () => {
    const { lazy, loads } = slowLinks();
    expect(loads()).toBe(0);
    lazy.supported();
    lazy.supported();
    lazy.open(OPTIONS, handlers());
    expect(loads()).toBe(1);
  });

  it("opens a link at once when the code is there", async () => {
    const { lazy, peers, arrive } = slowLinks();
    lazy.prepare();
    await arrive();
    lazy.open(OPTIONS, handlers());
    expect(peers.openCount()).toBe(1);
  });

  it("a link that was opened before loses nothing of what it was told, in order", async () => {
    const { lazy, peers, arrive } = slowLinks();
    const link = lazy.open(OPTIONS, handlers());
    link.signal({ kind: "offer", sdp: "v=0" });
    link.tellMedia({ camera: true, microphone: false });
    link.signal({ kind: "restart" });
    link.restartIce("partner");
    link.useIceServers([{ urls: ["stun:stun.example.org"] }]);
    expect(await link.read()).toBeUndefined();
    await arrive();
    link.signal({ kind: "answer", sdp: "v=0" });
    const [opened] = peers.opened;
    expect(opened?.received.map(({ kind }) => kind)).toEqual(["offer", "restart", "answer"]);
    expect(opened?.told).toEqual([{ camera: true, microphone: false }]);
    expect(opened?.restarts).toEqual(["partner"]);
    expect(opened?.iceServers).toEqual([{ urls: ["stun:stun.example.org"] }]);
    expect(await link.read()).toBeDefined();
    link.close();
    expect(peers.openCount()).toBe(0);
  });

  it("a link that was closed before is never opened", async () => {
    const { lazy, peers, arrive } = slowLinks();
    const told = handlers();
    lazy.open(OPTIONS, told).close();
    await arrive();
    expect(peers.opened).toEqual([]);
    expect(told.onFailed).not.toHaveBeenCalled();
  });

  it("code that cannot be loaded fails the link, and is asked for again by the next one", async () => {
    const { lazy, peers, loads, fail, arrive } = slowLinks();
    const told = handlers();
    lazy.open(OPTIONS, told);
    await fail();
    expect(told.onFailed).toHaveBeenCalledWith(expect.objectContaining({ code: "peer-failed" }));
    lazy.open(OPTIONS, handlers());
    expect(loads()).toBe(2);
    await arrive();
    expect(peers.openCount()).toBe(1);
  });

  it("a link whose opening throws fails", async () => {
    const { lazy, peers, arrive } = slowLinks();
    peers.behaviour = PEER_THROWS;
    const told = handlers();
    lazy.open(OPTIONS, told);
    await arrive();
    expect(told.onFailed).toHaveBeenCalledTimes(1);
  });
});
