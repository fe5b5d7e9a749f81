import type { Crowd, ErrorCode, ServerBody, SessionState } from "@serendip/protocol";
import type { ChatError, FailedBy } from "../words/chat-error.ts";
import type { RoomRef } from "../words/room-ref.ts";
import type { CallState, ReturnTarget } from "./call-state.machine.ts";

/** Questions to the server whose answer tells what it holds of us. */
export type AskKind = "find" | "give-up" | "status";

type FromServer = "matched" | "requeued" | "partner-away" | "partner-back" | "partner-left";

/** What the server says about rooms. */
export type RoomMessage = {
  [Event in FromServer]: { readonly type: Event; readonly body: ServerBody<Event> };
}[FromServer];

/** What happens to one peer connection, named by its room and generation. */
export type PeerEvent =
  | { readonly type: "peer-connected"; readonly roomId: string; readonly generation: number }
  | { readonly type: "peer-interrupted"; readonly roomId: string; readonly generation: number }
  | { readonly type: "peer-closed"; readonly roomId: string; readonly generation: number }
  /** No further restart fits this generation. */
  | { readonly type: "peer-worn-out"; readonly roomId: string; readonly generation: number }
  /** The partner did what no page does. */
  | { readonly type: "peer-misused"; readonly roomId: string; readonly generation: number }
  | {
      readonly type: "peer-failed";
      readonly roomId: string;
      readonly generation: number;
      readonly by?: FailedBy | undefined;
    }
  /** Nothing has come in for a moment. */
  | { readonly type: "media-missed"; readonly roomId: string; readonly generation: number }
  /** Nothing has come in for a while. */
  | { readonly type: "media-stalled"; readonly roomId: string; readonly generation: number }
  /** Something comes in again. */
  | { readonly type: "media-flows"; readonly roomId: string; readonly generation: number };

/** Everything that can happen to a chat. */
export type CallEvent =
  | { readonly type: "start" }
  /** The page was loaded in the middle of this search or call. */
  | { readonly type: "resume"; readonly requestId: string; readonly lastFind?: CallState["lastFind"] }
  /** The person goes back to this room and no other; after `until` it is gone. */
  | { readonly type: "go-on"; readonly target: ReturnTarget }
  /** Once more after what has failed. */
  | { readonly type: "try-again" }
  /** The page goes away, and the browser may show it again as it is. */
  | { readonly type: "page-kept" }
  /** The server has taken a `leave`, or cannot hear it any more. */
  | { readonly type: "left" }
  /** Nobody waits any more for what is still to be said. */
  | { readonly type: "let-go" }
  | { readonly type: "next" }
  /** Forget whom this search must not meet, and begin another one. */
  | { readonly type: "search-again" }
  | { readonly type: "stop" }
  /** The person wants that nobody sees their address, or does not mind (any more). */
  | { readonly type: "wish"; readonly relayOnly: boolean }
  /** The page before this one hid the address in this room. */
  | { readonly type: "hidden"; readonly roomId: string }
  /** The person wants this tab to be the one. */
  | { readonly type: "take-over" }
  | { readonly type: "media-ready"; readonly captureId: number }
  /** The code of calls is there. */
  | { readonly type: "code-ready"; readonly captureId: number }
  | { readonly type: "media-failed"; readonly captureId: number; readonly error: ChatError }
  /** The browser permits a device that it had refused. */
  | { readonly type: "media-allowed" }
  /** The service hears us, and says what it holds of us. */
  | { readonly type: "signaling-up"; readonly state: SessionState }
  | { readonly type: "signaling-down" }
  /** The service will not have us. */
  | { readonly type: "signaling-refused"; readonly error: ChatError }
  /** Another tab of the same person has taken over. */
  | { readonly type: "superseded" }
  | {
      readonly type: "answered";
      readonly ask: AskKind;
      readonly requestId: string;
      readonly state: SessionState;
      readonly crowd: Crowd;
    }
  | {
      readonly type: "ask-failed";
      readonly ask: AskKind;
      readonly requestId: string;
      readonly code: ErrorCode | "request-lost";
      readonly retryAfterMs: number | undefined;
    }
  | RoomMessage
  | PeerEvent
  /** The way to the network is another one. */
  | { readonly type: "network-changed" }
  /** UDP goes out that did not before. */
  | { readonly type: "network-opened" }
  /** The running connection has ICE servers that it should use before the old ones end. */
  | { readonly type: "ice-renewed" }
  /** The ICE servers at hand include a relay, or do not. */
  | { readonly type: "turn"; readonly offered: boolean }
  /** What this page knows of the relays that there are is something else now. */
  | { readonly type: "relay"; readonly relay: CallState["relay"] }
  /** The person is to be seen through relays only, and the room has none. */
  | { readonly type: "relay-lost" }
  | { readonly type: "tick" };

/** What is to be done, in this order. */
export type CallEffect =
  /** Ask for camera and microphone; an earlier request is over. */
  | { readonly type: "capture"; readonly captureId: number }
  | { readonly type: "release-media" }
  | { readonly type: "connect"; readonly force: boolean }
  | { readonly type: "disconnect" }
  | { readonly type: "find"; readonly requestId: string; readonly relayOnly?: true }
  | { readonly type: "status"; readonly requestId: string }
  | { readonly type: "give-up"; readonly requestId: string; readonly roomId: string }
  | { readonly type: "ready"; readonly roomId: string }
  /** `surely`: the connection stays, and the server is told again where it asks for a pause. */
  | { readonly type: "leave"; readonly surely?: true }
  /** The one before is closed first. A room that is not for relays only can have such a connection all the same. */
  | { readonly type: "open-peer"; readonly room: RoomRef }
  | { readonly type: "restart-ice"; readonly tell: "partner" | "nobody" }
  /** Ask for a new generation instead of this one. */
  | { readonly type: "rebuild"; readonly room: RoomRef }
  | { readonly type: "close-peer" };

export interface CallStep {
  readonly state: CallState;
  readonly effects: readonly CallEffect[];
}
