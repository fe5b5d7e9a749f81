/** Whether media and data flow: `never` until they did for the first time. */
export type Flow = "never" | "flowing" | "interrupted" | "failed";

/**
 * What the browser's state of the connection means (W3C WebRTC section 4.3.3). `failed` is the end only of a connection
 * that has not come about, or whose partner is not who it was (DTLS); a path that is lost can be found again.
 *
 * `iceConnectionState` says nothing here: Chromium never lets it become `failed`.
 */
export function flowAfter(
  flow: Flow,
  {
    state,
    dtls,
  }: { readonly state: RTCPeerConnectionState; readonly dtls: RTCDtlsTransportState | undefined },
): Flow {
  if (flow === "failed") return flow;
  if (state === "connected") return "flowing";
  if (state === "failed" && (flow === "never" || dtls === "failed")) return "failed";
  if (state === "failed" || state === "disconnected") return flow === "flowing" ? "interrupted" : flow;
  return flow;
}
