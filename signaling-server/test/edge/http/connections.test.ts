import { EventEmitter } from "node:events";
import type { Server } from "node:http";
import { Socket } from "node:net";
import { manualClock } from "@serendip/time/testing";
import { expect, test } from "vitest";
import { watchConnections } from "../../../src/edge/http/connections.ts";

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test("[W8] who comes while a stop cuts the last connections is not waited for (C39)", async () => {
  const clock = manualClock();
  const server = new EventEmitter();
  const connections = watchConnections(server as unknown as Server, clock);
  const come = () => {
    const socket = new Socket();
    server.emit("connection", socket);
    return socket;
  };
  come();
  let isOver = false;
  void connections.ended(1_000).then(() => {
    isOver = true;
  });
  clock.advance(1_000);
  // The first one is cut, and its `close` is still to come.
  const late = come();
  await nextTurn();
  expect(isOver).toBe(true);
  expect(late.destroyed).toBe(true);
  expect(come().destroyed).toBe(true);
});
