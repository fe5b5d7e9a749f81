import {
  backOf,
  dialFirst,
  greetOver,
  type LinesStep,
  lineClosed,
  lineOpen,
  lookAtLines,
  mayGreet,
  triedBoth,
} from "./lines.machine.ts";
import { failed, isStable, type SignalingMoment } from "./signaling-moves.machine.ts";
import {
  type Connecting,
  SIGNALING_RULES,
  type SignalingState,
  type SignalingStep,
  trialAt,
} from "./signaling-state.machine.ts";
import {
  didNotWork,
  hasWorked,
  inAnotherNetwork,
  type KeptPolling,
  NEW_NETWORK,
  recall,
  silenceMs,
  WAY_RULES,
  type Way,
  wayToBegin,
} from "./ways.machine.ts";

/** The tab's memory is open: the first line of the attempt is opened. */
export function remembered(
  state: SignalingState,
  polling: KeptPolling | undefined,
  moment: SignalingMoment,
): SignalingStep {
  const { at } = state;
  if (at.name !== "connecting" || at.lines || at.challenged) return { state, effects: [] };
  const { now } = moment;
  const ways = state.ways ?? recall(polling, now);
  return withLines({ ...state, ways }, dialFirst(wayToBegin(ways, moment), now));
}

/** The token is here: hello can be said. A line that did not last so long, or was let go of for a challenge, is opened anew. */
export function ready(
  state: SignalingState,
  moment: SignalingMoment,
  { kept = false }: { readonly kept?: boolean | undefined } = {},
): SignalingStep {
  const { state: dialled, effects } = remembered(answered(state, moment), undefined, moment);
  const { at } = dialled;
  if (at.name !== "connecting" || !at.lines || at.lines.greets) return { state, effects: [] };
  const going: Connecting = kept ? { ...at, kept } : at;
  const silentMs = patienceMs(going, state, moment);
  const greeted = withLines({ ...dialled, at: going }, mayGreet(at.lines, { now: moment.now, silentMs }));
  return { state: greeted.state, effects: [...effects, ...greeted.effects] };
}

/**
 * How long a line may be silent. A token that was at hand does not tell how slow the service is for everybody; after an attempt that
 * came to nothing it may be one that has just started, with all its people at its door.
 */
function patienceMs(
  { kept, since }: Connecting,
  { tookMs, troubled }: SignalingState,
  { now, urgent }: SignalingMoment,
): number {
  return kept && troubled && !urgent ? WAY_RULES.silence.mostMs : silenceMs(now - since, tookMs);
}

/** The challenge is over, and the rest of the attempt takes no longer than any. */
function answered(state: SignalingState, { now }: SignalingMoment): SignalingState {
  const { at } = state;
  if (at.name !== "connecting" || !at.challenged) return state;
  const { challenged: _over, ...rest } = at;
  return { ...state, at: { ...rest, until: now + SIGNALING_RULES.attemptMs } };
}

export function opened(state: SignalingState, way: Way, { now }: SignalingMoment): SignalingStep {
  const { at } = state;
  if (at.name === "connecting" && at.lines) return withLines(state, lineOpen(at.lines, way, now));
  return at.name === "online" && at.trial ? tryOut(state, way, now) : { state, effects: [] };
}

export function ended(state: SignalingState, way: Way, moment: SignalingMoment): SignalingStep {
  const { at } = state;
  if (at.name === "online") return at.trial ? trialFailed(state, moment) : { state, effects: [] };
  if (at.name !== "connecting" || !at.lines) return { state, effects: [] };
  if (!at.lines.greets) return endedEarly(state, at, way);
  const next = lineClosed(at.lines, way, moment.now);
  return next ? withLines(state, next) : failed(state, moment);
}

/** A line that was closed while the token was on its way. */
function endedEarly(state: SignalingState, at: Connecting, way: Way): SignalingStep {
  const { lines, ...rest } = at;
  const effects = [{ type: "drop", id: at.id, way }] as const;
  // Open and then closed: the service does not wait for ever for a hello. That says nothing about the way.
  if (!lines || lines.isOpen) return { state: { ...state, at: rest }, effects };
  return { state: { ...state, at: { ...at, lines: { ...lines, isRefused: true } } }, effects };
}

/** The attempt goes on: its lines may have something due. */
export function look(state: SignalingState, { now }: SignalingMoment): SignalingStep {
  const { at } = state;
  return at.name === "connecting" && at.lines
    ? withLines(state, lookAtLines(at.lines, now))
    : { state, effects: [] };
}

/** What a welcome says about the ways, and what is no longer needed. */
export function settled(
  state: SignalingState,
  moment: SignalingMoment,
): {
  readonly way: Way;
  readonly tookMs: number;
  readonly ways: SignalingState["ways"];
  readonly effects: SignalingStep["effects"];
} {
  const { at } = state;
  const { now, urgent = false } = moment;
  if (at.name !== "connecting" || !at.lines)
    return {
      way: "websocket",
      tookMs: at.name === "connecting" ? now - at.since : 0,
      ways: state.ways,
      effects: [],
    };
  const { front, dialledAt } = at.lines;
  // With a token that did not have to be fetched the service may have been away while the other way was tried.
  const isChance = at.kept === true && triedBoth(at.lines);
  return {
    way: front,
    // Not the time in which another line was silent.
    tookMs: now - dialledAt,
    ways: hasWorked(state.ways ?? NEW_NETWORK, front, { now, urgent: urgent || isChance }),
    effects: backOf(at.lines).map((way) => ({ type: "drop", id: at.id, way })),
  };
}

/** A connection that nobody closed has gone silent. In a call in trouble it was the network, most likely. */
export function fellSilent(state: SignalingState, { urgent = false }: SignalingMoment): SignalingState {
  const { at, ways = NEW_NETWORK } = state;
  return at.name === "online" && !urgent ? { ...state, ways: didNotWork(ways, at.way) } : state;
}

/**
 * Somebody closed a connection without the server's word. Soon after the welcome, or again within a minute, it may be a box on the way
 * that lets none of this kind live.
 */
export function wasClosed(state: SignalingState, { now, urgent = false }: SignalingMoment): SignalingState {
  const { at, ways = NEW_NETWORK, closed } = state;
  if (at.name !== "online" || urgent) return state;
  const isAgain = closed?.way === at.way && now - closed.at < WAY_RULES.closedWithinMs;
  const isDoubtful = isAgain || !isStable(state, now);
  return {
    ...state,
    closed: { way: at.way, at: now },
    ways: isDoubtful ? didNotWork(ways, at.way) : ways,
  };
}

/** Where a connection by polling has lasted: opens a WebSocket beside it. Only when that is open is anything risked. */
export function startTrial(state: SignalingState, moment: SignalingMoment): SignalingStep {
  const { at, ways } = state;
  const { now, urgent = false } = moment;
  const dueAt = trialAt(state);
  if (at.name !== "online" || !ways || dueAt === undefined || dueAt > now) return { state, effects: [] };
  if (urgent)
    return {
      state: { ...state, ways: { ...ways, webSocketAt: now + WAY_RULES.troubledPauseMs } },
      effects: [],
    };
  return {
    state: { ...state, at: { ...at, trial: { until: now + silenceMs(state.tookMs) } } },
    effects: [{ type: "dial", id: at.id, way: "websocket" }],
  };
}

export function trialFailed(state: SignalingState, { now }: SignalingMoment): SignalingStep {
  const { at, ways = NEW_NETWORK } = state;
  if (at.name !== "online" || !at.trial) return { state, effects: [] };
  const { trial: _over, ...stays } = at;
  return {
    state: { ...state, at: stays, ways: hasWorked(didNotWork(ways, "websocket"), "polling", { now }) },
    effects: [{ type: "drop", id: at.id, way: "websocket" }],
  };
}

/** The WebSocket is open: it says hello, which takes the session over. Silent after all, it has polling beside it again. */
function tryOut(state: SignalingState, way: Way, now: number): SignalingStep {
  const { at } = state;
  if (at.name !== "online" || way === at.way) return { state, effects: [] };
  const { id, attempt } = at;
  const { lines, effects } = greetOver(way, { now, silentMs: silenceMs(state.tookMs) });
  const until = now + SIGNALING_RULES.attemptMs;
  return {
    state: {
      ...state,
      at: { name: "connecting", id, attempt, since: now, until, force: false, moves: true, lines },
    },
    effects: [{ type: "drop", id, way: at.way }, ...effects.map((effect) => ({ ...effect, id }))],
  };
}

export function networkChanged(state: SignalingState, { now }: SignalingMoment): SignalingState {
  return state.ways
    ? { ...state, ways: inAnotherNetwork(state.ways, now), closed: undefined, bothFailed: false }
    : state;
}

function withLines(state: SignalingState, { lines, effects }: LinesStep): SignalingStep {
  const { at, ways = NEW_NETWORK } = state;
  if (at.name !== "connecting") return { state, effects: [] };
  const turned = at.lines !== undefined && at.lines.front !== lines.front;
  return {
    state: {
      ...state,
      ways: turned ? didNotWork(ways, at.lines.front) : ways,
      at: { ...at, lines },
    },
    effects: effects.map((effect) => ({ ...effect, id: at.id })),
  };
}
