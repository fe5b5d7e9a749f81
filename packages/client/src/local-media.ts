import type { ChatError, MediaKind } from "./chat-error.ts";
import type { DeviceChoice, DeviceStatus } from "./chat-snapshot.ts";
import { judgeMedia, type MediaVerdict } from "./machine/media-verdict.ts";
import { PROBLEMS } from "./machine/problems.ts";
import type { Capture, MediaSource, MediaWish } from "./ports.ts";

export const MEDIA_KINDS: readonly MediaKind[] = ["camera", "microphone"];

const TRACK_KIND = { camera: "video", microphone: "audio" } as const satisfies Record<MediaKind, string>;

export interface LocalMediaOptions {
  readonly source: MediaSource;
  readonly onChange: () => void;
  /** A track of a running capture was put in, exchanged or lost. */
  readonly onTrack: (
    kind: MediaKind,
    previous: MediaStreamTrack | undefined,
    next: MediaStreamTrack | undefined,
  ) => void;
  readonly onError: (code: string, context: string) => void;
}

/** The person's camera and microphone: what is wanted, what is captured, what is wrong. */
export interface LocalMedia {
  stream(): MediaStream | undefined;
  device(kind: MediaKind): DeviceStatus;
  liveTracks(): number;
  /** Captures what is wanted. An earlier capture is over; `done` is not called for one that is. */
  capture(done: (verdict: MediaVerdict) => void): void;
  /** Leaves out what could not be had; the next capture does not ask for it. */
  leaveOut(kinds: readonly MediaKind[]): void;
  /** Asks again for a single device, into the running capture. */
  recapture(kind: MediaKind): void;
  setEnabled(kind: MediaKind, enabled: boolean): void;
  select(kind: MediaKind, deviceId: string): void;
  /** Looks which devices there are, and asks again for one that was missing. */
  refreshDevices(): void;
  /** Stops every track; problems stay to be shown until `forgetProblems`. */
  release(): void;
  forgetProblems(): void;
}

interface Device {
  enabled: boolean;
  left: boolean;
  wantedId: string | undefined;
  track: MediaStreamTrack | undefined;
  forget: () => void;
  problem: ChatError | undefined;
  devices: readonly DeviceChoice[];
  asking: AbortController | undefined;
}

/** What plugging a device in can mend. */
const MENDED_BY_PLUGGING: readonly ChatError["code"][] = ["media-lost", "media-not-found"];

export function createLocalMedia({ source, onChange, onTrack, onError }: LocalMediaOptions): LocalMedia {
  const device = (): Device => ({
    enabled: true,
    left: false,
    wantedId: undefined,
    track: undefined,
    forget: () => {},
    problem: undefined,
    devices: [],
    asking: undefined,
  });
  const own: Record<MediaKind, Device> = { camera: device(), microphone: device() };
  let stream: MediaStream | undefined;
  let capturing: AbortController | undefined;
  /** True from the end of a capture until the release. */
  let active = false;

  const wish = (kinds: readonly MediaKind[]): MediaWish => ({
    camera: kinds.includes("camera"),
    microphone: kinds.includes("microphone"),
    cameraId: own.camera.wantedId,
    microphoneId: own.microphone.wantedId,
  });

  const trackOf = (from: MediaStream | undefined, kind: MediaKind): MediaStreamTrack | undefined =>
    from?.getTracks().find((track) => track.kind === TRACK_KIND[kind]);

  const adopt = (kind: MediaKind, track: MediaStreamTrack | undefined): void => {
    const mine = own[kind];
    mine.forget();
    mine.forget = () => {};
    mine.track = track;
    if (!track) return;
    track.enabled = mine.enabled;
    const onEnded = () => lost(kind, track);
    track.addEventListener("ended", onEnded);
    mine.forget = () => track.removeEventListener("ended", onEnded);
  };

  const lost = (kind: MediaKind, track: MediaStreamTrack): void => {
    if (own[kind].track !== track) return;
    adopt(kind, undefined);
    stream?.removeTrack(track);
    own[kind].problem = { ...PROBLEMS.mediaLost, device: kind };
    onError("media-lost", kind);
    onTrack(kind, track, undefined);
    onChange();
  };

  const stopAll = (from: MediaStream | undefined): void => {
    for (const track of from?.getTracks() ?? []) track.stop();
  };

  const capture = async (kinds: readonly MediaKind[], abort: AbortController): Promise<Capture> => {
    if (kinds.length === 0) return { stream: undefined, problems: {} };
    return source.capture(wish(kinds), abort.signal);
  };

  const take = (kind: MediaKind, from: MediaStream, track: MediaStreamTrack): void => {
    const previous = own[kind].track;
    adopt(kind, track);
    if (stream === undefined) stream = from;
    else {
      if (previous) stream.removeTrack(previous);
      stream.addTrack(track);
    }
    previous?.stop();
    own[kind].problem = undefined;
    onTrack(kind, previous, track);
  };

  const askAgain = async (kind: MediaKind): Promise<void> => {
    const mine = own[kind];
    mine.asking?.abort();
    const abort = new AbortController();
    mine.asking = abort;
    const result = await capture([kind], abort);
    // Not left to the source: the abort may have come between its answer and this line.
    if (mine.asking !== abort) {
      stopAll(result.stream);
      return;
    }
    mine.asking = undefined;
    const track = trackOf(result.stream, kind);
    if (result.stream && track) take(kind, result.stream, track);
    else {
      const problem = result.problems[kind] ?? PROBLEMS.mediaAborted;
      mine.problem = { ...problem, severity: "degraded", device: kind };
      onError(problem.code, `recapture ${kind}`);
    }
    onChange();
    refreshDevices(false);
  };

  const recapture = (kind: MediaKind): void => {
    own[kind].left = false;
    if (active) askAgain(kind).catch((error: unknown) => onError("media-aborted", String(error)));
  };

  const refreshDevices = (mend: boolean): void => {
    source.devices().then(
      (found) => {
        for (const kind of MEDIA_KINDS)
          if (!isSameList(own[kind].devices, found[kind])) own[kind].devices = found[kind];
        onChange();
        for (const kind of MEDIA_KINDS) {
          const { problem, asking, left } = own[kind];
          const mendable = mend && active && problem !== undefined && !asking && !left;
          if (mendable && MENDED_BY_PLUGGING.includes(problem.code) && found[kind].length > 0)
            recapture(kind);
        }
      },
      (error: unknown) => onError("devices", String(error)),
    );
  };

  const release = (): void => {
    capturing?.abort();
    capturing = undefined;
    active = false;
    for (const kind of MEDIA_KINDS) {
      const mine = own[kind];
      mine.asking?.abort();
      mine.asking = undefined;
      adopt(kind, undefined);
    }
    stopAll(stream);
    stream = undefined;
    onChange();
  };

  const finish = (
    kinds: readonly MediaKind[],
    result: {
      readonly stream: MediaStream | undefined;
      readonly problems: Partial<Record<MediaKind, ChatError>>;
    },
  ): MediaVerdict => {
    const got = kinds.filter((kind) => trackOf(result.stream, kind));
    const verdict = judgeMedia({ wished: kinds, got, problems: result.problems });
    stream = got.length > 0 ? result.stream : undefined;
    for (const kind of MEDIA_KINDS) {
      adopt(kind, trackOf(stream, kind));
      own[kind].problem = verdict.ok ? verdict.problems[kind] : result.problems[kind];
      const { problem } = own[kind];
      if (problem) onError(problem.code, `capture ${kind}`);
    }
    active = verdict.ok;
    return verdict;
  };

  return {
    stream: () => stream,
    device(kind) {
      const { enabled, track, problem, devices, wantedId, left } = own[kind];
      const missing = problem !== undefined || (active && left);
      return {
        enabled,
        state: track ? "live" : missing ? "missing" : "none",
        deviceId: track?.getSettings().deviceId ?? wantedId,
        devices,
        problem,
      };
    },
    liveTracks: () => MEDIA_KINDS.filter((kind) => own[kind].track?.readyState === "live").length,
    capture(done) {
      release();
      const abort = new AbortController();
      capturing = abort;
      const kinds = MEDIA_KINDS.filter((kind) => !own[kind].left);
      for (const kind of MEDIA_KINDS) own[kind].problem = undefined;
      capture(kinds, abort)
        .catch(
          (cause: unknown): Capture => ({
            stream: undefined,
            problems: { camera: { ...PROBLEMS.mediaAborted, cause } },
          }),
        )
        .then((result) => {
          if (capturing !== abort) {
            stopAll(result.stream);
            return;
          }
          capturing = undefined;
          const verdict = finish(kinds, result);
          onChange();
          done(verdict);
          refreshDevices(false);
        })
        .catch((error: unknown) => onError("media-aborted", String(error)));
    },
    leaveOut(kinds) {
      for (const kind of MEDIA_KINDS) own[kind].left = kinds.includes(kind);
    },
    recapture,
    setEnabled(kind, enabled) {
      own[kind].enabled = enabled;
      const { track } = own[kind];
      if (track) track.enabled = enabled;
      onChange();
    },
    select(kind, deviceId) {
      own[kind].wantedId = deviceId;
      recapture(kind);
      onChange();
    },
    refreshDevices: () => refreshDevices(true),
    release,
    forgetProblems() {
      for (const kind of MEDIA_KINDS) own[kind].problem = undefined;
    },
  };
}

function isSameList(a: readonly DeviceChoice[], b: readonly DeviceChoice[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ deviceId, label }, index) => deviceId === b[index]?.deviceId && label === b[index]?.label)
  );
}
