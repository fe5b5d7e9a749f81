import type { IceReading } from "../words/chat-health.ts";

/**
 * What the next gathering of a connection says about its only ICE server; `silent` or `unreachable` once `signal` aborts.
 *
 * @param wanted the candidate that only this server can give
 */
export function gatheringOutcome(
  connection: RTCPeerConnection,
  wanted: "srflx" | "relay",
  signal: AbortSignal,
): Promise<IceReading["outcome"]> {
  const listening = new AbortController();
  const listen = { signal: listening.signal };
  // The end of an earlier gathering is not that of the next one.
  let begun = connection.iceGatheringState === "new";
  let failed = false;
  return new Promise<IceReading["outcome"]>((resolve) => {
    connection.addEventListener(
      "icecandidate",
      ({ candidate }) => {
        if (candidate?.type === wanted) resolve("answered");
      },
      listen,
    );
    connection.addEventListener(
      "icecandidateerror",
      ({ errorCode }) => {
        // From 700 on it is the browser's word about one of several network interfaces; below, the server's own.
        if (errorCode >= 700) failed = true;
        // Too many allocations for now (486, 508) pass, and say nothing about the credentials.
        else if (errorCode === 401 || errorCode === 403) resolve("unauthorized");
      },
      listen,
    );
    connection.addEventListener(
      "icegatheringstatechange",
      () => {
        begun ||= connection.iceGatheringState === "gathering";
        if (!begun || connection.iceGatheringState !== "complete") return;
        // A STUN server that named the address which we have anyway adds no candidate (RFC 8445 section 5.1.3).
        resolve(wanted === "relay" || failed ? "unreachable" : "answered");
      },
      listen,
    );
    const giveUp = () => resolve(failed ? "unreachable" : "silent");
    if (signal.aborted) giveUp();
    else signal.addEventListener("abort", giveUp, listen);
  }).finally(() => listening.abort());
}
