import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Namespace } from "socket.io";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { arrive, mint, serve, type TestServer, until } from "./page.ts";
import { openWebSocket } from "./raw.ts";

let server: TestServer;
beforeEach(async () => {
  server = await serve();
});
afterEach(() => server.stop());

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

const connections = async () => (await server.getStats()).totalConnections;

/** The namespaces of Socket.IO in which hellos are heard from now on. */
function watchNamespaces(): ReadonlySet<Namespace> {
  const spaces = new Set<Namespace>();
  const inside = Namespace.prototype as unknown as { run(...args: unknown[]): unknown };
  const { run } = inside;
  // Not a spy of vitest, which would keep each socket.
  inside.run = function (this: Namespace, ...args) {
    spaces.add(this);
    return run.apply(this, args);
  };
  onTestFinished(() => {
    inside.run = run;
  });
  return spaces;
}

test("[W13] of a hello nothing is kept but what the protocol knows", async () => {
  const spaces = watchNamespaces();
  await arrive(server, { hello: { unknown: "x".repeat(50_000) } as object });
  const sockets = [...spaces].flatMap((space) => [...space.sockets.values()]);
  expect(sockets.map(({ handshake }) => handshake.auth)).toEqual([{}]);
});

test("[W13] [S9] ten thousand refused and doubled hellos leave nothing behind, in Socket.IO neither (C6, C37)", async () => {
  const spaces = watchNamespaces();
  const { token } = await mint(server);
  const stubborn = async (n: number) => {
    const line = await openWebSocket(server);
    if (n % 2) line.hello(token, `tab-${n}`);
    for (let hellos = 0; hellos < 10; hellos += 1) line.hello("forged");
    await until("it is closed", line.ended, 20_000);
    line.tcp.destroy();
  };
  const all = async (count: number) => {
    for (let from = 0; from < count; from += 50)
      await Promise.all(Array.from({ length: 50 }, (_, n) => stubborn(from + n)));
    await server.empty();
    await until("no connection is left", async () => (await connections()) <= 1);
    server.log.lines.length = 0;
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const before = await all(200);
  const after = await all(1_000);
  // Each that stayed would hold about 20 kB.
  expect(after - before).toBeLessThan(1_000 * 10_000);
  const [space] = spaces;
  const { _preConnectSockets: waiting } = space as unknown as { _preConnectSockets: Map<string, unknown> };
  await until("nothing waits", () => waiting.size === 0);
  expect(space?.sockets.size).toBe(0);
}, 120_000);
