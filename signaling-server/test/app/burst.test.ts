import { Socket as TcpSocket } from "node:net";
import { Socket as Connection } from "engine.io";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LobbyStore } from "../../src/store/lobby-store.ts";
import { countTurns } from "./event-loop.ts";
import { arrive, NO_HURRY, type Page, serve, type TestServer, until } from "./page.ts";

/** The stores of the servers of this file. */
const stores: LobbyStore[] = [];
vi.mock(import("../../src/store/memory-lobby-store.ts"), async (importOriginal) => {
  const { memoryLobbyStore } = await importOriginal();
  return {
    memoryLobbyStore(options) {
      const store = memoryLobbyStore(options);
      stores.push(store);
      return store;
    },
  };
});

let server: TestServer;
beforeEach(async () => {
  server = await serve(NO_HURRY);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await server.stop();
});

const IDLE = 5_000;
/** So many of the idle have a connection in this process; the others are sessions whose socket is elsewhere. */
const CONNECTED = Number(process.env["BURST_CONNECTED"] ?? 300);
const SEARCHING = 500;

interface Seen {
  readonly what: "find read" | "find answered" | "matched";
  readonly turn: number;
}

/** Notes in which turn of the event loop the server reads each `find`, and in which it hands over what comes of it. */
function watchTurns(): { readonly seen: Seen[]; stop(): void } {
  const seen: Seen[] = [];
  const { turn, stop } = countTurns();
  const note = (what: Seen["what"]) => void seen.push({ what, turn: turn() });
  type Inside = { onPacket(packet: { data?: unknown }): void };
  const inside = Connection.prototype as unknown as Inside;
  const { onPacket } = inside;
  type Tcp = { write(this: Tcp, data: unknown, ...more: unknown[]): boolean };
  const tcp = TcpSocket.prototype as unknown as Tcp;
  const { write } = tcp;
  vi.spyOn(inside, "onPacket").mockImplementation(function (this: Inside, packet) {
    if (typeof packet.data === "string" && packet.data.includes('["find"')) note("find read");
    onPacket.call(this, packet);
  });
  // The server's frames are seen as it hands them to the system; what the pages of this process send is masked.
  vi.spyOn(tcp, "write").mockImplementation(function (this: Tcp, data, ...more) {
    const text = typeof data === "string" || Buffer.isBuffer(data) ? data.toString("latin1") : "";
    if (text.includes('42["matched"')) note("matched");
    else if (/43\d+\[\{"ok":true,"state"/.test(text)) note("find answered");
    return write.call(this, data, ...more);
  });
  return { seen, stop };
}

const inBatches = async (count: number): Promise<Page[]> => {
  const pages: Page[] = [];
  while (pages.length < count)
    pages.push(
      ...(await Promise.all(
        Array.from({ length: Math.min(50, count - pages.length) }, () => arrive(server)),
      )),
    );
  return pages;
};

async function addSessions(count: number): Promise<void> {
  const store = stores.at(-1) ?? expect.fail("no store");
  for (let n = 0; n < count; n += 1) {
    const { answer } = await store.execute({
      type: "attach",
      userId: `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`,
      deviceGroup: undefined,
      networkKey: undefined,
      deviceKey: `device-${n}`,
      tabId: `tab-of-idle-${n}`,
      connection: 1,
      socketId: `socket-of-idle-${n}`,
      force: false,
      resume: undefined,
      ticket: undefined,
      newSessionId: `idle-${n}`,
      newResumeSecret: `secret-of-idle-${n}`,
    });
    expect(answer.ok).toBe(true);
  }
}

test("[W11] [M1] in a burst of 500 searches beside 5,000 idle people each is answered, and both are told of a match, in the turn that reads it (C47)", async () => {
  // Before anybody connects: Engine.IO binds its methods then.
  const { seen, stop } = watchTurns();
  await inBatches(CONNECTED);
  await addSessions(IDLE - CONNECTED);
  const pages = await inBatches(SEARCHING);
  expect((await server.getStats()).totalUsers).toBe(IDLE + SEARCHING);
  const startedAt = performance.now();
  await Promise.all(pages.map((page, n) => page.request("find", { requestId: `find-${n}` })));
  await until("all are matched", () => pages.every((page) => page.count("matched") === 1), 20_000);
  console.info(`500 searches beside ${IDLE} idle people: ${Math.round(performance.now() - startedAt)} ms`);
  stop();

  const turnsOf = (what: Seen["what"]) => seen.filter((one) => one.what === what).map(({ turn }) => turn);
  expect(turnsOf("find read")).toHaveLength(SEARCHING);
  expect(turnsOf("find answered")).toEqual(turnsOf("find read"));
  // The second of each pair brings about both words.
  expect(turnsOf("matched")).toHaveLength(SEARCHING);
  const read = new Set(turnsOf("find read"));
  expect(turnsOf("matched").filter((turn) => !read.has(turn))).toEqual([]);
  const order = seen.filter(({ what }) => what !== "find read");
  // A match is told before the answer of the search that made it.
  expect(order.findIndex(({ what }) => what === "matched")).toBeLessThan(
    order.findIndex(({ what }, n) => what === "find answered" && n > 0),
  );
}, 120_000);
