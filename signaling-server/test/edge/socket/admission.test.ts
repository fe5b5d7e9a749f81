import { EventEmitter } from "node:events";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Connection } from "../../../src/edge/engine/engine.ts";
import { createAdmission } from "../../../src/edge/socket/admission.ts";
import type { Log } from "../../../src/ports.ts";
import { keptLog } from "../../app/page.ts";

/** As much of a connection as is looked at. */
class FakeConnection extends EventEmitter {
  readyState: "open" | "closed" = "open";
  close(): void {
    this.readyState = "closed";
    this.emit("close");
  }
}
const asConnection = (fake: FakeConnection) => fake as unknown as Connection;

const open = (connections: number, sessionsPerDevice = 20, log: Log = keptLog()) =>
  createAdmission({ capacity: { connections, sessionsPerDevice }, random: () => 0.5, log });
type Admission = ReturnType<typeof open>;

let people = 0;
function come(
  admission: Admission,
  given: { wasHere?: boolean; userId?: string; deviceGroup?: string } = {},
): { readonly connection: FakeConnection; readonly code: string | undefined } {
  const connection = new FakeConnection();
  people += 1;
  const { wasHere = false, userId = `user ${people}`, deviceGroup } = given;
  const refusal = admission.admit(asConnection(connection), { identity: { userId, deviceGroup }, wasHere });
  return { connection, code: refusal?.code };
}

test("[N6] who is one too many is told that the server is full and when to come again; who was here gets in, up to a tenth more", () => {
  const admission = open(20);
  const inside = Array.from({ length: 20 }, () => come(admission));
  expect(inside.every(({ code }) => code === undefined)).toBe(true);
  expect(admission.isFull()).toBe(true);
  expect(admission.refuseNewcomer()).toMatchObject({ code: "server_full", retryAfterMs: 20_000 });
  expect(come(admission).code).toBe("server_full");
  expect([1, 2, 3].map(() => come(admission, { wasHere: true }).code)).toEqual([
    undefined,
    undefined,
    "server_full",
  ]);
  for (const { connection } of inside.slice(0, 3)) connection.close();
  expect(admission.isFull()).toBe(false);
  expect(come(admission).code).toBeUndefined();
});

test("[N6] that the server is full is said once, and once that it is over, however they come and go at the edge of it", () => {
  const log = keptLog();
  const admission = open(100, 20, log);
  const said = () => log.lines.map(({ level, message }) => [level, message]);
  const inside = Array.from({ length: 99 }, () => come(admission).connection);
  expect(said()).toEqual([]);
  const full = ["warn", "The server is full: 100 connected (MAX_CONNECTIONS)"];
  for (let n = 0; n < 10; n += 1) {
    const last = come(admission).connection;
    expect(come(admission).code).toBe("server_full");
    come(admission, { wasHere: true }).connection.close();
    last.close();
    expect(said()).toEqual([full]);
  }
  for (const connection of inside.splice(0, 4)) connection.close();
  const over = ["warn", "The server is no longer full: 95 connected"];
  expect(said()).toEqual([full, over]);
  for (const connection of inside.splice(0, 10)) connection.close();
  for (let n = 0; n < 15; n += 1) come(admission);
  expect(said()).toEqual([full, over, full]);
});

test("[N6] those who find no place come again between 10 s and 30 s later", () => {
  const pauses = [0, 0.999_999].map((random) => {
    const admission = createAdmission({
      capacity: { connections: 0, sessionsPerDevice: 1 },
      random: () => random,
      log: keptLog(),
    });
    return admission.refuseNewcomer()?.retryAfterMs;
  });
  expect(pauses).toEqual([10_000, 30_000]);
});

test("[N8] one person more of a device than there may be is refused, the others stay, and the same person may come twice", () => {
  const admission = open(100, 3);
  const device = { deviceGroup: "device" };
  const first = ["ann", "ben", "cara"].map((userId) => come(admission, { userId, ...device }));
  expect(first.map(({ code }) => code)).toEqual([undefined, undefined, undefined]);
  expect(come(admission, { userId: "dora", ...device }).code).toBe("rate_limited");
  expect(come(admission, { userId: "dora", deviceGroup: "another" }).code).toBeUndefined();
  // A tab that comes back while its old connection is still open.
  const again = come(admission, { userId: "ann", ...device });
  expect(again.code).toBeUndefined();
  first[0]?.connection.close();
  expect(come(admission, { userId: "dora", ...device }).code).toBe("rate_limited");
  again.connection.close();
  expect(come(admission, { userId: "dora", ...device }).code).toBeUndefined();
});

test("[N6] [N8] whatever comes and goes in whatever order, nothing is counted that is not open", () => {
  const step = fc.record({
    userId: fc.constantFrom("a", "b", "c", "d", "e"),
    deviceGroup: fc.constantFrom("one", "two", undefined),
    wasHere: fc.boolean(),
    closes: fc.nat(10),
    isGone: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const admission = open(6, 2);
      const live: FakeConnection[] = [];
      for (const { closes, isGone, userId, deviceGroup, wasHere } of steps) {
        const connection = new FakeConnection();
        // It went while its token was checked.
        if (isGone) connection.close();
        const applicant = { identity: { userId, deviceGroup }, wasHere };
        const refusal = admission.admit(asConnection(connection), applicant);
        if (!refusal && !isGone) live.push(connection);
        for (const one of live.splice(closes, 1)) one.close();
        expect(live.length).toBeLessThanOrEqual(7);
        expect(admission.isFull()).toBe(live.length >= 6);
      }
      for (const one of live) one.close();
      expect(admission.isFull()).toBe(false);
      expect(admission.devices()).toBe(0);
    }),
  );
});
