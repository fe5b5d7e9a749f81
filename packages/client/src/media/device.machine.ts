import type { ChatError, ChatErrorCode } from "../words/chat-error.ts";
import { PROBLEMS } from "../words/problems.ts";
import {
  DEVICE_RULES,
  type DeviceEffect,
  type DeviceEvent,
  type DeviceState,
  type DeviceStep,
  type Held,
  holdTrack,
  isWanted,
  type PageEvent,
  type Surroundings,
} from "./device-state.machine.ts";

/** The life of one device: wanted, asked for, live, muted by the system, given back. Late answers are told by their numbers. */
export function reduceDevice(
  device: DeviceState,
  event: DeviceEvent | PageEvent,
  around: Surroundings,
): DeviceStep {
  const step = take(device, event, around);
  if (!around.open) return step;
  const next = settle(step.device, around.now);
  return { device: next.device, effects: [...step.effects, ...next.effects] };
}

function take(device: DeviceState, event: DeviceEvent | PageEvent, around: Surroundings): DeviceStep {
  const { held } = device;
  switch (event.type) {
    case "enabled":
      return stay(event.enabled ? turnedOn(device) : turnedOff(device));
    case "chosen":
      return stay({ ...device, left: false, choice: event.choice, due: true });
    case "retried":
      return stay({ ...device, left: false, due: true });
    case "answered":
      return answered(device, event, around.now);
    case "ended":
      return held?.id === event.trackId ? lost(device) : stay(device);
    case "muted":
      return held?.id === event.trackId && !held.muted ? stay(muted(device, held, around)) : stay(device);
    case "unmuted":
      return held?.id === event.trackId ? stay(unmuted(device, held, around)) : stay(device);
    case "looked":
      return looked(device, event, around);
    case "plugged":
      return event.present && isMissing(device, PLUGGABLE) ? askAlone(device, around) : stay(device);
    case "hidden":
      return stay(hidden(device, around.now));
    case "shown":
      return shown(device, around.now);
    case "tick":
      return tick(device, around);
  }
}

const stay = (device: DeviceState, ...effects: readonly DeviceEffect[]): DeviceStep => ({ device, effects });

/** What is wanted now counts, whatever was under way. */
function settle(device: DeviceState, now: number): DeviceStep {
  const { held, choice } = device;
  if (isWanted(device)) {
    const other = held !== undefined && !device.ask && held.choice !== choice;
    return device.due || other ? ask({ ...device, due: false }, { pressed: true }) : stay(device);
  }
  const giveBackAt = device.held && (device.giveBackAt ?? now + DEVICE_RULES.blackFirstMs);
  if (!device.due && !device.ask && giveBackAt === device.giveBackAt) return stay(device);
  return stay({ ...device, due: false, ask: undefined, renewAt: undefined, giveBackAt });
}

/** What may be in the hand already is not asked for again. */
function turnedOn(device: DeviceState): DeviceState {
  const { held, ask: asking } = device;
  const inHand = held !== undefined && !held.stopped;
  return {
    ...device,
    enabled: true,
    left: device.left && inHand,
    giveBackAt: undefined,
    due: device.due || (!inHand && !asking),
  };
}

function turnedOff(device: DeviceState): DeviceState {
  const off = { ...device, enabled: false };
  return device.kind === "camera" ? { ...off, problem: undefined } : off;
}

function ask(device: DeviceState, { pressed }: { readonly pressed: boolean }): DeviceStep {
  const id = device.asks + 1;
  return stay(
    {
      ...device,
      asks: id,
      ask: { id, choice: device.choice, stage: "beside", pressed, problem: undefined },
      renewAt: undefined,
      // When it comes again it is news, also to somebody who has put it aside.
      problem: pressed ? undefined : device.problem,
    },
    { type: "ask", kind: device.kind, askId: id, choice: device.choice },
  );
}

/** Nobody pressed anything: a device that goes again and again is not asked for again and again. */
function askAlone(device: DeviceState, { now, open, hidden: unseen }: Surroundings): DeviceStep {
  const { times, withinMs } = DEVICE_RULES.ownTries;
  const ownTries = device.ownTries.filter((at) => now - at < withinMs);
  if (!open || unseen || device.ask || !isWanted(device) || ownTries.length >= times)
    return stay({ ...device, renewAt: undefined });
  return ask({ ...device, ownTries: [...ownTries, now] }, { pressed: false });
}

function answered(
  device: DeviceState,
  { askId, track, problem }: Extract<DeviceEvent, { readonly type: "answered" }>,
  now: number,
): DeviceStep {
  const { ask: asking } = device;
  if (asking?.id !== askId) return stay(device);
  if (!track) return refused(device, asking, problem ?? PROBLEMS.mediaAborted);
  const got = holdTrack(device, track, { choice: asking.choice, now });
  const former = asking.stage === "back" && asking.problem;
  return stay({ ...got, problem: former ? degraded(device, former) : undefined }, { type: "list" });
}

function refused(
  device: DeviceState,
  asking: NonNullable<DeviceState["ask"]>,
  problem: ChatError,
): DeviceStep {
  const { held, kind } = device;
  const report: DeviceEffect = { type: "report", code: problem.code, context: `recapture ${kind}` };
  const again = (stage: "instead" | "back", next: DeviceState): DeviceStep => {
    const id = device.asks + 1;
    return stay(
      {
        ...next,
        asks: id,
        ask: { ...asking, id, stage, choice: next.choice, problem: asking.problem ?? problem },
      },
      report,
      { type: "ask", kind, askId: id, choice: next.choice },
    );
  };
  if (held && asking.stage === "beside" && asking.pressed && problem.code === "media-in-use")
    return again("instead", { ...device, held: { ...held, stopped: true } });
  if (held && asking.stage === "instead") return again("back", { ...device, choice: choiceOf(held) });
  const choice = held && asking.pressed ? choiceOf(held) : device.choice;
  const kept = held?.stopped ? undefined : held && { ...held, choice };
  // The page has tried by itself: what the person knows already is said no other way.
  const known = !asking.pressed && (kept !== undefined || VAGUE.includes(problem.code));
  return stay(
    {
      ...device,
      ask: undefined,
      held: kept,
      choice,
      problem: known ? device.problem : degraded(device, asking.problem ?? problem),
    },
    report,
    { type: "list" },
  );
}

const choiceOf = ({ deviceId }: Held) => ({ deviceId, facing: undefined });

const degraded = ({ kind }: DeviceState, problem: ChatError): ChatError => ({
  ...problem,
  severity: "degraded",
  device: kind,
});

/** A device ends in the same way when it is unplugged and when the page may not use it any more. */
function lost(device: DeviceState): DeviceStep {
  const gone = { ...device, held: undefined, giveBackAt: undefined, renewAt: undefined };
  if (!isWanted(device)) return stay(gone);
  return stay(
    { ...gone, problem: degraded(device, PROBLEMS.mediaLost) },
    { type: "report", code: "media-lost", context: device.kind },
    { type: "look", kind: device.kind },
  );
}

const PLUGGABLE: readonly ChatErrorCode[] = ["media-lost", "media-not-found"];
const NOT_PERMITTED: readonly ChatErrorCode[] = ["media-denied", "media-dismissed"];
/** They say less than what was said before. */
const VAGUE: readonly ChatErrorCode[] = ["media-not-found", "media-aborted", "media-overconstrained"];

function isMissing(device: DeviceState, why: readonly ChatErrorCode[]): boolean {
  const { held, ask: asking, problem } = device;
  return isWanted(device) && !held && !asking && problem !== undefined && why.includes(problem.code);
}

function looked(
  device: DeviceState,
  { permission, present }: Extract<DeviceEvent, { readonly type: "looked" }>,
  around: Surroundings,
): DeviceStep {
  if (isMissing(device, NOT_PERMITTED))
    return permission === "granted" ? askAlone(device, around) : stay(device);
  if (!isMissing(device, PLUGGABLE)) return stay(device);
  if (permission !== undefined && permission !== "granted" && device.problem?.code === "media-lost")
    return stay({ ...device, problem: degraded(device, PROBLEMS.mediaDenied) });
  return present ? askAlone(device, around) : stay(device);
}

function muted(device: DeviceState, held: Held, { now, hidden: unseen }: Surroundings): DeviceState {
  return { ...device, held: { ...held, muted: { since: now, told: false }, interrupted: unseen } };
}

/**
 * A microphone that comes back from an interruption on iOS can be live, not muted, and silent all the same
 * (100mslive/web-sdks pull request 3728): it is captured anew. A camera is captured anew only where it stays muted.
 */
function unmuted(device: DeviceState, held: Held, { now }: Surroundings): DeviceState {
  const renew = held.interrupted && held.muted?.told === true && device.kind === "microphone";
  return {
    ...device,
    held: { ...held, muted: undefined, interrupted: false },
    renewAt: renew ? now + DEVICE_RULES.givenBackMs : undefined,
  };
}

function hidden(device: DeviceState, now: number): DeviceState {
  const { held } = device;
  if (!held?.muted) return { ...device, renewAt: undefined };
  const together = now - held.muted.since <= DEVICE_RULES.hiddenWithMs;
  return { ...device, renewAt: undefined, held: { ...held, interrupted: held.interrupted || together } };
}

/**
 * The page is back, and with it what an interruption took away. A mute that came alone may be the person's own, in the
 * browser's bar or on the keyboard: a new capture would lift it, so only a press does that.
 */
function shown(device: DeviceState, now: number): DeviceStep {
  const { held, kind } = device;
  if (held?.muted && held.interrupted) return stay({ ...device, renewAt: now + DEVICE_RULES.givenBackMs });
  if (isMissing(device, [...PLUGGABLE, ...NOT_PERMITTED])) return stay(device, { type: "look", kind });
  return stay(device);
}

function tick(device: DeviceState, around: Surroundings): DeviceStep {
  const { now } = around;
  if (device.giveBackAt !== undefined && device.giveBackAt <= now)
    return stay({ ...device, giveBackAt: undefined, held: undefined });
  const { held } = device;
  const told = held?.muted && held.muted.since + DEVICE_RULES.muteToldMs <= now;
  const next =
    held?.muted && told && !held.muted.told
      ? { ...device, held: { ...held, muted: { ...held.muted, told } } }
      : device;
  return next.renewAt !== undefined && next.renewAt <= now ? askAlone(next, around) : stay(next);
}
