import type { IceServer } from "@serendip/protocol";

/** As RTCConfiguration takes it (W3C WebRTC section 4.2.2): it refuses a user name that is there but undefined. */
export function toRtcIceServer({ urls, username, credential }: IceServer): RTCIceServer {
  return {
    urls,
    ...(username === undefined ? {} : { username }),
    ...(credential === undefined ? {} : { credential }),
  };
}
