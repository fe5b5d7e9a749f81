import { manualClock } from "@serendip/time/testing";
import { expect, test } from "vitest";
import { hashUsers } from "../../../src/edge/log/user-hash.ts";
import { keptLog } from "../../app/page.ts";

const USER = "6f1f5e7c-8a0e-4f6e-9d0e-0f0a3f1b2c3d";
const OTHER = "7f1f5e7c-8a0e-4f6e-9d0e-0f0a3f1b2c3d";

function logWith({ secret = "s".repeat(40), at = Date.parse("2026-05-01T00:00:00Z") } = {}) {
  const log = keptLog();
  const calendar = manualClock(at);
  const hashing = hashUsers(log, { secret, calendar });
  return {
    log,
    calendar,
    hashOf(userId: string): unknown {
      hashing.info("x", { userId });
      return log.lines.at(-1)?.fields["userHash"];
    },
    hashing,
  };
}

test("a user's id is written as a short hash, at every level, and nothing else changes", () => {
  const { log, hashing } = logWith();
  for (const level of ["debug", "info", "warn", "error"] as const) {
    hashing[level]("Session opened", { sessionId: "s", userId: USER, epoch: 1 });
    expect(log.lines.at(-1)).toEqual({
      level,
      message: "Session opened",
      fields: { sessionId: "s", epoch: 1, userHash: expect.stringMatching(/^[\w-]{16}$/) },
    });
  }
  hashing.info("Room ended", { roomId: "r" });
  expect(log.lines.at(-1)?.fields).toEqual({ roomId: "r" });
  hashing.info("Stopped");
  expect(log.lines.at(-1)?.fields).toEqual({});
  expect(log.text()).not.toContain(USER);
});

test("a user has the same hash for a day (UTC), another one the next day, and nobody else's", () => {
  const { calendar, hashOf } = logWith();
  const first = hashOf(USER);
  expect(hashOf(OTHER)).not.toBe(first);
  calendar.advance(24 * 3_600_000 - 1);
  expect(hashOf(USER)).toBe(first);
  calendar.advance(1);
  expect(hashOf(USER)).not.toBe(first);
});

test("servers with one secret write the same hash; another secret gives another one", () => {
  expect(logWith().hashOf(USER)).toBe(logWith().hashOf(USER));
  expect(logWith({ secret: "t".repeat(40) }).hashOf(USER)).not.toBe(logWith().hashOf(USER));
});
