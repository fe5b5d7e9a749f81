import { randomUUID } from "node:crypto";
import type { ClientEvent } from "@serendip/protocol";
import { mint } from "../../page/mint.ts";
import { helloOf } from "../../page/page.ts";
import { signalOf } from "../../page/pair.ts";
import type { Lane } from "../lane.ts";
import { flood, frame, openWebSocket } from "../raw-line.ts";

const AT_ONCE = 200;

/** A body that fits the event's schema; `token` is the person's own. */
type BodyOf = (n: number, token: string) => unknown;

const roomId = randomUUID();
const BODIES = {
  find: (n) => ({ requestId: `find-${n}` }),
  leave: (n) => ({ requestId: `leave-${n}` }),
  ready: (n) => ({ requestId: `ready-${n}`, roomId }),
  "give-up": (n) => ({ requestId: `give-up-${n}`, roomId }),
  rebuild: (n) => ({ requestId: `rebuild-${n}`, roomId, generation: 1 }),
  media: () => ({ roomId, flowing: false }),
  signal: (n) => signalOf(roomId, n + 1),
  status: () => ({}),
  "ice-servers": () => ({}),
  "refresh-token": (_n, token) => ({ token }),
  "call-report": () => ({
    roomId,
    outcome: "connected",
    ice: "none",
    recovered: { byItself: 0, byRestart: 0, byRebuild: 0 },
    end: "stop",
  }),
  unloading: () => ({}),
} as const satisfies Record<ClientEvent, BodyOf>;

/** One event of one person without end, whose answers are read; whoever is sent away comes as somebody else. */
export const eventFlood =
  (event: ClientEvent): Lane =>
  ({ server, sent }) =>
  async () => {
    const token = await mint(server);
    const bodyOf: BodyOf = BODIES[event];
    // More different ones than the server keeps the answers of (SPEC Q1).
    const frames = Array.from({ length: AT_ONCE }, (_, n) =>
      frame(`42${n}${JSON.stringify([event, bodyOf(n, token)])}`),
    );
    const line = await openWebSocket(server);
    line.tcp.write(frame(`40${JSON.stringify(helloOf(token))}`));
    await line.hear("welcome");
    await flood(line, Buffer.concat(frames), { onWritten: () => sent(AT_ONCE) });
  };
