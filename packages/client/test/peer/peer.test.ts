import { manualClock } from "@serendip/time/testing";
import { describe, expect, it } from "vitest";
import { createPeer, type PeerListener } from "../../src/peer/peer.ts";
import { fakePeers, PEER_NEVER_CONNECTS, PEER_THROWS } from "../../src/testing/index.ts";
import { PROBLEMS } from "../../src/words/problems.ts";

const room = (generation: number) => ({ roomId: "room", generation, role: "initiator" }) as const;
const opening = (generation: number) => ({ room: room(generation), iceServers: [], stream: undefined });

function listener() {
  const heard: string[] = [];
  const self: PeerListener = {
    onSignal: ({ generation }) => heard.push(`signal ${generation}`),
    onStream: (stream) => heard.push(stream ? "stream" : "no stream"),
    onPartnerMedia: () => heard.push("partner media"),
    onPath: ({ generation }) => heard.push(`path ${generation}`),
    onConnected: ({ generation }) => heard.push(`connected ${generation}`),
    onInterrupted: ({ generation }) => heard.push(`interrupted ${generation}`),
    onPartnerClosed: ({ generation }) => heard.push(`closed ${generation}`),
    onWornOut: ({ generation }) => heard.push(`worn out ${generation}`),
    onMisused: ({ generation }) => heard.push(`misused ${generation}`),
    onFailed: ({ generation }, { code }) => heard.push(`failed ${generation} ${code}`),
  };
  return { heard, self };
}

describe("the holder of the peer connection", () => {
  it("closes one connection before it opens another, and does not hear the old one again", () => {
    const links = fakePeers(PEER_NEVER_CONNECTS);
    const { heard, self } = listener();
    const clock = manualClock();
    const peer = createPeer(links, clock);
    peer.listen(self);
    peer.open(opening(1));
    peer.open(opening(2));
    expect(links.mostOpen()).toBe(1);
    links.opened[0]?.handlers.onConnected();
    links.opened[1]?.handlers.onConnected();
    expect(heard).toEqual(["no stream", "connected 2"]);
  });

  it("[R4] signals and tracks for a connection that is gone do no harm", () => {
    const links = fakePeers(PEER_NEVER_CONNECTS);
    const { heard, self } = listener();
    const clock = manualClock();
    const peer = createPeer(links, clock);
    peer.listen(self);
    peer.signal({ kind: "offer", sdp: "v=0" });
    peer.open(opening(1));
    peer.close();
    peer.close();
    peer.signal({ kind: "offer", sdp: "v=0" });
    peer.replaceTrack("camera", undefined);
    links.opened[0]?.handlers.onFailed(PROBLEMS.peerFailed);
    expect(heard).toEqual(["no stream"]);
    expect(links.opened[0]).toMatchObject({ closed: true, received: [], replaced: [] });
  });

  it("a browser that refuses to make a connection is a failed one, not an exception", () => {
    const { heard, self } = listener();
    const peer = createPeer(fakePeers(PEER_THROWS), manualClock());
    peer.listen(self);
    peer.open(opening(1));
    expect(heard).toEqual(["failed 1 peer-failed"]);
  });
});
