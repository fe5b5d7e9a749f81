import { type Clock, deadlineTimer } from "@serendip/time";

/** Called with each new state, the one before it, and the event between them. */
export type Watch<State, Event> = (state: State, previous: State, event: Event) => void;

/** A machine that runs: its state, and the way events get in. */
export interface MachineRunner<State, Event, Effect> {
  state(): State;
  /** Takes the event after those that are still being dealt with; effects may dispatch. */
  dispatch(event: Event): void;
  /** Does what the machine says; to be given once, before the first event. */
  carryOut(perform: (effect: Effect) => void): void;
  /** From now on called after the effects of each event that changed the state; in the order of these calls. */
  watch(look: Watch<State, Event>): void;
}

/**
 * Runs a pure machine: one event at a time, its effects in order, one timer that points at the state's deadline. Whatever throws
 * (the machine itself, an effect, one who watches) keeps nothing else from its work; an event that the machine fails at
 * changes nothing.
 */
export function runMachine<State, Event, Effect>(options: {
  readonly initial: State;
  readonly clock: Clock;
  readonly tick: Event;
  readonly reduce: (
    state: State,
    event: Event,
  ) => { readonly state: State; readonly effects: readonly Effect[] };
  readonly deadlineOf: (state: State) => number | undefined;
  /** Called before the effects of each event, for what they build on. */
  readonly before?: Watch<State, Event>;
  readonly onFault: (error: unknown) => void;
}): MachineRunner<State, Event, Effect> {
  let state = options.initial;
  let busy = false;
  const waiting: Event[] = [];
  const watching: Watch<State, Event>[] = [];
  let perform = (_effect: Effect): void => {
    throw new Error("Nobody carries out what this machine says.");
  };
  const timer = deadlineTimer(options.clock, () => dispatch(options.tick));

  const attempt = (run: () => void): void => {
    try {
      run();
    } catch (error) {
      options.onFault(error);
    }
  };

  const take = (event: Event): void => {
    const previous = state;
    let effects: readonly Effect[] = [];
    attempt(() => {
      ({ state, effects } = options.reduce(previous, event));
    });
    attempt(() => options.before?.(state, previous, event));
    for (const effect of effects) attempt(() => perform(effect));
    if (state === previous) return;
    const now = state;
    for (const look of watching) attempt(() => look(now, previous, event));
  };

  const dispatch = (event: Event): void => {
    waiting.push(event);
    if (busy) return;
    busy = true;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) take(next);
    busy = false;
    timer.pointAt(options.deadlineOf(state));
  };

  return {
    state: () => state,
    dispatch,
    carryOut: (given) => {
      perform = given;
    },
    watch: (look) => {
      watching.push(look);
    },
  };
}
