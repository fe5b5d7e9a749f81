import { IncomingMessage } from "node:http";
import { faultOfForm } from "./form.ts";

/**
 * A request that is the last one of its connection when its form is wrong, or once that connection has been cut. One read of
 * the system may hold a thousand requests, sent without waiting for answers (SPEC W10), or ten thousand chunks of a body; Node
 * would open them all, and end each with an error of its own, while everybody else waits for tens of milliseconds. After a
 * request that asks for an upgrade it reads nothing further.
 */
export class PipelinedRequest extends IncomingMessage {
  /** As Node has read it. No initial value: the parent's constructor comes first and sets `upgrade`. */
  declare asksForUpgrade: unknown;

  get upgrade(): unknown {
    return this.asksForUpgrade || this.socket.destroyed || faultOfForm(this) !== undefined;
  }

  set upgrade(asks: unknown) {
    this.asksForUpgrade = asks;
  }
}
