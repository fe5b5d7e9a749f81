interface Tone {
  readonly hertz: number;
  readonly fromS: number;
  readonly lengthS: number;
}

// A fourth upwards: heard as a question, not as an alarm.
const TONES: readonly Tone[] = [
  { hertz: 587.33, fromS: 0, lengthS: 0.22 },
  { hertz: 783.99, fromS: 0.18, lengthS: 0.4 },
];
const LOUDNESS = 0.16;
const ATTACK_S = 0.02;
/** A browser that wants a press first never begins, and then nothing ends. */
const GIVE_UP_MS = 3_000;

/** Two short tones, made here; silence where the browser refuses. */
export function playChime(): void {
  if (typeof AudioContext === "undefined") return;
  const context = new AudioContext();
  const end = () => void context.close().catch(() => {});
  const gaveUp = window.setTimeout(end, GIVE_UP_MS);
  for (const tone of TONES) {
    const oscillator = playTone(context, tone);
    if (tone !== TONES.at(-1)) continue;
    oscillator.addEventListener("ended", () => {
      window.clearTimeout(gaveUp);
      end();
    });
  }
}

function playTone(context: AudioContext, { hertz, fromS, lengthS }: Tone): OscillatorNode {
  const from = context.currentTime + fromS;
  const oscillator = new OscillatorNode(context, { type: "sine", frequency: hertz });
  const volume = new GainNode(context, { gain: 0 });
  volume.gain.setValueAtTime(0, from);
  volume.gain.linearRampToValueAtTime(LOUDNESS, from + ATTACK_S);
  volume.gain.linearRampToValueAtTime(0, from + lengthS);
  oscillator.connect(volume).connect(context.destination);
  oscillator.start(from);
  oscillator.stop(from + lengthS);
  return oscillator;
}
