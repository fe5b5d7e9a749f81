import { once } from "node:events";
import type { IncomingMessage, RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { steadyClock } from "@serendip/time";
import { manualClock } from "@serendip/time/testing";
import { expect, onTestFinished, test } from "vitest";
import { createEngine } from "../../../src/edge/engine/engine.ts";
import { openFrontDoor } from "../../../src/edge/http/front-door.ts";
import { createNewcomerQueue } from "../../../src/edge/newcomer-queue.ts";
import { countTurns, mostInOne } from "../../app/event-loop.ts";
import { keptLog, ORIGIN, until } from "../../app/page.ts";
import { dial, head } from "../../app/raw.ts";

/** A front door whose clock stands still unless the test moves it. */
async function open({
  onRequest,
  belongsToSession,
}: {
  readonly onRequest: RequestListener;
  readonly belongsToSession?: (request: IncomingMessage) => boolean;
}) {
  const clock = manualClock();
  const allowedOrigins = [ORIGIN];
  const engine = createEngine({
    clock: steadyClock(),
    allowedOrigins,
    pingIntervalMs: 25_000,
    pingTimeoutMs: 20_000,
  });
  const { server } = openFrontDoor(
    {
      engine: belongsToSession ? { ...engine, belongsToSession } : engine,
      newcomers: createNewcomerQueue(clock),
      clock,
      log: keptLog(),
      allowedOrigins,
    },
    onRequest,
  );
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return { server, clock, port };
}

test("[W10] once a connection is cut, no further request is opened of all that have come with the one that was too many", async () => {
  // Nobody answers.
  const { server, port } = await open({ onRequest: () => undefined });
  let opened = 0;
  server.on("request", () => {
    opened += 1;
  });
  const line = dial({ port }, head("GET /healthz HTTP/1.1").repeat(2_000));
  await until("it is cut", line.ended);
  // Eight that wait, and the one for which the connection is cut.
  expect(opened).toBe(9);
});

/** Sends a request on each of fifty connections. Returns the turns of the event loop in which they were taken. */
async function turnsOfFifty(belongsToSession: () => boolean): Promise<readonly number[]> {
  const { turn, stop } = countTurns();
  const turns: number[] = [];
  const { clock, port, server } = await open({
    belongsToSession,
    onRequest: (_request, response) => {
      turns.push(turn());
      clock.advance(0.5);
      response.end();
    },
  });
  let connected = 0;
  server.on("connection", () => {
    connected += 1;
  });
  const lines = Array.from({ length: 50 }, () => dial({ port }));
  await until("all are connected", () => connected === 50);
  for (const { tcp } of lines) tcp.write(head("GET /healthz HTTP/1.1"));
  await until("all are answered", () => turns.length === 50);
  for (const { tcp } of lines) tcp.destroy();
  stop();
  return turns;
}

test("[W17] of the requests of fifty newcomers only as many are taken in one turn as its time allows", async () => {
  expect(mostInOne(await turnsOfFifty(() => false))).toBe(2);
});

test("[W17] a session's requests do not wait in that queue", async () => {
  expect(mostInOne(await turnsOfFifty(() => true))).toBeGreaterThan(2);
});
