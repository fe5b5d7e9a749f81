import type { Clock } from "@serendip/time";
import type { ChatError, MediaKind } from "../words/chat-error.ts";
import type { DeviceStatus } from "../words/chat-snapshot.ts";
import { PROBLEMS } from "../words/problems.ts";
import { type Device, holdTrack, isMendedByPlugging, newDevice, statusOf } from "./media-device.ts";
import { isSameList, MEDIA_KINDS, stopAll, trackOf } from "./media-parts.ts";
import type { Capture, MediaSource, MediaWish } from "./media-source.port.ts";
import { judgeMedia, type MediaVerdict, mergeProblems } from "./media-verdict.machine.ts";

/** Long enough for black to reach the partner in place of the last picture. */
const BLACK_FIRST_MS = 500;

export interface LocalMediaOptions {
  readonly clock: Pick<Clock, "after">;
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
  /** What is wrong, said once where both devices have the same trouble. */
  problems(): readonly ChatError[];
  /** The devices that the person went on without. */
  leftOut(): readonly MediaKind[];
  /** Whether anything but black or silence can be sent. */
  sends(kind: MediaKind): boolean;
  liveTracks(): number;
  /** Captures what is wanted. An earlier capture is over; `done` is not called for one that is. */
  capture(done: (verdict: MediaVerdict) => void): void;
  /** Leaves out what could not be had; the next capture does not ask for it. */
  leaveOut(kinds: readonly MediaKind[]): void;
  /** Asks again for a single device, into the running capture. */
  recapture(kind: MediaKind): void;
  /**
   * A microphone that is off sends silence; a camera that is off is given back, so that its light goes out too. Turning on
   * what is not there asks for it.
   */
  setEnabled(kind: MediaKind, enabled: boolean): void;
  select(kind: MediaKind, deviceId: string): void;
  /** Looks which devices there are, and asks again for one that was missing. */
  refreshDevices(): void;
  /** Stops every track; problems stay to be shown until `forgetProblems`. */
  release(): void;
  forgetProblems(): void;
}

export function createLocalMedia({
  clock,
  source,
  onChange,
  onTrack,
  onError,
}: LocalMediaOptions): LocalMedia {
  const own: Record<MediaKind, Device> = { camera: newDevice(), microphone: newDevice() };
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

  const adopt = (kind: MediaKind, track: MediaStreamTrack | undefined): void =>
    holdTrack(own[kind], track, (ended) => lost(kind, ended));

  const putAway = (kind: MediaKind, track: MediaStreamTrack): void => {
    adopt(kind, undefined);
    stream?.removeTrack(track);
    onTrack(kind, track, undefined);
  };

  const lost = (kind: MediaKind, track: MediaStreamTrack): void => {
    if (own[kind].track !== track) return;
    putAway(kind, track);
    const problem = { ...PROBLEMS.mediaLost, device: kind };
    own[kind].problem = problem;
    onError("media-lost", kind);
    onChange();
    // A device ends in the same way when it is unplugged and when the page may not use it any more.
    source.permission(kind).then(
      (permission) => {
        if (own[kind].problem !== problem || permission === undefined || permission === "granted") return;
        own[kind].problem = { ...PROBLEMS.mediaDenied, device: kind };
        onChange();
      },
      (error: unknown) => onError("permission", String(error)),
    );
  };

  const capture = async (kinds: readonly MediaKind[], abort: AbortController): Promise<Capture> => {
    if (kinds.length === 0) return { stream: undefined, problems: {} };
    try {
      return await source.capture(wish(kinds), abort.signal);
    } catch (cause) {
      const failed = kinds.map((kind) => [kind, { ...PROBLEMS.mediaAborted, cause }]);
      return { stream: undefined, problems: Object.fromEntries(failed) };
    }
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

  /** A phone uses one camera at a time: the next one can only be had when the one before was given back. */
  const captureAlone = async (kind: MediaKind, abort: AbortController): Promise<Capture> => {
    const mine = own[kind];
    const first = await capture([kind], abort);
    const inTheWay = first.problems[kind]?.code === "media-in-use" ? mine.track : undefined;
    if (!inTheWay || mine.asking !== abort) return first;
    const { deviceId } = inTheWay.getSettings();
    inTheWay.stop();
    const second = await capture([kind], abort);
    if (second.stream || mine.asking !== abort) return second;
    mine.wantedId = deviceId;
    return { ...(await capture([kind], abort)), problems: first.problems };
  };

  const askAgain = async (kind: MediaKind): Promise<void> => {
    const mine = own[kind];
    mine.asking?.abort();
    const abort = new AbortController();
    mine.asking = abort;
    // When it comes again it is news, also to somebody who has put it aside.
    mine.problem = undefined;
    onChange();
    const result = await captureAlone(kind, abort);
    // Not left to the source: the abort may have come between its answer and this line.
    if (mine.asking !== abort) {
      stopAll(result.stream);
      return;
    }
    mine.asking = undefined;
    const track = trackOf(result.stream, kind);
    const problem = result.problems[kind] ?? (track ? undefined : PROBLEMS.mediaAborted);
    if (result.stream && track) take(kind, result.stream, track);
    else if (mine.track?.readyState === "ended") putAway(kind, mine.track);
    if (problem) {
      mine.problem = { ...problem, severity: "degraded", device: kind };
      if (mine.track) mine.wantedId = mine.track.getSettings().deviceId;
      onError(problem.code, `recapture ${kind}`);
    }
    onChange();
    refreshDevices(false);
  };

  const isWanted = (kind: MediaKind): boolean =>
    !own[kind].left && (own[kind].enabled || kind === "microphone");

  const turnOff = (kind: MediaKind): void => {
    const mine = own[kind];
    mine.asking?.abort();
    mine.asking = undefined;
    mine.problem = undefined;
    const { track } = mine;
    if (!track) return;
    mine.givingBack = clock.after(BLACK_FIRST_MS, () => {
      track.stop();
      putAway(kind, track);
      onChange();
    });
  };

  const recapture = (kind: MediaKind): void => {
    own[kind].left = false;
    if (active && isWanted(kind))
      askAgain(kind).catch((error: unknown) => onError("media-aborted", String(error)));
  };

  const refreshDevices = (mend: boolean): void => {
    source.devices().then(
      (found) => {
        for (const kind of MEDIA_KINDS)
          if (!isSameList(own[kind].devices, found[kind])) own[kind].devices = found[kind];
        onChange();
        for (const kind of MEDIA_KINDS) {
          if (mend && active && found[kind].length > 0 && isMendedByPlugging(own[kind])) recapture(kind);
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
      mine.givingBack?.();
      mine.givingBack = undefined;
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
    device: (kind) => statusOf(own[kind], active),
    sends: (kind) => own[kind].enabled && own[kind].track !== undefined,
    liveTracks: () => MEDIA_KINDS.filter((kind) => own[kind].track?.readyState === "live").length,
    capture(done) {
      release();
      const abort = new AbortController();
      capturing = abort;
      const kinds = MEDIA_KINDS.filter(isWanted);
      for (const kind of MEDIA_KINDS) own[kind].problem = undefined;
      capture(kinds, abort)
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
    problems: () => mergeProblems(own.camera.problem, own.microphone.problem),
    leftOut: () => MEDIA_KINDS.filter((kind) => own[kind].left),
    leaveOut(kinds) {
      for (const kind of MEDIA_KINDS) own[kind].left = kinds.includes(kind);
    },
    recapture,
    setEnabled(kind, enabled) {
      const mine = own[kind];
      mine.enabled = enabled;
      mine.givingBack?.();
      mine.givingBack = undefined;
      if (mine.track) mine.track.enabled = enabled;
      if (!enabled && kind === "camera") turnOff(kind);
      if (enabled && !mine.track && !mine.asking) recapture(kind);
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
