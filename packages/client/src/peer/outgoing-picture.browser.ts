/** A path that comes back is settled by then. */
const SETTLED_MS = 1_500;

/** A pause that nobody has ended ends by itself, so that two who wait for each other's bytes go on. */
const PAUSE_MS = 8_000;

/** How pictures go out around an interruption. */
export interface OutgoingPicture {
  /**
   * Begins the picture anew with a key frame: a decoder that has missed pictures shows nothing before one, and asks for it
   * only after seconds. Where the path is just coming back it may still be lost, so it is begun again with each path that is
   * chosen, and once more in the end.
   */
  resume(): void;
  /**
   * Sends no picture until it is begun anew. What goes into a dead path would be asked for again once the path is
   * back (RFC 4585 generic NACK): the partner would watch it all, late, before anything new.
   */
  pause(): void;
  close(): void;
}

/** @param transport of the media, for its changes of path; undefined before there is one */
export function outgoingPicture(
  sender: () => RTCRtpSender | undefined,
  transport: () => RTCIceTransport | undefined = () => undefined,
): OutgoingPicture {
  let last = Promise.resolve();
  let queued: "begin" | "pause" | undefined;
  let calm = (): void => {};

  /** One after the other: a sender's parameters are set on top of those that were read last. */
  const queue = (what: "begin" | "pause"): void => {
    if (queued === what) return;
    queued = what;
    last = last
      .then(() => {
        if (queued === what) queued = undefined;
        return what === "begin" ? restart(sender()) : stop(sender());
      })
      // A connection that is closed meanwhile needs no picture.
      .catch(() => {});
  };
  const begin = (): void => queue("begin");

  /** Begins anew with each path that is chosen until then, and at that time; what is waited for later replaces it. */
  const beginUntil = (afterMs: number): void => {
    calm();
    const timer = setTimeout(() => {
      calm();
      begin();
    }, afterMs);
    const path = transport();
    path?.addEventListener("selectedcandidatepairchange", begin);
    calm = () => {
      calm = () => {};
      clearTimeout(timer);
      path?.removeEventListener("selectedcandidatepairchange", begin);
    };
  };

  return {
    resume() {
      beginUntil(SETTLED_MS);
      begin();
    },
    pause() {
      beginUntil(PAUSE_MS);
      queue("pause");
    },
    close: () => calm(),
  };
}

/** An encoding that is turned off and on again begins with a key frame (W3C WebRTC section 5.2.9). */
async function restart(video: RTCRtpSender | undefined): Promise<void> {
  if (!video) return;
  try {
    if (video.track) await setActive(video, false);
  } finally {
    // Also without a track: the camera may have been turned off in a pause, and comes back to an encoding that is on.
    await setActive(video, true).catch(() => setActive(video, true));
  }
}

async function stop(video: RTCRtpSender | undefined): Promise<void> {
  if (video?.track) await setActive(video, false);
}

async function setActive(sender: RTCRtpSender, active: boolean): Promise<void> {
  const parameters = sender.getParameters();
  if (parameters.encodings.every((encoding) => encoding.active === active)) return;
  for (const encoding of parameters.encodings) encoding.active = active;
  await sender.setParameters(parameters);
}
