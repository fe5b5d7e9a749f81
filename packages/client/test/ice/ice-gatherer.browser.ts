import type { IceServer } from "@serendip/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commands } from "vitest/browser";
import { iceGatherer } from "../../src/ice/ice-gatherer.browser.ts";
import type { TurnOffer } from "../commands/turn-commands.ts";
import { both, never, watchedMedia } from "../media/media-page.ts";

let turn: TurnOffer;
let nobody: number;
const media = watchedMedia();

beforeAll(async () => {
  turn = await commands.startTurn();
  nobody = await commands.deadPort();
  // As beside a call: with the camera allowed, the browser names real addresses.
  await media.source.capture(both, never);
});
afterAll(async () => {
  media.stop();
  await commands.stopTurn();
});

const LIMIT_MS = 5_000;
const gather = async (servers: readonly IceServer[], limitMs = LIMIT_MS, signal = never) => {
  const { readings } = await iceGatherer().gather(servers, limitMs, signal);
  return readings;
};
const relay = (url: string, credential = turn.credential): IceServer => ({
  urls: [url],
  username: turn.username,
  credential,
});

test("[C54] a TURN server that works has answered, over UDP and over TCP", async () => {
  const [udp, tcp] = [`turn:127.0.0.1:${turn.port}`, `turn:127.0.0.1:${turn.port}?transport=tcp`];
  const readings = await gather([{ ...relay(udp), urls: [udp, tcp] }]);
  expect(readings).toMatchObject([
    { url: udp, outcome: "answered" },
    { url: tcp, outcome: "answered" },
  ]);
});

test("[C50] [C54] a wrong credential is told from a server that is away, in less than a second", async () => {
  const [reading] = await gather([relay(`turn:127.0.0.1:${turn.port}`, "wrong")], 1_000);
  expect(reading?.outcome).toBe("unauthorized");
});

test("[K27] a TURN server without a relay to give (486) is told from one that refuses the account, and from one that is away", async () => {
  const { port, username, credential } = await commands.startTurn(1);
  const urls = [`turn:127.0.0.1:${port}`, `turn:127.0.0.1:${port}?transport=tcp`];
  const readings = await gather([{ urls, username, credential }]);
  expect(readings.map(({ outcome }) => outcome).sort()).toEqual(["answered", "full"]);
});

test("[C54] a STUN server that works has answered, also where it names the address that one has anyway", async () => {
  expect(await gather([{ urls: [`stun:127.0.0.1:${turn.port}`] }])).toMatchObject([{ outcome: "answered" }]);
});

test("[C54] a STUN server that is not there is never taken for one that works, and the wait has an end", async () => {
  const [reading] = await gather([{ urls: [`stun:127.0.0.1:${nobody}`] }], 1_500);
  expect(reading?.outcome).not.toBe("answered");
});

test("[C54] a TURN server that is not there is never taken for one that works, and the wait has an end", async () => {
  const readings = await gather(
    [relay(`turn:127.0.0.1:${nobody}`), relay(`turn:127.0.0.1:${nobody}?transport=tcp`)],
    2_000,
  );
  expect(readings).toHaveLength(2);
  for (const { outcome } of readings) expect(["silent", "unreachable"]).toContain(outcome);
});

test("what the browser refuses to take is not reachable, and does not throw", async () => {
  expect(await gather([{ urls: ["turn:127.0.0.1:3478"] }])).toMatchObject([{ outcome: "unreachable" }]);
});

test("[C54] lets go of every connection, at its end and when it is told to stop", async () => {
  const opened: RTCPeerConnection[] = [];
  const gatherer = iceGatherer((config) => {
    const connection = new RTCPeerConnection(config);
    opened.push(connection);
    return connection;
  });
  await gatherer.gather([relay(`turn:127.0.0.1:${turn.port}`)], LIMIT_MS, never);
  const stop = new AbortController();
  const waiting = gatherer.gather([relay(`turn:127.0.0.1:${nobody}`)], 60_000, stop.signal);
  stop.abort();
  expect((await waiting).readings).toMatchObject([{ outcome: "silent" }]);
  expect(opened.map(({ signalingState }) => signalingState)).toEqual(["closed", "closed"]);
});
