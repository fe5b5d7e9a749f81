import type { IceServer } from "@serendip/protocol";
import { toRtcIceServer } from "../ice/ice-servers.browser.ts";

/** How a connection of a call is configured. */
export const rtcConfiguration = ({
  iceServers,
  relayOnly,
  poolSize = 0,
}: {
  readonly iceServers: readonly IceServer[];
  readonly relayOnly: boolean;
  /** So many media lines' candidates are gathered before there is a description (RFC 8829 section 3.5.4). */
  readonly poolSize?: number;
}): RTCConfiguration & { readonly iceServers: RTCIceServer[] } => ({
  iceServers: iceServers.map(toRtcIceServer),
  iceTransportPolicy: relayOnly ? "relay" : "all",
  bundlePolicy: "max-bundle",
  iceCandidatePoolSize: poolSize,
});

/**
 * From now on; candidates are gathered with it where there is no description yet, else at the next ICE restart.
 *
 * @throws DOMException for servers that the browser refuses.
 */
export function reconfigure(
  pc: RTCPeerConnection,
  options: { readonly iceServers: readonly IceServer[]; readonly relayOnly: boolean },
): void {
  // The size of the pool must not change once there is a description (W3C WebRTC section 4.4.1.6).
  const { iceCandidatePoolSize: poolSize = 0 } = pc.getConfiguration();
  pc.setConfiguration(rtcConfiguration({ ...options, poolSize }));
}
