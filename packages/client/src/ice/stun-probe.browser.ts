import { gatheringOutcome } from "./gathering-outcome.browser.ts";
import type { StunProbe } from "./stun-probe.port.ts";

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
        const outcome = gatheringOutcome(connection, "srflx", question.signal);
        connection.restartIce();
        // On a connection that is closed meanwhile it never ends (W3C WebRTC section 4.4.1.5); the outcome does.
        const described = connection.setLocalDescription().then(() => outcome);
        return (await Promise.race([outcome, described])) === "answered";
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
