import { execFileSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { steadyClock, systemClock } from "@serendip/time";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { hmacTurnMinter } from "../../src/edge/turn/hmac-turn-minter.ts";
import { askStun, createTurnProber } from "../../src/edge/turn/turn-prober.ts";
import { freePort, SECRET, startCoturn } from "./coturn.ts";

const clock = steadyClock();
const calendar = systemClock();
const prober = createTurnProber({ clock, withinMs: 3_000 });
const account = (secret = SECRET, ttlMs = 60_000) => hmacTurnMinter({ secret, calendar }).mint("me", ttlMs);

describe("a TURN server that works", () => {
  test.each(["", "?transport=udp", "?transport=tcp"])("[K4] [C52] relays with %j", async (query) => {
    const coturn = await startCoturn();
    const verdict = await prober.probe(`turn:127.0.0.1:${coturn.port}${query}`, account());
    expect(verdict).toEqual({ ok: true, relayMs: expect.any(Number) });
  });

  test("[K4] a probe gives back what it took: another one soon fits into the same quota", async () => {
    const coturn = await startCoturn({ args: ["--user-quota=2", "--total-quota=2"] });
    const me = account();
    for (const query of ["?transport=udp", "?transport=tcp", "?transport=udp"])
      await vi.waitFor(
        async () => {
          const verdict = await prober.probe(`turn:127.0.0.1:${coturn.port}${query}`, me);
          expect(verdict).toMatchObject({ ok: true });
        },
        { timeout: 8_000, interval: 500 },
      );
  });
});

describe("a TURN server that does not", () => {
  test.each(["udp", "tcp"])(
    "[K4] refuses a wrong secret over %s, and that is what is said",
    async (transport) => {
      const coturn = await startCoturn();
      const url = `turn:127.0.0.1:${coturn.port}?transport=${transport}`;
      expect(await prober.probe(url, account("another"))).toEqual({
        ok: false,
        why: "unauthorized",
        sentence: `TURN server ${url} refuses the credentials (401).`,
      });
    },
  );

  test("[K4] refuses credentials that have ended", async () => {
    const coturn = await startCoturn();
    const verdict = await prober.probe(`turn:127.0.0.1:${coturn.port}`, account(SECRET, -5_000));
    expect(verdict).toMatchObject({ ok: false, why: "unauthorized" });
  });

  test.each(["udp", "tcp"])("[K4] is dead, over %s: known at once", async (transport) => {
    const coturn = await startCoturn();
    await coturn.stop();
    const startedAt = clock.now();
    const verdict = await prober.probe(`turn:127.0.0.1:${coturn.port}?transport=${transport}`, account());
    expect(verdict).toMatchObject({ ok: false, why: "unreachable" });
    expect(clock.now() - startedAt).toBeLessThan(2_500);
  });

  test("[K4] is silent: known when the time is over", async () => {
    const silent = createSocket("udp4").bind(0, "127.0.0.1");
    await once(silent, "listening");
    const quick = createTurnProber({ clock, withinMs: 500 });
    const verdict = await quick.probe(`turn:127.0.0.1:${silent.address().port}`, account());
    silent.close();
    expect(verdict).toMatchObject({
      ok: false,
      why: "unreachable",
      sentence: expect.stringContaining("500 ms"),
    });
  });

  test("[K4] has a name that does not exist", async () => {
    const verdict = await prober.probe("turn:no-such-host.invalid", account());
    expect(verdict).toMatchObject({ ok: false, why: "unreachable" });
  });

  test("[K4] permits no peer", async () => {
    const coturn = await startCoturn({ loopbackPeers: false });
    const verdict = await prober.probe(`turn:127.0.0.1:${coturn.port}`, account());
    expect(verdict).toMatchObject({ ok: false, why: "no-permission" });
  });

  test("[K4] has no room", async () => {
    const coturn = await startCoturn({ args: ["--user-quota=1"] });
    const verdict = await prober.probe(`turn:127.0.0.1:${coturn.port}`, account());
    expect(verdict).toMatchObject({ ok: false, why: "quota" });
  });

  test("[K4] is no TURN server", async () => {
    const web = createServer((_, reply) => reply.end("hello")).listen(0, "127.0.0.1");
    await once(web, "listening");
    const address = web.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const verdict = await prober.probe(`turn:127.0.0.1:${port}?transport=tcp`, account());
    web.close();
    expect(verdict).toMatchObject({ ok: false, why: "unreachable" });
  });
});

test("[K4] a server that names an alternate one relays there, and only one step is gone", async () => {
  const relaying = await startCoturn();
  const first = await startCoturn({ args: [`--alternate-server=127.0.0.1:${relaying.port}`] });
  const before = await startCoturn({ args: [`--alternate-server=127.0.0.1:${first.port}`] });
  expect(await prober.probe(`turn:127.0.0.1:${first.port}`, account())).toMatchObject({ ok: true });
  expect(await prober.probe(`turn:127.0.0.1:${before.port}`, account())).toMatchObject({
    ok: false,
    why: "refused",
    sentence: expect.stringContaining("sends on again"),
  });
});

describe("TURN over TLS", () => {
  let folder = "";
  let tls = { cert: "", key: "" };
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "turn-tls-"));
    tls = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
    const names = ["-subj", "/CN=turn.test", "-addext", "subjectAltName=IP:127.0.0.1"];
    const files = ["-keyout", tls.key, "-out", tls.cert];
    execFileSync(
      "openssl",
      ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", ...names, ...files],
      {
        stdio: "ignore",
      },
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("[K4] relays, when its certificate is one that is trusted", async () => {
    const coturn = await startCoturn({ tls });
    const trusting = createTurnProber({ clock, withinMs: 3_000, authority: readFileSync(tls.cert, "utf8") });
    const verdict = await trusting.probe(`turns:127.0.0.1:${coturn.tlsPort}`, account());
    expect(verdict).toMatchObject({ ok: true });
  });

  test("[K4] a certificate that browsers would refuse counts as a fault, and is named", async () => {
    const coturn = await startCoturn({ tls });
    const verdict = await prober.probe(`turns:127.0.0.1:${coturn.tlsPort}`, account());
    expect(verdict).toEqual({
      ok: false,
      why: "tls",
      sentence: `TURN server turns:127.0.0.1:${coturn.tlsPort} has a TLS certificate that browsers do not accept (DEPTH_ZERO_SELF_SIGNED_CERT).`,
    });
  });

  test("[K4] a server without TLS behind a turns: address", async () => {
    const coturn = await startCoturn();
    const verdict = await prober.probe(`turns:127.0.0.1:${coturn.port}`, account());
    expect(verdict.ok).toBe(false);
  });

  test("[K4] another service behind a turns: address is not taken for a bad certificate", async () => {
    const web = createServer((_, reply) => reply.end("hello")).listen(0, "127.0.0.1");
    await once(web, "listening");
    const { port } = web.address() as AddressInfo;
    const verdict = await prober.probe(`turns:127.0.0.1:${port}`, account());
    web.close();
    expect(verdict).toMatchObject({
      ok: false,
      why: "no-tls",
      sentence: expect.stringContaining("speaks no TLS"),
    });
  });
});

describe("a STUN server", () => {
  test("[K4] answers", async () => {
    const coturn = await startCoturn();
    const url = { scheme: "stun", host: "127.0.0.1", port: coturn.port, transport: "udp" } as const;
    expect(await askStun(url, { clock, withinMs: 2_000 })).toBeLessThan(2_000);
  });

  test("[K4] is dead", async () => {
    const url = { scheme: "stun", host: "127.0.0.1", port: await freePort(), transport: "udp" } as const;
    await expect(askStun(url, { clock, withinMs: 500 })).rejects.toThrow();
  });
});

test("[K4] nothing is left open after a probe: no socket, no timer", async () => {
  const coturn = await startCoturn();
  await prober.probe(`turn:127.0.0.1:${coturn.port}`, account());
  await prober.probe(`turn:127.0.0.1:${coturn.port}?transport=tcp`, account("another"));
  const open = () => process.getActiveResourcesInfo().filter((name) => /^(UDP|TCP|TLS|Timeout)/.test(name));
  // A socket is gone a moment after it was closed. No timer here: it would be one of those that are looked for.
  for (const end = Date.now() + 2_000; open().length > 0 && Date.now() < end; )
    await new Promise((resolve) => setImmediate(resolve));
  expect(open()).toEqual([]);
});
