import { type ErrorBody, type ErrorCode, errorBody } from "@serendip/protocol";

/** What a new socket meets. */
export type SocketBehaviour =
  | { readonly type: "accepts" }
  | { readonly type: "refuses"; readonly error: ErrorBody }
  /** Never an answer. */
  | { readonly type: "silent" }
  | { readonly type: "unreachable" };

export const SOCKET_ACCEPTS: SocketBehaviour = { type: "accepts" };
export const SOCKET_SILENT: SocketBehaviour = { type: "silent" };
export const SOCKET_UNREACHABLE: SocketBehaviour = { type: "unreachable" };
export const SOCKET_REFUSES = (code: ErrorCode): SocketBehaviour => ({
  type: "refuses",
  error: errorBody(code),
});
