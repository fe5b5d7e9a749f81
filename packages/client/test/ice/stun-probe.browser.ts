import { afterAll, beforeAll, expect, test } from "vitest";
import { commands } from "vitest/browser";
import { stunProbe } from "../../src/ice/stun-probe.browser.ts";
import { both, never, watchedMedia } from "../media/media-page.ts";

let works: string;
let nobody: string;
const media = watchedMedia();

beforeAll(async () => {
  works = `stun:127.0.0.1:${(await commands.startTurn()).port}`;
  nobody = `stun:127.0.0.1:${await commands.deadPort()}`;
  // As in a call: with the camera allowed, the browser names real addresses.
  await media.source.capture(both, never);
});
afterAll(async () => {
  media.stop();
  await commands.stopTurn();
});

function watchedProbe() {
  const opened: RTCPeerConnection[] = [];
  const probe = stunProbe((config) => {
    const connection = new RTCPeerConnection(config);
    opened.push(connection);
    return connection;
  });
  return { probe, opened, alive: () => opened.filter(({ signalingState }) => signalingState !== "closed") };
}

test("[L12] a server that answers does so each time, over a few connections for many questions", async () => {
  const { probe, opened, alive } = watchedProbe();
  for (let question = 0; question < 41; question += 1)
    expect(await probe.ask(works, AbortSignal.timeout(5_000))).toBe(true);
  expect([opened.length, alive().length]).toEqual([3, 1]);
  probe.close();
  expect(alive()).toEqual([]);
});

test("[L12] silence ends with the question, and says nothing about the next server", async () => {
  const { probe, alive } = watchedProbe();
  expect(await probe.ask(nobody, AbortSignal.timeout(300))).toBe(false);
  expect(await probe.ask(works, AbortSignal.timeout(5_000))).toBe(true);
  expect(await probe.ask(works, AbortSignal.abort())).toBe(false);
  expect(alive()).toHaveLength(1);
  probe.close();
  probe.close();
});

test("[L12] what the browser refuses does not throw", async () => {
  const { probe } = watchedProbe();
  expect(await probe.ask("nonsense", never)).toBe(false);
  const closing = probe.ask(works, AbortSignal.timeout(300));
  probe.close();
  expect(await closing).toBe(false);
  const refusing = stunProbe(() => {
    throw new Error("Cannot create so many PeerConnections");
  });
  expect(await refusing.ask(works, never)).toBe(false);
});
