import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type RunningProxy, startProxy } from "@serendip/tooling/proxies";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Certificate, makeCertificate } from "../turn/certificate.ts";
import { arrive, meet, ORIGIN, offer, serve, type TestServer, until } from "./page.ts";

/** Ports that were free a moment ago. */
async function freePorts(count: number): Promise<readonly number[]> {
  const probes = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(probes.map((probe) => once(probe, "listening")));
  const ports = probes.map((probe) => (probe.address() as AddressInfo).port);
  await Promise.all(probes.map((probe) => once(probe.close(), "close")));
  return ports;
}

/** Hands everything on to the server, and keeps what the proxy has sent. */
async function tap(server: TestServer) {
  let seen = "";
  const between = createServer((socket) => {
    const onward = connect(server.port, "127.0.0.1");
    for (const [from, to] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      from.on("error", () => to.destroy());
      from.pipe(to);
    }
    socket.on("data", (chunk: Buffer) => {
      seen += chunk.toString("latin1");
    });
  });
  await once(between.listen(0, "127.0.0.1"), "listening");
  return {
    port: (between.address() as AddressInfo).port,
    seen: () => seen.toLowerCase(),
    forget() {
      seen = "";
    },
    close: () => void between.close(),
  };
}

describe.each([
  { kind: "nginx", hasPage: true },
  { kind: "caddy", hasPage: true },
  { kind: "nginx for signaling", hasPage: false },
  { kind: "caddy with two hosts", hasPage: false },
] as const)("behind $kind with the example of deploy/", ({ kind, hasPage }) => {
  let certificate: Certificate;
  let root: string;
  let server: TestServer;
  let between: Awaited<ReturnType<typeof tap>>;
  let proxy: RunningProxy;
  let port = 0;
  let plainPort = 0;
  let place = { url: "" };

  /** Asks the proxy, as a client that may send any header. */
  async function ask(
    path: string,
    headers: Record<string, string> = {},
    { host = "127.0.0.1", at = port } = {},
  ) {
    const sent = request({
      host,
      port: at,
      path,
      headers: { host: "localhost", ...headers },
      servername: "localhost",
    });
    sent.end();
    const [response] = await once(sent, "response");
    return { status: response.statusCode, headers: response.headers, body: await text(response) };
  }

  beforeAll(async () => {
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    certificate = makeCertificate("DNS:localhost");
    root = mkdtempSync(join(tmpdir(), "serendip-page-"));
    for (const folder of ["assets", "check"]) mkdirSync(join(root, folder));
    for (const file of ["index.html", "check/index.html"])
      writeFileSync(join(root, file), "<!doctype html>page");
    writeFileSync(join(root, "assets/a.js"), "1;");
    writeFileSync(join(root, "config.json"), '{ "signalingUrl": "/" }');
    server = await serve({ PING_INTERVAL_MS: "1000" });
    between = await tap(server);
    [port = 0, plainPort = 0] = await freePorts(2);
    place = { url: `https://localhost:${port}` };
    const { cert, key } = certificate;
    proxy = await startProxy(kind, {
      ...{ port, plainPort, upstreamPort: between.port, cert, key, root },
      isReady: () =>
        ask("/").then(
          () => true,
          () => false,
        ),
    });
  }, 30_000);

  afterAll(async () => {
    vi.unstubAllEnvs();
    await proxy?.stop();
    await server?.stop();
    between?.close();
    certificate?.remove();
    rmSync(root, { recursive: true, force: true });
  });

  test("[X7] two people set up a call by wss, frames of 60 KB pass, and a silent WebSocket stays", async () => {
    const { a, b, roomId } = await meet(place);
    expect(await a.request("signal", offer(roomId, 1, "v=0 ".padEnd(16_000, "x")))).toEqual({ ok: true });
    expect(await b.next("signal")).toMatchObject({ sequence: 1 });
    // Longer than any signal, and shorter than a frame may be: it arrives, and is refused with a typed answer.
    const long = await a.request("signal", offer(roomId, 2, "v=0 ".padEnd(60_000, "x")));
    expect(long).toMatchObject({ ok: false, error: { code: "too_large" } });
    let pings = 0;
    b.socket.io.on("ping", () => {
      pings += 1;
    });
    await until("some pings", () => pings >= 3);
    expect([a.closed(), b.closed()]).toEqual([undefined, undefined]);
    a.close();
    b.close();
  });

  test("[X7] two people meet by polling", async () => {
    const options = { transports: ["polling"] };
    const [a, b] = [await arrive(place, { options }), await arrive(place, { options })];
    await a.request("find", { requestId: "a" });
    await b.request("find", { requestId: "b" });
    const { room } = await a.next("matched");
    await a.request("signal", offer(room.roomId, 1));
    expect(await b.next("signal")).toMatchObject({ sequence: 1 });
    a.close();
    b.close();
  });

  test("[X7] the server is told the address of who asks, and nothing that a stranger has written in its place", async () => {
    between.forget();
    const lies = {
      "X-Forwarded-For": "203.0.113.7",
      Forwarded: "for=203.0.113.7",
      "X-Real-IP": "203.0.113.7",
    };
    for (const path of ["/readyz", "/socket.io/?EIO=4&transport=polling"])
      expect((await ask(path, { ...lies, Origin: ORIGIN })).status).toBe(200);
    const fields = between
      .seen()
      .split("\r\n")
      .filter((line) => line.startsWith("x-forwarded-for:"));
    expect(fields.length).toBeGreaterThanOrEqual(2);
    expect(new Set(fields)).toEqual(new Set(["x-forwarded-for: 127.0.0.1"]));
    expect(between.seen()).toContain("x-forwarded-proto: https");
    expect(between.seen()).not.toContain("203.0.113.7");
  });

  if (hasPage)
    test("[X7] pages are asked for anew, their parts kept, and each answer carries its headers once", async () => {
      const [page, part, config] = [await ask("/"), await ask("/assets/a.js"), await ask("/config.json")];
      expect([page.status, part.status, config.status]).toEqual([200, 200, 200]);
      const kept = [page, part, config].map(({ headers }) => headers["cache-control"]);
      expect(kept).toEqual(["no-cache", "public, max-age=31536000, immutable", "no-store"]);
      expect(page.headers["content-security-policy"]).toContain(
        "connect-src 'self' wss://localhost; frame-ancestors 'none'",
      );
      const check = await ask("/check");
      expect([301, 302, 308]).toContain(check.status);
      expect(check.headers.location).toMatch(/\/check\/$/);
      expect((await ask("/check/")).body).toContain("page");

      const signaling = await ask("/readyz");
      expect(signaling.headers["content-security-policy"]).toBe(
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
      );
      for (const { headers } of [page, part, config, signaling]) {
        expect(headers["strict-transport-security"]).toBe("max-age=31536000");
        expect(headers["x-content-type-options"]).toBe("nosniff");
        expect(headers["x-frame-options"]).toBe("DENY");
        expect(String(headers.server ?? "")).not.toMatch(/\d/);
      }
    });
  else
    test("[X7] the host of the signaling server has no page, and serves pages of another host", async () => {
      const [nothing, ready] = [await ask("/"), await ask("/readyz", { Origin: ORIGIN })];
      expect([nothing.status, ready.status]).toEqual([404, 200]);
      expect(ready.headers["access-control-allow-origin"]).toBe(ORIGIN);
      for (const { headers } of [nothing, ready])
        expect(headers["strict-transport-security"]).toBe("max-age=31536000");
    });

  test("[X7] nothing but what a page needs is passed on, and no header without end", async () => {
    between.forget();
    for (const path of [
      "/healthz",
      "/debug/sessions",
      "/debug/calls",
      "/v1/../debug/calls",
      "/socket.io/../debug/calls",
    ])
      expect((await ask(path)).status, path).toBe(404);
    expect(
      (await ask("/readyz", { "X-Long": "x".repeat(40_000) }).catch(() => ({ status: 0 }))).status,
    ).not.toBe(200);
    expect(between.seen()).not.toMatch(/debug|healthz|x-long/);
  });

  test("[X7] http leads to https, and IPv6 is served as well", async () => {
    const plain = await fetch(`http://localhost:${plainPort}/check/?x=1`, { redirect: "manual" });
    expect([301, 308]).toContain(plain.status);
    expect(plain.headers.get("location")).toMatch(/^https:\/\/localhost(:\d+)?\/check\/\?x=1$/);
    expect((await ask("/readyz", {}, { host: "::1" })).status).toBe(200);
  });

  test("[X7] no log of the proxy has an address or the id of a connection", async () => {
    await ask("/socket.io/?EIO=4&transport=polling&sid=secret-of-a-connection", { Origin: ORIGIN });
    if (kind.startsWith("nginx")) await until("a line", () => proxy.accessLog().includes("/socket.io/"));
    const logs = proxy.accessLog() + proxy.output();
    expect(logs).not.toContain("secret-of-a-connection");
    expect(proxy.accessLog()).not.toContain("127.0.0.1");
  });

  test("[X7] nor has one while the server is stopped", async () => {
    const [at = 0, plain = 0, nobody = 0] = await freePorts(3);
    const { cert, key } = certificate;
    const isReady = () =>
      ask("/", {}, { at }).then(
        () => true,
        () => false,
      );
    const parts = { port: at, plainPort: plain, upstreamPort: nobody, cert, key, root, isReady };
    const lone = await startProxy(kind, parts);
    const path = "/socket.io/?EIO=4&transport=polling&sid=secret-of-a-connection";
    const answer = await ask(path, { Origin: ORIGIN }, { host: "::1", at }).finally(() => lone.stop());
    expect(answer.status).toBe(502);
    expect(lone.output()).not.toMatch(/secret-of-a-connection|::1/);
  });
});
