import type { TurnFault } from "../../ports.ts";

/** A STUN or TURN server does not do what it is there for. `message` completes a sentence that starts with its address. */
export class TurnFailure extends Error {
  readonly code: TurnFault;

  constructor(code: TurnFault, message: string) {
    super(message);
    this.code = code;
  }
}
