/** What the two kinds of messages are, that a couple sends each other. */
export type SignalKind = "description" | "candidate";

/** What a person of the load hears. */
export interface Hear {
  /** The connection is usable. */
  onReady(): void;
  onMatched(room: string): void;
  /** A partner's message; there during the call only. */
  onSignal(packet: Buffer): void;
  onClosed(reason: string): void;
}

/** Somebody with one connection to the server under test, whatever it speaks. */
export interface Person {
  connect(): void;
  find(): void;
  /** Sends a message with this number in it to the partner. */
  signal(kind: SignalKind, stamp: number): void;
  /** Leaves for good: a room too, where the server knows rooms. */
  close(): void;
  /** What the server has refused, and said of itself, by what it was. */
  readonly complaints: ReadonlyMap<string, number>;
}

/** Makes people of one server, each with a number of their own. */
export type People = (number: number, hear: Hear) => Person;
