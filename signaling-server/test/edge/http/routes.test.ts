import { createServer } from "node:http";
import { errorBody } from "@serendip/protocol";
import { manualClock } from "@serendip/time/testing";
import { expect, test } from "vitest";
import { createHttpServer } from "../../../src/edge/http/routes.ts";
import type { Lobby } from "../../../src/service/lobby.ts";
import { StoreUnavailable } from "../../../src/store/lobby-store.ts";
import { memoryRevocations } from "../../../src/store/memory-revocations.ts";
import { keptLog } from "../../app/page.ts";
import { testNetworks } from "./test-networks.ts";

const NOBODY = { sessions: 0, online: 0, waiting: 0, rooms: 0, graces: 0, memories: 0, standings: 0 };

/** What the server answers to GET /readyz, and whether it counts as alive. */
async function health(state: {
  readonly draining?: boolean;
  readonly storeAway?: boolean;
  readonly full?: boolean;
}) {
  const stats = async () => {
    if (state.storeAway) throw new StoreUnavailable("away");
    return NOBODY;
  };
  const app = await createHttpServer({
    // Nothing else of the lobby is asked for.
    lobby: { stats } as Partial<Lobby> as Lobby,
    calls: { overview: () => expect.fail("nobody asks for the calls") },
    mint: async () =>
      state.full
        ? { ok: false, error: errorBody("server_full", undefined, 12_345) }
        : { ok: true, reply: { token: "t", expiresInMs: 1 } },
    revocations: memoryRevocations(manualClock()),
    clock: manualClock(),
    log: keptLog(),
    allowedOrigins: [],
    networks: testNetworks(),
    isFull: () => state.full ?? false,
    adminToken: undefined,
    draining: () => state.draining ?? false,
    sockets: () => 0,
    socketList: () => [],
    connections: () => 0,
    logCounts: undefined,
    openServer: (onRequest) => createServer(onRequest),
    ice: { count: () => 0, relay: () => "none" },
    turn: () => [],
  });
  const [ready, alive] = [await app.inject("/readyz"), await app.inject("/healthz")];
  const minted = await app.inject({ method: "POST", url: "/v1/sessions" });
  await app.close();
  return { alive: alive.statusCode, ready: ready.statusCode, body: ready.json(), minted };
}

test("[H1] a server that stops is alive and takes nobody any more (C39)", async () => {
  expect(await health({ draining: true })).toMatchObject({
    alive: 200,
    ready: 503,
    body: {
      status: "unavailable",
      checks: { store: "ok", accepting: "failed", room: "ok", loop: "ok" },
      relay: "none",
    },
  });
});

test("[H1] a server that cannot reach its store is alive and takes nobody", async () => {
  expect(await health({ storeAway: true })).toMatchObject({
    alive: 200,
    ready: 503,
    body: {
      status: "unavailable",
      checks: { store: "failed", accepting: "ok", room: "ok", loop: "ok" },
      relay: "none",
    },
  });
});

test("[N6] [H1] a full server is alive and not ready, and a newcomer's mint is answered with when to come again", async () => {
  const { minted, ...rest } = await health({ full: true });
  expect(rest).toEqual({
    alive: 200,
    ready: 503,
    body: {
      status: "unavailable",
      checks: { store: "ok", accepting: "ok", room: "failed", loop: "ok" },
      relay: "none",
    },
  });
  expect(minted.statusCode).toBe(503);
  expect(minted.headers["retry-after"]).toBe("13");
  expect(minted.json()).toMatchObject({ code: "server_full", retryAfterMs: 12_345 });
});
