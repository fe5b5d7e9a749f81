import type { Hear, People, Person } from "../people/person.ts";

const CONNECT_MS = 120_000;
/** Handshakes at a time. */
const WIDTH = 64;

/** Somebody of a crowd, and what is to be done when something happens to them. */
export interface Member {
  readonly person: Person;
  /** The room that the server named last. */
  room: string;
  isConnected: boolean;
  onMatched: (() => void) | undefined;
  onSignal: ((packet: Buffer) => void) | undefined;
}

export interface Connected {
  readonly members: readonly Member[];
  /** How long each took from the beginning until it was usable, milliseconds. */
  readonly tookMs: readonly number[];
  readonly wholeMs: number;
}

/** Crowds at one server, in which nobody is the same person as anybody before. */
export interface Swarm {
  /**
   * So many more come, 64 at a time.
   *
   * @throws when one of them is not let in, or it takes longer than two minutes
   */
  connect(count: number): Promise<Connected>;
  /** Those whose connection was lost since it was usable. */
  lost(): number;
  /** What the server has refused to anybody. */
  complaints(): Iterable<ReadonlyMap<string, number>>;
}

export function createSwarm(people: People): Swarm {
  const everybody: Member[] = [];

  const come = (): Promise<Member> =>
    new Promise((resolve, reject) => {
      const hear: Hear = {
        onReady() {
          member.isConnected = true;
          resolve(member);
        },
        onMatched(room) {
          member.room = room;
          member.onMatched?.();
        },
        onSignal: (packet) => member.onSignal?.(packet),
        onClosed(reason) {
          member.isConnected = false;
          reject(new Error(`somebody was not let in: ${reason}`));
        },
      };
      const person = people(everybody.length, hear);
      const member: Member = {
        person,
        room: "",
        isConnected: false,
        onMatched: undefined,
        onSignal: undefined,
      };
      everybody.push(member);
      person.connect();
    });

  return {
    async connect(count) {
      const members: Member[] = [];
      const tookMs: number[] = [];
      let left = count;
      const lane = async (): Promise<void> => {
        while (left > 0) {
          left -= 1;
          const begunAt = performance.now();
          members.push(await come());
          tookMs.push(performance.now() - begunAt);
        }
      };
      const begunAt = performance.now();
      await inTime(Promise.all(Array.from({ length: Math.min(WIDTH, count) }, lane)), CONNECT_MS);
      return { members, tookMs, wholeMs: performance.now() - begunAt };
    },
    // Who was closed by the load itself is not heard of again, and stays connected here.
    lost: () => everybody.filter(({ isConnected }) => !isConnected).length,
    complaints: () => everybody.map(({ person }) => person.complaints),
  };
}

/** @throws when it takes longer */
export async function inTime<Value>(work: Promise<Value>, withinMs: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`It took longer than ${withinMs} ms.`)), withinMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
