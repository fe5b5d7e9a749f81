import { describe, expect, it, vi } from "vitest";
import type { PeerHandlers, PeerLinks, PeerOptions } from "../../src/index.ts";
import { lazyPeerLinks } from "../../src/peer/lazy-peer-links.browser.ts";
import { fakePeers, PEER_NEVER_CONNECTS } from "../../src/testing/index.ts";

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
    onWornOut: vi.fn(),
    onMisused: vi.fn(),
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
  return {
    peers,
    lazy,
    loads: () => waiting.length,
    arrive: () => waiting.at(-1)?.arrive(peers),
    fail: () => waiting.at(-1)?.fail(new Error("the file is gone")),
  };
}

describe("peer connections whose code is loaded on the way", () => {
  it("is loaded once, however often one waits for it, and opens links at once from then on", async () => {
    const { lazy, loads, peers, arrive } = slowLinks();
    expect(loads()).toBe(0);
    const both = [lazy.ready(), lazy.ready()];
    expect(loads()).toBe(1);
    arrive();
    await Promise.all(both);
    await lazy.ready();
    expect(loads()).toBe(1);
    lazy.open(OPTIONS, handlers());
    expect(peers.openCount()).toBe(1);
  });

  it("[M9] code that cannot be loaded is said to whoever waits, and is asked for again by the next one", async () => {
    const { lazy, loads, peers, fail, arrive } = slowLinks();
    const first = lazy.ready();
    fail();
    await expect(first).rejects.toThrow("the file is gone");
    const second = lazy.ready();
    expect(loads()).toBe(2);
    arrive();
    await second;
    lazy.open(OPTIONS, handlers());
    expect(peers.openCount()).toBe(1);
  });

  it("opens nothing before", () => {
    expect(() => slowLinks().lazy.open(OPTIONS, handlers())).toThrow();
  });
});
