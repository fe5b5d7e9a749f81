import { type ByeCode, byeOf } from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import type { Connection } from "../engine/engine.ts";

/** How long a client may take to read its bye, before the connection is cut. */
export const FAREWELL_MS = 1_000;

/** Says bye to a connection that has no Socket.IO socket yet (SPEC W8), in the form of an event, and closes it. */
export function sayByeBeforeHello(connection: Connection, code: ByeCode, clock: Clock): void {
  connection.write(`2${JSON.stringify(["bye", byeOf(code)])}`);
  connection.close();
  clock.after(FAREWELL_MS, () => connection.close(true));
}
