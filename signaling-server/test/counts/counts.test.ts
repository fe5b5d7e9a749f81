import { expect, test, vi } from "vitest";
import { ledger } from "./ledger.ts";
import { settle, stop } from "./pages.ts";
import { openServer, play, type Stage } from "./scene.ts";
import { HOW_TO_CHANGE, type Step, TABLE, tableOf, unsaidIn } from "./table.ts";
import { tapLibraries } from "./taps.ts";

vi.mock(import("@serendip/time"), async (importOriginal) => {
  const { countedClock } = await import("./taps.ts");
  return { ...(await importOriginal()), steadyClock: () => countedClock, systemClock: () => countedClock };
});
vi.mock(import("node:crypto"), async (importOriginal) => {
  const { countedHash } = await import("./taps.ts");
  const crypto = await importOriginal();
  return { ...crypto, createHmac: countedHash(crypto.createHmac) };
});
vi.mock(import("../../src/edge/signing/hmac.ts"), async (importOriginal) => {
  const { countedHash } = await import("./taps.ts");
  const { hmacWith } = await importOriginal();
  return { hmacWith: (key) => countedHash(hmacWith(key)) };
});
vi.mock(import("../../src/store/memory-lobby-store.ts"), async (importOriginal) => {
  const { countedStore } = await import("./taps.ts");
  const { memoryLobbyStore } = await importOriginal();
  return { memoryLobbyStore: (options) => countedStore(memoryLobbyStore(options)) };
});
// By a session's id goes the second in which its ticket is renewed.
vi.mock(import("../../src/edge/random-ids.ts"), () => {
  let made = 0;
  const next = () => {
    made += 1;
    return `id-${String(made).padStart(19, "0")}`;
  };
  return { randomIds: () => ({ id: next, secret: next }) };
});

/** Plays the scene, and returns what each of its steps has cost. */
async function countAll(): Promise<readonly Step[]> {
  const steps: Step[] = [];
  const stage: Stage = {
    server: await openServer(),
    async count(title, run) {
      await settle();
      ledger.take();
      const { lines } = stage.server.log;
      const before = lines.length;
      const result = await run();
      await settle();
      for (const { level, message } of lines.slice(before)) {
        const phrase = message.replaceAll(/\d+/g, "#");
        if (level !== "debug") ledger.note("log lines", level === "info" ? phrase : `${level}: ${phrase}`);
      }
      steps.push({ title, counts: ledger.take() });
      return result;
    },
  };
  try {
    await play(stage);
    return steps;
  } finally {
    await stop(stage.server);
  }
}

test("each thing costs as many packets, log lines, timers, signatures and requests as is written down, with the reason", async () => {
  tapLibraries();
  const table = tableOf(await countAll());
  await expect(table, HOW_TO_CHANGE).toMatchFileSnapshot(TABLE);
  expect(unsaidIn(table), HOW_TO_CHANGE).toEqual([]);
});
