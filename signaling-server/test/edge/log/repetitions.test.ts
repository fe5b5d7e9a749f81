import { manualClock } from "@serendip/time/testing";
import { expect, test } from "vitest";
import { countRepetitions } from "../../../src/edge/log/repetitions.ts";
import { keptLog } from "../../app/page.ts";

function counted({ isWritten = () => true }: { isWritten?: (level: string) => boolean } = {}) {
  const kept = keptLog();
  const clock = manualClock();
  const log = countRepetitions({ log: kept, clock, isWritten });
  const messages = () => kept.lines.map(({ message }) => message);
  return {
    log,
    clock,
    lines: kept.lines,
    /** Lines that were written, without those that tell of others. */
    written: () => messages().filter((message) => !message.includes(" … and ")).length,
    told: () => kept.lines.filter(({ message }) => message.includes(" … and ")),
    /** The lines of the end of a window. */
    endWindow() {
      const from = kept.lines.length;
      clock.advance(10_000);
      return kept.lines.slice(from);
    },
  };
}

const times = (count: number, run: (index: number) => void) => {
  for (let index = 0; index < count; index += 1) run(index);
};

test("one who repeats a phrase has the first lines written; the others are counted and told once per 10 s", () => {
  const { log, clock, lines, written, endWindow } = counted();
  times(8_432, () => {
    log.info("User waits for a partner", { sessionId: "loud", requestId: "r" });
    clock.advance(1);
  });
  expect(written()).toBe(20);
  expect(log.suppressed()).toBe(8_412);
  expect(endWindow()).toEqual([
    {
      level: "info",
      message: "User waits for a partner … and 8,412 more",
      fields: { sessionId: "loud", phrase: "User waits for a partner", count: 8_412 },
    },
  ]);
  // Said once; a new window has new lines.
  expect(endWindow()).toEqual([]);
  log.info("User waits for a partner", { sessionId: "loud" });
  expect(lines.at(-1)?.fields).toEqual({ sessionId: "loud" });
});

test("[C83] [C84] ten times Next, ten reloads and a token or two in ten seconds show each line", () => {
  const { log, clock, written, told, endWindow } = counted();
  const phrases = [
    "User waits for a partner",
    "User already in room, cleaning up first",
    "Closing existing connection",
    "User reconnected successfully",
    "Giving user grace period",
  ];
  times(10, (round) => {
    log.info("Token validation", { verdict: "ok", attempt: 1 });
    for (const phrase of phrases) log.info(phrase, { sessionId: "me" });
    log.info("User matched with partner in room", { roomId: `room-${round}`, members: ["me", "you"] });
    log.info(`Client connected. Total clients: ${round}`, { sessionId: "me", network: "192.0.2.0/24" });
    clock.advance(1_000);
  });
  expect(written()).toBe(10 * (phrases.length + 3));
  endWindow();
  expect(told()).toEqual([]);
});

test("a loud one takes nothing from the lines of others", () => {
  const { log, lines } = counted();
  times(1_000, () => log.info("Session closed", { sessionId: "loud" }));
  log.info("Session closed", { sessionId: "quiet" });
  expect(lines.at(-1)?.fields).toEqual({ sessionId: "quiet" });
});

test("the source is the session, else the room, else the network; another level or phrase is counted apart", () => {
  const { log, clock, written } = counted();
  const sources = [
    { sessionId: "s", network: "n" },
    { roomId: "r", network: "n" },
    { network: "n", socketId: "x" },
  ];
  for (const fields of sources)
    for (const level of ["debug", "info", "warn", "error"] as const)
      for (const phrase of ["one", "two"]) times(30, () => log[level](phrase, fields));
  // The fourth would be above the bound of the phrase in this second.
  clock.advance(1_000);
  times(30, (index) => log.info("one", { sessionId: "s", network: `other-${index}` }));
  expect(written()).toBe(2 * 4 * (20 + 20 + 10));
});

test("ids cost a stranger nothing: of one phrase no more than 50 lines a second are written, whoever says it", () => {
  const { log, clock, written, endWindow } = counted();
  times(5, () => {
    times(1_000, (index) =>
      log.info(`Client connected. Total clients: ${index}`, { sessionId: `${clock.now()}-${index}` }),
    );
    clock.advance(1_000);
  });
  expect(written()).toBe(5 * 50);
  expect(endWindow()).toEqual([
    {
      level: "info",
      message: "Client connected. Total clients: 999 … and 4,750 more",
      fields: { source: "several", phrase: "Client connected. Total clients: #", count: 4_750 },
    },
  ]);
});

test("lines without a source share the bound of their phrase alone", () => {
  const { log, clock, written } = counted();
  times(40, () => log.info("Token validation", { verdict: "ok" }));
  expect(written()).toBe(40);
  times(40, () => log.info("Connection refused", { status: 403 }));
  expect(written()).toBe(80);
  times(40, () => log.info("Connection refused", { status: 403 }));
  expect(written()).toBe(90);
  clock.advance(1_000);
  log.info("Connection refused", { status: 403 });
  expect(written()).toBe(91);
});

test("what is told has a bound of its own: the five loudest sources of a phrase, and the sum of all others", () => {
  const { log, clock, written, endWindow } = counted();
  // Two new ones a second stay below the bound of the second; each is louder than the one before.
  times(18, (source) => {
    times(20 + source + 1, () => log.info("Token refreshed", { sessionId: `s${source}` }));
    clock.advance(500);
  });
  expect(written()).toBe(18 * 20);
  const told = endWindow().map(({ fields }) => fields);
  expect(told).toMatchObject([
    { sessionId: "s17", count: 18 },
    { sessionId: "s16", count: 17 },
    { sessionId: "s15", count: 16 },
    { sessionId: "s14", count: 15 },
    { sessionId: "s13", count: 14 },
    { source: "several", count: (13 * 14) / 2 },
  ]);
  expect(log.suppressed()).toBe((18 * 19) / 2);
});

test("a warning or error about the service is repeated only by one that says the same of the same", () => {
  const { log, written, endWindow } = counted();
  const fault = (url: string) => ({ url, says: "nobody answers" });
  times(40, () => log.warn("TURN server is down", fault("turn:one.example.org")));
  log.warn("TURN server is down", fault("turn:two.example.org"));
  times(3, (index) => log.error("A command failed", { error: `Error: number ${index}` }));
  log.error("A command failed");
  expect(written()).toBe(20 + 1 + 3 + 1);
  expect(endWindow()).toEqual([
    {
      level: "warn",
      message: "TURN server is down … and 20 more",
      fields: { ...fault("turn:one.example.org"), phrase: "TURN server is down", count: 20 },
    },
  ]);
});

test("fields that no JSON can hold are counted as well", () => {
  const { log, written } = counted();
  times(30, () => log.error("A command failed", { id: 1n }));
  expect(written()).toBe(20);
});

test("phrases that nobody has written in the code cannot fill the memory", () => {
  const { log, written, lines, endWindow } = counted();
  const word = (index: number) =>
    index.toString(26).replace(/\d/g, (digit) => "qrstuvwxyz"[Number(digit)] ?? "");
  times(2_000, (index) => log.info(`made up ${word(index)}`, { sessionId: `s${index}` }));
  expect(written()).toBe(100 + 50);
  expect(endWindow()).toHaveLength(1);
  expect(lines.at(-1)?.fields).toEqual({ source: "several", phrase: "other phrases", count: 1_850 });
});

test("sources made by the thousand cannot fill the memory either: above, the bound of the phrase alone counts", () => {
  const { log, clock, written } = counted();
  times(9, (second) => {
    for (const phrase of "abcdefghijklmnopqrstuvwxy")
      times(50, (index) => log.info(phrase, { sessionId: `${second}-${index}` }));
    clock.advance(1_000);
  });
  const before = written();
  expect(before).toBe(9 * 25 * 50);
  times(60, () => log.info("Token refreshed", { sessionId: "one too many" }));
  expect(written() - before).toBe(50);
});

test("nothing is remembered after a window, and no timer is left", () => {
  const { log, clock, written, endWindow } = counted();
  times(30, () => log.info("x", { sessionId: "s" }));
  expect(clock.pending()).toBe(1);
  endWindow();
  expect(clock.pending()).toBe(0);
  times(30, () => log.info("x", { sessionId: "s" }));
  expect(written()).toBe(40);
  log.tell();
  expect(clock.pending()).toBe(0);
});

test("a level that is not written is not counted", () => {
  const { log, lines, endWindow } = counted({ isWritten: (level) => level !== "debug" });
  times(100, () => log.debug("Request refused", { sessionId: "s" }));
  expect(endWindow()).toEqual([]);
  expect(lines).toEqual([]);
  expect(log.suppressed()).toBe(0);
});
