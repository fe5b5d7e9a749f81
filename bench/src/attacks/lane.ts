import type { Server } from "../page/mint.ts";

/** What an attack does with one connection. It resolves or rejects when that is over, and the next one begins at once. */
export type Life = () => Promise<void>;

export interface LaneContext {
  readonly server: Server;
  /** Counts what was sent: frames, requests, connections, whatever the attack is made of. */
  readonly sent: (count: number) => void;
}

/** Prepares one of the lanes on which an attacker works at the same time. */
export type Lane = (context: LaneContext) => Life | Promise<Life>;
