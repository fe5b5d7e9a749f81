import { type IceServer, isTurnUrl } from "@serendip/protocol";
import { within } from "@serendip/time";
import type { IceReading } from "../words/chat-health.ts";
import { gatheringOutcome } from "./gathering-outcome.browser.ts";
import type { IceGatherer } from "./ice-gatherer.port.ts";
import { toRtcIceServer } from "./ice-servers.browser.ts";

/** How often the page looks whether it gets its turn, and how late it may be. */
const PULSE = { everyMs: 100, lateMs: 300 };

/**
 * Tries each address with a connection of its own that never meets a partner: only so does every browser say which address
 * answered. For STUN any network path will do, for TURN only relays (W3C WebRTC section 4.2.1).
 */
export function iceGatherer(
  connect: (config: RTCConfiguration) => RTCPeerConnection = (config) => new RTCPeerConnection(config),
): IceGatherer {
  return {
    async gather(servers, limitMs, cancelled) {
      const pulse = watchPulse();
      try {
        const readings = await within({ limitMs, signal: cancelled }, (signal) =>
          Promise.all(
            servers.flatMap((server) =>
              server.urls.map((url) => tryUrl(connect, { ...server, urls: [url] }, url, signal)),
            ),
          ),
        );
        return { readings, busy: pulse.wasLate() };
      } finally {
        pulse.stop();
      }
    },
  };
}

async function tryUrl(
  connect: (config: RTCConfiguration) => RTCPeerConnection,
  server: IceServer,
  url: string,
  signal: AbortSignal,
): Promise<IceReading> {
  let connection: RTCPeerConnection | undefined;
  try {
    const turn = isTurnUrl(url);
    connection = connect({
      iceServers: [toRtcIceServer(server)],
      iceTransportPolicy: turn ? "relay" : "all",
    });
    const outcome = gatheringOutcome(connection, turn ? "relay" : "srflx", signal);
    connection.createDataChannel("probe");
    await connection.setLocalDescription(await connection.createOffer());
    return { url, outcome: await outcome };
  } catch {
    return { url, outcome: "unreachable" };
  } finally {
    connection?.close();
  }
}

/** Whether the page got its turn often enough for a silence to mean something. */
function watchPulse(): { wasLate(): boolean; stop(): void } {
  let last = performance.now();
  let late = false;
  const look = () => {
    const now = performance.now();
    late ||= now - last > PULSE.everyMs + PULSE.lateMs;
    last = now;
  };
  const timer = setInterval(look, PULSE.everyMs);
  return {
    wasLate() {
      look();
      return late;
    },
    stop: () => clearInterval(timer),
  };
}
