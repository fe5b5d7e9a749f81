import type { IceServer } from "@serendip/protocol";
import { runMachine } from "../base/machine-runner.ts";
import { randomName } from "../base/random-name.ts";
import { reduceCall } from "../call/call.machine.ts";
import type { CallEffect, CallEvent, PeerEvent } from "../call/call-event.machine.ts";
import { type CallTools, performCallEffect } from "../call/call-performer.ts";
import { createCallReadings } from "../call/call-readings.ts";
import { createCallReports } from "../call/call-reports.ts";
import {
  activeRequest,
  CALL_RULES,
  type CallState,
  deadlineOf,
  holdsPeer,
  initialCall,
  isInRoom,
  isMending,
  isOver,
  needsSignals,
  roomOf,
} from "../call/call-state.machine.ts";
import { createLobbyRequests } from "../call/lobby-requests.ts";
import { watchNetwork } from "../call/recovery/knocking.ts";
import { createMediaWitness } from "../call/recovery/media-witness.ts";
import { createRecoveryWatch } from "../call/recovery/recovery-watch.ts";
import { createInbox, createOutbox } from "../call/signal-box.ts";
import type { HealthCheck } from "../check/health-check.ts";
import type { Ice } from "../ice/ice.ts";
import { createLocalMedia, type LocalMedia } from "../media/local-media.ts";
import { NO_PARTNER, type PartnerSide, withStream } from "../peer/partner-side.ts";
import { createPeer } from "../peer/peer.ts";
import type { LinkState } from "../signaling/link-state.machine.ts";
import { createSignaling, type LobbyMessage, type Signaling } from "../signaling/signaling.ts";
import type { TabNotes } from "../tab/tab-notes.ts";
import type { ChatError } from "../words/chat-error.ts";
import type { CallQuality } from "../words/chat-snapshot.ts";
import type { RoomRef } from "../words/room-ref.ts";
import { chatProblems } from "./chat-view.machine.ts";
import type { Diagnostics } from "./diagnostics.ts";
import type { EngineOptions, EnginePorts } from "./engine-api.ts";

/** The machines of a chat over their ports; what a page sees of them is made elsewhere. */
export interface ChatCore {
  readonly media: LocalMedia;
  readonly signaling: Signaling;
  call(): CallState;
  dispatch(event: CallEvent): void;
  partner(): PartnerSide;
  quality(): CallQuality | undefined;
  /** The most important one first. */
  problems(): readonly ChatError[];
  /** The running call uses these from now on; `renewed`: because the credentials of its path end. */
  applyIce(servers: readonly IceServer[], renewed: boolean): void;
  /** Paths that go the old way may be dead, that of signaling included. */
  networkChanged(): void;
  /** Writes down what a reloaded page should go on with. */
  noteActive(): void;
}

export function createChatCore(options: {
  readonly ports: EnginePorts;
  readonly rules: EngineOptions;
  readonly notes: TabNotes;
  readonly diagnostics: Diagnostics;
  readonly ice: Ice;
  readonly health: Pick<HealthCheck, "look">;
  /** Something that a page may show has changed. */
  readonly onChange: () => void;
}): ChatCore {
  const { ports, notes, ice, onChange } = options;
  const { onError } = options.diagnostics;
  const { clock, random, log } = ports;
  const seed = randomName(random);
  const outbox = createOutbox();
  const inbox = createInbox();
  let partner = NO_PARTNER;

  const setPartner = (next: PartnerSide): void => {
    partner = next;
    onChange();
  };

  const peerNews = (type: PeerEvent["type"]) => (room: RoomRef) =>
    dispatch({ type, roomId: room.roomId, generation: room.generation });

  const peer = createPeer(
    ports.peers,
    {
      onSignal: (_room, signal) => {
        const envelope = outbox.add(signal);
        if (envelope && signaling.state().at.name === "online") requests.transmit(envelope);
      },
      onStream: (stream) => setPartner(withStream(partner, stream)),
      onPartnerMedia: (said) => setPartner({ ...partner, media: said }),
      onConnected: (room) => {
        signaling.reached();
        readings.connected();
        peerNews("peer-connected")(room);
      },
      onInterrupted: (room) => {
        peerNews("peer-interrupted")(room);
        readings.interrupted();
      },
      onPartnerClosed: peerNews("peer-closed"),
      onFailed: (room, error) => {
        onError(error.code, `peer: ${String(error.cause ?? "no cause")}`);
        peerNews("peer-failed")(room);
      },
    },
    clock,
  );

  const media = createLocalMedia({
    clock,
    source: ports.media,
    onChange: () => {
      peer.tellMedia({ camera: media.sends("camera"), microphone: media.sends("microphone") });
      onChange();
    },
    onTrack: (kind, previous, next) => peer.replaceTrack(kind, previous, next),
    onError,
  });

  const signaling = createSignaling({
    ...ports,
    notes,
    onError,
    peerConnection: () => (holdsPeer(call.state()) ? "alive" : "lost"),
    // A connection that was there can be restarted, whatever signals went into a dead socket.
    received: () => (needsSignals(call.state()) ? inbox.received() : undefined),
    urgent: () => isMending(call.state(), clock.now()),
    onWelcome: (welcome) => {
      ice.welcome(welcome);
      lookForTurn();
      dispatch({ type: "link-up", state: welcome.state });
      reports.welcome(welcome.sessionId);
    },
    onMessage: received,
    onChange: linkChanged,
  });

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
      if (event.type === "link-up") for (const envelope of outbox.unsettled()) requests.transmit(envelope);
    },
    perform: (effect) => performCallEffect(effect, tools),
    onFault: (error) => onError("fault", String(error)),
  });
  const { dispatch } = call;
  const requests = createLobbyRequests({
    signaling,
    outbox,
    dispatch,
    seed,
    relayOnly: () => ice.status().relayOnly,
  });
  const tools: CallTools = {
    media,
    peer,
    signaling,
    requests,
    inbox,
    dispatch,
    leaving: () => reports.leave(call.state()),
    iceServers: ({ relayOnly }) => ice.servers(relayOnly ?? false),
  };

  const reports = createCallReports({
    clock,
    iceMode: () => ice.status().mode,
    sessionId: () => notes.current().session?.sessionId,
    online: () => signaling.state().at.name === "online",
    send: requests.report,
    tell: requests.tellReport,
  });
  const readings = createCallReadings({
    clock,
    read: peer.read,
    call: call.state,
    partner: () => partner.media,
    onReading: reports.take,
    onLate: signaling.check,
    onSilent: peer.pausePicture,
    onFlowing: peer.resumePicture,
    dispatch,
    onChange,
  });
  const knocking = watchNetwork({
    ...ports,
    needed: () => isMending(call.state(), clock.now()),
    online: () => signaling.state().at.name === "online",
    servers: () => ice.servers(false),
    onReached: signaling.reached,
    onOpened: () => dispatch({ type: "network-opened" }),
  });
  const watchers = [
    createMediaWitness(requests.media).look,
    reports.look,
    readings.look,
    createRecoveryWatch({ log, onTrouble: () => signaling.check() }).look,
    knocking.look,
    phaseChanged,
    remember,
    ({ at, online }: CallState) =>
      ice.look({ online, inRoom: isInRoom(at), searching: at.phase === "searching" }),
    options.health.look,
    onChange,
  ];
  for (const look of watchers) call.watch(look);

  function received(message: LobbyMessage): void {
    if (message.event === "matched" && message.body.ice) {
      ice.take(message.body.ice);
      lookForTurn();
    }
    if (message.event === "signal") inbox.receive(message.body);
    else dispatch({ type: message.event, body: message.body } as CallEvent);
    const hidden = message.event === "matched" && message.body.room.relayOnly && ice.status().relayOnly;
    if (hidden && !ice.joins(true)) dispatch({ type: "relay-lost" });
  }

  /** Whether the servers at hand include a relay through which a recovery may lead. */
  function lookForTurn(): void {
    dispatch({ type: "turn", offered: ice.joins(false) });
  }

  function linkChanged(state: LinkState, previous: LinkState): void {
    if (state.at.name !== previous.at.name) {
      if (previous.at.name === "online") dispatch({ type: "link-down" });
      if (state.at.name === "superseded") dispatch({ type: "superseded" });
      if (state.at.name === "refused") dispatch({ type: "link-refused", error: state.at.error });
    }
    onChange();
  }

  function phaseChanged(state: CallState, previous: CallState): void {
    if (state.at.phase === previous.at.phase) return;
    const room = roomOf(state);
    log.info("chat", { phase: state.at.phase, roomId: room?.roomId, generation: room?.generation });
    if (state.at.phase === "idle") media.forgetProblems();
  }

  function remember(state: CallState, previous: CallState): void {
    // A room that was left must not be restored from its ticket.
    if (roomOf(previous) && !roomOf(state)) notes.note({ ticket: undefined });
    if (activeRequest(state) !== activeRequest(previous)) noteActive();
  }

  function applyIce(servers: readonly IceServer[], renewed: boolean): void {
    // biome-ignore lint/correctness/useHookAtTopLevel: there is no React here
    peer.useIceServers(servers);
    lookForTurn();
    // Make before break: while the old allocation still lives, the restart finds a path through a new one.
    if (renewed && call.state().at.phase === "connected" && readings.quality()?.route !== "direct")
      dispatch({ type: "ice-renewed" });
  }

  function noteActive(): void {
    const requestId = activeRequest(call.state());
    const [camera, microphone] = [media.device("camera").enabled, media.device("microphone").enabled];
    const without = media.leftOut();
    notes.note({ active: requestId === undefined ? undefined : { requestId, camera, microphone, without } });
  }

  return {
    media,
    signaling,
    call: call.state,
    dispatch,
    partner: () => partner,
    quality: readings.quality,
    problems: () => [
      ...chatProblems(call.state(), signaling.state()),
      ...(isOver(call.state()) ? [] : media.problems()),
    ],
    applyIce,
    networkChanged() {
      ice.forgetVerdict();
      dispatch({ type: "network-changed" });
      if (isInRoom(call.state().at)) signaling.check();
    },
    noteActive,
  };
}
