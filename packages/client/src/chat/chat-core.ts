import type { CallEvent } from "../call/call-event.machine.ts";
import { activeRequest, isInRoom, isOver, roomOf, targetOf } from "../call/call-facts.machine.ts";
import type { CallState } from "../call/call-state.machine.ts";
import type { HealthCheck } from "../check/health-check.ts";
import type { LocalMedia } from "../media/local-media.ts";
import type { PartnerState } from "../peer/partner.ts";
import type { Signaling } from "../signaling/signaling.ts";
import type { ChatError } from "../words/chat-error.ts";
import type { CallQuality } from "../words/chat-snapshot.ts";
import { type ChatPartsOptions, createChatParts } from "./chat-parts.ts";
import { chatProblems } from "./chat-view.machine.ts";
import { lookForTurn, wireChat } from "./chat-wiring.ts";

/** The machines of a chat over their ports; what a page sees of them is made elsewhere. */
export interface ChatCore {
  readonly media: LocalMedia;
  readonly signaling: Signaling;
  call(): CallState;
  dispatch(event: CallEvent): void;
  partner(): PartnerState;
  quality(): CallQuality | undefined;
  /** The most important one first. */
  problems(): readonly ChatError[];
  /** There are other servers for the running call; `renewed`: because the credentials of its path end. */
  applyIce(why: "renewed" | "named"): void;
  /** ICE servers, or the wish to hide the address, are others. */
  iceChanged(): void;
  /** Paths that go the old way may be dead, that of signaling included. */
  networkChanged(): void;
  /** Writes down what a reloaded page should go on with. */
  noteActive(): void;
}

export function createChatCore(
  options: ChatPartsOptions & { readonly health: Pick<HealthCheck, "look" | "noteWaysFailed"> },
): ChatCore {
  const { memory, ice } = options;
  const parts = createChatParts(options);
  const { call, media, peer, signaling, readings, partner } = parts;
  const { dispatch } = call;

  function noteActive(): void {
    // No later reload goes by itself where the person has asked to go (SPEC S12).
    if (targetOf(call.state())) return;
    const requestId = activeRequest(call.state());
    if (requestId === undefined) {
      memory.note({ active: undefined });
      return;
    }
    const { lastFind, hiddenRoom } = call.state();
    const roomId = roomOf(call.state())?.roomId;
    const active = {
      requestId,
      ...(roomId !== undefined && { roomId }),
      camera: media.device("camera").enabled,
      microphone: media.device("microphone").enabled,
      without: media.leftOut(),
      ...(lastFind?.requestId === requestId && { relayOnly: lastFind.relayOnly }),
      ...(hiddenRoom !== undefined && { hiddenRoom }),
    };
    memory.note({ active });
  }

  wireChat(parts, {
    ...options,
    remember(state, previous, event) {
      // Whoever comes back to it may go on; and on the way there it stays what is gone back to.
      if (event.type === "page-kept" || targetOf(state)) return;
      // A room that was left must not be restored from its ticket.
      if ((roomOf(previous) ?? targetOf(previous)) && !roomOf(state)) memory.note({ ticket: undefined });
      const isOther =
        roomOf(state)?.roomId !== roomOf(previous)?.roomId || state.lastFind !== previous.lastFind;
      if (isOther || targetOf(previous) || activeRequest(state) !== activeRequest(previous)) noteActive();
    },
  });

  return {
    media,
    signaling,
    call: call.state,
    dispatch,
    partner: partner.side,
    quality: readings.quality,
    problems: () => [
      ...chatProblems(call.state(), signaling.state()),
      ...(isOver(call.state()) ? [] : media.problems()),
    ],
    applyIce(why) {
      peer.renewIceServers(ice.servers);
      lookForTurn(parts, options);
      // Make before break: while the old allocation still lives, the restart finds a path through a new one.
      if (
        why === "renewed" &&
        call.state().at.phase === "connected" &&
        readings.quality()?.route !== "direct"
      )
        dispatch({ type: "ice-renewed" });
    },
    iceChanged: parts.ahead.changed,
    networkChanged() {
      parts.ahead.forget();
      dispatch({ type: "network-changed" });
      signaling.networkChanged();
      if (isInRoom(call.state().at)) signaling.check();
    },
    noteActive,
  };
}
