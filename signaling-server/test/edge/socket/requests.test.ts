import { readSignalText, type SignalEnvelope } from "@serendip/protocol";
import { expect, test } from "vitest";
import type { EventLimits } from "../../../src/edge/socket/event-limits.ts";
import { answerRequests } from "../../../src/edge/socket/requests.ts";
import type { Lobby } from "../../../src/service/lobby.ts";

const CALLER = { sessionId: "ann", epoch: 1 };
const ENVELOPE = {
  roomId: "room-1",
  generation: 1,
  sequence: 3,
  signal: { kind: "candidate", candidate: { candidate: "c", sdpMid: "0", sdpMLineIndex: 0 } },
} as const;

const outcomes = {
  "it is taken": () => ({ ok: true }),
  "it is refused": () => ({ ok: false, error: { code: "not_in_room", message: "no" } }),
  "it is answered later": () => Promise.resolve({ ok: true }),
  "its handler throws": () => {
    throw new Error("broken");
  },
  "its handler fails later": () => Promise.reject(new Error("broken")),
} as const;

/** What comes of one packet: all that is asked, counted and said, in its order. */
async function heardOf(
  packet: readonly unknown[],
  {
    outcome,
    waitMs,
    isWelcome,
    ice = {},
  }: { outcome: () => unknown; waitMs: number; isWelcome: boolean; ice?: object },
): Promise<readonly unknown[]> {
  const heard: unknown[] = [];
  const note =
    (what: string) =>
    (...details: readonly unknown[]) =>
      void heard.push([what, ...details.filter((one) => typeof one !== "function")]);
  const lobby = {
    status: async () => ({ ok: true, state: { kind: "idle" } }),
    holdBack(caller: unknown, envelope: SignalEnvelope, take: () => unknown) {
      note("held back")(caller, { ...envelope }, take());
      return waitMs;
    },
    signal(caller: unknown, envelope: SignalEnvelope) {
      note("relayed")(caller, { ...envelope });
      return outcome();
    },
  } as unknown as Lobby;
  const limits: EventLimits = {
    take(eventClass) {
      note("counted")(eventClass);
      return waitMs > 0 ? { ok: false, retryAfterMs: waitMs } : { ok: true };
    },
    refused: note("told to wait"),
  };
  const answer = note("answered");
  const onPacket = answerRequests({
    lobby,
    limits,
    calls: {} as never,
    ice: ice as never,
    log: {
      debug: note("debug"),
      info: note("info"),
      warn: note("warn"),
      error: (phrase) => note("error")(phrase),
    },
    acks: {
      answer: (_, reply) => answer(reply),
      withReply: (one) =>
        one[0] === "signal" && typeof one.at(-1) !== "function"
          ? [...one, (reply: unknown) => answer(reply)]
          : one,
    },
    caller: () => (isWelcome ? CALLER : undefined),
    refreshToken: () => Promise.reject(new Error("not asked")),
    onUnloading: note("unloading"),
    sendProblem: note("problem"),
  });
  onPacket(packet.map((one) => (one === "ACK" ? answer : one)));
  await new Promise((resolve) => setImmediate(resolve));
  return heard;
}

const cases = Object.entries(outcomes).flatMap(([title, outcome]) =>
  [
    { title, outcome, waitMs: 0, isWelcome: true },
    { title: `${title}, but comes too early`, outcome, waitMs: 0, isWelcome: false },
    { title: `${title}, but is too much`, outcome, waitMs: 20, isWelcome: true },
    { title: `${title}, but comes too early and is too much`, outcome, waitMs: 20, isWelcome: false },
  ].map((one) => [one.title, one] as const),
);

test.each(cases)(
  "[W20] [R20] [B3] a signal that was read from its text is answered like any other, once: %s",
  async (_, one) => {
    const read = readSignalText(JSON.stringify(ENVELOPE));
    expect(read).toBeDefined();
    const usual = await heardOf(["signal", ENVELOPE, "ACK"], one);
    expect(usual.filter((heard) => Array.isArray(heard) && heard[0] === "answered")).toHaveLength(1);
    for (const packet of [
      ["signal", read],
      ["signal", read, "ACK"],
      ["signal", ENVELOPE],
    ])
      expect(await heardOf(packet, one)).toEqual(usual);
  },
);

test("[W4] what is more than a signal, or less, is none, also where a part of it was read from its text", async () => {
  const read = readSignalText(JSON.stringify(ENVELOPE));
  const one = { outcome: outcomes["it is taken"], waitMs: 0, isWelcome: true };
  for (const packet of [["signal", read, 5], ["signal", read, 5, "ACK"], ["signal"], ["signal", {}]])
    expect(await heardOf(packet, one)).toContainEqual([
      "answered",
      expect.objectContaining({ ok: false, error: expect.objectContaining({ code: "bad_request" }) }),
    ]);
  for (const packet of [[read], ["signals", read, "ACK"]])
    expect((await heardOf(packet, one)).at(-1)).not.toEqual(["answered", { ok: true }]);
});

test("[K24] [B8] a session that ended while the store was asked gets no account, and none is counted for it", async () => {
  const asked: string[] = [];
  const ice = {
    knows: () => false,
    grant: () => asked.push("grant"),
    grantForCheck: () => asked.push("check"),
  };
  const replies: unknown[] = [];
  await heardOf(["ice-servers", {}, (reply: unknown) => replies.push(reply)], {
    outcome: outcomes["it is taken"],
    waitMs: 0,
    isWelcome: true,
    ice,
  });
  expect(replies).toMatchObject([{ ok: false, error: { code: "stale_session" } }]);
  expect(asked).toEqual([]);
});
