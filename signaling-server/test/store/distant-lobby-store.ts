import type { Command, Outcome } from "../../src/domain/lobby/command.ts";
import type { LobbyStore, Played } from "../../src/store/lobby-store.ts";

/** Uniform in [0, 1), the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const LONGEST_PAUSE = 12;

// Both ends read the same types, and what they say to each other is plain data.
const throughJson = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;

/**
 * The kernel behind a wire, as many nodes will have it: commands and outcomes go as JSON, outcomes are told late but in order,
 * and whoever asked gets the answer after a pause of its own, perhaps after later outcomes. Pauses are microtasks, so that no
 * clock moves meanwhile.
 */
export function distantLobbyStore(kernel: LobbyStore, random: () => number): LobbyStore {
  const told: ((played: Played) => void)[] = [];
  let tail: Promise<unknown> = Promise.resolve();

  const pause = async (): Promise<void> => {
    for (let left = Math.floor(random() * LONGEST_PAUSE); left > 0; left -= 1) await Promise.resolve();
  };

  /** One after the other, like the entries of a log. */
  const inOrder = <Value>(work: () => Promise<Value>): Promise<Value> => {
    const done = tail.then(pause).then(work);
    tail = done.catch(() => undefined);
    return done;
  };

  const play = async (command: Command): Promise<Outcome> => {
    const outcome = throughJson(await kernel.execute(command));
    await pause();
    for (const tell of told) tell({ command, outcome });
    return outcome;
  };

  return {
    async execute(command) {
      const sent = throughJson(command);
      const outcome = await inOrder(() => play(sent));
      await pause();
      await pause();
      return throughJson(outcome);
    },
    follow: (listener) => void told.splice(0, told.length, listener),
    status: (caller) => inOrder(() => kernel.status(caller)),
    knows: (userId) => inOrder(() => kernel.knows(userId)),
    whoseIs: (sessionId) => inOrder(() => kernel.whoseIs(sessionId)),
    nextDeadline: () => inOrder(() => kernel.nextDeadline()),
    stats: () => inOrder(() => kernel.stats()),
    inspect: (limit) => inOrder(() => kernel.inspect(limit)),
    close: () => inOrder(() => kernel.close()),
  };
}
