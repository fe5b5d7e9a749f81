import type { MediaKind } from "../words/chat-error.ts";
import type { CameraFacing } from "../words/chat-snapshot.ts";
import type { TrackFacts } from "./device-state.machine.ts";
import type { MediaState } from "./local-media.machine.ts";
import { MEDIA_KINDS, trackOf } from "./media-parts.ts";

/** The captured tracks, as the state says: whatever it does not hold is stopped. */
export interface LocalTracks {
  stream(): MediaStream | undefined;
  /** Numbers the tracks of a capture. The next state has to hold them, or they are stopped. */
  take(captured: MediaStream | undefined): Partial<Record<MediaKind, TrackFacts>>;
  /** To be called once these are held: one may have ended before anybody listened. */
  listen(taken: Partial<Record<MediaKind, TrackFacts>>): void;
  follow(state: MediaState, previous: MediaState): void;
  live(): number;
}

interface Known {
  readonly track: MediaStreamTrack;
  /** The stream that it came in; the first one stays in use. */
  readonly from: MediaStream;
  readonly forget: () => void;
}

export function createLocalTracks(options: {
  /** What the browser says about a track. */
  readonly onTrackEvent: (
    kind: MediaKind,
    event: { readonly type: "ended" | "muted" | "unmuted"; readonly trackId: number },
  ) => void;
  /** A track of a running capture was put in, exchanged or lost. */
  readonly onTrack: (kind: MediaKind, track: MediaStreamTrack | undefined) => void;
}): LocalTracks {
  const known = new Map<number, Known>();
  const inUse: Record<MediaKind, Known | undefined> = { camera: undefined, microphone: undefined };
  let stream: MediaStream | undefined;
  let count = 0;

  const learn = (kind: MediaKind, from: MediaStream, track: MediaStreamTrack): TrackFacts => {
    count += 1;
    const trackId = count;
    const hear = { ended: "ended", mute: "muted", unmute: "unmuted" } as const;
    const listening = new AbortController();
    for (const [name, type] of Object.entries(hear))
      track.addEventListener(name, () => options.onTrackEvent(kind, { type, trackId }), {
        signal: listening.signal,
      });
    known.set(trackId, { track, from, forget: () => listening.abort() });
    const { deviceId, facingMode } = track.getSettings();
    return { id: trackId, deviceId, facing: facingOf(facingMode), muted: track.muted };
  };

  const use = (kind: MediaKind, next: Known | undefined): Known | undefined => {
    const previous = inUse[kind];
    if (previous === next) return previous;
    inUse[kind] = next;
    if (previous) stream?.removeTrack(previous.track);
    if (next && stream === undefined) stream = next.from;
    else if (next) stream?.addTrack(next.track);
    return previous;
  };

  const drop = (id: number, { track, from, forget }: Known): void => {
    known.delete(id);
    forget();
    track.stop();
    from.removeTrack(track);
  };

  return {
    stream: () => stream,
    take(captured) {
      const facts: Partial<Record<MediaKind, TrackFacts>> = {};
      if (!captured) return facts;
      for (const kind of MEDIA_KINDS) {
        const track = trackOf(captured, kind);
        if (track) facts[kind] = learn(kind, captured, track);
      }
      return facts;
    },
    listen(taken) {
      for (const kind of MEDIA_KINDS) {
        const trackId = taken[kind]?.id;
        if (trackId !== undefined && known.get(trackId)?.track.readyState === "ended")
          options.onTrackEvent(kind, { type: "ended", trackId });
      }
    },
    follow(state, previous) {
      const running = state.use.name === "open" && previous.use.name === "open";
      const held = new Set(MEDIA_KINDS.flatMap((kind) => state[kind].held?.id ?? []));
      const changes = MEDIA_KINDS.map((kind) => {
        const device = state[kind];
        const next = device.held && known.get(device.held.id);
        if (next) next.track.enabled = device.enabled;
        if (next && device.held?.stopped) next.track.stop();
        return { kind, next, previous: use(kind, next) };
      });
      for (const [id, one] of known) if (!held.has(id)) drop(id, one);
      if (state.use.name !== "open") stream = undefined;
      if (!running) return;
      for (const change of changes)
        if (change.previous !== change.next) options.onTrack(change.kind, change.next?.track);
    },
    live: () => [...known.values()].filter(({ track }) => track.readyState === "live").length,
  };
}

function facingOf(facingMode: string | undefined): CameraFacing | undefined {
  return facingMode === "user" || facingMode === "environment" ? facingMode : undefined;
}
