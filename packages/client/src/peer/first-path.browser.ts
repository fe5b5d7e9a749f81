/** Calls `run` once, when ICE has found a path (RFC 8445 section 8). */
export function onFirstPath(pc: RTCPeerConnection, run: () => void): void {
  const look = () => {
    if (pc.iceConnectionState !== "connected" && pc.iceConnectionState !== "completed") return;
    pc.removeEventListener("iceconnectionstatechange", look);
    run();
  };
  pc.addEventListener("iceconnectionstatechange", look);
}
