import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "@serendip/time";
import { afterEach, expect, test } from "vitest";
import { createSocketCourier, type SocketCourier, type WireSocket } from "../../src/edge/socket-courier.ts";
import { openSocketGateway } from "../../src/edge/socket-gateway.ts";
import { createIceGrants } from "../../src/service/ice-grants.ts";
import type { Lobby } from "../../src/service/lobby.ts";
import { hello, keptLog, ORIGIN, openSocket, until } from "../app/page.ts";

const CALLER = { sessionId: "session", epoch: 1 };
const PERSON = {
  userId: "0b8e3c60-6a35-4c36-9d9c-0a86c1bd6d22",
  deviceGroup: undefined,
  expiresInMs: 60_000,
};

let stop = async () => {};
afterEach(() => stop());

/** The real gateway before a lobby that lets the test decide when it answers. */
async function gateway(attach: (socket: WireSocket) => Promise<void>) {
  const http = createServer();
  const [clock, log] = [systemClock(), keptLog()];
  const real = createSocketCourier({ log, clock, probeTimeoutMs: 1_000 });
  let arriving: WireSocket | undefined;
  const courier: SocketCourier = {
    ...real,
    expect: (socket) => {
      arriving = socket;
      real.expect(socket);
    },
  };
  const detached: string[] = [];
  const lobby: Partial<Lobby> = {
    attach: async () => {
      if (arriving) await attach(arriving);
      return { ok: true, caller: CALLER };
    },
    detach: async (caller, cause) => void detached.push(`${caller.sessionId} ${cause}`),
  };
  const gate = openSocketGateway({
    http,
    lobby: lobby as Lobby,
    ice: createIceGrants({
      stunUrls: [],
      accounts: undefined,
      turn: { working: () => [], withheld: () => [] },
      clock,
    }),
    courier,
    checkToken: async () => ({ ok: true, identity: PERSON }),
    clock,
    log,
    settings: {
      allowedOrigins: [ORIGIN],
      pingIntervalMs: 10_000,
      pingTimeoutMs: 6_000,
      tokenGraceMs: 0,
      touchMs: 9_000,
    },
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  stop = () => gate.close();
  const { port } = http.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, gate, detached, count: () => real.count() };
}

test("[S9] a page that goes while it is being attached is detached, once it has been (C14, C37)", async () => {
  const server = await gateway(async (socket) => {
    const closed = new Promise((resolve) => socket.conn.once("close", resolve));
    socket.conn.close(true);
    await closed;
  });
  const page = openSocket(server, hello("token"));
  await until("the lobby knows", () => server.detached.length > 0);
  expect(server.detached).toEqual(["session dropped"]);
  expect(server.count() + server.gate.sockets()).toBe(0);
  page.close();
});

test.each(Array.from({ length: 12 }, (_, turns) => turns))(
  "[S9] a page that goes %i turns after it was attached is detached exactly once (C14, C37)",
  async (turns) => {
    const server = await gateway(async (socket) => {
      const later = async () => {
        for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
        socket.conn.close(true);
      };
      void later();
    });
    const page = openSocket(server, hello("token"));
    await until("the lobby knows", () => server.detached.length > 0);
    await new Promise(setImmediate);
    expect(server.detached).toEqual(["session dropped"]);
    expect(server.count() + server.gate.sockets()).toBe(0);
    page.close();
  },
);
