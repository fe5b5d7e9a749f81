import type { IceServer, PartnerMedia } from "@serendip/protocol";
import { type CallTools, performCallEffect } from "./call-performer.ts";
import { createActions } from "./chat-actions.ts";
import type { ChatError } from "./chat-error.ts";
import type { ChatSnapshot } from "./chat-snapshot.ts";
import { createDiagnostics } from "./diagnostics.ts";
import type { EngineOptions, EnginePorts, VideoChat } from "./engine-api.ts";
import { createLobbyRequests } from "./lobby-requests.ts";
import { createLocalMedia } from "./local-media.ts";
import { reduceCall } from "./machine/call.ts";
import type { CallEffect, CallEvent, PeerEvent } from "./machine/call-event.ts";
import {
  activeRequest,
  CALL_RULES,
  type CallState,
  deadlineOf,
  holdsPeer,
  initialCall,
  isOver,
  type RoomRef,
  roomOf,
} from "./machine/call-state.ts";
import { chatProblems, signalingOf, statusOf } from "./machine/chat-view.ts";
import type { LinkState } from "./machine/link-state.ts";
import { runMachine } from "./machine-runner.ts";
import { MEDIA_KINDS } from "./media-parts.ts";
import { createMediaWitness } from "./media-witness.ts";
import { createObservers } from "./observers.ts";
import { createPeer } from "./peer.ts";
import { createPhaseWaits } from "./phase-waits.ts";
import { createInbox, createOutbox } from "./signal-box.ts";
import { createSignaling, type LobbyMessage } from "./signaling.ts";
import { createDismissals, sameWhereEqual } from "./snapshot.ts";
import { createTabLife } from "./tab-life.ts";
import { tabNotes } from "./tab-notes.ts";

const BOTH_ON: PartnerMedia = { camera: true, microphone: true };

/** Makes a chat over the given ports. See `VideoChat`. */
export function createEngine(ports: EnginePorts, options: EngineOptions = {}): VideoChat {
  const { clock, random, log, hints } = ports;
  const seed = randomName(random);
  const diagnostics = createDiagnostics(clock, log);
  const { onError } = diagnostics;
  const notes = tabNotes(ports.keeper);
  const observers = createObservers((error) => onError("listener", String(error)));
  const waits = createPhaseWaits(clock);
  const dismissals = createDismissals();
  const outbox = createOutbox();
  const inbox = createInbox();
  let iceServers: readonly IceServer[] = [];
  let remoteStream: MediaStream | undefined;
  let partner = BOTH_ON;

  const peerNews = (type: PeerEvent["type"]) => (room: RoomRef) =>
    dispatch({ type, roomId: room.roomId, generation: room.generation });

  const peer = createPeer(
    ports.peers,
    {
      onSignal: (_room, signal) => {
        const envelope = outbox.add(signal);
        if (envelope && signaling.state().at.name === "online") requests.transmit(envelope);
      },
      onStream: (stream) => {
        remoteStream = stream;
        if (!stream) partner = BOTH_ON;
        publish();
      },
      onPartnerMedia: (media) => {
        partner = media;
        publish();
      },
      onConnected: peerNews("peer-connected"),
      onInterrupted: peerNews("peer-interrupted"),
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
      publish();
    },
    onTrack: (kind, previous, next) => peer.replaceTrack(kind, previous, next),
    onError,
  });

  const signaling = createSignaling({
    ...ports,
    notes,
    onError,
    peerConnection: () => (holdsPeer(call.state()) ? "alive" : "lost"),
    // A call whose media flows needs no signal that is missing.
    received: () => (call.state().at.phase === "connected" ? undefined : inbox.received()),
    onWelcome: (welcome) => {
      iceServers = welcome.iceServers;
      dispatch({ type: "link-up", state: welcome.state });
      for (const envelope of outbox.unsettled()) requests.transmit(envelope);
    },
    onMessage: received,
    onChange: linkChanged,
  });

  const call = runMachine<CallState, CallEvent, CallEffect>({
    initial: initialCall(seed, { ...CALL_RULES, ...options }),
    clock,
    tick: { type: "tick" },
    reduce: (state, event) => reduceCall(state, event, clock.now()),
    deadlineOf,
    perform: (effect) => performCallEffect(effect, tools),
    onFault: (error) => onError("fault", String(error)),
    onChange: callChanged,
  });
  const { dispatch } = call;
  const requests = createLobbyRequests({ signaling, outbox, dispatch, seed });
  const witness = createMediaWitness(requests.media);
  const tools: CallTools = {
    media,
    peer,
    signaling,
    requests,
    outbox,
    inbox,
    dispatch,
    iceServers: () => iceServers,
  };

  function received(message: LobbyMessage): void {
    if (message.event === "signal") inbox.receive(message.body);
    else dispatch({ type: message.event, body: message.body } as CallEvent);
  }

  function linkChanged(state: LinkState, previous: LinkState): void {
    if (state.at.name !== previous.at.name) {
      if (previous.at.name === "online") dispatch({ type: "link-down" });
      if (state.at.name === "superseded") dispatch({ type: "superseded" });
      if (state.at.name === "refused") dispatch({ type: "link-refused", error: state.at.error });
    }
    publish();
  }

  function callChanged(state: CallState, previous: CallState): void {
    const room = roomOf(state);
    outbox.enter(room);
    inbox.enter(room);
    witness.look(state);
    if (state.at.phase !== previous.at.phase) {
      log.info("chat", { phase: state.at.phase, roomId: room?.roomId, generation: room?.generation });
      if (state.at.phase === "idle") media.forgetProblems();
    }
    // A room that was left must not be restored from its ticket.
    if (roomOf(previous) && !room) notes.note({ ticket: undefined });
    if (activeRequest(state) !== activeRequest(previous)) noteActive();
    publish();
  }

  function noteActive(): void {
    const requestId = activeRequest(call.state());
    const [camera, microphone] = [media.device("camera").enabled, media.device("microphone").enabled];
    const without = media.leftOut();
    notes.note({ active: requestId === undefined ? undefined : { requestId, camera, microphone, without } });
  }

  const problems = (): readonly ChatError[] => [
    ...chatProblems(call.state(), signaling.state()),
    ...(isOver(call.state()) ? [] : media.problems()),
  ];

  const build = (): ChatSnapshot => ({
    status: statusOf(call.state()),
    signaling: signalingOf(signaling.state()),
    localStream: media.stream(),
    remoteStream,
    partner,
    camera: media.device("camera"),
    microphone: media.device("microphone"),
    problem: dismissals.shown(problems()),
  });

  let snapshot = build();
  function publish(): void {
    const previous = snapshot;
    snapshot = sameWhereEqual(build(), previous);
    if (snapshot === previous) return;
    waits.look(snapshot.status);
    observers.publish(snapshot, previous);
  }

  const tab = createTabLife({
    hints,
    media: ports.media,
    notes,
    onError,
    onPromising: signaling.promising,
    onUnload: () => signaling.tell("unloading", {}),
    onDevicesChanged: media.refreshDevices,
    onActive: (active) => {
      for (const kind of MEDIA_KINDS) media.setEnabled(kind, active[kind]);
      media.leaveOut(active.without ?? []);
      dispatch({ type: "resume", requestId: active.requestId });
    },
  });

  const actions = createActions({
    call: call.state,
    snapshot: () => snapshot,
    dispatch,
    media,
    signaling,
    tab,
    dismiss: () => {
      if (snapshot.problem) dismissals.dismiss(snapshot.problem);
      publish();
    },
    onWish: () => {
      if (!isOver(call.state())) noteActive();
    },
  });

  return {
    ...actions,
    getSnapshot: () => snapshot,
    subscribe(run) {
      const undo = observers.subscribe(run);
      tab.open();
      return undo;
    },
    on: observers.on,
    once: observers.once,
    whenPhase: (phases, limitMs) => waits.add(snapshot.status, phases, limitMs),
    getStatus: () =>
      diagnostics.report({
        phase: call.state().at.phase,
        signaling: snapshot.signaling.state,
        sessionId: notes.current().session?.sessionId,
        room: roomOf(call.state()),
        connectAttempts: signaling.state().attempts,
        liveTracks: media.liveTracks(),
      }),
    dispose() {
      if (call.state().at.phase !== "idle") actions.stop();
      tab.close();
      waits.end();
      observers.clear();
    },
  };
}

/** 128 bit in the alphabet of ids, so that no two engines make the same request id. */
function randomName(random: () => number): string {
  return Array.from({ length: 4 }, () => Math.floor(random() * 2 ** 32).toString(36)).join("");
}
