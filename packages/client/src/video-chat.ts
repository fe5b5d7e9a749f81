import type { IceServer } from "@serendip/protocol";
import type { ChatError, MediaKind } from "./chat-error.ts";
import type { ChatActions, ChatSnapshot } from "./chat-snapshot.ts";
import { createDiagnostics } from "./diagnostics.ts";
import type { EngineOptions, EnginePorts, VideoChat } from "./engine-api.ts";
import { createLobbyRequests } from "./lobby-requests.ts";
import { createLocalMedia, MEDIA_KINDS } from "./local-media.ts";
import { reduceCall } from "./machine/call.ts";
import type { CallEffect, CallEvent } from "./machine/call-event.ts";
import {
  activeRequest,
  CALL_RULES,
  type CallState,
  deadlineOf,
  holdsPeer,
  initialCall,
  type RoomRef,
  roomOf,
} from "./machine/call-state.ts";
import { chatProblems, signalingOf, statusOf } from "./machine/chat-view.ts";
import type { LinkState } from "./machine/link-state.ts";
import { PROBLEMS } from "./machine/problems.ts";
import { runMachine } from "./machine-runner.ts";
import { createObservers } from "./observers.ts";
import { createPeer } from "./peer.ts";
import { createPhaseWaits } from "./phase-waits.ts";
import type { Unsubscribe } from "./ports.ts";
import { createInbox, createOutbox } from "./signal-box.ts";
import { createSignaling, type LobbyMessage } from "./signaling.ts";
import { createDismissals, sameWhereEqual } from "./snapshot.ts";
import { tabNotes } from "./tab-notes.ts";

/** Makes a chat over the given ports. See `VideoChat`. */
export function createEngine(ports: EnginePorts, options: EngineOptions = {}): VideoChat {
  const { clock, random, log, hints } = ports;
  const seed = Array.from({ length: 4 }, () => Math.floor(random() * 2 ** 32).toString(36)).join("");
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

  const peer = createPeer(ports.peers, {
    onSignal: (_room, signal) => {
      const envelope = outbox.add(signal);
      if (envelope && signaling.state().at.name === "online") requests.transmit(envelope);
    },
    onStream: (stream) => {
      remoteStream = stream;
      publish();
    },
    onConnected: (room) => dispatch({ type: "peer-connected", ...idOf(room) }),
    onInterrupted: (room) => dispatch({ type: "peer-interrupted", ...idOf(room) }),
    onPartnerClosed: (room) => dispatch({ type: "peer-closed", ...idOf(room) }),
    onFailed: (room, error) => {
      onError(error.code, "peer");
      dispatch({ type: "peer-failed", ...idOf(room) });
    },
  });

  const media = createLocalMedia({
    source: ports.media,
    onChange: () => publish(),
    onTrack: (kind, previous, next) => peer.replaceTrack(kind, previous, next),
    onError,
  });

  const signaling = createSignaling({
    ...ports,
    notes,
    onError,
    peerConnection: () => (holdsPeer(call.state()) ? "alive" : "lost"),
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
    perform,
    onFault: (error) => onError("fault", String(error)),
    onChange: callChanged,
  });
  const { dispatch } = call;
  const requests = createLobbyRequests({ signaling, outbox, dispatch, seed });

  function perform(effect: CallEffect): void {
    switch (effect.type) {
      case "capture": {
        const { captureId } = effect;
        if (peer.supported()) captureMedia(captureId);
        else dispatch({ type: "media-failed", captureId, error: PROBLEMS.peerUnsupported });
        break;
      }
      case "release-media":
        media.release();
        break;
      case "connect":
        signaling.open(effect.force);
        break;
      case "disconnect":
        signaling.close();
        break;
      case "resync":
        signaling.resync();
        break;
      case "find":
        requests.find(effect.requestId);
        break;
      case "status":
        requests.status(effect.requestId);
        break;
      case "give-up":
        requests.giveUp(effect.requestId, effect.roomId);
        break;
      case "ready":
        requests.ready(effect.roomId);
        break;
      case "leave":
        requests.leave();
        break;
      case "open-peer":
        outbox.enter(effect.room);
        inbox.enter(effect.room);
        peer.open({ room: effect.room, iceServers, stream: media.stream() });
        inbox.deliverTo(effect.room, peer.signal);
        break;
      case "close-peer":
        peer.close();
        break;
    }
  }

  function captureMedia(captureId: number): void {
    media.capture((verdict) =>
      dispatch(
        verdict.ok
          ? { type: "media-ready", captureId }
          : { type: "media-failed", captureId, error: verdict.error },
      ),
    );
  }

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
    if (state.at.phase !== previous.at.phase) {
      log.info("chat", { phase: state.at.phase, roomId: room?.roomId, generation: room?.generation });
      if (state.at.phase === "idle") media.forgetProblems();
    }
    if (roomOf(previous) && !room) notes.note({ ticket: undefined });
    if (activeRequest(state) !== activeRequest(previous)) noteActive(state);
    publish();
  }

  function noteActive(state: CallState): void {
    const requestId = activeRequest(state);
    const [camera, microphone] = [media.device("camera").enabled, media.device("microphone").enabled];
    notes.note({ active: requestId === undefined ? undefined : { requestId, camera, microphone } });
  }

  const problems = (): readonly ChatError[] => [
    ...chatProblems(call.state(), signaling.state()),
    ...(isOver() ? [] : MEDIA_KINDS.flatMap((kind) => media.device(kind).problem ?? [])),
  ];

  function isOver(): boolean {
    const { phase } = call.state().at;
    return phase === "idle" || phase === "failed";
  }

  const build = (): ChatSnapshot => ({
    status: statusOf(call.state()),
    signaling: signalingOf(signaling.state()),
    localStream: media.stream(),
    remoteStream,
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

  let hooks: readonly Unsubscribe[] | undefined;
  let mayResume = true;

  /** Opens the tab's memory and listens to the browser, once. */
  function open(): void {
    if (hooks) return;
    const mine: readonly Unsubscribe[] = [
      hints.onPromising(() => signaling.promising()),
      hints.onUnload(() => signaling.tell("unloading", {})),
      ports.media.onDevicesChanged(() => media.refreshDevices()),
    ];
    hooks = mine;
    notes.open().then(
      () => {
        if (hooks !== mine) return;
        if (mayResume) resume();
        mayResume = false;
      },
      (error: unknown) => onError("memory", String(error)),
    );
  }

  function resume(): void {
    const { active } = notes.current();
    if (!active) return;
    for (const kind of MEDIA_KINDS) media.setEnabled(kind, active[kind]);
    dispatch({ type: "resume", requestId: active.requestId });
  }

  function begin(leaveOut: readonly MediaKind[], event: "start" | "take-over"): void {
    mayResume = false;
    open();
    if (isOver()) media.leaveOut(leaveOut);
    dispatch({ type: event });
  }

  const actions: ChatActions = {
    start: () => begin([], "start"),
    next: () => dispatch({ type: "next" }),
    stop() {
      mayResume = false;
      dispatch({ type: "stop" });
    },
    retry() {
      const { at } = call.state();
      const { problem } = snapshot;
      if (at.phase === "failed") {
        if (at.error.action === "join-without") actions.joinWithout();
        else begin([], at.error.action === "use-here" ? "take-over" : "start");
      } else if (problem?.action === "next") actions.next();
      else if (problem?.device) media.recapture(problem.device);
      else signaling.retryNow();
    },
    joinWithout() {
      const { at } = call.state();
      if (at.phase !== "failed") actions.dismissProblem();
      if (at.phase !== "failed" || !at.error.code.startsWith("media-")) return;
      const missing = MEDIA_KINDS.filter((kind) => media.device(kind).problem);
      begin(missing.length > 0 ? missing : MEDIA_KINDS, "start");
    },
    setEnabled(kind, enabled) {
      media.setEnabled(kind, enabled);
      if (activeRequest(call.state()) !== undefined) noteActive(call.state());
    },
    selectDevice: (kind, deviceId) => media.select(kind, deviceId),
    dismissProblem() {
      if (snapshot.problem) dismissals.dismiss(snapshot.problem);
      publish();
    },
  };

  return {
    ...actions,
    getSnapshot: () => snapshot,
    subscribe(run) {
      const undo = observers.subscribe(run);
      open();
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
      for (const undo of hooks ?? []) undo();
      hooks = undefined;
      waits.end();
      observers.clear();
    },
  };
}

function idOf({ roomId, generation }: RoomRef) {
  return { roomId, generation };
}
