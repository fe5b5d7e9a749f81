import type { AddressInfo } from "node:net";
import { errorBody, LIMITS, TIMES } from "@serendip/protocol";
import { steadyClock } from "@serendip/time";
import { afterEach, expect, test } from "vitest";
import { createEngine } from "../../../src/edge/engine/engine.ts";
import { openFrontDoor } from "../../../src/edge/http/front-door.ts";
import type { CheckToken } from "../../../src/edge/identity.ts";
import { createNewcomerQueue } from "../../../src/edge/newcomer-queue.ts";
import { createSocketCourier } from "../../../src/edge/socket/courier.ts";
import { openSocketGateway } from "../../../src/edge/socket/gateway.ts";
import type { Arrival } from "../../../src/service/delivery.ts";
import type { AttachReply, Lobby } from "../../../src/service/lobby.ts";
import { hello, keptLog, ORIGIN, openSocket, until } from "../../app/page.ts";

const CALLER = { sessionId: "session", epoch: 1 };
const PERSON = {
  userId: "0b8e3c60-6a35-4c36-9d9c-0a86c1bd6d22",
  deviceGroup: undefined,
  expiresInMs: 60_000,
};

let stop = async () => {};
afterEach(() => stop());

/** The real gateway before a lobby that answers as late as the test likes. */
async function gateway(
  attach: (arrival: Arrival) => Promise<AttachReply>,
  checkToken: CheckToken = async () => ({ ok: true, identity: PERSON }),
) {
  const [clock, log] = [steadyClock(), keptLog()];
  const courier = createSocketCourier({ log, clock, probeTimeoutMs: 1_000 });
  const detached: string[] = [];
  const lobby: Partial<Lobby> = {
    attach,
    detach: async (caller, cause) => void detached.push(`${caller.sessionId} ${cause}`),
  };
  const engine = createEngine({
    clock,
    allowedOrigins: [ORIGIN],
    pingIntervalMs: 10_000,
    pingTimeoutMs: 6_000,
  });
  const newcomers = createNewcomerQueue(clock);
  const door = openFrontDoor(
    { engine, newcomers, clock, log, allowedOrigins: [ORIGIN] },
    (_request, response) => response.end(),
  );
  const gate = openSocketGateway({
    engine,
    newcomers,
    lobby: lobby as Lobby,
    calls: { take: () => ({ ok: true }) },
    ice: { grant: () => ({ iceServers: [] }) },
    courier,
    checkToken,
    networkKeyOf: (address) => `a key of ${address}`,
    clock,
    log,
    settings: { tokenGraceMs: 0, touchMs: 9_000 },
  });
  await new Promise<void>((resolve) => door.server.listen(0, "127.0.0.1", resolve));
  stop = async () => {
    await gate.close();
    await door.connections.ended(0);
    await new Promise((resolve) => door.server.close(resolve));
  };
  const { port } = door.server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, detached, count: () => courier.count(), log };
}

test("[S2] [W12] the time that a slow check of its token takes is not the page's: it is told what became of it (C43)", async () => {
  let asked = 0;
  const server = await gateway(
    async () => ({ ok: true }),
    async () => {
      asked += 1;
      await new Promise((resolve) => setTimeout(resolve, TIMES.helloMs + 500));
      return { ok: false, error: errorBody("identity_unavailable") };
    },
  );
  const page = openSocket(server, hello("token"));
  const refusal = await new Promise<{ data?: unknown }>((resolve) => page.once("connect_error", resolve));
  expect(refusal.data).toMatchObject({ code: "identity_unavailable" });
  expect(asked).toBe(1);
}, 15_000);

test("[H3] the lobby is told the key of the network from which the connection came", async () => {
  const arrivals: Arrival[] = [];
  const server = await gateway(async (arrival) => {
    arrivals.push(arrival);
    return { ok: true };
  });
  const page = openSocket(server, hello("token"));
  await until("the hello", () => arrivals.length > 0);
  expect(arrivals).toMatchObject([{ networkKey: "a key of 127.0.0.1" }]);
  page.close();
});

test("[S9] a page that goes while it is being attached is detached, once it has been (C37)", async () => {
  let finish: () => void = () => undefined;
  const server = await gateway(async ({ onAttached }) => {
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
    onAttached(CALLER);
    return { ok: true };
  });
  const page = openSocket(server, hello("token"));
  await until("the hello", () => server.count() === 1);
  page.io.engine.close();
  await until("the socket is gone", () => server.count() === 0);
  expect(server.detached).toEqual([]);
  finish();
  await until("the lobby knows", () => server.detached.length > 0);
  expect(server.detached).toEqual(["session dropped"]);
  page.close();
});

test("[S9] a page that goes after it was attached is detached exactly once (C37)", async () => {
  const server = await gateway(async ({ onAttached }) => {
    onAttached(CALLER);
    return { ok: true };
  });
  const page = openSocket(server, hello("token"));
  await until("the hello", () => server.count() === 1);
  page.io.engine.close();
  await until("the lobby knows", () => server.detached.length > 0);
  await new Promise(setImmediate);
  expect(server.detached).toEqual(["session dropped"]);
  expect(server.count()).toBe(0);
  page.close();
});

test("[W3] a request before the welcome is answered `unavailable`, and nothing is done", async () => {
  const server = await gateway(() => new Promise(() => undefined));
  const page = openSocket(server, hello("token"));
  await until("the hello", () => server.count() === 1);
  const answer = await page.timeout(5_000).emitWithAck("find", { requestId: "1" });
  expect(answer).toMatchObject({ ok: false, error: { code: "unavailable" } });
  page.close();
});

test("[W3] requests that wait for their answers are bounded, and one too many is told to come back", async () => {
  let greeted = false;
  const server = await gateway(
    async ({ onAttached }) => {
      onAttached(CALLER);
      return { ok: true };
    },
    // The provider lets people in, and then does not answer any more.
    async () => {
      if (greeted) return new Promise(() => undefined);
      greeted = true;
      return { ok: true, identity: PERSON };
    },
  );
  const page = openSocket(server, hello("token"));
  await until("the hello", () => server.count() === 1);
  for (let n = 0; n < LIMITS.requestsInFlight; n += 1)
    page.emit("refresh-token", { token: "t" }, () => undefined);
  expect(await page.timeout(5_000).emitWithAck("status", {})).toMatchObject({
    ok: false,
    error: { code: "unavailable", retryAfterMs: 1_000 },
  });
  expect(page.connected).toBe(true);
  page.close();
});

test("[E1] [W8] a page that cannot be attached is told why and when to come back", async () => {
  const bye = { code: "unavailable", reconnect: "after", delayMs: 2_000 } as const;
  const server = await gateway(async () => ({ ok: false, bye }));
  const page = openSocket(server, hello("token"));
  const heard: unknown[] = [];
  page.on("bye", (body: unknown) => heard.push(body));
  await until("the bye", () => heard.length > 0);
  expect(heard).toEqual([bye]);
  await until("it is closed", () => server.count() === 0);
  page.close();
});
