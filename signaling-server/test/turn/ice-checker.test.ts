import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { steadyClock, systemClock } from "@serendip/time";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { hmacTurnMinter } from "../../src/edge/turn/hmac-turn-minter.ts";
import { createIceChecker } from "../../src/edge/turn/ice-checker.ts";
import { systemResolver } from "../../src/edge/turn/name-resolver.ts";
import { type Certificate, makeCertificate } from "./certificate.ts";
import { freePort, SECRET, startCoturn } from "./coturn.ts";

const clock = steadyClock();
const calendar = systemClock();
const checker = createIceChecker({ clock, withinMs: 3_000, resolver: systemResolver });
const account = (secret = SECRET, ttlMs = 60_000) =>
  hmacTurnMinter({ secret, calendar }).mint({ group: "me", member: "me" }, ttlMs);

describe("a TURN server that works", () => {
  test.each(["", "?transport=udp", "?transport=tcp"])("[K6] relays with %j", async (query) => {
    const coturn = await startCoturn();
    const verdict = await checker.checkTurn(`turn:127.0.0.1:${coturn.port}${query}`, account());
    expect(verdict).toEqual({ state: "up", relayMs: expect.any(Number), faults: [] });
  });

  test("[K6] a check gives back what it took: another one soon fits into the same quota", async () => {
    const coturn = await startCoturn({ args: ["--user-quota=2", "--total-quota=2"] });
    const me = account();
    for (const query of ["?transport=udp", "?transport=tcp", "?transport=udp"])
      await vi.waitFor(
        async () => {
          const verdict = await checker.checkTurn(`turn:127.0.0.1:${coturn.port}${query}`, me);
          expect(verdict).toMatchObject({ state: "up" });
        },
        { timeout: 8_000, interval: 500 },
      );
  });
});

/** Passes packets on to a UDP port of this machine, and back, but for those to it that `loses` tells. */
async function forwardUdp(port: number, loses: (packet: Buffer) => boolean) {
  const front = createSocket("udp4").bind(0, "127.0.0.1");
  await once(front, "listening");
  const behind = new Map<number, Socket>();
  front.on("message", (packet, { port: client }) => {
    if (loses(packet)) return;
    let socket = behind.get(client);
    if (!socket) {
      socket = createSocket("udp4").on("message", (answer) => front.send(answer, client, "127.0.0.1"));
      behind.set(client, socket);
    }
    socket.send(packet, port, "127.0.0.1");
  });
  const close = () => {
    for (const socket of [front, ...behind.values()]) socket.close();
  };
  return { port: front.address().port, close };
}

describe("a check that ends while it holds two relayed addresses", () => {
  const CREATE_PERMISSION = 8;

  test.each([
    { end: "because its time is over", leaves: false },
    { end: "because it is not waited for", leaves: true },
  ])("[K6] $end gives them back", async ({ leaves }) => {
    const coturn = await startCoturn({ args: ["--user-quota=2", "--total-quota=2"] });
    const left = new AbortController();
    let asked = 0;
    const way = await forwardUdp(coturn.port, (packet) => {
      if (packet.readUInt16BE(0) !== CREATE_PERMISSION) return false;
      asked += 1;
      if (leaves) left.abort();
      return true;
    });
    const quick = createIceChecker({ clock, withinMs: leaves ? 20_000 : 1_000, resolver: systemResolver });
    const me = account();
    const verdict = await quick.checkTurn(`turn:127.0.0.1:${way.port}`, me, left.signal);
    expect(verdict).toMatchObject({ state: "down", why: "unreachable" });
    expect(asked).toBeGreaterThan(0);
    await vi.waitFor(
      async () =>
        expect(await checker.checkTurn(`turn:127.0.0.1:${coturn.port}`, me)).toMatchObject({ state: "up" }),
      { timeout: 8_000, interval: 500 },
    );
    way.close();
  });
});

describe("a TURN server that does not", () => {
  test.each(["udp", "tcp"])(
    "[K9] refuses a wrong secret over %s, and that is what is said",
    async (transport) => {
      const coturn = await startCoturn();
      const url = `turn:127.0.0.1:${coturn.port}?transport=${transport}`;
      expect(await checker.checkTurn(url, account("another"))).toEqual({
        state: "down",
        why: "unauthorized",
        sentence: `TURN server ${url} refuses the credentials (401).`,
      });
    },
  );

  test("[K9] refuses credentials that have ended", async () => {
    const coturn = await startCoturn();
    const verdict = await checker.checkTurn(`turn:127.0.0.1:${coturn.port}`, account(SECRET, -5_000));
    expect(verdict).toMatchObject({ state: "down", why: "unauthorized" });
  });

  test.each(["udp", "tcp"])("[K4] [K9] is dead, over %s: known at once", async (transport) => {
    const coturn = await startCoturn();
    await coturn.stop();
    const startedAt = clock.now();
    const verdict = await checker.checkTurn(
      `turn:127.0.0.1:${coturn.port}?transport=${transport}`,
      account(),
    );
    expect(verdict).toMatchObject({ state: "down", why: "unreachable" });
    expect(clock.now() - startedAt).toBeLessThan(2_500);
  });

  test("[K4] [K9] is silent: known when the time is over", async () => {
    const silent = createSocket("udp4").bind(0, "127.0.0.1");
    await once(silent, "listening");
    const quick = createIceChecker({ clock, withinMs: 500, resolver: systemResolver });
    const verdict = await quick.checkTurn(`turn:127.0.0.1:${silent.address().port}`, account());
    silent.close();
    expect(verdict).toMatchObject({
      state: "down",
      why: "unreachable",
      sentence: expect.stringContaining("500 ms"),
    });
  });

  test("[K9] has a name that does not exist", async () => {
    const verdict = await checker.checkTurn("turn:no-such-host.invalid", account());
    expect(verdict).toMatchObject({
      state: "down",
      why: "unresolved",
      sentence: expect.stringMatching(/ has a name that cannot be resolved \(E\w+\)\.$/),
    });
  });

  test("[K9] permits no peer at all", async () => {
    const coturn = await startCoturn({ args: ["--denied-peer-ip=0.0.0.0-255.255.255.255"] });
    const verdict = await checker.checkTurn(`turn:127.0.0.1:${coturn.port}`, account());
    expect(verdict).toMatchObject({ state: "down", why: "no-permission" });
  });

  test("[K9] is no TURN server", async () => {
    const web = createServer((_, reply) => reply.end("hello")).listen(0, "127.0.0.1");
    await once(web, "listening");
    const address = web.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const verdict = await checker.checkTurn(`turn:127.0.0.1:${port}?transport=tcp`, account());
    web.close();
    expect(verdict).toMatchObject({ state: "down", why: "unreachable" });
  });
});

test("[K6] a server that names an alternate one relays there, and only one step is gone", async () => {
  const relaying = await startCoturn();
  const first = await startCoturn({ args: [`--alternate-server=127.0.0.1:${relaying.port}`] });
  const before = await startCoturn({ args: [`--alternate-server=127.0.0.1:${first.port}`] });
  expect(await checker.checkTurn(`turn:127.0.0.1:${first.port}`, account())).toMatchObject({ state: "up" });
  expect(await checker.checkTurn(`turn:127.0.0.1:${before.port}`, account())).toMatchObject({
    state: "down",
    why: "refused",
    sentence: expect.stringContaining("sends on again"),
  });
});

describe("TURN over TLS", () => {
  let tls: Certificate;
  beforeAll(() => {
    tls = makeCertificate("IP:127.0.0.1");
  });
  afterAll(() => tls.remove());

  test("[K6] relays, when its certificate is one that is trusted", async () => {
    const coturn = await startCoturn({ tls });
    const authority = readFileSync(tls.cert, "utf8");
    const trusting = createIceChecker({ clock, withinMs: 3_000, resolver: systemResolver, authority });
    const verdict = await trusting.checkTurn(`turns:127.0.0.1:${coturn.tlsPort}`, account());
    expect(verdict).toMatchObject({ state: "up" });
  });

  test("[K9] a certificate that browsers would refuse counts as a fault, and is named", async () => {
    const coturn = await startCoturn({ tls });
    const verdict = await checker.checkTurn(`turns:127.0.0.1:${coturn.tlsPort}`, account());
    expect(verdict).toEqual({
      state: "down",
      why: "tls",
      sentence: `TURN server turns:127.0.0.1:${coturn.tlsPort} has a TLS certificate that browsers do not accept (DEPTH_ZERO_SELF_SIGNED_CERT).`,
    });
  });

  test("[K9] a server without TLS behind a turns: address", async () => {
    const coturn = await startCoturn();
    const verdict = await checker.checkTurn(`turns:127.0.0.1:${coturn.port}`, account());
    expect(verdict.state).toBe("down");
  });

  test("[K9] another service behind a turns: address is not taken for a bad certificate", async () => {
    const web = createServer((_, reply) => reply.end("hello")).listen(0, "127.0.0.1");
    await once(web, "listening");
    const { port } = web.address() as AddressInfo;
    const verdict = await checker.checkTurn(`turns:127.0.0.1:${port}`, account());
    web.close();
    expect(verdict).toMatchObject({
      state: "down",
      why: "no-tls",
      sentence: expect.stringContaining("speaks no TLS"),
    });
  });
});

describe("a STUN server", () => {
  test("[K6] answers", async () => {
    const { port } = await startCoturn();
    expect(await checker.checkStun(`stun:127.0.0.1:${port}`)).toEqual({
      state: "up",
      tookMs: expect.any(Number),
      faults: [],
    });
  });

  test("[K9] is dead", async () => {
    const url = `stun:127.0.0.1:${await freePort()}`;
    expect(await checker.checkStun(url)).toEqual({
      state: "down",
      why: "unreachable",
      sentence: `STUN server ${url} cannot be reached: nothing listens on that port (ECONNREFUSED).`,
    });
  });
});

test("[K6] nothing is left open after a check: no socket, no timer", async () => {
  const coturn = await startCoturn();
  await checker.checkTurn(`turn:127.0.0.1:${coturn.port}`, account());
  await checker.checkTurn(`turn:127.0.0.1:${coturn.port}?transport=tcp`, account("another"));
  await checker.checkStun(`stun:127.0.0.1:${coturn.port}`);
  const open = () => process.getActiveResourcesInfo().filter((name) => /^(UDP|TCP|TLS|Timeout)/.test(name));
  // A socket is gone a moment after it was closed. No timer here: it would be one of those that are looked for.
  for (const end = Date.now() + 2_000; open().length > 0 && Date.now() < end; )
    await new Promise((resolve) => setImmediate(resolve));
  expect(open()).toEqual([]);
});
