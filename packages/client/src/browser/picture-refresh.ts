/**
 * Makes a video sender send a key frame: a decoder that has missed pictures shows nothing before one, and asks for it
 * only after seconds. An encoding that is turned off and on again begins with a key frame (W3C WebRTC section 5.2.9).
 */
export function pictureRefresh(sender: () => RTCRtpSender | undefined): () => Promise<void> {
  let again = false;
  let running: Promise<void> | undefined;

  const run = async (): Promise<void> => {
    const video = sender();
    if (!video?.track) return;
    do {
      again = false;
      try {
        await setActive(video, false);
      } finally {
        await setActive(video, true).catch(() => setActive(video, true));
      }
    } while (again);
  };

  return () => {
    again = running !== undefined;
    running ??= run()
      // A connection that is closed meanwhile needs no picture.
      .catch(() => {})
      .finally(() => {
        running = undefined;
      });
    return running;
  };
}

async function setActive(sender: RTCRtpSender, active: boolean): Promise<void> {
  const parameters = sender.getParameters();
  if (parameters.encodings.length === 0) return;
  for (const encoding of parameters.encodings) encoding.active = active;
  await sender.setParameters(parameters);
}
