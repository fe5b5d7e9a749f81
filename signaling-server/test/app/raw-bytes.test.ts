import { afterEach, beforeEach, expect, test } from "vitest";
import { meet, mint, NO_HURRY, offer, serve, type TestServer, until } from "./page.ts";
import { dial, frame, head, openWebSocket, upgradeTo, WS_PATH } from "./raw.ts";

let server: TestServer;
beforeEach(async () => {
  server = await serve(NO_HURRY);
});
afterEach(() => server.stop());

const METHODS = ["GET", "POST", "OPTIONS", "CONNECT", "HEAD", "nonsense"];
const PATHS = [
  "/",
  "/healthz",
  "/v1/sessions",
  "/nowhere",
  WS_PATH,
  "/socket.io/?EIO=4&transport=polling",
  "*",
];
const UPGRADES = [undefined, "x", "websocket", "h2c", "websocket, h2c"];
const LENGTH = { "Content-Length": "10", "Content-Type": "application/json" };

/** What a stranger sends first, whole or cut off somewhere. */
const forms: { readonly name: string; readonly text: string }[] = METHODS.flatMap((method) =>
  PATHS.flatMap((path) =>
    UPGRADES.flatMap((kind) => {
      const name = `${method} ${path} ${kind ?? "without upgrade"}`;
      const fields = { ...(method === "POST" ? LENGTH : {}), ...(kind ? upgradeTo(kind) : {}) };
      const text = head(`${method} ${path} HTTP/1.1`, fields);
      return [
        { name, text },
        { name: `${name}, half a head`, text: text.slice(0, text.length / 2) },
        { name: `${name}, half a body`, text: `${text}{"a"` },
        { name: `${name}, twice`, text: text + text },
      ];
    }),
  ),
);
const DELAYS_MS = [0, 1, 10, 100, 1_000];
const KEPT = head("GET /healthz HTTP/1.1");

const CANDIDATE = {
  kind: "candidate",
  candidate: { candidate: "", sdpMid: "0", sdpMLineIndex: 0 },
} as const;

interface Attempt {
  readonly text: string | Buffer;
  readonly ending: "reset" | "close" | "half-close";
  readonly delayMs: number;
  /** An answered request goes first. */
  readonly kept: boolean;
}

/** Resolves when this stranger is gone, whatever became of it. */
async function strange({ text, ending, delayMs, kept }: Attempt): Promise<void> {
  const line = dial(server, kept ? KEPT : "");
  if (kept) await until("the first answer", () => line.received().includes("ok") || line.ended());
  line.tcp.write(text);
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  if (ending === "reset") line.tcp.resetAndDestroy();
  else if (ending === "close") line.tcp.destroy();
  else {
    line.tcp.end();
    await until("it is closed", line.ended, 15_000);
    line.tcp.destroy();
  }
}

/** A stranger with a WebSocket; with a token, after a hello. */
async function frames(token: string | undefined, bytes: Buffer, delayMs: number): Promise<void> {
  const line = await openWebSocket(server);
  if (token) {
    line.hello(token);
    await until("the welcome", () => line.received().includes("welcome"));
  }
  line.tcp.write(bytes);
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  line.tcp.resetAndDestroy();
}

test("[W6] [W15] whatever bytes strangers send, and however they go, nobody else notices (C6, C14, C76)", async () => {
  expect(forms.length).toBeGreaterThan(800);
  const pair = await meet(server);
  let sequence = 0;
  let over = false;
  const talking = (async () => {
    while (!over) {
      sequence += 1;
      const about = offer(pair.roomId, sequence);
      // A description makes room for 100 more candidates (R12), so that the two never have to stop.
      const signal = sequence % 100 === 1 ? about.signal : CANDIDATE;
      expect(await pair.a.request("signal", { ...about, signal })).toEqual({ ok: true });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  /** Plays strangers, and sees to it that the pair talks beside them. */
  const beside = async (strangers: readonly Promise<void>[]) => {
    const before = sequence;
    const talked = until("the pair talks beside them", () => sequence > before + 1);
    await Promise.all([talked, ...strangers]);
  };

  const endings = ["reset", "close", "half-close"] as const;
  const attempts = Array.from({ length: 1_900 }, (_, n): Attempt => {
    const { text } = forms[(n * 7) % forms.length] ?? expect.fail("no form");
    const ending = endings[n % 8 === 7 ? 2 : n % 2] ?? "reset";
    return { text, ending, delayMs: DELAYS_MS[n % DELAYS_MS.length] ?? 0, kept: n % 3 === 0 };
  });
  for (let from = 0; from < attempts.length; from += 190)
    await beside(attempts.slice(from, from + 190).map(strange));

  const oddFrames = [
    frame("451-[{}]"),
    frame("40/admin,{}"),
    frame("z"),
    frame("", 2),
    frame("x".repeat(200), 9),
    Buffer.from([0xff, 0xff, 0xff]),
    frame("42[").subarray(0, 3),
  ];
  // One after the other, so that the client's pool keeps few connections open.
  const tokens: string[] = [];
  for (let n = 0; n < 50; n += 1) tokens.push((await mint(server)).token);
  await beside(
    Array.from({ length: 100 }, (_, n) =>
      frames(n % 2 ? tokens[n >> 1] : undefined, oddFrames[n % oddFrames.length] ?? Buffer.alloc(0), n % 20),
    ),
  );
  over = true;
  await talking;
  await until("every signal", () => pair.b.count("signal") === sequence);
  expect(pair.a.count("partner-away") + pair.b.count("partner-away")).toBe(0);
  expect(server.log.lines.filter(({ level }) => level === "error")).toEqual([]);
  await until("only the pair is left", async () => (await server.getStats()).totalUsers === 2, 20_000);
  await until(
    "no connection is left over",
    async () => (await server.getStats()).totalConnections <= 6,
    20_000,
  );
}, 120_000);
