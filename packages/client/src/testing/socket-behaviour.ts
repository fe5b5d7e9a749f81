import { type Bye, byeOf, type ErrorBody, type ErrorCode, errorBody } from "@serendip/protocol";

/** What becomes of the lines of one way, whoever is behind them. */
export type WayBehaviour =
  | "passes"
  /** Opening one gets no answer. */
  | "hangs"
  /** One opens, and then nothing comes any more; what the page sends may arrive. */
  | "deaf"
  | "refused";
export const WAY_PASSES: WayBehaviour = "passes";
export const WAY_HANGS: WayBehaviour = "hangs";
export const WAY_DEAF: WayBehaviour = "deaf";
export const WAY_REFUSED: WayBehaviour = "refused";

/** What a hello meets. */
export type SocketBehaviour =
  | { readonly type: "accepts" }
  | { readonly type: "refuses"; readonly error: ErrorBody }
  /** A bye in place of the welcome. */
  | { readonly type: "dismisses"; readonly bye: Bye }
  /** The line opens, and a hello is never answered. */
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
