import { createActions } from "./chat-actions.ts";
import { createChatCore } from "./chat-core.ts";
import type { ChatSnapshot } from "./chat-snapshot.ts";
import { createDiagnostics } from "./diagnostics.ts";
import type { EngineOptions, EnginePorts, VideoChat } from "./engine-api.ts";
import { createHealthCheck } from "./health-check.ts";
import { createIce } from "./ice.ts";
import { isOver, roomOf } from "./machine/call-state.ts";
import { signalingOf, statusOf } from "./machine/chat-view.ts";
import { MEDIA_KINDS } from "./media-parts.ts";
import { createObservers } from "./observers.ts";
import { createPhaseWaits } from "./phase-waits.ts";
import { createRelayOffer } from "./relay-offer.ts";
import { createDismissals, sameWhereEqual } from "./snapshot.ts";
import { createTabLife } from "./tab-life.ts";
import { tabNotes } from "./tab-notes.ts";

/** Makes a chat over the given ports. See `VideoChat`. */
export function createEngine(ports: EnginePorts, options: EngineOptions = {}): VideoChat {
  const { clock, log, hints } = ports;
  const diagnostics = createDiagnostics(clock, log);
  const { onError } = diagnostics;
  const notes = tabNotes(ports.keeper);
  const observers = createObservers((error) => onError("listener", String(error)));
  const waits = createPhaseWaits(clock);
  const dismissals = createDismissals();
  const ice = createIce({
    ...ports,
    notes,
    own: options.iceServers ?? [],
    request: () => core.signaling.request("ice-servers", {}),
    apply: (servers, renewed) => core.applyIce(servers, renewed),
    onError,
    onChange: publish,
  });
  const health = createHealthCheck({
    ports,
    ice,
    reconnect: () => core.signaling.retryNow(),
    onError,
    onChange: () => {
      publish();
      const hidden = ice.status().relayOnly;
      if (hidden && health.report()?.turn.state === "failed") core.dispatch({ type: "relay-lost" });
    },
  });
  const core = createChatCore({ ports, rules: options, notes, diagnostics, ice, health, onChange: publish });
  const { call, dispatch, media, signaling } = core;

  const build = (): ChatSnapshot => ({
    status: statusOf(call()),
    signaling: signalingOf(signaling.state()),
    localStream: media.stream(),
    remoteStream: core.partner().stream,
    partner: core.partner().media,
    camera: media.device("camera"),
    microphone: media.device("microphone"),
    quality: core.quality(),
    ice: ice.status(),
    health: health.report(),
    problem: dismissals.shown(core.problems()),
  });

  let snapshot = build();
  function publish(): void {
    const previous = snapshot;
    snapshot = sameWhereEqual(build(), previous);
    if (snapshot === previous) return;
    if (snapshot.status.phase !== previous.status.phase) relayOffer.look();
    waits.look(snapshot.status);
    observers.publish(snapshot, previous);
  }

  const relayOffer = createRelayOffer({
    ...ports,
    wanted: () => isOver(call()),
    onSaid: ice.hear,
  });
  const tab = createTabLife({
    hints,
    media: ports.media,
    notes,
    onError,
    onPromising: () => {
      signaling.promising();
      relayOffer.look();
    },
    onNetworkChanged: core.networkChanged,
    onUnload: () => signaling.tell("unloading", {}),
    onDevicesChanged: media.refreshDevices,
    onOpened: () => {
      publish();
      relayOffer.look();
    },
    onActive: (active) => {
      for (const kind of MEDIA_KINDS) media.setEnabled(kind, active[kind]);
      media.leaveOut(active.without ?? []);
      dispatch({ type: "resume", requestId: active.requestId });
    },
  });

  const actions = createActions({
    call,
    snapshot: () => snapshot,
    dispatch,
    media,
    signaling,
    tab,
    ice,
    dismiss: () => {
      if (snapshot.problem) dismissals.dismiss(snapshot.problem);
      publish();
    },
    onWish: () => {
      if (!isOver(call())) core.noteActive();
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
        phase: call().at.phase,
        signaling: snapshot.signaling.state,
        sessionId: notes.current().session?.sessionId,
        room: roomOf(call()),
        connectAttempts: signaling.state().attempts,
        liveTracks: media.liveTracks(),
      }),
    dispose() {
      if (call().at.phase !== "idle") actions.stop();
      tab.close();
      relayOffer.close();
      waits.end();
      observers.clear();
    },
  };
}
