import type { CallEvent, PeerEvent } from "../call/call-event.machine.ts";
import { isInRoom, isTroubled, roomOf } from "../call/call-facts.machine.ts";
import { performCallEffect } from "../call/call-performer.ts";
import type { CallState } from "../call/call-state.machine.ts";
import { createIntake } from "../call/intake.ts";
import { createFlowReport } from "../call/recovery/flow-report.ts";
import { logRecovery } from "../call/recovery/recovery-log.ts";
import type { HealthCheck } from "../check/health-check.ts";
import type { PeerListener } from "../peer/peer.ts";
import type { LobbyMessage } from "../signaling/signaling.ts";
import type { SignalingState } from "../signaling/signaling-state.machine.ts";
import type { RoomRef } from "../words/room-ref.ts";
import type { ChatParts, ChatPartsOptions } from "./chat-parts.ts";

/** Settles who hears whom, and in which order. */
export function wireChat(
  parts: ChatParts,
  options: ChatPartsOptions & {
    readonly health: Pick<HealthCheck, "look" | "noteWaysFailed">;
    /** Watches the call for what the tab has to remember. */
    readonly remember: (state: CallState, previous: CallState, event: CallEvent) => void;
  },
): void {
  const { call, signaling, media, peer, inbox, milestones, requests, reports, readings } = parts;
  const { ice, onChange, ports } = options;
  const intake = createIntake({
    clock: ports.clock,
    present: () => roomOf(call.state()),
    pass: (message) => takeMessage(parts, options, message),
    onTooMuch: () => ports.log.warn("The partner sends too much", { roomId: roomOf(call.state())?.roomId }),
  });

  call.carryOut((effect) =>
    performCallEffect(effect, {
      media,
      peer,
      signaling,
      requests,
      inbox,
      milestones,
      dispatch: call.dispatch,
      leaving: () => reports.leave(call.state()),
      iceServers: ({ relayOnly }) => ice.servers(relayOnly ?? false),
    }),
  );

  peer.listen(peerListener(parts, options));

  signaling.listen({
    onWelcome(welcome) {
      milestones.pass("hello");
      ice.welcome(welcome);
      lookForTurn(parts, options);
      // What the tab remembers of it may have been read only now.
      call.dispatch({ type: "wish", relayOnly: ice.status().relayOnly });
      call.dispatch({ type: "signaling-up", state: welcome.state });
      reports.welcome(welcome.sessionId);
    },
    onMessage: intake.take,
  });
  signaling.watch((state, previous) => {
    // The next welcome says how things are, and the server keeps the signals that have not come.
    if (previous.at.name === "online" && state.at.name !== "online") intake.forget();
    takeSignalingState(parts, state, previous);
  });
  signaling.watch((state, previous) => {
    if (state.bothFailed && !previous.bothFailed) options.health.noteWaysFailed();
  });
  signaling.watch(onChange);

  // In this order.
  const watchers = [
    (state: CallState) => intake.enter(roomOf(state)?.roomId),
    createFlowReport(requests.media).look,
    reports.look,
    readings.look,
    // What takes the partner's media may have taken the service too (SPEC L10), which recovery needs.
    (state: CallState, previous: CallState) => {
      if (isTroubled(state) && !isTroubled(previous)) signaling.check();
    },
    logRecovery(ports.log),
    parts.network.look,
    (state: CallState, previous: CallState) => {
      if (state.at.phase === previous.at.phase) return;
      const room = roomOf(state);
      ports.log.info("chat", { phase: state.at.phase, roomId: room?.roomId, generation: room?.generation });
      if (state.at.phase === "idle") media.forgetProblems();
    },
    options.remember,
    (state: CallState, previous: CallState) => {
      const room = roomOf(state);
      if (!room || room.roomId === roomOf(previous)?.roomId) return;
      if (state.relayOnly && !ice.joins(true)) call.dispatch({ type: "relay-lost" });
    },
    ({ at, online }: CallState) => ice.look({ online, inRoom: isInRoom(at) }),
    options.health.look,
    parts.ahead.look,
    onChange,
  ];
  for (const look of watchers) call.watch(look);
}

/** Whether the servers at hand include a relay through which a recovery may lead. */
export function lookForTurn({ call }: ChatParts, { ice }: ChatPartsOptions): void {
  call.dispatch({ type: "turn", offered: ice.joins(false) });
}

function peerListener(parts: ChatParts, { diagnostics }: ChatPartsOptions): PeerListener {
  const { call, signaling, outbox, milestones, readings, partner } = parts;
  const tell = (type: PeerEvent["type"]) => (room: RoomRef) =>
    call.dispatch({ type, roomId: room.roomId, generation: room.generation });
  return {
    onSignal(_room, signal) {
      milestones.passSignal(signal);
      const envelope = outbox.add(signal);
      if (envelope && signaling.state().at.name === "online") outbox.flush();
    },
    onStream(stream) {
      if (stream?.getVideoTracks().length) milestones.pass("picture");
      partner.takeStream(stream);
    },
    onPartnerMedia: partner.takeWord,
    onPath: () => milestones.pass("ice"),
    onConnected(room) {
      milestones.pass("dtls");
      signaling.reached();
      readings.connected();
      tell("peer-connected")(room);
    },
    onInterrupted(room) {
      tell("peer-interrupted")(room);
      readings.interrupted();
    },
    onPartnerClosed: tell("peer-closed"),
    onWornOut: tell("peer-worn-out"),
    onMisused: tell("peer-misused"),
    onFailed({ roomId, generation }, error, by) {
      diagnostics.onError(error.code, `peer: ${String(error.cause ?? "no cause")}`);
      call.dispatch({ type: "peer-failed", roomId, generation, by });
    },
  };
}

function takeMessage(parts: ChatParts, options: ChatPartsOptions, message: LobbyMessage): void {
  const { call, inbox, milestones } = parts;
  const { ice } = options;
  if (message.event === "matched") milestones.match(message.body.room.roomId);
  if (message.event === "matched" && message.body.ice) {
    ice.take(message.body.ice);
    lookForTurn(parts, options);
  }
  if (message.event === "signal") inbox.receive(message.body);
  else call.dispatch({ type: message.event, body: message.body } as CallEvent);
}

function takeSignalingState({ call }: ChatParts, state: SignalingState, previous: SignalingState): void {
  if (state.at.name === previous.at.name) return;
  if (previous.at.name === "online") call.dispatch({ type: "signaling-down" });
  if (state.at.name === "superseded") call.dispatch({ type: "superseded" });
  if (state.at.name === "refused") call.dispatch({ type: "signaling-refused", error: state.at.error });
}
