import type { PartnerMedia, Role, Signal } from "@serendip/protocol";
import { expect, onTestFinished, vi } from "vitest";
import type { PeerLink, PeerOptions } from "../../src/peer/peer-link.port.ts";
import { simplePeerLinks } from "../../src/peer/simple-peer-link.browser.ts";
import type { ChatError } from "../../src/words/chat-error.ts";

/** One side of a call, with everything that its link reported. */
export interface Side {
  readonly link: PeerLink;
  readonly pc: RTCPeerConnection;
  readonly sent: Signal[];
  /** In order; `stream`, `connected`, `interrupted`, `partner-closed`, `misused`, `failed`. */
  readonly events: string[];
  readonly errors: ChatError[];
  /** What the partner said of its media. */
  readonly words: PartnerMedia[];
  /** Plays the remote stream. */
  readonly screen: HTMLVideoElement;
  readonly remote: () => MediaStream | undefined;
}

/** Decides what becomes of a signal on its way: returns the signals that arrive in its place. */
export type Relay = (signal: Signal, from: Role) => readonly Signal[];

const NativePeerConnection = globalThis.RTCPeerConnection;

/** Every RTCPeerConnection that this page made since `watchConnections`. */
export const connections: RTCPeerConnection[] = [];

const opened: (() => void)[] = [];

/** Before it is looked whether anything is left. */
export const closeAtEnd = (close: () => void): void => void opened.push(close);

/** Records the connections that are made, so that tests see what the link hides. */
export function watchConnections(): void {
  connections.length = 0;
  globalThis.RTCPeerConnection = class extends NativePeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      connections.push(this);
    }
  };
}

/** Closes every link that the test opened, and fails if a connection outlives that. */
export async function expectNothingLeft(): Promise<void> {
  globalThis.RTCPeerConnection = NativePeerConnection;
  for (const close of opened.splice(0)) close();
  await Promise.resolve();
  expect(connections.map((pc) => pc.signalingState).filter((state) => state !== "closed")).toEqual([]);
}

/** Opens one link; what it sends goes to `deliver`. */
export function openSide(options: PeerOptions, deliver: (signal: Signal) => void): Side {
  const sent: Signal[] = [];
  const events: string[] = [];
  const errors: ChatError[] = [];
  const words: PartnerMedia[] = [];
  let remote: MediaStream | undefined;
  const screen = document.createElement("video");
  screen.autoplay = true;
  const link = simplePeerLinks().open(options, {
    onSignal: (signal) => {
      sent.push(signal);
      deliver(signal);
    },
    onPath: () => {},
    onConnected: () => events.push("connected"),
    onStream: (stream) => {
      remote = stream;
      // Sound is decoded only where something plays it.
      if (screen.srcObject !== stream) screen.srcObject = stream;
      events.push("stream");
    },
    onPartnerMedia: (media) => words.push(media),
    onInterrupted: () => events.push("interrupted"),
    onPartnerClosed: () => events.push("partner-closed"),
    onWornOut: () => events.push("worn-out"),
    onMisused: () => events.push("misused"),
    onFailed: (error, by) => {
      errors.push(error);
      events.push(by ? `failed by ${by}` : "failed");
    },
  });
  opened.push(() => {
    link.close();
    screen.srcObject = null;
  });
  const pc = connections.at(-1);
  if (!pc) throw new Error("no connection was made; is watchConnections missing?");
  return { link, pc, sent, events, errors, words, screen, remote: () => remote };
}

/** Two links in one page; each signal arrives in a task of its own, as the protocol's JSON. */
export function openPair(
  streams: {
    readonly initiator?: MediaStream | undefined;
    readonly responder?: MediaStream | undefined;
  } = {},
  relay: Relay = (signal) => [signal],
): { readonly initiator: Side; readonly responder: Side } {
  const links = new Map<Role, PeerLink>();
  const deliver = (from: Role) => (signal: Signal) => {
    const to = from === "initiator" ? "responder" : "initiator";
    for (const arriving of relay(signal, from)) {
      const frame = JSON.stringify(arriving);
      setTimeout(() => links.get(to)?.signal(JSON.parse(frame)));
    }
  };
  const open = (role: Role, stream: MediaStream | undefined) => {
    const side = openSide({ role, iceServers: [], stream, relayOnly: false }, deliver(role));
    links.set(role, side.link);
    return side;
  };
  const responder = open("responder", streams.responder);
  return { initiator: open("initiator", streams.initiator), responder };
}

/** The fake camera and microphone of the browser; given back at the test's end. */
export async function capture(constraints: MediaStreamConstraints): Promise<MediaStream> {
  const stream = await navigator.mediaDevices.getUserMedia(constraints);
  onTestFinished(() => {
    for (const track of stream.getTracks()) track.stop();
  });
  return stream;
}

/** What arrives: decoded pictures and sound energy so far. */
export async function received(side: Side): Promise<{ frames: number; sound: number }> {
  const total = { frames: 0, sound: 0 };
  for (const report of (await side.pc.getStats()).values()) {
    if (report.type !== "inbound-rtp") continue;
    if (report.kind === "video") total.frames += report.framesDecoded ?? 0;
    if (report.kind === "audio") total.sound += report.totalAudioEnergy ?? 0;
  }
  return total;
}

/** Makes the browser report `state`, as it does after a real interruption, which takes it 6 to 16 s. */
export function report(side: Side, state: RTCPeerConnectionState, ice: RTCIceConnectionState): void {
  Object.defineProperty(side.pc, "connectionState", { value: state, configurable: true });
  Object.defineProperty(side.pc, "iceConnectionState", { value: ice, configurable: true });
  for (const event of ["iceconnectionstatechange", "icegatheringstatechange", "connectionstatechange"])
    side.pc.dispatchEvent(new Event(event));
}

/** Lets everything that is already on its way happen: one exchange with the browser's other threads, twice. */
export async function settle(...sides: readonly Side[]): Promise<void> {
  for (let round = 0; round < 2; round += 1) {
    for (const { pc } of sides) if (pc.signalingState !== "closed") await pc.getStats();
    await new Promise((resolve) => setTimeout(resolve));
  }
}

export const WAIT = { timeout: 15_000, interval: 20 };

export const connected = (...sides: readonly Side[]) =>
  vi.waitFor(() => {
    for (const side of sides) expect(side.events).toContain("connected");
  }, WAIT);

/** Both hear each other over the data channel, whose end is how a partner's closing is told. */
export async function talking({ initiator, responder }: { initiator: Side; responder: Side }): Promise<void> {
  await connected(initiator, responder);
  initiator.link.tellMedia({ camera: true, microphone: true });
  responder.link.tellMedia({ camera: true, microphone: true });
  await vi.waitFor(() => {
    for (const side of [initiator, responder]) expect(side.words).toHaveLength(1);
  }, WAIT);
}

/** The call is as it was: same connection, same lines, nobody was told of an end. */
export async function expectUnharmed(...sides: readonly Side[]): Promise<void> {
  await settle(...sides);
  for (const side of sides) {
    expect(side.errors).toEqual([]);
    expect(side.events.filter((event) => event !== "stream")).toEqual(["connected"]);
    expect(side.pc.connectionState).toBe("connected");
    expect(side.pc.signalingState).toBe("stable");
    expect(side.pc.getTransceivers()).toHaveLength(2);
  }
}
