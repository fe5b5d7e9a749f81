import type { IceServer } from "@serendip/protocol";
import type { LocalMedia } from "../media/local-media.ts";
import type { Peer } from "../peer/peer.ts";
import type { Signaling } from "../signaling/signaling.ts";
import type { ChatError } from "../words/chat-error.ts";
import { PROBLEMS } from "../words/problems.ts";
import type { RoomRef } from "../words/room-ref.ts";
import type { CallEffect, CallEvent } from "./call-event.machine.ts";
import type { Inbox } from "./inbox.ts";
import type { LobbyRequests } from "./lobby-requests.ts";
import type { Milestones } from "./milestones.ts";

/** What a call's effects work on. */
export interface CallTools {
  readonly media: LocalMedia;
  readonly peer: Peer;
  readonly signaling: Signaling;
  readonly requests: LobbyRequests;
  readonly inbox: Inbox;
  readonly milestones: Milestones;
  readonly iceServers: (room: RoomRef) => readonly IceServer[];
  readonly dispatch: (event: CallEvent) => void;
  /** The room, if there is one, is over. */
  readonly leaving: () => void;
}

/** Does what the call machine says. */
export function performCallEffect(effect: CallEffect, tools: CallTools): void {
  const { media, peer, signaling, requests, inbox, milestones } = tools;
  switch (effect.type) {
    case "capture":
      milestones.pass("start");
      capture(effect.captureId, tools);
      break;
    case "release-media":
      media.release();
      break;
    case "connect":
      signaling.open(effect.force);
      break;
    case "disconnect":
      signaling.close();
      break;
    case "find":
      milestones.pass("find");
      requests.find(effect);
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
      // The connection may be closed right after it.
      tools.leaving();
      if (effect.surely) requests.leaveSurely();
      else requests.leave();
      break;
    case "open-peer":
      peer.open({ room: effect.room, iceServers: tools.iceServers(effect.room), stream: media.stream() });
      inbox.deliverTo(effect.room, (signal) => {
        milestones.passSignal(signal);
        peer.signal(signal);
      });
      break;
    case "restart-ice":
      peer.restartIce(effect.tell);
      break;
    case "rebuild":
      requests.rebuild(effect.room);
      break;
    case "close-peer":
      peer.close();
      break;
  }
}

/** Nobody is looked for who could not be called: a partner would wait in vain (SPEC M9). */
function capture(captureId: number, { media, peer, milestones, dispatch }: CallTools): void {
  const failed = (error: ChatError) => dispatch({ type: "media-failed", captureId, error });
  if (!peer.supported()) {
    failed(PROBLEMS.peerUnsupported);
    return;
  }
  void peer.ready().then((loaded) => {
    if (loaded) dispatch({ type: "code-ready", captureId });
    else failed(PROBLEMS.pageIncomplete);
  });
  media.capture((verdict) => {
    milestones.pass("camera");
    if (verdict.ok) dispatch({ type: "media-ready", captureId });
    else failed(verdict.error);
  });
}
