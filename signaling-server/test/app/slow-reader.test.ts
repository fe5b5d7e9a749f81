import { LIMITS, type SignalEnvelope } from "@serendip/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  arrive,
  meet,
  NO_HURRY,
  offer,
  serve,
  stopReading,
  type TestServer,
  until,
  WITHOUT_LIMITS,
} from "./page.ts";

let server: TestServer;
// What may be sent in a second takes minutes to fill what the kernel keeps for a client that does not read.
beforeEach(async () => {
  const STUN_URLS = Array.from(
    { length: 20 },
    (_, n) => `stun:${"long-name.".repeat(20)}example.org:${1_000 + n}`,
  ).join();
  const env = { STUN_URLS, GRACE_PROTOCOL_ROOM_MS: "50", AWAY_DEBOUNCE_MS: "0" };
  server = await serve({ ...NO_HURRY, ...env }, { limits: WITHOUT_LIMITS });
});
afterEach(() => server.stop());

const closedAsSlow = () =>
  server.log.lines.filter((line) => line.message.includes("does not read what it is sent")).length;

/** As long as one may be. */
const candidate = (roomId: string, sequence: number): SignalEnvelope => {
  const line = "x".repeat(LIMITS.candidateChars);
  return {
    roomId,
    generation: 1,
    sequence,
    signal: { kind: "candidate", candidate: { candidate: line, sdpMid: "0", sdpMLineIndex: 0 } },
  };
};

test("[W9] a client that asks and asks and never reads an answer is closed, and nobody else", async () => {
  const pair = await meet(server);
  const villain = await arrive(server);
  stopReading(villain);
  await until(
    "the connection is closed",
    () => {
      for (let n = 0; n < 1_000; n += 1) villain.socket.emit("ice-servers", {}, () => undefined);
      return closedAsSlow() === 1;
    },
    20_000,
  );
  await until("its session is gone", async () => (await server.getStats()).totalUsers === 2);
  expect(await pair.a.request("signal", offer(pair.roomId, 1))).toEqual({ ok: true });
  expect(await pair.b.next("signal")).toEqual(offer(pair.roomId, 1));
});

test("[W9] a partner who never reads is closed as well, after some hundred kilobytes", async () => {
  const { a, b, roomId } = await meet(server);
  stopReading(b);
  let sequence = 0;
  await until(
    "the connection is closed",
    async () => {
      sequence += 1;
      await a.request("signal", offer(roomId, sequence, "x".repeat(16_000)));
      const first = sequence + 1;
      sequence += LIMITS.candidatesPerDescription;
      const sent = Array.from({ length: LIMITS.candidatesPerDescription }, (_, n) =>
        a.request("signal", candidate(roomId, first + n)),
      );
      await Promise.all(sent);
      return closedAsSlow() === 1;
    },
    20_000,
  );
  expect(await a.next("partner-away")).toMatchObject({ roomId, cause: "protocol" });
  expect(await a.next("partner-left")).toMatchObject({ roomId, reason: "left" });
});

test("[W9] [R6] a client that reads gets everything, however much comes at once", async () => {
  const { a, b, roomId } = await meet(server);
  const answers = await Promise.all(Array.from({ length: 500 }, () => a.request("status", {})));
  expect(answers.every((answer) => answer.ok)).toBe(true);
  const sdp = "x".repeat(16_000);
  await Promise.all(Array.from({ length: 60 }, (_, n) => a.request("signal", offer(roomId, n + 1, sdp))));
  await until("all have come", () => b.count("signal") === 60);
  expect(closedAsSlow()).toBe(0);
});
