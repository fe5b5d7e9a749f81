import { useEffect, useId, useRef, useState } from "react";
import { CHECK_PAGE } from "./check-text.ts";

/** Speech is far from full scale: this share of it fills the bar. */
const LOUD = 0.25;

/** A bar that moves with what the microphone hears. The sound goes nowhere. It is hidden while nothing is measured. */
export function LevelMeter({ stream }: { readonly stream: MediaStream }) {
  const meter = useRef<HTMLMeterElement>(null);
  const [measured, setMeasured] = useState(false);
  const id = useId();
  useEffect(
    () =>
      followLoudness(stream, {
        onLoudness: (loudness) => {
          if (meter.current) meter.current.value = Math.min(1, loudness / LOUD);
        },
        onRunning: setMeasured,
      }),
    [stream],
  );
  return (
    <div className="level" hidden={!measured}>
      <meter ref={meter} min={0} max={1} value={0} aria-label={CHECK_PAGE.level} aria-describedby={id} />
      <p id={id}>{CHECK_PAGE.levelHint}</p>
    </div>
  );
}

/** Tells the loudness, 0–1 (root mean square), with each frame that the page paints; answers with how to stop. */
function followLoudness(
  stream: MediaStream,
  told: {
    readonly onLoudness: (loudness: number) => void;
    /** Whether the browser measures: one that holds sound back, or has nowhere to play it, says zero all the time. */
    readonly onRunning: (running: boolean) => void;
  },
): () => void {
  if (typeof AudioContext === "undefined" || stream.getAudioTracks().length === 0) return () => {};
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  const samples = new Float32Array(analyser.fftSize);
  context.createMediaStreamSource(stream).connect(analyser);
  const changed = () => told.onRunning(context.state === "running");
  context.addEventListener("statechange", changed);
  changed();
  context.resume().catch(() => {});
  let frame = 0;
  const look = () => {
    analyser.getFloatTimeDomainData(samples);
    told.onLoudness(Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length));
    frame = requestAnimationFrame(look);
  };
  look();
  return () => {
    cancelAnimationFrame(frame);
    context.removeEventListener("statechange", changed);
    context.close().catch(() => {});
  };
}
