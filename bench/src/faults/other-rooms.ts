import { randomUUID } from "node:crypto";
import type { ClientBody, ClientEvent, ClientReply } from "@serendip/protocol";
import { mint } from "../page/mint.ts";
import { arrive, type Hear, helloOf } from "../page/page.ts";
import { meet, signalOf } from "../page/pair.ts";
import { type Fault, withServer } from "./fault.ts";

const AT_ONCE = 50;

/** Somebody speaks into rooms of others. */
export const otherRooms: Fault = {
  what: "signals and requests into guessed rooms and rooms of others, of every generation, with forged fields",
  target: "0 delivered, each answered",
  run: (around) =>
    withServer(around, {}, async (server) => {
      const times = around.isQuick ? 1_000 : 10_000;
      let heard = 0;
      const hear: Hear = (event) => {
        if (event !== "ticket" && event !== "matched") heard += 1;
      };
      const [one, other] = await meet(server, [hear, hear]);
      heard = 0;
      const codes = new Map<string, number>();
      let done = 0;
      while (done < times) {
        // Whoever is limited comes as somebody else, as an attacker would.
        const stranger = await arrive(server, helloOf(await mint(server)));
        const say = async <Event extends ClientEvent>(event: Event, body: ClientBody<Event>) => {
          const reply: ClientReply<ClientEvent> = await stranger.ask(event, body);
          const code = reply.ok ? "ok" : reply.error.code;
          codes.set(code, (codes.get(code) ?? 0) + 1);
        };
        const attempt = (n: number): Promise<void> => {
          const roomId = n % 3 === 0 ? randomUUID() : one.roomId;
          const generation = 1 + (n % 3);
          const forged = { from: one.page.welcome.sessionId, to: other.page.welcome.sessionId };
          switch (n % 8) {
            case 0:
              return say("give-up", { requestId: randomUUID(), roomId });
            case 1:
              return say("rebuild", { requestId: randomUUID(), roomId, generation });
            case 2:
              return say("media", { roomId, generation, flowing: false });
            case 3:
              return say("ready", { requestId: randomUUID(), roomId });
            default:
              return say("signal", { ...signalOf(roomId, n + 1), generation, ...forged });
          }
        };
        try {
          const end = Math.min(times, done + 200);
          while (done < end) {
            await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => attempt(done + n)));
            done += AT_ONCE;
          }
        } catch {
          // Sent away: the rest comes from the next one.
          done += AT_ONCE;
        } finally {
          stranger.close();
        }
      }
      const isWhole = one.page.isOpen() && other.page.isOpen();
      for (const { page } of [one, other]) page.close();
      const ok = codes.get("ok") ?? 0;
      const answers = [...codes].map(([code, count]) => `${count} ${code}`).join(", ");
      return {
        figure: `${heard} of ${done} heard by the pair; answers: ${answers}`,
        isKept: heard === 0 && ok === 0 && isWhole,
      };
    }),
};
