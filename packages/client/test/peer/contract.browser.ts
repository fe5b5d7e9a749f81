import type { IceServer, Signal } from "@serendip/protocol";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { simplePeerLinks } from "../../src/peer/simple-peer-link.browser.ts";
import {
  connected,
  expectNothingLeft,
  expectUnharmed,
  openPair,
  openSide,
  report,
  type Side,
  settle,
  talking,
  WAIT,
  watchConnections,
} from "./pair.ts";

beforeEach(watchConnections);
afterEach(expectNothingLeft);

const firstOf = (side: Side, kind: Signal["kind"]): Signal => {
  const signal = side.sent.find((candidate) => candidate.kind === kind);
  if (!signal) throw new Error(`no ${kind} was sent`);
  return signal;
};

const broken = (kind: "offer" | "answer"): Signal => ({ kind, sdp: "v=0\r\nthis is not SDP\r\n" });
const unknownMid: Signal = {
  kind: "candidate",
  candidate: {
    candidate: "candidate:1 1 udp 2122260223 192.0.2.1 5000 typ host",
    sdpMid: "no-such-line",
    sdpMLineIndex: 99,
  },
};
const garbage: Signal = {
  kind: "candidate",
  candidate: { candidate: "candidate:garbage", sdpMid: "0", sdpMLineIndex: 0 },
};
const noMid: Signal = {
  kind: "candidate",
  candidate: { candidate: "candidate:1 1 udp 1 192.0.2.1 5000 typ host", sdpMid: null, sdpMLineIndex: null },
};
const endOfCandidates: Signal = {
  kind: "candidate",
  candidate: { candidate: "", sdpMid: "0", sdpMLineIndex: 0 },
};
/** What a schema would have stopped: here nothing may rest on that. */
const junk = [
  {},
  { kind: "renegotiate" },
  { kind: "transceiverRequest", transceiverRequest: { kind: "video" } },
].map((value) => value as unknown as Signal);

describe("signals out of order, repeated or broken", () => {
  test("[R3] everything arrives twice: connects once", async () => {
    const { initiator, responder } = openPair({}, (signal) => [signal, signal]);
    await connected(initiator, responder);
    await expectUnharmed(initiator, responder);
    expect(responder.sent.filter(({ kind }) => kind === "answer")).toHaveLength(1);
  });

  test("[R4] late repetitions of offer, answer and candidates change nothing", async () => {
    const { initiator, responder } = openPair();
    await connected(initiator, responder);
    for (const signal of initiator.sent.filter(({ kind }) => kind !== "offer")) responder.link.signal(signal);
    for (const signal of responder.sent) initiator.link.signal(signal);
    await expectUnharmed(initiator, responder);
  });

  test("[R4] a repeated offer in a running call is answered, and the second answer dropped", async () => {
    const { initiator, responder } = openPair();
    await connected(initiator, responder);
    responder.link.signal(firstOf(initiator, "offer"));
    await expectUnharmed(initiator, responder);
  });

  test("candidates before the offer: connects", async () => {
    const held: Signal[] = [];
    const { initiator, responder } = openPair({}, (signal, from) => {
      if (from === "responder") return [signal];
      if (signal.kind !== "offer" && held.length > 0) return [signal, ...held.splice(0)];
      held.push(signal);
      return [];
    });
    await connected(initiator, responder);
    await expectUnharmed(initiator, responder);
  });

  test("the answer comes long after its candidates: connects", async () => {
    const answers: Signal[] = [];
    const { initiator, responder } = openPair({}, (signal) => {
      if (signal.kind !== "answer") return [signal];
      answers.push(signal);
      return [];
    });
    await vi.waitFor(() => {
      expect(answers).toHaveLength(1);
      expect(responder.sent.some(({ kind }) => kind === "candidate")).toBe(true);
    }, WAIT);
    await settle(initiator, responder);
    for (const answer of answers) initiator.link.signal(answer);
    await connected(initiator, responder);
    await expectUnharmed(initiator, responder);
  });

  const harmless: Readonly<Record<string, readonly Signal[]>> = {
    "a candidate without a media line": [noMid],
    "a candidate of an unknown media line": [unknownMid],
    "a candidate of garbage": [garbage],
    "the end of the candidates": [endOfCandidates],
    "a broken offer": [broken("offer")],
    "a broken answer": [broken("answer")],
    "what is no signal at all": junk,
    "two hundred candidates": Array.from({ length: 200 }, () => unknownMid),
  };
  for (const [what, signals] of Object.entries(harmless)) {
    test(`[C76] ${what} does not harm a running call, on either side`, async () => {
      const { initiator, responder } = openPair();
      await connected(initiator, responder);
      for (const side of [initiator, responder])
        for (const signal of signals) expect(() => side.link.signal(signal)).not.toThrow();
      await expectUnharmed(initiator, responder);
    });

    if (what.startsWith("a broken")) continue;
    test(`[C76] ${what} before the first description does not keep the two apart`, async () => {
      const { initiator, responder } = openPair();
      for (const side of [initiator, responder])
        for (const signal of signals) expect(() => side.link.signal(signal)).not.toThrow();
      await connected(initiator, responder);
      await expectUnharmed(initiator, responder);
    });
  }

  test("after a broken offer in a running call the connection still takes a good one", async () => {
    const { initiator, responder } = openPair();
    await connected(initiator, responder);
    responder.link.signal(broken("offer"));
    await settle(responder);
    const answers = responder.sent.filter(({ kind }) => kind === "answer").length;
    responder.link.signal(firstOf(initiator, "offer"));
    await vi.waitFor(
      () => expect(responder.sent.filter(({ kind }) => kind === "answer").length).toBe(answers + 1),
      WAIT,
    );
    await expectUnharmed(initiator, responder);
  });

  test("[M9] a first description that cannot be used fails the link at once, as the partner's doing", async () => {
    const side = openSide(
      { role: "responder", iceServers: [], stream: undefined, relayOnly: false },
      () => {},
    );
    side.link.signal(broken("offer"));
    await vi.waitFor(() => expect(side.errors.map(({ code }) => code)).toEqual(["peer-failed"]), WAIT);
    expect(() => side.link.signal(broken("offer"))).not.toThrow();
    expect(side.events).toEqual(["failed by partner"]);
  });

  test("two initiators: neither is harmed, neither connects", async () => {
    const sides: Side[] = [];
    const open = (other: () => Side | undefined) =>
      openSide({ role: "initiator", iceServers: [], stream: undefined, relayOnly: false }, (signal) =>
        setTimeout(() => other()?.link.signal(signal)),
      );
    sides.push(
      open(() => sides[1]),
      open(() => sides[0]),
    );
    await vi.waitFor(() => expect(sides.every(({ sent }) => sent.length > 2)).toBe(true), WAIT);
    await settle(...sides);
    expect(sides.flatMap(({ events }) => events)).toEqual([]);
    expect(sides.map(({ pc }) => pc.signalingState)).toEqual(["have-local-offer", "have-local-offer"]);
  });
});

test("two responders: nothing is said and nothing fails, and a restart is only asked for", async () => {
  const sides = [0, 1].map(() =>
    openSide({ role: "responder", iceServers: [], stream: undefined, relayOnly: false }, () => {}),
  );
  for (const { link } of sides) link.restartIce("partner");
  await settle(...sides);
  expect(sides.flatMap(({ events }) => events)).toEqual([]);
  expect(sides.map(({ sent }) => sent)).toEqual(sides.map(() => [{ kind: "restart" }]));
});

describe("the end", () => {
  for (const role of ["initiator", "responder"] as const) {
    test(`[C33] ${role} closes: the partner is told that it was on purpose, once, and no error`, async () => {
      const pair = openPair();
      await talking(pair);
      const partner = role === "initiator" ? pair.responder : pair.initiator;
      pair[role].link.close();
      await vi.waitFor(() => expect(partner.events).toContain("partner-closed"), WAIT);
      expect(partner.events).toEqual(["connected", "partner-closed"]);
      expect(pair[role].events).toEqual(["connected"]);
    });
  }

  test("[C6] close is idempotent, releases the connection and is followed by nothing", async () => {
    const { initiator, responder } = openPair();
    await talking({ initiator, responder });
    const told = initiator.events.length;
    const sent = initiator.sent.length;
    initiator.link.close();
    initiator.link.close();
    for (const signal of [...junk, broken("answer"), firstOf(responder, "answer"), unknownMid, noMid])
      expect(() => initiator.link.signal(signal)).not.toThrow();
    expect(() => initiator.link.replaceTrack("camera", undefined)).not.toThrow();
    await vi.waitFor(() => expect(responder.events).toContain("partner-closed"), WAIT);
    expect(initiator.pc.signalingState).toBe("closed");
    expect(initiator.events).toHaveLength(told);
    expect(initiator.sent).toHaveLength(sent);
  });

  test("[C6] fifty links opened and closed at once leave nothing and say nothing", async () => {
    const sides = Array.from({ length: 50 }, (_, index) =>
      openSide(
        { role: index % 2 ? "responder" : "initiator", iceServers: [], stream: undefined, relayOnly: false },
        () => {},
      ),
    );
    for (const { link } of sides) link.close();
    await settle();
    expect(sides.map(({ pc }) => pc.signalingState)).toEqual(sides.map(() => "closed"));
    expect(sides.flatMap(({ events, sent }) => [...events, ...sent])).toEqual([]);
  });
});

describe("the state of the connection", () => {
  test("an interruption and its end are each told once, whatever gathering does meanwhile", async () => {
    const { initiator, responder } = openPair();
    await connected(initiator, responder);
    report(initiator, "disconnected", "disconnected");
    report(initiator, "disconnected", "disconnected");
    report(initiator, "connected", "connected");
    report(initiator, "connected", "completed");
    expect(initiator.events).toEqual(["connected", "interrupted", "connected"]);
  });

  test("`failed` is an interruption as well, told once, destroys nothing, and can be overcome", async () => {
    const { initiator, responder } = openPair();
    await connected(initiator, responder);
    report(initiator, "disconnected", "disconnected");
    report(initiator, "failed", "failed");
    report(initiator, "failed", "failed");
    await settle(initiator);
    expect(initiator.events).toEqual(["connected", "interrupted"]);
    report(initiator, "connecting", "checking");
    report(initiator, "connected", "connected");
    report(initiator, "failed", "disconnected");
    expect(initiator.events).toEqual(["connected", "interrupted", "connected", "interrupted"]);
    expect(initiator.errors).toEqual([]);
    expect(initiator.pc.signalingState).toBe("stable");
    expect(responder.events).toEqual(["connected"]);
    initiator.link.close();
    await settle();
    expect(initiator.pc.signalingState).toBe("closed");
  });

  test("a partner who is another one after a running call (DTLS) fails the link, once", async () => {
    const { initiator, responder } = openPair();
    await connected(initiator, responder);
    Object.defineProperty(initiator.pc.sctp?.transport, "state", { value: "failed" });
    report(initiator, "failed", "connected");
    report(initiator, "connected", "connected");
    expect(initiator.events).toEqual(["connected", "failed by partner"]);
    expect(initiator.errors.map(({ code }) => code)).toEqual(["peer-failed"]);
  });

  test("[M9] [C56] a connection that cannot come about is told as failed, once, by the browser's own verdict", async () => {
    // With a foreign fingerprint the two reach each other and refuse each other.
    const { initiator, responder } = openPair({}, (signal) =>
      signal.kind !== "offer" && signal.kind !== "answer"
        ? [signal]
        : [
            {
              ...signal,
              sdp: signal.sdp.replace(/(a=fingerprint:sha-256 )\S+/g, `$1${Array(32).fill("00").join(":")}`),
            },
          ],
    );
    await vi.waitFor(() => expect(initiator.events).toEqual(["failed by partner"]), WAIT);
    await vi.waitFor(() => expect(responder.events).toEqual(["failed by partner"]), WAIT);
    await settle(initiator, responder);
    expect(initiator.errors.map(({ code }) => code)).toEqual(["peer-failed"]);
    expect(initiator.pc.connectionState).toBe("failed");
  });

  const refused: Readonly<Record<string, IceServer>> = {
    "TURN without a user name": { urls: ["turn:turn.example.org"] },
    "no address": { urls: [] },
    "an address of the web": { urls: ["https://stun.example.org"] },
    "a user name without end": {
      urls: ["turn:turn.example.org"],
      username: "u".repeat(600),
      credential: "c",
    },
  };
  test.each(Object.entries(refused))("[C52] %s fails the link instead of throwing", async (_what, server) => {
    const codes: string[] = [];
    const link = simplePeerLinks().open(
      {
        role: "initiator",
        iceServers: [server],
        stream: undefined,
        relayOnly: false,
      },
      {
        onSignal: () => codes.push("signal"),
        onPath: () => {},
        onConnected: () => codes.push("connected"),
        onPartnerMedia: () => {},
        onStream: () => codes.push("stream"),
        onInterrupted: () => codes.push("interrupted"),
        onPartnerClosed: () => codes.push("partner-closed"),
        onWornOut: () => codes.push("worn-out"),
        onMisused: () => codes.push("misused"),
        onFailed: ({ code }) => codes.push(code),
      },
    );
    expect(codes).toEqual([]);
    await vi.waitFor(() => expect(codes).toEqual(["peer-failed"]), WAIT);
    expect(() => link.signal(broken("answer"))).not.toThrow();
    link.close();
  });

  test("without WebRTC the link fails as unsupported", async () => {
    vi.stubGlobal("RTCPeerConnection", undefined);
    vi.stubGlobal("webkitRTCPeerConnection", undefined);
    const codes: string[] = [];
    const ignore = () => {};
    simplePeerLinks().open(
      { role: "responder", iceServers: [], stream: undefined, relayOnly: false },
      {
        onSignal: ignore,
        onPath: ignore,
        onConnected: ignore,
        onStream: ignore,
        onPartnerMedia: ignore,
        onInterrupted: ignore,
        onPartnerClosed: ignore,
        onWornOut: ignore,
        onMisused: ignore,
        onFailed: ({ code }) => codes.push(code),
      },
    );
    vi.unstubAllGlobals();
    await vi.waitFor(() => expect(codes).toEqual(["peer-unsupported"]), WAIT);
  });

  test("only the given ICE servers are used, never a third party's", () => {
    const side = openSide(
      { role: "initiator", iceServers: [], stream: undefined, relayOnly: false },
      () => {},
    );
    expect(side.pc.getConfiguration().iceServers).toEqual([]);
  });
});
