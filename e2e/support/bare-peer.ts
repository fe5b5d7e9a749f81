import type { JSHandle, Page } from "@playwright/test";

/** What a browser makes of an offer: why it refuses it, or what it has to say about each section. */
export type Reading =
  | { readonly taken: false; readonly reason: string }
  | {
      readonly taken: true;
      /** The kind of each transceiver's track, by the name of its section. */
      readonly transceivers: readonly (readonly [string | null, string])[];
      /** The `m=` lines of its answer: the codecs that it takes, or port 0 where it rejects the section. */
      readonly answer: readonly string[];
    };

/** Gives the offer to a new connection of the page. */
export function readOffer(page: Page, sdp: string): Promise<Reading> {
  return page.evaluate(async (offer): Promise<Reading> => {
    const peer = new RTCPeerConnection();
    try {
      await peer.setRemoteDescription({ type: "offer", sdp: offer });
      const answer = await peer.createAnswer();
      return {
        taken: true,
        transceivers: peer.getTransceivers().map(({ mid, receiver }) => [mid, receiver.track.kind]),
        answer: answer.sdp?.match(/^m=.*$/gm) ?? [],
      };
    } catch (error) {
      return { taken: false, reason: String(error) };
    } finally {
      peer.close();
    }
  }, sdp);
}

interface Candidate {
  readonly candidate: string;
  readonly sdpMid: string | null;
  readonly sdpMLineIndex: number | null;
}

/** Gives the candidate to a new connection of the page that has taken the offer; why it is refused, or undefined. */
export function refusalOf(
  page: Page,
  { offer, candidate }: { readonly offer: string; readonly candidate: Candidate },
): Promise<string | undefined> {
  return page.evaluate(
    async ([sdp, init]) => {
      const peer = new RTCPeerConnection();
      try {
        await peer.setRemoteDescription({ type: "offer", sdp });
        await peer.addIceCandidate(init);
        return undefined;
      } catch (error) {
        return String(error);
      } finally {
        peer.close();
      }
    },
    [offer, { ...candidate }] as const,
  );
}

type Peer = JSHandle<RTCPeerConnection>;

/** A connection with sections for sound, picture and a data channel; without devices nothing is sent in the first two. */
export function openPeer(page: Page, devices: "camera and microphone" | "no devices"): Promise<Peer> {
  return page.evaluateHandle(async (from) => {
    const peer = new RTCPeerConnection();
    if (from === "camera and microphone") {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
      for (const track of stream.getTracks()) peer.addTrack(track, stream);
    } else for (const kind of ["audio", "video"]) peer.addTransceiver(kind);
    peer.createDataChannel("channel");
    return peer;
  }, devices);
}

export interface Told {
  /** The description before and after the candidates were gathered. */
  readonly sdps: readonly [string, string];
  /** The lines of the candidates. */
  readonly candidates: readonly string[];
}

/** Makes the next description, with new ICE credentials, and gathers. */
export function tell(peer: Peer, type: "offer" | "answer"): Promise<Told> {
  return peer.evaluate(async (one, kind): Promise<Told> => {
    const candidates: string[] = [];
    const complete = new Promise<void>((resolve) => {
      one.onicecandidate = ({ candidate }) => {
        if (candidate === null) resolve();
        else if (candidate.candidate !== "") candidates.push(candidate.candidate);
      };
    });
    const description =
      kind === "offer" ? await one.createOffer({ iceRestart: true }) : await one.createAnswer();
    await one.setLocalDescription(description);
    await complete;
    return { sdps: [description.sdp ?? "", one.localDescription?.sdp ?? ""], candidates };
  }, type);
}

export function hear(peer: Peer, type: "offer" | "answer", sdp: string): Promise<void> {
  return peer.evaluate((one, description) => one.setRemoteDescription(description), { type, sdp });
}

/** Where media goes in each section, once an offer has its answer. */
export function directionsOf(peer: Peer): Promise<readonly (string | null)[]> {
  return peer.evaluate((one) => one.getTransceivers().map(({ currentDirection }) => currentDirection));
}
