import type { Role, Signal } from "@serendip/protocol";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { PeerHandlers, PeerLink, PeerLinks, PeerOptions } from "../../src/peer/peer-link.port.ts";
import { simplePeerLinks } from "../../src/peer/simple-peer-link.browser.ts";
import { closeAtEnd, connections, expectNothingLeft, watchConnections } from "./pair.ts";

const WAIT = { timeout: 20_000 };
const OPTIONS = { iceServers: [], stream: undefined, relayOnly: false } as const;
const RELAY = { urls: ["turn:127.0.0.1:1"], username: "nobody", credential: "nothing" };

const openOnes = () => connections.filter(({ signalingState }) => signalingState !== "closed");

beforeEach(watchConnections);
afterEach(expectNothingLeft);

function somePage() {
  const links = simplePeerLinks();
  closeAtEnd(() => links.makeAhead(undefined));
  return links;
}

/** Opens a link; what it says goes to `deliver`. */
function open(links: PeerLinks, options: PeerOptions, deliver: (signal: Signal) => void) {
  const heard: string[] = [];
  const handlers: PeerHandlers = {
    onSignal: (signal) => {
      heard.push(signal.kind);
      deliver(signal);
    },
    onPath: () => heard.push("path"),
    onConnected: () => heard.push("connected"),
    onStream: () => {},
    onPartnerMedia: () => {},
    onInterrupted: () => {},
    onPartnerClosed: () => heard.push("closed"),
    onWornOut: () => heard.push("worn-out"),
    onMisused: () => heard.push("misused"),
    onFailed: ({ code }) => heard.push(code),
  };
  const link = links.open(options, handlers);
  closeAtEnd(() => link.close());
  return { link, heard };
}

/** Two pages that open their links at one moment. */
function meet(pages: Readonly<Record<Role, PeerLinks>>) {
  const links: Partial<Record<Role, PeerLink>> = {};
  const initiator = open(pages.initiator, { ...OPTIONS, role: "initiator" }, (signal) =>
    setTimeout(() => links.responder?.signal(signal)),
  );
  const responder = open(pages.responder, { ...OPTIONS, role: "responder" }, (signal) =>
    setTimeout(() => links.initiator?.signal(signal)),
  );
  Object.assign(links, { initiator: initiator.link, responder: responder.link });
  return { initiator, responder };
}

const gathered = (pc: RTCPeerConnection | undefined) =>
  vi.waitFor(() => expect(pc?.iceGatheringState).toBe("complete"), WAIT);

describe("a connection that is made ahead", () => {
  test("[R19] has its offer and candidates before the match, and the call is made over it", async () => {
    const [ann, bob] = [somePage(), somePage()];
    ann.makeAhead({ ...OPTIONS, waits: false, what: "connection" });
    ann.makeAhead({ ...OPTIONS, waits: false, what: "offer" });
    bob.makeAhead({ ...OPTIONS, waits: false, what: "connection" });
    expect(connections).toHaveLength(2);
    await gathered(connections[0]);
    const { initiator, responder } = meet({ initiator: ann, responder: bob });
    await Promise.resolve();
    expect(initiator.heard[0]).toBe("offer");
    expect(initiator.heard).toContain("candidate");
    await vi.waitFor(() => {
      expect(initiator.heard).toContain("connected");
      expect(responder.heard).toContain("connected");
    }, WAIT);
    expect(connections).toHaveLength(2);
  });

  test("[R19] no two have a certificate in common", async () => {
    const page = somePage();
    const fingerprints = [];
    for (let round = 0; round < 2; round += 1) {
      page.makeAhead({ ...OPTIONS, waits: false, what: "offer" });
      const pc = connections.at(-1);
      await gathered(pc);
      fingerprints.push(pc?.localDescription?.sdp.match(/a=fingerprint:.*/)?.[0]);
      page.makeAhead(undefined);
    }
    expect(fingerprints[0]).toMatch(/^a=fingerprint:/);
    expect(fingerprints[1]).not.toBe(fingerprints[0]);
    expect(new Set(connections).size).toBe(2);
  });

  test("[R19] an offer is no use to a responder, who gets another connection", async () => {
    const page = somePage();
    page.makeAhead({ ...OPTIONS, waits: false, what: "offer" });
    await gathered(connections[0]);
    const { heard } = open(page, { ...OPTIONS, role: "responder" }, () => {});
    await Promise.resolve();
    expect(connections.map(({ signalingState }) => signalingState)).toEqual(["closed", "stable"]);
    expect(heard).toEqual([]);
  });

  test("[R19] [K5] nor to somebody who hides the address", async () => {
    const page = somePage();
    page.makeAhead({ ...OPTIONS, waits: false, what: "offer" });
    await gathered(connections[0]);
    open(page, { ...OPTIONS, iceServers: [RELAY], relayOnly: true, role: "initiator" }, () => {});
    await Promise.resolve();
    expect(openOnes().map((pc) => pc.getConfiguration().iceTransportPolicy)).toEqual(["relay"]);
  });

  test("[R19] where there is a relay nothing is gathered before the match, and everything after it", async () => {
    const page = somePage();
    page.makeAhead({ ...OPTIONS, iceServers: [RELAY], waits: true, what: "offer" });
    const pc = connections[0];
    // simple-peer would make its offer in a task of its own.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(pc?.localDescription).toBeNull();
    expect(pc?.getConfiguration().iceServers).toEqual([]);
    const { heard } = open(page, { ...OPTIONS, iceServers: [RELAY], role: "initiator" }, () => {});
    expect(pc?.getConfiguration().iceServers).toMatchObject([{ urls: RELAY.urls }]);
    await vi.waitFor(() => expect(heard).toContain("offer"), WAIT);
    expect(connections).toHaveLength(1);
  });

  test("[R19] [K25] nor where only the match brings the relay: the offer that waited serves that match", async () => {
    const page = somePage();
    page.makeAhead({ ...OPTIONS, waits: true, what: "offer" });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(connections[0]?.localDescription).toBeNull();
    const { heard } = open(page, { ...OPTIONS, iceServers: [RELAY], role: "initiator" }, () => {});
    await vi.waitFor(() => expect(heard).toContain("offer"), WAIT);
    expect(connections).toHaveLength(1);
  });

  test("[R19] there is at most one, and none after a hundred that were let go of", async () => {
    const page = somePage();
    for (let round = 0; round < 100; round += 1) {
      page.makeAhead({ ...OPTIONS, waits: false, what: round % 2 === 0 ? "connection" : "offer" });
      if (round % 3 === 0) page.makeAhead(undefined);
      await Promise.resolve();
      expect(openOnes().length).toBeLessThanOrEqual(1);
    }
    page.makeAhead(undefined);
    await vi.waitFor(() => expect(openOnes()).toHaveLength(0), WAIT);
  });
});
