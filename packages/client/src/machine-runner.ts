import { type Clock, deadlineTimer } from "@serendip/time";

/** A machine that runs: its state, and the way events get in. */
export interface MachineRunner<State, Event> {
  state(): State;
  /** Takes the event after those that are still being dealt with; effects may dispatch. */
  dispatch(event: Event): void;
}

/**
 * Runs a pure machine: one event at a time, its effects in order, one timer that points at the state's deadline.
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
  readonly perform: (effect: Effect) => void;
  /** An effect threw; the machine goes on. */
  readonly onFault: (error: unknown) => void;
  /** Called after the effects of an event that changed the state. */
  readonly onChange: (state: State, previous: State, event: Event) => void;
}): MachineRunner<State, Event> {
  let state = options.initial;
  let busy = false;
  const waiting: Event[] = [];
  const timer = deadlineTimer(options.clock, () => dispatch(options.tick));

  const take = (event: Event): void => {
    const previous = state;
    const step = options.reduce(state, event);
    state = step.state;
    for (const effect of step.effects) {
      try {
        options.perform(effect);
      } catch (error) {
        options.onFault(error);
      }
    }
    if (state !== previous) options.onChange(state, previous, event);
  };

  const dispatch = (event: Event): void => {
    waiting.push(event);
    if (busy) return;
    busy = true;
    try {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) take(next);
    } finally {
      busy = false;
      timer.pointAt(options.deadlineOf(state));
    }
  };

  return { state: () => state, dispatch };
}
