import { randomUUID } from "node:crypto";
import type { ServerBody } from "@serendip/protocol";
import type { Hear } from "../../page/page.ts";
import { meet } from "../../page/pair.ts";
import type { Lane } from "../lane.ts";

const AT_ONCE = 50;

/** Two people of its own, one of whom makes the other begin anew, or restart, again and again until the server ends the room. */
const partnerFlood =
  (kind: "rebuild" | "restart"): Lane =>
  ({ server, sent }) =>
  async () => {
    let generation = 1;
    let over = false;
    let sequence = 0;
    const hear: Hear = (event, body) => {
      if (event === "partner-back") generation = (body as ServerBody<"partner-back">).generation;
      if (event === "partner-left" || event === "bye") over = true;
    };
    const [{ page, roomId }, other] = await meet(server, [hear, () => undefined]);
    const once = () => {
      if (kind === "rebuild") return page.ask("rebuild", { requestId: randomUUID(), roomId, generation });
      sequence += 1;
      return page.ask("signal", { roomId, generation, sequence, signal: { kind } });
    };
    try {
      while (!over && page.isOpen()) {
        await Promise.all(Array.from({ length: AT_ONCE }, once));
        sent(AT_ONCE);
      }
    } finally {
      for (const one of [page, other.page]) one.close();
    }
  };

export const rebuildFlood = partnerFlood("rebuild");
export const restartFlood = partnerFlood("restart");
