import type { Clock } from "@serendip/time";
import type { Server } from "socket.io";

/** How long a page may take to answer the closing of its WebSocket. */
const ANSWER_MS = 1_000;

/** What a WebSocket transport holds; not in the types. */
interface Transport {
  readonly socket?: { terminate?(): void };
}

/** Cuts off pages that do not answer the closing of their WebSocket: the library would wait half a minute for each. */
export function closeHard(engine: Server["engine"], clock: Clock): void {
  engine.on(
    "connection",
    (connection: { transport: unknown; once(event: "close", act: () => void): void }) => {
      connection.once("close", () => {
        const { socket } = connection.transport as Transport;
        clock.after(ANSWER_MS, () => socket?.terminate?.());
      });
    },
  );
}
