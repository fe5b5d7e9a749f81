import { EventEmitter } from "node:events";
import type { Server } from "node:http";
import { Socket } from "node:net";
import { manualClock } from "@serendip/time/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { watchConnections } from "../../../src/edge/http/connections.ts";

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test("[W8] who comes while a stop cuts the last connections is not waited for (C39)", async () => {
  const clock = manualClock();
  const server = new EventEmitter();
  const connections = watchConnections({ server: server as unknown as Server, spoken: "connection" }, clock);
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

test("[N7] whatever comes, serves one network after another and dies in whatever way, each is counted once and only while it is open", async () => {
  const networks = fc.constantFrom("a", "b", undefined);
  const move = fc.record({ which: fc.nat(7), network: networks, dies: fc.boolean(), hard: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(move, { maxLength: 40 }), async (moves) => {
      const server = new EventEmitter();
      const connections = watchConnections(
        { server: server as unknown as Server, spoken: "connection" },
        manualClock(),
      );
      const live: { readonly socket: Socket; network: string | undefined }[] = [];
      for (const { which, network, dies, hard } of moves) {
        let one = live[which];
        if (!one) {
          one = { socket: new Socket(), network: undefined };
          live.push(one);
          server.emit("connection", one.socket);
        }
        one.network = network;
        const count = connections.serve(one.socket, network);
        const expected = live.filter((other) => network !== undefined && other.network === network).length;
        expect(count).toBe(expected);
        if (!dies) continue;
        if (hard) one.socket.destroy(new Error("reset"));
        else one.socket.destroy();
        live.splice(live.indexOf(one), 1);
        await nextTurn();
        // A request of it that is still on the way.
        expect(connections.serve(one.socket, "a")).toBe(live.filter((other) => other.network === "a").length);
      }
      for (const { socket } of live) socket.destroy();
      await nextTurn();
      expect(connections.count()).toBe(0);
      expect(connections.serve(new Socket(), "a")).toBe(0);
      expect(connections.serve(new Socket(), "b")).toBe(0);
    }),
    { numRuns: 50 },
  );
});
