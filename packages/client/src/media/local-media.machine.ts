import { type ChatError, MEDIA_KINDS, type MediaKind } from "../words/chat-error.ts";
import { reduceDevice } from "./device.machine.ts";
import {
  type Choice,
  type DeviceEffect,
  type DeviceEvent,
  type DeviceState,
  deadlineOfDevice,
  holdTrack,
  isWanted,
  newDevice,
  type PageEvent,
  released,
  type TrackFacts,
} from "./device-state.machine.ts";
import { judgeMedia, type MediaVerdict } from "./media-verdict.machine.ts";

type ByKind<Value> = Partial<Record<MediaKind, Value>>;

/** Camera and microphone together: what the first capture asks for, and the life of each. */
export interface MediaState {
  readonly use:
    | { readonly name: "closed" }
    /** The first question, with one prompt for both; `problems`: of those that were asked for before. */
    | {
        readonly name: "capturing";
        readonly captureId: number;
        readonly asked: ByKind<Choice>;
        readonly problems: ByKind<ChatError>;
      }
    | { readonly name: "open" };
  /** Captures so far; numbers them. */
  readonly captures: number;
  readonly hidden: boolean;
  readonly camera: DeviceState;
  readonly microphone: DeviceState;
}

export type MediaEvent =
  /** Capture what is wanted; an earlier capture is over. */
  | { readonly type: "capture" }
  | {
      readonly type: "captured";
      readonly captureId: number;
      readonly got: ByKind<TrackFacts>;
      readonly problems: ByKind<ChatError>;
    }
  | { readonly type: "release" }
  | { readonly type: "leave-out"; readonly kinds: readonly MediaKind[] }
  | { readonly type: "forget-problems" }
  | PageEvent
  | { readonly type: "device"; readonly kind: MediaKind; readonly event: DeviceEvent };

export type MediaEffect =
  | {
      readonly type: "capture";
      readonly captureId: number;
      readonly kinds: readonly MediaKind[];
      readonly choices: Readonly<Record<MediaKind, Choice>>;
    }
  /** The capture is over. */
  | { readonly type: "verdict"; readonly verdict: MediaVerdict }
  | DeviceEffect;

export interface MediaStep {
  readonly state: MediaState;
  readonly effects: readonly MediaEffect[];
}

export const initialMedia: MediaState = {
  use: { name: "closed" },
  captures: 0,
  hidden: false,
  camera: newDevice("camera"),
  microphone: newDevice("microphone"),
};

export function deadlineOfMedia({ camera, microphone }: MediaState): number | undefined {
  const all = [deadlineOfDevice(camera), deadlineOfDevice(microphone)].filter((at) => at !== undefined);
  return all.length > 0 ? Math.min(...all) : undefined;
}

export function reduceMedia(state: MediaState, event: MediaEvent, now: number): MediaStep {
  switch (event.type) {
    case "capture":
      return ask(
        eachDevice(state, (device) => ({ ...released(device), problem: undefined })),
        {
          kinds: MEDIA_KINDS.filter((kind) => isWanted(state[kind])),
          before: { asked: {}, problems: {} },
        },
      );
    case "captured":
      return captured(state, event, now);
    case "release":
      return { state: { ...eachDevice(state, released), use: { name: "closed" } }, effects: [] };
    case "leave-out":
      return {
        state: eachDevice(state, (device) => ({ ...device, left: event.kinds.includes(device.kind) })),
        effects: [],
      };
    case "forget-problems":
      return { state: eachDevice(state, (device) => ({ ...device, problem: undefined })), effects: [] };
    case "device":
      return pass(state, [event.kind], event.event, now);
    case "hidden":
    case "shown":
      return pass({ ...state, hidden: event.type === "hidden" }, MEDIA_KINDS, event, now);
    case "tick":
      return pass(state, MEDIA_KINDS, event, now);
  }
}

function eachDevice(state: MediaState, change: (device: DeviceState) => DeviceState): MediaState {
  return { ...state, camera: change(state.camera), microphone: change(state.microphone) };
}

function pass(
  state: MediaState,
  kinds: readonly MediaKind[],
  event: DeviceEvent | PageEvent,
  now: number,
): MediaStep {
  const around = { now, open: state.use.name === "open", hidden: state.hidden };
  let next = state;
  const effects: MediaEffect[] = [];
  for (const kind of kinds) {
    const step = reduceDevice(state[kind], event, around);
    if (step.device !== state[kind]) next = { ...next, [kind]: step.device };
    effects.push(...step.effects);
  }
  return { state: next, effects };
}

function ask(
  state: MediaState,
  options: {
    readonly kinds: readonly MediaKind[];
    readonly before: { readonly asked: ByKind<Choice>; readonly problems: ByKind<ChatError> };
  },
): MediaStep {
  const { kinds, before } = options;
  const captureId = state.captures + 1;
  const choices = { camera: state.camera.choice, microphone: state.microphone.choice };
  const asked = { ...before.asked };
  for (const kind of kinds) asked[kind] = choices[kind];
  const due = eachDevice(state, (device) =>
    kinds.includes(device.kind) ? { ...device, due: false } : device,
  );
  return {
    state: {
      ...due,
      captures: captureId,
      use: { name: "capturing", captureId, asked, problems: before.problems },
    },
    effects: [{ type: "capture", captureId, kinds, choices }],
  };
}

/**
 * The question may have been open for as long as the person liked: what counts is what is wanted by now. What is not wanted
 * any more is not taken, and what was not asked for is asked for.
 */
function captured(
  state: MediaState,
  event: Extract<MediaEvent, { readonly type: "captured" }>,
  now: number,
): MediaStep {
  const { use } = state;
  if (use.name !== "capturing" || use.captureId !== event.captureId) return { state, effects: [] };
  const problems = { ...use.problems, ...event.problems };
  const taken = eachDevice(state, (device) => {
    const track = event.got[device.kind];
    if (!isWanted(device)) return { ...device, due: false };
    const choice = use.asked[device.kind];
    // Another choice than the one that was asked for is still due.
    const due = device.choice !== choice;
    return track && choice ? { ...holdTrack(device, track, { choice, now }), due } : { ...device, due };
  });
  const wanted = MEDIA_KINDS.filter((kind) => isWanted(taken[kind]));
  const got = wanted.filter((kind) => taken[kind].held);
  const due = wanted.filter((kind) => taken[kind].due);
  if (got.length === 0 && due.length > 0)
    return ask(taken, { kinds: due, before: { asked: use.asked, problems } });

  const wished = wanted.filter((kind) => got.includes(kind) || !due.includes(kind));
  const verdict = judgeMedia({ wished, got, problems });
  const judged = eachDevice(taken, (device) => {
    const found = verdict.ok ? verdict.problems[device.kind] : problems[device.kind];
    return { ...device, problem: wished.includes(device.kind) ? found : undefined };
  });
  const reports = wished.flatMap((kind): readonly MediaEffect[] => {
    const { problem } = judged[kind];
    return problem ? [{ type: "report", code: problem.code, context: `capture ${kind}` }] : [];
  });
  const open: MediaState = { ...judged, use: { name: verdict.ok ? "open" : "closed" } };
  const step = pass(open, MEDIA_KINDS, { type: "tick" }, now);
  return {
    state: step.state,
    effects: [...reports, { type: "verdict", verdict }, { type: "list" }, ...step.effects],
  };
}
