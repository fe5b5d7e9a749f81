import { setTimeout as pause } from "node:timers/promises";
import type { ServerBody } from "@serendip/protocol";
import { relayingPair } from "../healthy/relaying-pair.ts";
import { warmUp } from "../healthy/warm-up.ts";
import { mint } from "../page/mint.ts";
import { arrive, helloOf } from "../page/page.ts";
import { type Fault, withServer } from "./fault.ts";

const PER_SECOND = 1_000;
const TURN_MS = 10;

/** One page asks without end. */
export const flood: Fault = {
  what: `${PER_SECOND} requests per second on one connection`,
  target: "limited within 1 s, then sent away; others' relay p99 below 20 ms",
  run: (around) =>
    withServer(around, {}, async (server) => {
      await warmUp(server);
      const pair = await relayingPair(server);
      let bye: ServerBody<"bye"> | undefined;
      const page = await arrive(server, helloOf(await mint(server)), (event, body) => {
        if (event === "bye") bye = body as ServerBody<"bye">;
      });
      pair.begin();
      const beganAt = performance.now();
      const since = () => performance.now() - beganAt;
      let limitedAfterMs = Number.NaN;
      let closedAfterMs = Number.NaN;
      let passed = 0;
      const one = async () => {
        const reply = await page.ask("status", {}).catch(() => undefined);
        if (reply?.ok) passed += 1;
        else if (reply?.error.code === "rate_limited" && Number.isNaN(limitedAfterMs))
          limitedAfterMs = since();
      };
      const floodMs = around.isQuick ? 2_000 : 8_000;
      while (since() < floodMs) {
        if (page.isOpen()) for (let n = 0; n < (PER_SECOND * TURN_MS) / 1_000; n += 1) void one();
        else if (Number.isNaN(closedAfterMs)) closedAfterMs = since();
        await pause(TURN_MS);
      }
      const healthy = await pair.end(2_000);
      page.close();
      return {
        figure: [
          `limited after ${limitedAfterMs.toFixed(0)} ms (${passed} passed)`,
          `sent away after ${closedAfterMs.toFixed(0)} ms with ${bye?.code ?? "no bye"}`,
          `pair p99 ${healthy.p99Ms.toFixed(1)} ms, ${healthy.lost} lost`,
        ].join("; "),
        isKept: bye?.code === "rate_limited" && healthy.lost === 0 && !healthy.disconnected,
      };
    }),
};
