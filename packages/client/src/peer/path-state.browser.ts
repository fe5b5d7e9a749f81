/** Whether media and data flow: `never` until they did for the first time. */
export type PathState = "never" | "up" | "interrupted" | "failed";

/**
 * What the browser's state of the connection means (W3C WebRTC section 4.3.3). `failed` is the end only of a connection
 * that has not come about, or whose partner is not who it was (DTLS); a path that is lost can be found again.
 *
 * `iceConnectionState` says nothing here: Chromium never lets it become `failed`.
 */
export function pathAfter(
  path: PathState,
  {
    state,
    dtls,
  }: { readonly state: RTCPeerConnectionState; readonly dtls: RTCDtlsTransportState | undefined },
): PathState {
  if (path === "failed") return path;
  if (state === "connected") return "up";
  if (state === "failed" && (path === "never" || dtls === "failed")) return "failed";
  if (state === "failed" || state === "disconnected") return path === "up" ? "interrupted" : path;
  return path;
}
