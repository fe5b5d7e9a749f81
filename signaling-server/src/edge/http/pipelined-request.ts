import { IncomingMessage } from "node:http";

/**
 * A request that is the last one of its connection once that has been cut. One read of the system may hold a thousand requests,
 * sent without waiting for answers (SPEC W10); Node would open them all, and end each with an error of its own, while everybody
 * else waits for tens of milliseconds. After a request that asks for an upgrade it reads no further one.
 */
export class PipelinedRequest extends IncomingMessage {
  /** As Node has read it. No initial value: the parent's constructor comes first and sets `upgrade`. */
  declare asksForUpgrade: unknown;

  get upgrade(): unknown {
    return this.socket.destroyed || this.asksForUpgrade;
  }

  set upgrade(asks: unknown) {
    this.asksForUpgrade = asks;
  }
}
