import type { MediaKind } from "../words/chat-error.ts";

/** What this side sends: one line each for sound and picture, whatever there is to send on it. */
export interface OutgoingMedia {
  /** Before the first offer. */
  offerBothKinds(pc: RTCPeerConnection): void;
  /** Before an answer. */
  attachToOffer(pc: RTCPeerConnection): void;
  replace(kind: MediaKind, track: MediaStreamTrack | undefined): void;
  sender(kind: MediaKind): RTCRtpSender | undefined;
}

/** In the order of their lines in an offer. */
const LINES = ["microphone", "camera"] as const satisfies readonly MediaKind[];
const lineOf = (kind: MediaKind) => (kind === "camera" ? "video" : "audio");

export function outgoingMedia(
  first: MediaStream | undefined,
  onRefused: (error: unknown) => void,
): OutgoingMedia {
  /** Groups what this side sends, so that the partner gets sound and picture in step. */
  const group = first ?? new MediaStream();
  const senders = new Map<MediaKind, RTCRtpSender>();
  const tracks = new Map<MediaKind, MediaStreamTrack | undefined>([
    ["microphone", first?.getAudioTracks()[0]],
    ["camera", first?.getVideoTracks()[0]],
  ]);
  const send = (sender: RTCRtpSender, track: MediaStreamTrack | undefined): void => {
    sender.replaceTrack(track ?? null).catch(onRefused);
  };
  return {
    offerBothKinds(pc) {
      for (const kind of LINES) {
        const line = pc.addTransceiver(tracks.get(kind) ?? lineOf(kind), {
          direction: "sendrecv",
          streams: [group],
        });
        senders.set(kind, line.sender);
      }
    },
    attachToOffer(pc) {
      for (const kind of LINES) {
        if (senders.has(kind)) continue;
        const line = pc
          .getTransceivers()
          .find(({ receiver, direction }) => receiver.track.kind === lineOf(kind) && direction !== "stopped");
        if (!line) continue;
        line.direction = "sendrecv";
        line.sender.setStreams(group);
        senders.set(kind, line.sender);
        send(line.sender, tracks.get(kind));
      }
    },
    replace(kind, track) {
      tracks.set(kind, track);
      const sender = senders.get(kind);
      if (sender) send(sender, track);
    },
    sender: (kind) => senders.get(kind),
  };
}
