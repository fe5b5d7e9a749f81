import { LIMITS, type Role, type Signal } from "@serendip/protocol";
import { describe, expect, test } from "vitest";
import { onlyRelays } from "../../src/ice/relay-only.browser.ts";
import type { LastingPeer } from "../../src/peer/lasting-peer.browser.ts";
import { type DeadEnd, negotiation } from "../../src/peer/negotiation.browser.ts";
import {
  beginOffer,
  closeOffer,
  isUnderWay,
  mayTell,
  NO_OFFERS,
  RESTART_UNDER_WAY_MS,
  tellOffer,
} from "../../src/peer/offers.browser.ts";
import { type PathState, pathAfter } from "../../src/peer/path-state.browser.ts";

describe("[R11] the initiator's offers", () => {
  const first = tellOffer(NO_OFFERS, 0);
  test("are numbered from 0, and only the newest can be answered", () => {
    expect(first.open).toBe(0);
    const second = tellOffer(beginOffer(first), 0);
    expect(second).toMatchObject({ open: 1, unanswered: 2 });
    expect(closeOffer(second)).toMatchObject({ open: undefined, unanswered: 0 });
  });

  test("while one is made, or told to nobody, none can be answered and no candidate is told", () => {
    expect(beginOffer(first)).toMatchObject({ open: undefined, heard: false, told: 1 });
  });

  test("a wish is met unless an offer is young, the longer where it has had no answer", () => {
    expect(isUnderWay(first, RESTART_UNDER_WAY_MS - 1)).toBe(true);
    expect(isUnderWay(first, RESTART_UNDER_WAY_MS)).toBe(false);
    const restarted = closeOffer(tellOffer(first, 0));
    expect(isUnderWay(restarted, 999)).toBe(true);
    expect(isUnderWay(restarted, 1_000)).toBe(false);
    // The first connection is no restart.
    expect(isUnderWay(closeOffer(first), 1)).toBe(false);
    expect(isUnderWay(NO_OFFERS, 1)).toBe(false);
  });

  test("end before the server would refuse them", () => {
    expect(mayTell({ ...first, told: LIMITS.descriptionsPerGeneration - 1 })).toBe(true);
    expect(mayTell({ ...first, told: LIMITS.descriptionsPerGeneration })).toBe(false);
  });
});

describe("[R18] what is not taken", () => {
  test("is said once of each kind and reason, however many the partner sends", () => {
    const peer = { _pc: { signalingState: "stable" }, signal: () => {} } as unknown as LastingPeer;
    const lines: unknown[] = [];
    const log = {
      info: (...line: unknown[]) => lines.push(line),
      warn: (...line: unknown[]) => lines.push(line),
    };
    const talk = negotiation({
      role: "initiator",
      relayOnly: false,
      peer: () => peer,
      onSignal() {},
      onDeadEnd() {},
      log,
    });
    for (let count = 0; count < 1_000; count += 1) {
      talk.receive({ kind: "offer", sdp: "v=0", attempt: count });
      talk.receive({ kind: "candidate", candidate: { candidate: "", sdpMid: "0", sdpMLineIndex: 0 } });
    }
    expect(lines).toEqual([
      ["Signal dropped", { kind: "offer", why: "wrong-role" }],
      ["Signal dropped", { kind: "candidate", why: "end-of-candidates" }],
    ]);
  });
});

describe("a negotiation that leads nowhere", () => {
  const between = (role: Role) => {
    const sent: Signal[] = [];
    const ends: DeadEnd[] = [];
    const taken: unknown[] = [];
    const peer = {
      _pc: { signalingState: role === "initiator" ? "have-local-offer" : "stable" },
      signal: (data: unknown) => taken.push(data),
      offerRestart: () => Promise.resolve("v=0"),
    } as unknown as LastingPeer;
    const talk = negotiation({
      role,
      relayOnly: false,
      peer: () => peer,
      onSignal: (signal) => sent.push(signal),
      onDeadEnd: (why) => ends.push(why),
      log: undefined,
    });
    return { talk, sent, ends, taken };
  };
  const restarts = LIMITS.descriptionsPerGeneration;

  test("[R11] the responder asks for no more restarts than the server passes on, and then for a new generation", () => {
    const { talk, sent, ends } = between("responder");
    for (let time = 0; time < restarts + 3; time += 1) talk.restart("partner");
    expect(sent).toEqual(Array.from({ length: restarts }, () => ({ kind: "restart" })));
    expect(ends).toEqual(["worn-out", "worn-out", "worn-out"]);
  });

  test("[R11] so does the initiator, who offers them", async () => {
    const { talk, sent, ends } = between("initiator");
    talk.tell({ type: "offer", sdp: "v=0" });
    for (let time = 1; time < restarts; time += 1) {
      talk.restart("partner");
      await Promise.resolve();
    }
    expect([sent.length, ends]).toEqual([restarts, []]);
    talk.restart("nobody");
    expect(ends).toEqual([]);
    talk.restart("partner");
    expect([sent.length, ends]).toEqual([restarts, ["worn-out"]]);
  });

  test.each(["initiator", "responder"] as const)("[R18] the %s reads nothing that no page says", (role) => {
    const { talk, ends, taken } = between(role);
    const kind = role === "initiator" ? "answer" : "offer";
    talk.receive({ kind, sdp: "v=0\r\n".repeat(LIMITS.descriptionChars.answer) });
    expect([ends, taken]).toEqual([["impossible"], []]);
  });

  test.each(["offer", "answer"] as const)(
    "[R3] an %s that the server would refuse takes no number",
    (type) => {
      const { talk, sent, ends } = between(type === "offer" ? "initiator" : "responder");
      talk.tell({ type, sdp: "v".repeat(LIMITS.descriptionChars[type] + 1) });
      expect([sent, ends]).toEqual([[], ["unsendable"]]);
    },
  );
});

describe("what a state of the connection means", () => {
  const cases: readonly [PathState, RTCPeerConnectionState, RTCDtlsTransportState | undefined, PathState][] =
    [
      ["never", "connecting", "new", "never"],
      ["never", "connected", "connected", "up"],
      ["never", "disconnected", undefined, "never"],
      ["never", "failed", undefined, "failed"],
      ["up", "disconnected", "connected", "interrupted"],
      ["up", "failed", "connected", "interrupted"],
      ["up", "failed", "failed", "failed"],
      ["up", "connecting", "connected", "up"],
      ["interrupted", "failed", "connected", "interrupted"],
      ["interrupted", "connecting", "connected", "interrupted"],
      ["interrupted", "connected", "connected", "up"],
      ["interrupted", "failed", "failed", "failed"],
      ["failed", "connected", "connected", "failed"],
    ];
  test.each(cases)("%s, then %s with DTLS %s: %s", (flow, state, dtls, after) => {
    expect(pathAfter(flow, { state, dtls })).toBe(after);
  });
});

describe("[K5] relay only", () => {
  const candidate = (line: string): Signal => ({
    kind: "candidate",
    candidate: { candidate: line, sdpMid: "0", sdpMLineIndex: 0 },
  });
  const relay = "candidate:1 1 udp 1 198.51.100.7 49152 typ relay raddr 192.0.2.7 rport 5000 generation 0";

  test("a relay's candidate of an IPv6 address, and of a browser that writes in capitals, passes", () => {
    for (const line of [
      "candidate:1 1 udp 1 2001:db8::7 49152 typ relay",
      "candidate:1 1 udp 1 ::ffff:198.51.100.7 49152 typ relay",
      "a=candidate:4 2 UDP 8331263 198.51.100.7 49152 typ relay",
    ])
      expect(onlyRelays(candidate(line))).toEqual(candidate(line));
  });

  test("a relay's candidate passes without the address behind it", () => {
    expect(onlyRelays(candidate(relay))).toEqual(
      candidate("candidate:1 1 udp 1 198.51.100.7 49152 typ relay raddr 0.0.0.0 rport 9 generation 0"),
    );
  });

  test.each([
    "candidate:1 1 udp 1 192.0.2.7 5000 typ host",
    "candidate:1 1 udp 1 203.0.113.9 5000 typ srflx raddr 192.0.2.7 rport 5000",
    "candidate:1 1 tcp 1 192.0.2.7 9 typ host tcptype active",
    "candidate:1 1 udp 1 0a1b.local 5000 typ host",
    "candidate:1 1 udp 1 192.0.2.7 5000 typ relayed",
    "candidate:1 1 udp 1 victim-42.attacker.example 5000 typ relay raddr 0.0.0.0 rport 9",
    "candidate:1 1 udp 1 bad.cafe 5000 typ relay raddr 0.0.0.0 rport 9",
    "candidate:1 1 tcp 1 198.51.100.7 9 typ relay tcptype active",
    "candidate:1 1 udp 1 192.0.2.7 5000 typ host\r\na=x typ relay",
    "",
  ])("%j does not", (line) => {
    expect(onlyRelays(candidate(line))).toBeUndefined();
  });

  test("a description loses every other candidate and nothing else", () => {
    const sdp = [
      "v=0",
      "m=audio 9 UDP/TLS/RTP/SAVPF 111",
      "a=candidate:2 1 udp 1 192.0.2.7 5000 typ host",
      `a=${relay}`,
      "a=mid:0",
      "",
    ];
    expect(onlyRelays({ kind: "offer", sdp: sdp.join("\r\n"), attempt: 3 })).toEqual({
      kind: "offer",
      attempt: 3,
      sdp: `v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=${relay.replace("192.0.2.7 rport 5000", "0.0.0.0 rport 9")}\r\na=mid:0\r\n`,
    });
  });

  test("a wish for a restart passes", () => {
    expect(onlyRelays({ kind: "restart" })).toEqual({ kind: "restart" });
  });
});
