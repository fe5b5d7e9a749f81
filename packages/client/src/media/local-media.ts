import type { PartnerMedia } from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import { runMachine } from "../base/machine-runner.ts";
import type { ChatError, MediaKind } from "../words/chat-error.ts";
import type { DeviceStatus } from "../words/chat-snapshot.ts";
import type { Unsubscribe } from "../words/log.ts";
import { createCaptureRequests } from "./capture-requests.ts";
import { createDeviceList } from "./device-list.ts";
import { type DeviceEvent, problemOf } from "./device-state.machine.ts";
import { statusOfDevice, wordOf } from "./device-view.machine.ts";
import {
  deadlineOfMedia,
  initialMedia,
  type MediaEffect,
  type MediaEvent,
  type MediaState,
  reduceMedia,
} from "./local-media.machine.ts";
import { createLocalTracks } from "./local-tracks.ts";
import { MEDIA_KINDS } from "./media-parts.ts";
import type { MediaSource } from "./media-source.port.ts";
import { type MediaVerdict, mergeProblems } from "./media-verdict.machine.ts";

export interface LocalMediaOptions {
  readonly clock: Clock;
  readonly source: MediaSource;
  readonly onChange: () => void;
  /** A track of a running capture was put in, exchanged or lost. */
  readonly onTrack: (kind: MediaKind, track: MediaStreamTrack | undefined) => void;
  /** The browser lets the page use a device, as it did before or not. */
  readonly onAllowed: () => void;
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
  /** What the partner is told (SPEC R9). */
  word(): PartnerMedia;
  liveTracks(): number;
  /** Captures what is wanted. An earlier capture is over; `done` is not called for one that is. */
  capture(done: (verdict: MediaVerdict) => void): void;
  /** Leaves out what could not be had; the next capture does not ask for it. */
  leaveOut(kinds: readonly MediaKind[]): void;
  /** Asks again for a single device, into the running capture; a capture under way has asked before it is over. */
  recapture(kind: MediaKind): void;
  /**
   * A microphone that is off sends silence; a camera that is off is given back, so that its light goes out too. Turning on
   * what is not there asks for it.
   */
  setEnabled(kind: MediaKind, enabled: boolean): void;
  select(kind: MediaKind, deviceId: string): void;
  /** To the camera on the other side of the phone. */
  switchCamera(): void;
  /** Looks which devices there are, and asks again for one that was missing. */
  refreshDevices(): void;
  /** Stops every track; problems stay to be shown until `forgetProblems`. */
  release(): void;
  /** The chat is over: nothing is listened to any more. */
  forgetProblems(): void;
}

export function createLocalMedia(options: LocalMediaOptions): LocalMedia {
  const { clock, source, onChange, onError } = options;
  let done = (_verdict: MediaVerdict): void => {};
  let ties: readonly Unsubscribe[] = [];

  const tracks = createLocalTracks({
    onTrackEvent: (kind, event) => tell(kind, event),
    onTrack: options.onTrack,
  });
  const list = createDeviceList({ source, onChange, onError });
  const requests = createCaptureRequests({ source, onFault: (error) => onError("fault", String(error)) });

  const machine = runMachine<MediaState, MediaEvent, MediaEffect>({
    initial: initialMedia,
    clock,
    tick: { type: "tick" },
    reduce: (state, event) => reduceMedia(state, event, clock.now()),
    deadlineOf: deadlineOfMedia,
    before(state, previous) {
      requests.follow(state);
      tracks.follow(state, previous);
    },
    onFault: (error) => onError("fault", String(error)),
  });
  const { state, dispatch } = machine;
  const tell = (kind: MediaKind, event: DeviceEvent): void => dispatch({ type: "device", kind, event });

  machine.carryOut((effect) => {
    switch (effect.type) {
      case "capture": {
        const { captureId, kinds, choices } = effect;
        requests.ask({ of: "both", id: captureId, kinds, choices }, ({ stream, problems }) => {
          const got = tracks.take(stream);
          dispatch({ type: "captured", captureId, got, problems });
          tracks.listen(got);
        });
        break;
      }
      case "ask": {
        const { kind, askId, choice } = effect;
        const request = { of: kind, id: askId, kinds: [kind], choices: { [kind]: choice } };
        requests.ask(request, ({ stream, problems }) => {
          const got = tracks.take(stream);
          tell(kind, { type: "answered", askId, track: got[kind], problem: problems[kind] });
          tracks.listen(got);
        });
        break;
      }
      case "verdict":
        done(effect.verdict);
        break;
      case "look":
        look(effect.kind);
        break;
      case "list":
        void list.refresh();
        break;
      case "report":
        onError(effect.code, effect.context);
    }
  });
  machine.watch(onChange);

  function look(kind: MediaKind): void {
    Promise.all([source.permission(kind), list.refresh()]).then(
      ([permission, found]) => {
        tell(kind, { type: "looked", permission, present: (found?.[kind].length ?? 0) > 0 });
        if (permission === "granted") options.onAllowed();
      },
      (error: unknown) => onError("permission", String(error)),
    );
  }

  async function plugged(): Promise<void> {
    const found = await list.refresh();
    for (const kind of MEDIA_KINDS)
      if (found) tell(kind, { type: "plugged", present: found[kind].length > 0 });
  }

  function listen(): void {
    if (ties.length > 0) return;
    ties = [
      source.onPermissionChanged(look),
      source.onVisible((visible) => {
        if (visible === state().hidden) dispatch({ type: visible ? "shown" : "hidden" });
      }),
    ];
  }

  return {
    stream: tracks.stream,
    device: (kind) => statusOfDevice(state(), kind, list.of(kind)),
    word: () => wordOf(state()),
    liveTracks: tracks.live,
    capture(whenOver) {
      done = whenOver;
      listen();
      dispatch({ type: "capture" });
    },
    problems: () => mergeProblems(problemOf(state().camera), problemOf(state().microphone)),
    leftOut: () => MEDIA_KINDS.filter((kind) => state()[kind].left),
    leaveOut: (kinds) => dispatch({ type: "leave-out", kinds }),
    recapture: (kind) => tell(kind, { type: "retried" }),
    setEnabled: (kind, enabled) => tell(kind, { type: "enabled", enabled }),
    select: (kind, deviceId) => tell(kind, { type: "chosen", choice: { deviceId, facing: undefined } }),
    switchCamera() {
      const facing =
        statusOfDevice(state(), "camera", list.of("camera")).facing === "environment"
          ? "user"
          : "environment";
      tell("camera", { type: "chosen", choice: { deviceId: undefined, facing } });
    },
    refreshDevices: () => void plugged(),
    release: () => dispatch({ type: "release" }),
    forgetProblems() {
      for (const undo of ties) undo();
      ties = [];
      dispatch({ type: "forget-problems" });
    },
  };
}
