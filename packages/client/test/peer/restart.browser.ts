import type { Signal } from "@serendip/protocol";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { expectNothingLeft, openPair, type Side, settle, watchConnections } from "./pair.ts";

const WAIT = { timeout: 15_000, interval: 20 };

beforeEach(watchConnections);
afterEach(expectNothingLeft);

const connected = (...sides: readonly Side[]) =>
  vi.waitFor(() => {
    for (const side of sides) expect(side.events).toContain("connected");
  }, WAIT);

const ufragOf = (sdp: string | undefined) => /^a=ice-ufrag:(.*)$/m.exec(sdp ?? "")?.[1]?.trim();

/** The user name fragments that both sides agree on, once they do. */
async function agreement({ initiator, responder }: { initiator: Side; responder: Side }): Promise<string> {
  return await vi.waitFor(() => {
    for (const { pc } of [initiator, responder]) expect(pc.signalingState).toBe("stable");
    const fragments = [initiator.pc.currentLocalDescription, responder.pc.currentLocalDescription];
    const known = [responder.pc.currentRemoteDescription, initiator.pc.currentRemoteDescription];
    expect(fragments.map((own) => ufragOf(own?.sdp))).toEqual(known.map((other) => ufragOf(other?.sdp)));
    return fragments.map((own) => ufragOf(own?.sdp)).join(" ");
  }, WAIT);
}

/** A restart has come to its end, and nobody has noticed. */
async function expectRestarted(pair: { initiator: Side; responder: Side }, before: string): Promise<void> {
  const agreed = await vi.waitFor(async () => {
    const now = await agreement(pair);
    const [one, other] = before.split(" ");
    expect(now).not.toContain(one);
    expect(now).not.toContain(other);
    return now;
  }, WAIT);
  await settle(pair.initiator, pair.responder);
  expect(await agreement(pair)).toBe(agreed);
  for (const side of [pair.initiator, pair.responder]) {
    await vi.waitFor(() => expect(side.pc.connectionState).toBe("connected"), WAIT);
    expect(side.errors).toEqual([]);
    expect(side.events).toEqual(["connected"]);
    expect(side.pc.getTransceivers()).toHaveLength(2);
  }
  // The data channel has survived too.
  pair.initiator.link.tellMedia({ camera: true, microphone: false });
  await vi.waitFor(() => expect(pair.responder.words).toEqual([{ camera: true, microphone: false }]), WAIT);
}

const attempts = (side: Side, kind: "offer" | "answer") =>
  side.sent.flatMap((signal) => (signal.kind === kind ? [signal.attempt] : []));

describe("[R11] an ICE restart", () => {
  for (const role of ["initiator", "responder"] as const) {
    test(`asked for by the ${role} renews both sides' credentials on the same connection`, async () => {
      const pair = openPair();
      await connected(pair.initiator, pair.responder);
      const before = await agreement(pair);
      pair[role].link.restartIce("partner");
      await expectRestarted(pair, before);
      expect(attempts(pair.initiator, "offer")).toEqual([0, 1]);
      expect(attempts(pair.responder, "answer")).toEqual([0, 1]);
      const wishes = pair.responder.sent.filter(({ kind }) => kind === "restart");
      expect(wishes).toEqual(role === "responder" ? [{ kind: "restart" }] : []);
    });
  }

  test("two wishes at once, and one while a restart is under way, lead to one restart", async () => {
    const pair = openPair();
    await connected(pair.initiator, pair.responder);
    const before = await agreement(pair);
    const settled = openGate(pair);
    pair.initiator.link.restartIce("partner");
    await vi.waitFor(() => expect(attempts(pair.initiator, "offer")).toEqual([0, 1]), WAIT);
    pair.initiator.link.signal({ kind: "restart" });
    pair.initiator.link.signal({ kind: "restart" });
    settled();
    await expectRestarted(pair, before);
    expect(attempts(pair.initiator, "offer")).toEqual([0, 1]);
  });

  test("whose answer gets lost, three times, is superseded by the next one", async () => {
    const lost = new Set([1, 2, 3]);
    const pair = openPair({}, (signal) =>
      signal.kind === "answer" && lost.has(signal.attempt ?? 0) ? [] : [signal],
    );
    await connected(pair.initiator, pair.responder);
    const before = await agreement(pair);
    for (const attempt of lost) {
      pair.initiator.link.restartIce("partner");
      await vi.waitFor(() => expect(attempts(pair.responder, "answer")).toContain(attempt), WAIT);
    }
    pair.initiator.link.restartIce("partner");
    await expectRestarted(pair, before);
    expect(attempts(pair.initiator, "offer")).toEqual([0, 1, 2, 3, 4]);
  });

  test("takes only its own answer: one that comes late for an older one is dropped", async () => {
    let late: Signal | undefined;
    const pair = openPair({}, (signal) => {
      if (signal.kind !== "answer") return [signal];
      if (signal.attempt === 1) {
        late = signal;
        return [];
      }
      return signal.attempt === 2 && late ? [late, signal] : [signal];
    });
    await connected(pair.initiator, pair.responder);
    const before = await agreement(pair);
    pair.initiator.link.restartIce("partner");
    await vi.waitFor(() => expect(late).toBeDefined(), WAIT);
    pair.initiator.link.restartIce("partner");
    await expectRestarted(pair, before);
  });

  test("offers that come all at once while one is settling: the last one counts", async () => {
    const held: Signal[] = [];
    const pair = openPair({}, (signal, from) => {
      if (from === "responder" || signal.kind === "restart") return [signal];
      if (signal.kind === "offer" && (signal.attempt ?? 0) > 0) held.push(signal);
      else if (held.length > 0) held.push(signal);
      else return [signal];
      return [];
    });
    await connected(pair.initiator, pair.responder);
    const before = await agreement(pair);
    for (const attempt of [1, 2, 3]) {
      pair.initiator.link.restartIce("partner");
      await vi.waitFor(() => expect(attempts(pair.initiator, "offer")).toContain(attempt), WAIT);
    }
    await settle(pair.initiator);
    for (const signal of held.splice(0)) pair.responder.link.signal(signal);
    await expectRestarted(pair, before);
    expect(attempts(pair.responder, "answer").at(-1)).toBe(3);
  });

  test("called ten times in a row, comes to its end", async () => {
    const pair = openPair();
    await connected(pair.initiator, pair.responder);
    const before = await agreement(pair);
    for (let call = 0; call < 10; call += 1) pair.initiator.link.restartIce("partner");
    await expectRestarted(pair, before);
    expect(attempts(pair.initiator, "offer")).toEqual([0, 1]);
  });

  test("works with an older page, whose answers have no number", async () => {
    const pair = openPair({}, (signal) => {
      if (signal.kind !== "answer") return [signal];
      const { attempt: _unknown, ...older } = signal;
      return [older];
    });
    await connected(pair.initiator, pair.responder);
    const before = await agreement(pair);
    pair.initiator.link.restartIce("partner");
    await expectRestarted(pair, before);
  });

  for (const kind of ["offer", "answer"] as const) {
    test(`mends a first negotiation whose ${kind} got lost`, async () => {
      let lost = 0;
      const pair = openPair({}, (signal) => {
        if (signal.kind !== kind || lost > 0) return [signal];
        lost += 1;
        return [];
      });
      await vi.waitFor(() => expect(lost).toBe(1), WAIT);
      await settle(pair.initiator, pair.responder);
      expect(pair.initiator.events).toEqual([]);
      pair.initiator.link.restartIce("partner");
      await connected(pair.initiator, pair.responder);
      expect([...pair.initiator.errors, ...pair.responder.errors]).toEqual([]);
    });
  }

  test("that is told to nobody says nothing, and the next one that is told works", async () => {
    const pair = openPair();
    await connected(pair.initiator, pair.responder);
    const before = await agreement(pair);
    const said = [pair.initiator.sent.length, pair.responder.sent.length];
    pair.responder.link.restartIce("nobody");
    pair.initiator.link.restartIce("nobody");
    await vi.waitFor(() => expect(pair.initiator.pc.signalingState).toBe("have-local-offer"), WAIT);
    await vi.waitFor(() => expect(pair.initiator.pc.iceGatheringState).toBe("complete"), WAIT);
    pair.initiator.link.restartIce("nobody");
    await settle(pair.initiator, pair.responder);
    expect([pair.initiator.sent.length, pair.responder.sent.length]).toEqual(said);
    expect(pair.initiator.pc.connectionState).toBe("connected");
    pair.initiator.link.restartIce("partner");
    await expectRestarted(pair, before);
    expect(attempts(pair.initiator, "offer")).toEqual([0, 1]);
  });

  test("of a link that is closed, or that has just been opened, does no harm", async () => {
    const pair = openPair();
    pair.initiator.link.restartIce("partner");
    pair.initiator.link.restartIce("nobody");
    await connected(pair.initiator, pair.responder);
    expect(attempts(pair.initiator, "offer")).toEqual([0]);
    for (const { link } of [pair.initiator, pair.responder]) {
      link.restartIce("partner");
      link.close();
      link.restartIce("partner");
      link.restartIce("nobody");
    }
    const said = pair.initiator.sent.length;
    await settle(pair.initiator, pair.responder);
    expect(pair.initiator.sent).toHaveLength(said);
  });
});

/** Keeps what the initiator says from the responder until the returned function is called. */
function openGate(pair: { initiator: Side; responder: Side }): () => void {
  const waiting: Signal[] = [];
  const { link } = pair.responder;
  const take = link.signal.bind(link);
  link.signal = (signal) => waiting.push(signal);
  return () => {
    link.signal = take;
    for (const signal of waiting) take(signal);
  };
}
