import { type MachineRunner, runMachine } from "../base/machine-runner.ts";
import { randomName } from "../base/random-name.ts";
import { type AheadMaker, createAheadMaker } from "../call/ahead.ts";
import { reduceCall } from "../call/call.machine.ts";
import type { CallEffect, CallEvent } from "../call/call-event.machine.ts";
import { holdsPeer, isMending, needsSignals, roomOf } from "../call/call-facts.machine.ts";
import { type CallReadings, createCallReadings } from "../call/call-readings.ts";
import { type CallReports, createCallReports } from "../call/call-reports.ts";
import { CALL_RULES, type CallState, deadlineOf, initialCall } from "../call/call-state.machine.ts";
import { createInbox, type Inbox } from "../call/inbox.ts";
import { createLobbyRequests, type LobbyRequests } from "../call/lobby-requests.ts";
import { createMilestones, type Milestones } from "../call/milestones.ts";
import { createOutbox, type Outbox } from "../call/outbox.ts";
import { type NetworkWatch, watchNetwork } from "../call/recovery/network-watch.ts";
import type { Ice } from "../ice/ice.ts";
import { createLocalMedia, type LocalMedia } from "../media/local-media.ts";
import { createPartner, type Partner } from "../peer/partner.ts";
import { createPeer, type Peer } from "../peer/peer.ts";
import { createSignaling, type Signaling } from "../signaling/signaling.ts";
import type { TabMemory } from "../tab/tab-memory.ts";
import type { Diagnostics } from "./diagnostics.ts";
import type { EngineOptions, EnginePorts } from "./engine-api.ts";

/** What a chat is put together from. */
export interface ChatPartsOptions {
  readonly ports: EnginePorts;
  readonly rules: EngineOptions;
  readonly memory: TabMemory;
  readonly diagnostics: Diagnostics;
  readonly ice: Ice;
  /** Something that a page may show has changed. */
  readonly onChange: () => void;
}

/** The parts of a chat; each was made of those before it, and who hears whom is settled in `chat-wiring.ts`. */
export interface ChatParts {
  readonly outbox: Outbox;
  readonly inbox: Inbox;
  readonly milestones: Milestones;
  readonly call: MachineRunner<CallState, CallEvent, CallEffect>;
  readonly signaling: Signaling;
  readonly requests: LobbyRequests;
  readonly partner: Partner;
  readonly peer: Peer;
  readonly media: LocalMedia;
  readonly ahead: AheadMaker;
  readonly reports: CallReports;
  readonly readings: CallReadings;
  readonly network: NetworkWatch;
}

export function createChatParts(options: ChatPartsOptions): ChatParts {
  const { ports, memory, ice, onChange } = options;
  const { onError } = options.diagnostics;
  const { clock, random } = ports;
  const seed = randomName(random);
  const outbox = createOutbox({ clock, send: (envelope) => requests.transmit(envelope) });
  const inbox = createInbox();
  const milestones = createMilestones(ports);

  const call = runMachine<CallState, CallEvent, CallEffect>({
    initial: initialCall(seed, { ...CALL_RULES, ...options.rules }),
    clock,
    tick: { type: "tick" },
    reduce: (state, event) => reduceCall(state, event, clock.now()),
    deadlineOf,
    before: (state, _previous, event) => {
      outbox.enter(roomOf(state));
      inbox.enter(roomOf(state));
      // What the welcome makes us say comes after what is still to be said again (SPEC R3).
      if (event.type === "signaling-up") outbox.resend();
    },
    onFault: (error) => onError("fault", String(error)),
  });
  const { dispatch } = call;

  const signaling = createSignaling({
    ...ports,
    memory,
    onError,
    peerConnection: () => (holdsPeer(call.state()) ? "alive" : "lost"),
    // A connection that was there can be restarted, whatever signals went into a dead socket.
    received: () => (needsSignals(call.state()) ? inbox.received() : undefined),
    urgent: () => isMending(call.state(), clock.now()),
    onToken: () => milestones.pass("token"),
  });
  const online = () => signaling.state().at.name === "online";
  const requests = createLobbyRequests({
    signaling,
    outbox,
    dispatch,
    isIn: (roomId) => roomOf(call.state())?.roomId === roomId,
    seed,
  });
  const partner = createPartner(onChange);
  const peer = createPeer(ports.peers, clock);
  const media = createLocalMedia({
    clock,
    source: ports.media,
    onChange: () => {
      peer.tellMedia(media.word());
      onChange();
    },
    onTrack: peer.replaceTrack,
    onAllowed: () => dispatch({ type: "media-allowed" }),
    onError,
  });
  const ahead = createAheadMaker({
    clock,
    makeAhead: peer.makeAhead,
    iceServers: () => ice.servers(false),
    bringsRelay: ice.bringsRelay,
    stream: media.stream,
    relayOnly: () => ice.status().relayOnly,
  });
  const reports = createCallReports({
    clock,
    iceMode: () => ice.status().mode,
    stretches: milestones.stretches,
    sessionId: () => memory.current().session?.sessionId,
    online,
    send: requests.report,
    tell: requests.tellReport,
  });
  const readings = createCallReadings({
    clock,
    read: peer.read,
    call: call.state,
    partner: () => partner.side().media,
    onReading: reports.take,
    onLate: signaling.check,
    onSilent: peer.pausePicture,
    onFlowing: peer.resumePicture,
    dispatch,
    onChange,
  });
  const network = watchNetwork({
    ...ports,
    needed: () => isMending(call.state(), clock.now()),
    online,
    servers: () => ice.servers(false),
    onReached: signaling.reached,
    onOpened: () => dispatch({ type: "network-opened" }),
  });

  return {
    outbox,
    inbox,
    milestones,
    call,
    signaling,
    requests,
    partner,
    peer,
    media,
    ahead,
    reports,
    readings,
    network,
  };
}
