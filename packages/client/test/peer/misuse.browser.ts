import { LIMITS } from "@serendip/protocol";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import {
  connected,
  expectNothingLeft,
  expectUnharmed,
  openPair,
  type Side,
  settle,
  talking,
  WAIT,
  watchConnections,
} from "./pair.ts";

beforeEach(watchConnections);
afterEach(expectNothingLeft);

/** A pair in a call, and each side's end of their data channel. */
async function openChannels() {
  const made = vi.spyOn(RTCPeerConnection.prototype, "createDataChannel");
  onTestFinished(() => made.mockRestore());
  const pair = openPair();
  const channels: { responder?: RTCDataChannel; initiator?: RTCDataChannel } = {};
  pair.responder.pc.addEventListener("datachannel", ({ channel }) => {
    channels.responder ??= channel;
  });
  await talking(pair);
  const [first] = made.mock.results;
  if (first?.type === "return") channels.initiator = first.value;
  return { pair, channels };
}

describe("a partner who misuses the connection", () => {
  const ROLES = ["initiator", "responder"] as const;
  const misuserOf = (role: (typeof ROLES)[number]) => (role === "initiator" ? "responder" : "initiator");

  test.each(ROLES)("[C76] further data channels to the %s are closed, and the call goes on", async (role) => {
    const pair = openPair();
    await connected(pair.initiator, pair.responder);
    for (const name of ["second", "third"]) {
      const channel = pair[misuserOf(role)].pc.createDataChannel(name);
      await vi.waitFor(() => expect(channel.readyState).toBe("closed"), WAIT);
    }
    await expectUnharmed(pair.initiator, pair.responder);
  });

  /** The whole connection is closed, nothing of it is listened to, and that is told, once. */
  async function expectHungUp(side: Side, channel: RTCDataChannel | undefined): Promise<void> {
    await vi.waitFor(() => expect(side.events).toContain("misused"), WAIT);
    await settle(side);
    expect(side.events.filter((event) => event !== "stream")).toEqual(["connected", "misused"]);
    expect(side.pc.signalingState).toBe("closed");
    expect([side.pc.ondatachannel, side.pc.ontrack, side.pc.onicecandidate]).toEqual([null, null, null]);
    expect(channel).toMatchObject({ onmessage: null, onclose: null, onerror: null });
    expect(channel?.readyState).not.toBe("open");
  }

  test.each(ROLES)("[R18] who opens channel after channel to the %s is hung up on", async (role) => {
    const { pair, channels } = await openChannels();
    const { pc } = pair[misuserOf(role)];
    for (let channel = 0; channel < 50; channel += 1) pc.createDataChannel(`${channel}`);
    await expectHungUp(pair[role], channels[role]);
  });

  test("[R18] who describes three hundred pictures is hung up on before the browser reads it", async () => {
    const { initiator, responder } = openPair({}, (signal, from) =>
      from === "initiator" && signal.kind === "offer"
        ? [{ ...signal, sdp: signal.sdp + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n".repeat(300) }]
        : [signal],
    );
    await vi.waitFor(() => expect(responder.events).toEqual(["misused"]), WAIT);
    await settle(initiator, responder);
    expect([responder.pc.signalingState, responder.pc.remoteDescription, responder.sent]).toEqual([
      "closed",
      null,
      [],
    ]);
  });

  test.each(ROLES)("[R18] who talks to the %s without end is hung up on", async (role) => {
    const { pair, channels } = await openChannels();
    for (let word = 0; word < 2 * LIMITS.partnerMediaWords; word += 1) channels[misuserOf(role)]?.send("!");
    await expectHungUp(pair[role], channels[role]);
    await vi.waitFor(() => expect(pair[misuserOf(role)].events).toContain("partner-closed"), WAIT);
  });
});
