/** The partner's tracks in one stream. */
export interface RemoteStream {
  take(track: MediaStreamTrack): void;
}

/**
 * Takes the first audio and the first video track; a partner who offers more gets no more. A track joins with its first
 * packet, so that nobody waits for a picture that is not sent.
 */
export function remoteStream(onChange: (stream: MediaStream) => void): RemoteStream {
  const stream = new MediaStream();
  const kinds = new Set<string>();
  return {
    take(track) {
      if (kinds.has(track.kind)) return;
      kinds.add(track.kind);
      const join = () => {
        stream.addTrack(track);
        onChange(stream);
      };
      if (track.muted) track.addEventListener("unmute", join, { once: true });
      else join();
      track.addEventListener("ended", () => {
        stream.removeTrack(track);
        onChange(stream);
      });
    },
  };
}
