import { expect, test } from "vitest";
import { type LogLevel, pinoLog } from "../../../src/edge/log/pino-log.ts";

function logAt(level: LogLevel) {
  const lines: Record<string, unknown>[] = [];
  return { lines, log: pinoLog(level, { write: (line) => void lines.push(JSON.parse(line)) }) };
}

test("a line is JSON with level, time, the given fields and the message", () => {
  const { lines, log } = logAt("info");
  const before = Date.now();
  log.info("Room ended", { roomId: "r", waitedMs: [1, 2], route: { local: "relay" } });
  expect(lines).toEqual([
    {
      level: 30,
      time: expect.any(Number),
      msg: "Room ended",
      roomId: "r",
      waitedMs: [1, 2],
      route: { local: "relay" },
    },
  ]);
  expect(lines[0]?.["time"]).toBeGreaterThanOrEqual(before);
});

test.each([
  ["debug", [20, 30, 40, 50]],
  ["info", [30, 40, 50]],
  ["error", [50]],
  ["fatal", []],
  ["silent", []],
] as const)("at LOG_LEVEL %s the levels %j are written", (level, written) => {
  const { lines, log } = logAt(level);
  const names = ["debug", "info", "warn", "error"] as const;
  for (const name of names) log[name](name);
  expect(lines.map((line) => line["level"])).toEqual(written);
  expect(names.filter(log.isWritten)).toHaveLength(written.length);
});

test.each([
  "token",
  "ticket",
  "secret",
  "resume",
  "resumeSecret",
  "auth",
  "authorization",
  "Authorization",
  "cookie",
  "sdp",
  "candidate",
  "ip",
  "address",
  "userId",
])("what is named %s never gets into a line, however deep it lies", (name) => {
  const { lines, log } = logAt("info");
  const hidden = { [name]: "do-not-log-me" };
  log.info("x", hidden);
  log.info("x", { [name]: { value: "do-not-log-me" } });
  log.info("x", { hello: hidden });
  log.info("x", { members: [{ sessionId: "s", ...hidden }] });
  log.info("x", { a: { toJSON: 1, b: { c: [[hidden]] } } });
  expect(JSON.stringify(lines)).not.toContain("do-not-log-me");
  expect(lines[0]?.[name]).toBe("[hidden]");
  expect(lines[3]).toMatchObject({ members: [{ sessionId: "s", [name]: "[hidden]" }] });
});

test("fields that lead back to themselves, and dates, end up in a line too", () => {
  const { lines, log } = logAt("info");
  const circle: Record<string, unknown> = { at: new Date(0), token: "do-not-log-me" };
  circle["self"] = circle;
  log.info("x", circle);
  expect(lines[0]).toMatchObject({ at: "1970-01-01T00:00:00.000Z", self: { token: "[hidden]" } });
  expect(JSON.stringify(lines)).not.toContain("do-not-log-me");
});

test("line breaks and quotes in a field break no line", () => {
  const written: string[] = [];
  const log = pinoLog("info", { write: (line) => void written.push(line) });
  log.info("x", { reason: 'a\r\n{"level":30}\u2028"', "b\nc": 1 });
  expect(written).toHaveLength(1);
  expect(written[0]?.trimEnd()).not.toMatch(/[\r\n]/);
});
