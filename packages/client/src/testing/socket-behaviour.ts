import { type Bye, byeOf, type ErrorBody, type ErrorCode, errorBody } from "@serendip/protocol";

/** What a new socket meets. */
export type SocketBehaviour =
  | { readonly type: "accepts" }
  | { readonly type: "refuses"; readonly error: ErrorBody }
  /** A bye in place of the welcome. */
  | { readonly type: "dismisses"; readonly bye: Bye }
  /** Never an answer. */
  | { readonly type: "silent" }
  | { readonly type: "unreachable" };

export const SOCKET_ACCEPTS: SocketBehaviour = { type: "accepts" };
export const SOCKET_SILENT: SocketBehaviour = { type: "silent" };
export const SOCKET_UNREACHABLE: SocketBehaviour = { type: "unreachable" };
/** The server has seen later connections of this tab. */
export const SOCKET_KNOWS_NEWER = (newestConnection: number): SocketBehaviour => ({
  type: "dismisses",
  bye: byeOf("stale_connection", { newestConnection }),
});
export const SOCKET_REFUSES = (code: ErrorCode): SocketBehaviour => ({
  type: "refuses",
  error: errorBody(code),
});
