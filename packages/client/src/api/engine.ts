import { isOver, roomOf } from "../call/call-facts.machine.ts";
import { createActions } from "../chat/chat-actions.ts";
import { createChatCore } from "../chat/chat-core.ts";
import { signalingOf, statusOf } from "../chat/chat-view.machine.ts";
import { createDiagnostics } from "../chat/diagnostics.ts";
import type { EngineOptions, EnginePorts, VideoChat } from "../chat/engine-api.ts";
import { createObservers } from "../chat/observers.ts";
import { createPhaseWaits } from "../chat/phase-waits.ts";
import { createDismissals, sameWhereEqual } from "../chat/snapshot.ts";
import { createHealthCheck } from "../check/health-check.ts";
import { createIce } from "../ice/ice.ts";
import { createRelayCheck } from "../ice/relay-check.ts";
import { createServerVerdicts } from "../ice/server-verdicts.ts";
import { MEDIA_KINDS } from "../media/media-parts.ts";
import type { ActiveCall } from "../tab/return.machine.ts";
import { createTab } from "../tab/tab.ts";
import { createTabMemory } from "../tab/tab-memory.ts";
import type { MediaKind } from "../words/chat-error.ts";
import type { ChatSnapshot } from "../words/chat-snapshot.ts";

/** Makes a chat over the given ports. See `VideoChat`. */
export function createEngine(ports: EnginePorts, options: EngineOptions = {}): VideoChat {
  const { clock, log, hints } = ports;
  const diagnostics = createDiagnostics(clock, log);
  const { onError } = diagnostics;
  const memory = createTabMemory(ports.storage, ports.systemClock);
  const observers = createObservers((error) => onError("listener", String(error)));
  const waits = createPhaseWaits(clock);
  const dismissals = createDismissals();
  const verdicts = createServerVerdicts({ clock, onError });
  const ice = createIce({
    ...ports,
    verdicts,
    memory,
    own: options.iceServers ?? [],
    request: () => core.signaling.request("ice-servers", {}),
    apply: (why) => core.applyIce(why),
    onError,
    onChange: () => {
      core.iceChanged();
      lookForRelay();
      publish();
    },
  });
  const health = createHealthCheck({
    ports,
    ice,
    verdicts,
    waysFailed: () => core.signaling.state().bothFailed,
    reconnect: () => core.signaling.retryNow(),
    onError,
  });
  const core = createChatCore({
    ...{ ports, memory, diagnostics, ice, health },
    rules: options,
    onChange: () => {
      lookForRelay();
      publish();
    },
  });
  const { call, dispatch, media, signaling } = core;

  const tellWish = () => {
    dispatch({ type: "wish", relayOnly: ice.status().relayOnly });
  };
  const lookForRelay = () => {
    const found = health.isRunning() ? "checking" : "failed";
    const relay = ice.relayFailed() ? found : "unknown";
    if (relay !== call().relay) dispatch({ type: "relay", relay });
  };
  verdicts.watch(publish);

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
    health: verdicts.report(),
    canGoOn: tab.offers(),
    problem: dismissals.shown(core.problems()),
  });

  const tab = createTab({
    ...ports,
    memory,
    onError,
    onPromising: () => {
      signaling.promising();
      relayCheck.look();
    },
    onNetworkChanged: () => {
      verdicts.forget();
      health.forget();
      core.networkChanged();
    },
    onLeaving(how) {
      // The next document of the tab is told how long ago this was.
      if (!isOver(call())) core.noteActive();
      signaling.tell("unloading", {});
      if (how === "kept") dispatch({ type: "page-kept" });
    },
    onDevicesChanged: media.refreshDevices,
    onChange: () => {
      tellWish();
      publish();
    },
    onActive(active) {
      joinAs(active);
      const { requestId, relayOnly } = active;
      const lastFind = relayOnly === undefined ? undefined : { requestId, relayOnly };
      dispatch({ type: "resume", lastFind, requestId });
    },
    onOffer: joinAs,
    onGoOn({ requestId, roomId, without }, until) {
      leaveOut(without);
      dispatch({ type: "go-on", target: { requestId, roomId, until } });
    },
  });

  /** What a press in this document has said of a device counts more than what an earlier document has left. */
  const pressed = new Map<MediaKind, boolean>();

  /** With the devices that were on. */
  function joinAs(active: ActiveCall): void {
    for (const kind of MEDIA_KINDS) media.setEnabled(kind, pressed.get(kind) ?? active[kind]);
    leaveOut(active.without);
    if (active.hiddenRoom !== undefined) dispatch({ type: "hidden", roomId: active.hiddenRoom });
  }

  function leaveOut(without: ActiveCall["without"] = []): void {
    media.leaveOut(without.filter((kind) => !pressed.get(kind)));
  }

  let snapshot = build();
  function publish(): void {
    const previous = snapshot;
    snapshot = sameWhereEqual(build(), previous);
    if (snapshot === previous) return;
    if (snapshot.status.phase !== previous.status.phase) relayCheck.look();
    waits.look(snapshot.status);
    observers.publish(snapshot, previous);
  }

  const relayCheck = createRelayCheck({
    ...ports,
    wanted: () => isOver(call()) && hints.isVisible(),
    onSaid: ice.hear,
  });
  const actions = createActions({
    call,
    snapshot: () => snapshot,
    dispatch,
    media,
    signaling,
    tab,
    setRelayOnly: (relayOnly) => {
      ice.setRelayOnly(relayOnly);
      memory.open().catch((error: unknown) => onError("memory", String(error)));
      tellWish();
    },
    relayCheck,
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
    setEnabled(kind, enabled) {
      pressed.set(kind, enabled);
      actions.setEnabled(kind, enabled);
    },
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
        sessionId: memory.current().session?.sessionId,
        room: roomOf(call()),
        connectAttempts: signaling.state().attempts,
        liveTracks: media.liveTracks(),
      }),
    dispose() {
      if (call().at.phase !== "idle") actions.stop();
      dispatch({ type: "let-go" });
      tab.close();
      relayCheck.close();
      verdicts.forget();
      waits.end();
      observers.clear();
    },
  };
}
