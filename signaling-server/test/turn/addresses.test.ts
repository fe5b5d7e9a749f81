import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { steadyClock, systemClock } from "@serendip/time";
import type { Coturn } from "@serendip/tooling/coturn";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { examine } from "../../src/doctor/examine.ts";
import { type Finding, lineOf } from "../../src/doctor/finding.ts";
import { hmacTurnMinter } from "../../src/edge/turn/hmac-turn-minter.ts";
import { createIceChecker } from "../../src/edge/turn/ice-checker.ts";
import { createIce } from "../../src/ice-setup.ts";
import { keptLog, until } from "../app/page.ts";
import { type Certificate, makeCertificate } from "./certificate.ts";
import { freePort, SECRET, startCoturn } from "./coturn.ts";
import { turnTest } from "./names.ts";

const LOOPBACK = { IPv4: "127.0.0.1", IPv6: "::1" } as const;
const clock = steadyClock();
const calendar = systemClock();
const account = () =>
  hmacTurnMinter({ secret: SECRET, calendar }).mint({ group: "me", member: "me" }, 60_000);

let tls: Certificate;
beforeAll(() => {
  tls = makeCertificate("DNS:turn.test");
});
afterAll(() => tls.remove());

/** A checker for which `turn.test` has these addresses. */
const checkerFor = (addresses: readonly string[], withinMs = 3_000) =>
  createIceChecker({
    ...{ clock, withinMs, resolver: turnTest(...addresses) },
    authority: readFileSync(tls.cert, "utf8"),
  });

const URLS = {
  "TURN over UDP": ({ port }) => `turn:turn.test:${port}?transport=udp`,
  "TURN over TCP": ({ port }) => `turn:turn.test:${port}?transport=tcp`,
  "TURN over TLS": ({ tlsPort }) => `turns:turn.test:${tlsPort}`,
  "STUN over UDP": ({ port }) => `stun:turn.test:${port}`,
  "STUN over TLS": ({ tlsPort }) => `stuns:turn.test:${tlsPort}`,
} satisfies Record<string, (coturn: Coturn) => string>;

const check = (url: string, addresses: readonly string[], withinMs?: number) => {
  const checker = checkerFor(addresses, withinMs);
  return url.startsWith("turn") ? checker.checkTurn(url, account()) : checker.checkStun(url);
};

describe.each(["IPv4", "IPv6"] as const)("a name of both families, of which only %s answers", (alive) => {
  const dead = alive === "IPv4" ? "IPv6" : "IPv4";

  test.each([
    { first: alive, order: [LOOPBACK[alive], LOOPBACK[dead]] },
    { first: dead, order: [LOOPBACK[dead], LOOPBACK[alive]] },
  ])("[K7] works over everything, $first first, and the other one is said", async ({ order }) => {
    const coturn = await startCoturn({ listen: [LOOPBACK[alive]], tls });
    for (const urlOf of Object.values(URLS)) {
      const url = urlOf(coturn);
      expect(await check(url, order), url).toMatchObject({
        state: "up",
        faults: [
          {
            address: LOOPBACK[dead],
            family: dead,
            why: "unreachable",
            sentence: `The ${dead} address ${LOOPBACK[dead]} of ${url.startsWith("turn") ? "TURN" : "STUN"} server ${url} cannot be reached: nothing listens on that port (ECONNREFUSED).`,
          },
        ],
      });
    }
  });
});

test("[K7] a name of both families that both answer has no fault", async () => {
  const coturn = await startCoturn({ listen: ["127.0.0.1", "::1"], tls });
  for (const urlOf of Object.values(URLS))
    expect(await check(urlOf(coturn), ["::1", "127.0.0.1"])).toMatchObject({ state: "up", faults: [] });
});

test.each([[["127.0.0.1", "127.0.0.2"]], [["127.0.0.2", "127.0.0.1"]]])(
  "[K7] a name of two IPv4 addresses, of which one answers: %s",
  async (order) => {
    const coturn = await startCoturn({ tls });
    for (const urlOf of Object.values(URLS))
      expect(await check(urlOf(coturn), order)).toMatchObject({
        state: "up",
        faults: [{ address: "127.0.0.2", family: "IPv4" }],
      });
  },
);

describe("an address that swallows everything", () => {
  let closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing) close();
    closing = [];
  });
  /** Takes packets and connections to the port of ::1, and never answers. */
  async function swallow(port: number): Promise<void> {
    const socket = createSocket("udp6").bind(port, "::1");
    await once(socket, "listening");
    const server: Server = createServer((taken) => void closing.push(() => taken.destroy())).listen(
      port,
      "::1",
    );
    await once(server, "listening");
    closing.push(
      () => socket.close(),
      () => server.close(),
    );
  }

  test.each([[["::1", "127.0.0.1"]], [["127.0.0.1", "::1"]]])(
    "[K7] delays nothing beyond the time of a check: %s",
    async (order) => {
      const coturn = await startCoturn({ tls });
      await swallow(coturn.port);
      await swallow(coturn.tlsPort);
      for (const urlOf of Object.values(URLS))
        expect(await check(urlOf(coturn), order, 1_000)).toMatchObject({
          state: "up",
          faults: [
            { address: "::1", sentence: expect.stringContaining("does not answer within the 1000 ms") },
          ],
        });
    },
  );
});

describe("a server that names an alternate one", () => {
  test.each(["udp", "tcp"])(
    "[K6] [K7] is followed from the address that answers, over %s",
    async (transport) => {
      const relaying = await startCoturn();
      const first = await startCoturn({ args: [`--alternate-server=127.0.0.1:${relaying.port}`] });
      const verdict = await check(`turn:turn.test:${first.port}?transport=${transport}`, [
        "::1",
        "127.0.0.1",
      ]);
      expect(verdict).toMatchObject({ state: "up", faults: [{ address: "::1" }] });
    },
  );

  test("[K6] is followed to an IPv6 address too", async () => {
    const relaying = await startCoturn({ listen: ["::1"] });
    const first = await startCoturn({ listen: ["::1"], args: [`--alternate-server=[::1]:${relaying.port}`] });
    expect(await check(`turn:turn.test:${first.port}`, ["::1"])).toMatchObject({ state: "up", faults: [] });
  });

  test("[K6] is followed over TLS, where its certificate is for the name that was asked for", async () => {
    const relaying = await startCoturn({ tls });
    const first = await startCoturn({ tls, args: [`--tls-alternate-server=127.0.0.1:${relaying.tlsPort}`] });
    expect(await check(`turns:turn.test:${first.tlsPort}`, ["127.0.0.1"])).toMatchObject({ state: "up" });
  });
});

test("[K7] two machines behind one name, of which one has another secret: the server works", async () => {
  const coturn = await startCoturn();
  await startCoturn({ listen: ["::1"], port: coturn.port, secret: "another" });
  expect(await check(`turn:turn.test:${coturn.port}`, ["::1", "127.0.0.1"])).toMatchObject({
    state: "up",
    faults: [{ address: "::1", why: "unauthorized" }],
  });
});

test("[K7] [K9] a name that works at no address: what tells most is the reason, and each address is said", async () => {
  const coturn = await startCoturn({ secret: "another" });
  const url = `turn:turn.test:${coturn.port}`;
  expect(await check(url, ["::1", "127.0.0.1"])).toEqual({
    state: "down",
    why: "unauthorized",
    sentence: `TURN server ${url} works at no address of its name: 127.0.0.1 refuses the credentials (401); ::1 cannot be reached: nothing listens on that port (ECONNREFUSED).`,
  });
  const dead = `turn:turn.test:${await freePort()}`;
  expect(await check(dead, ["127.0.0.1", "127.0.0.2"])).toMatchObject({
    sentence: expect.stringMatching(/^TURN server \S+ cannot be reached: [^;]*\.$/),
  });
});

test("[K7] [K9] the doctor notes a bad address, says what to do, and does not call it a failure", async () => {
  const { port } = await startCoturn();
  const found: Finding[] = [];
  const env = {
    SESSION_SECRET: "q0ZC9mHk7Tn2VxYb4LrWs8DfJ1PgUeAi3OoKl6",
    PORT: "0",
    STUN_URLS: `stun:turn.test:${port}`,
    TURN_URLS: `turn:turn.test:${port}`,
    TURN_SECRET: SECRET,
  };
  for await (const finding of examine(env, { resolver: turnTest("::1", "127.0.0.1") })) found.push(finding);
  expect(found.slice(3).map(({ verdict }) => verdict)).toEqual(["ok", "note", "ok", "note"]);
  const note = lineOf(found.at(-1) ?? { verdict: "ok", says: "" });
  expect(note).toMatch(/^note {4}The IPv6 address ::1 of TURN server turn:turn\.test:\d+ cannot be reached/);
  expect(note).toMatch(/→ .*IPv6.*AAAA/);
});

test("[K7] [K9] the running server hands such a server out, and logs its bad address once", async () => {
  const { port } = await startCoturn();
  const url = `turn:turn.test:${port}`;
  const log = keptLog();
  const config = {
    stunUrls: [],
    turn: { urls: [url], account: { kind: "minted", secret: SECRET, ttlMs: 60_000 }, checkEveryMs: 500 },
  } as const;
  const resolver = turnTest("::1", "127.0.0.1");
  const { grants, monitor } = createIce(config, {
    clock,
    calendar,
    resolver,
    log,
    onVerdict: () => undefined,
  });
  monitor.start();
  const checks = new Set<number | undefined>();
  await until("it was checked three times", () => {
    checks.add(monitor.statuses()[0]?.checkedAt);
    return checks.size > 3;
  });
  await monitor.stop();
  expect(grants.grant("session-1").iceServers[0]?.urls).toEqual([url]);
  expect(grants.relay()).toBe("ok");
  const said = log.lines.filter(({ message }) => message.startsWith("TURN server"));
  expect(said.map(({ message }) => message)).toEqual([
    "TURN server is up",
    "TURN server has an address that does not work",
  ]);
  expect(said[1]?.fields).toMatchObject({ address: "::1", family: "IPv6" });
});
