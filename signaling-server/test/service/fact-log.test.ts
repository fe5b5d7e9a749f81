import { expect, test } from "vitest";
import type { Fact } from "../../src/domain/lobby/command.ts";
import { logFacts } from "../../src/service/fact-log.ts";
import { keptLog } from "../app/page.ts";

const member = (sessionId: string, role: "initiator" | "responder") => ({
  sessionId,
  userId: `user-${sessionId}`,
  role,
  requestId: `find-of-${sessionId}`,
});
const queued = (sessionId: string): Fact => ({ type: "queued", sessionId, requestId: "find" });
const unqueued = (sessionId: string): Fact => ({ type: "unqueued", sessionId, requestId: "find" });
const opened = (roomId: string, ann: string, ben: string): Fact => ({
  type: "room-opened",
  roomId,
  generation: 1,
  members: [member(ann, "initiator"), member(ben, "responder")],
  relayOnly: false,
  origins: "apart",
  waitedMs: [7, 0],
});

test("[C83] [C84] a match is one line, which names both, and no person in it", () => {
  const log = keptLog();
  logFacts(log, [queued("ben"), unqueued("ann"), unqueued("ben"), opened("room", "ann", "ben")]);
  expect(log.lines).toMatchObject([
    { level: "info", message: "User matched with partner in room", fields: { members: ["ann", "ben"] } },
  ]);
  expect(log.text()).not.toContain("user-");
});

test("[C83] who goes on waiting, or leaves the queue, beside a match of others has a line each", () => {
  const log = keptLog();
  logFacts(log, [
    queued("eve"),
    unqueued("ann"),
    unqueued("ben"),
    opened("room", "ann", "ben"),
    unqueued("zoe"),
  ]);
  expect(log.lines.map(({ message, fields }) => [message, fields["sessionId"]])).toEqual([
    ["User waits for a partner", "eve"],
    ["User matched with partner in room", undefined],
    ["User left the queue", "zoe"],
  ]);
});
