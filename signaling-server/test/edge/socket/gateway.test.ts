import type { AddressInfo } from "node:net";
import { errorBody, LIMITS, TIMES } from "@serendip/protocol";
import { steadyClock } from "@serendip/time";
import { afterEach, expect, test } from "vitest";
import { scaled } from "../../../src/domain/limits/quota.ts";
import { EVENT_LIMITS } from "../../../src/domain/limits/table.ts";
import { createEngine } from "../../../src/edge/engine/engine.ts";
import { openFrontDoor } from "../../../src/edge/http/front-door.ts";
import type { CheckToken } from "../../../src/edge/identity.ts";
import { createEdgeCounts } from "../../../src/edge/metrics/edge-counts.ts";
import { createNewcomerQueue } from "../../../src/edge/newcomer-queue.ts";
import { createAdmission } from "../../../src/edge/socket/admission.ts";
import { createSocketCourier } from "../../../src/edge/socket/courier.ts";
import { openSocketGateway } from "../../../src/edge/socket/gateway.ts";
import type { Arrival } from "../../../src/service/delivery.ts";
import { memoryEventMeter } from "../../../src/service/limits/memory-event-meter.ts";
import type { AttachReply, Lobby } from "../../../src/service/lobby.ts";
import { memoryRevocations } from "../../../src/store/memory-revocations.ts";
import { hello, keptLog, ORIGIN, openSocket, until } from "../../app/page.ts";
import { testDoor } from "../http/test-networks.ts";

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
  const { networks, doorkeeper } = testDoor({ clock, log, trustProxy: "1" });
  const door = openFrontDoor(
    { engine, newcomers, clock, log, allowedOrigins: [ORIGIN], networks, doorkeeper },
    (_request, response) => response.end(),
  );
  const gate = openSocketGateway({
    engine,
    newcomers,
    lobby: lobby as Lobby,
    calls: { take: () => ({ ok: true }) },
    ice: {
      knows: () => true,
      grant: () => ({ iceServers: [] }),
      grantForCheck: () => ({ ok: true, ice: { iceServers: [] } }),
    },
    courier,
    checkToken,
    networks,
    admission: createAdmission({
      capacity: { connections: 100, sessionsPerDevice: 20 },
      random: () => 0,
      log: keptLog(),
    }),
    deviceKeyOf: ({ deviceGroup }) => `a key of ${deviceGroup}`,
    // What is tried here comes faster than any page is.
    meter: memoryEventMeter(clock, scaled(EVENT_LIMITS, { all: 1e6, networks: 1 })),
    limiter: { take: async () => ({ ok: true }) },
    counts: createEdgeCounts(),
    revocations: memoryRevocations(clock),
    clock,
    log,
    settings: { tokenGraceMs: 0 },
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
    async () => ({ ok: true, returned: true }),
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

test.each(["websocket", "polling"])(
  "[H3] [N1] [N2] over %s the lobby is told the key of the network from which the person came, not that of the proxy",
  async (transport) => {
    const arrivals: Arrival[] = [];
    const server = await gateway(async (arrival) => {
      arrivals.push(arrival);
      return { ok: true, returned: true };
    });
    const keys: (string | undefined)[] = [];
    const addresses = ["6.6.6.6, 203.0.113.77", "203.0.113.77", "203.0.113.78"];
    for (const address of addresses) {
      const extraHeaders = { origin: ORIGIN, "x-forwarded-for": address };
      const page = openSocket(server, hello("token"), { transports: [transport], extraHeaders });
      await until("the hello", () => arrivals.length > keys.length);
      keys.push(arrivals.at(-1)?.networkKey);
      page.close();
    }
    expect(keys[0]).toMatch(/^[\w-]{22}$/);
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
    const lines = server.log.lines.filter(({ message }) => message === "Client connected. Total clients: #");
    for (const { fields } of lines) expect(fields["network"]).toBe("203.0.113.0/24");
    expect(server.log.text()).not.toContain("203.0.113.7");
  },
);

test("[S9] a page that goes while it is being attached is detached, once it has been (C37)", async () => {
  let finish: () => void = () => undefined;
  const server = await gateway(async ({ onAttached }) => {
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
    onAttached(CALLER);
    return { ok: true, returned: true };
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
    return { ok: true, returned: true };
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
      return { ok: true, returned: true };
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
