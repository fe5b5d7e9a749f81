import type { StunProbe } from "../ports.ts";

/** Each question costs a socket for each network interface until the connection is closed. */
const QUESTIONS_OF_ONE = 20;

/**
 * Asks with ICE restarts of one connection that never meets a partner: a browser that has made 500 connections makes no
 * more in this page, and closed ones count until their memory is needed.
 */
export function stunProbe(
  connect: (config: RTCConfiguration) => RTCPeerConnection = (config) => new RTCPeerConnection(config),
): StunProbe {
  let held: { readonly connection: RTCPeerConnection; readonly url: string; questions: number } | undefined;

  function close(): void {
    held?.connection.close();
    held = undefined;
  }

  function connectionFor(url: string): RTCPeerConnection {
    if (held?.url !== url || held.questions >= QUESTIONS_OF_ONE) close();
    if (!held) {
      const connection = connect({ iceServers: [{ urls: url }] });
      held = { connection, url, questions: 0 };
      connection.createDataChannel("probe");
    }
    held.questions += 1;
    return held.connection;
  }

  return {
    async ask(url, signal) {
      const question = new AbortController();
      const abort = () => question.abort();
      try {
        const connection = connectionFor(url);
        if (signal.aborted) abort();
        else signal.addEventListener("abort", abort);
        const answer = answerOf(connection, question.signal);
        connection.restartIce();
        // On a connection that is closed meanwhile it never ends (W3C WebRTC section 4.4.1.5); the answer does.
        return await Promise.race([answer, connection.setLocalDescription().then(() => answer)]);
      } catch {
        return false;
      } finally {
        signal.removeEventListener("abort", abort);
        abort();
      }
    },
    close,
  };
}

function answerOf(connection: RTCPeerConnection, signal: AbortSignal): Promise<boolean> {
  const listening = new AbortController();
  const listen = { signal: listening.signal };
  let begun = false;
  let failed = false;
  return new Promise<boolean>((resolve) => {
    connection.addEventListener(
      "icecandidate",
      ({ candidate }) => {
        if (candidate?.type === "srflx") resolve(true);
      },
      listen,
    );
    connection.addEventListener(
      "icecandidateerror",
      () => {
        failed = true;
      },
      listen,
    );
    connection.addEventListener(
      "icegatheringstatechange",
      () => {
        begun ||= connection.iceGatheringState === "gathering";
        // A server that named the address which we have anyway adds no candidate (RFC 8445 section 5.1.3).
        if (begun && connection.iceGatheringState === "complete") resolve(!failed);
      },
      listen,
    );
    if (signal.aborted) resolve(false);
    else signal.addEventListener("abort", () => resolve(false), listen);
  }).finally(() => listening.abort());
}
