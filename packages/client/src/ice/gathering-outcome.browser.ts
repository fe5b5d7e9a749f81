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
  let full = false;
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
        else if (errorCode === 401 || errorCode === 403) resolve("unauthorized");
        // Too many allocations for now (486, 508): it has taken the credentials (RFC 8656 section 7.2).
        else full ||= errorCode === 486 || errorCode === 508;
      },
      listen,
    );
    connection.addEventListener(
      "icegatheringstatechange",
      () => {
        begun ||= connection.iceGatheringState === "gathering";
        if (!begun || connection.iceGatheringState !== "complete") return;
        // A STUN server that named the address which we have anyway adds no candidate (RFC 8445 section 5.1.3).
        if (full) resolve("full");
        else resolve(wanted === "relay" || failed ? "unreachable" : "answered");
      },
      listen,
    );
    const giveUp = () => {
      if (full) resolve("full");
      else resolve(failed ? "unreachable" : "silent");
    };
    if (signal.aborted) giveUp();
    else signal.addEventListener("abort", giveUp, listen);
  }).finally(() => listening.abort());
}
