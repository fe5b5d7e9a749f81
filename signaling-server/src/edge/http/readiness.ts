import underPressure from "@fastify/under-pressure";
import type { HealthReply } from "@serendip/protocol";
import type { FastifyInstance } from "fastify";
import type { IceGrants } from "../../service/ice/grants.ts";
import type { Lobby } from "../../service/lobby.ts";

/** How late the turns of the event loop may be on average of a second, before nobody new is to be sent here. */
const MOST_LAG_MS = 500;

export interface ReadinessParts {
  readonly lobby: Pick<Lobby, "stats">;
  /** Whether no newcomer gets in. */
  readonly isFull: () => boolean;
  /** Whether the server is stopping. */
  readonly draining: () => boolean;
  readonly ice: Pick<IceGrants, "relay">;
}

const verdict = (isWell: boolean) => (isWell ? "ok" : "failed");

/**
 * Adds `GET /readyz` (SPEC H1). A scope of its own, because the library that measures the event loop refuses the requests of
 * its whole scope unless it is told not to.
 */
export async function addReadiness(scope: FastifyInstance, parts: ReadinessParts): Promise<void> {
  await scope.register(underPressure, { maxEventLoopDelay: MOST_LAG_MS, pressureHandler: () => undefined });

  scope.get("/readyz", async (_request, reply): Promise<HealthReply> => {
    const hasStore = await parts.lobby.stats().then(
      () => true,
      () => false,
    );
    const checks = {
      store: verdict(hasStore),
      accepting: verdict(!parts.draining()),
      room: verdict(!parts.isFull()),
      loop: verdict(!scope.isUnderPressure()),
    } as const;
    const isReady = Object.values(checks).every((each) => each === "ok");
    if (!isReady) reply.code(503);
    return { status: isReady ? "ok" : "unavailable", checks, relay: parts.ice.relay() };
  });
}
