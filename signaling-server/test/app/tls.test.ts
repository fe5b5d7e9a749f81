import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { Agent } from "node:https";
import { connect as connectPlain } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { connect, type PeerCertificate, type SecureVersion } from "node:tls";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { TlsFilesFailed } from "../../src/edge/tls/tls-files.ts";
import { type Certificate, makeCertificate } from "../turn/certificate.ts";
import { arrive, meet, mint, ORIGIN, offer, serve, until, WITHOUT_LIMITS } from "./page.ts";
import { dial, frame, head, openWebSocket, WS_PATH } from "./raw.ts";

let first: Certificate;
let second: Certificate;
beforeAll(() => {
  first = makeCertificate("IP:127.0.0.1");
  second = makeCertificate("IP:127.0.0.1");
});
afterAll(() => {
  first.remove();
  second.remove();
});
// No authority has signed them.
beforeEach(() => void vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0"));

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "serendip-tls-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

async function serveOverTls(
  files: { readonly cert: string; readonly key: string } = first,
  more: Parameters<typeof serve>[1] = {},
) {
  const server = await serve({ TLS_CERT_FILE: files.cert, TLS_KEY_FILE: files.key }, more);
  onTestFinished(() => server.stop());
  return server;
}

/** The certificate that a new connection is shown; the code of the error where there is no connection. */
function shownTo(port: number, maxVersion: SecureVersion = "TLSv1.3"): Promise<PeerCertificate | string> {
  return new Promise((resolve) => {
    const options = { minVersion: "TLSv1", ciphers: "ALL:@SECLEVEL=0" } as const;
    const socket = connect({ port, host: "127.0.0.1", maxVersion, ...options }, () => {
      resolve(socket.getPeerCertificate());
      socket.destroy();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

const nameOf = async (port: number) => {
  const shown = await shownTo(port);
  return typeof shown === "string" ? shown : shown.fingerprint256;
};

test("[X3] two people meet over wss and over polling by https, on the same port", async () => {
  const server = await serveOverTls();
  expect(server.url).toMatch(/^https:/);
  const { a, b, roomId } = await meet(server);
  await a.request("signal", offer(roomId, 1));
  expect(await b.next("signal")).toMatchObject({ sequence: 1 });
  const polling = await arrive(server, { options: { transports: ["polling"] } });
  expect(await polling.request("find", { requestId: "find" })).toMatchObject({ ok: true });
  const answer = await fetch(`${server.url}/healthz`);
  expect(answer.headers.get("strict-transport-security")).toBe("max-age=31536000");
  const foreign = dial(server, head(`GET ${WS_PATH} HTTP/1.1`, {}, { origin: "https://evil.example" }));
  await until("the refusal", () => foreign.received().includes("\r\n\r\n"));
  expect(foreign.received()).toMatch(/^HTTP\/1\.1 403 [\s\S]*strict-transport-security/);
  foreign.tcp.destroy();
});

test("[X3] TLS older than 1.2 is refused, 1.2 and 1.3 are not", async () => {
  const { port } = await serveOverTls();
  expect(await shownTo(port, "TLSv1.1")).toMatch(/^(ECONNRESET|ERR_SSL_)/);
  for (const version of ["TLSv1.2", "TLSv1.3"] as const)
    expect(typeof (await shownTo(port, version))).toBe("object");
});

test.each<[string, (place: string) => { cert: string; key: string }, RegExp]>([
  [
    "a certificate that is not there",
    (at) => ({ ...first, cert: join(at, "no.pem") }),
    /^TLS_CERT_FILE names .*no\.pem, which is not there\.$/,
  ],
  [
    "a key that is not there",
    (at) => ({ ...first, key: join(at, "no.pem") }),
    /^TLS_KEY_FILE names .*no\.pem, which is not there\.$/,
  ],
  ["a folder", (at) => ({ ...first, cert: at }), /^TLS_CERT_FILE .* a folder\.$/],
  [
    "files that are exchanged",
    () => ({ cert: first.key, key: first.cert }),
    /^TLS_CERT_FILE .*probably exchanged\.$/,
  ],
  [
    "a key of another certificate",
    () => ({ ...first, key: second.key }),
    /^TLS_KEY_FILE .* is not that of the first certificate in /,
  ],
  ["no key", () => ({ ...first, key: first.cert }), /^TLS_KEY_FILE .* no key in PEM/],
  [
    "an empty file",
    (at) => {
      writeFileSync(join(at, "empty"), "");
      return { ...first, cert: join(at, "empty") };
    },
    /^TLS_CERT_FILE .* no certificate in PEM/,
  ],
  [
    "a damaged certificate",
    (at) => {
      writeFileSync(join(at, "bad"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
      return { ...first, cert: join(at, "bad") };
    },
    /^TLS_CERT_FILE .* damaged\.$/,
  ],
  [
    "a key with a passphrase",
    (at) => {
      const key = join(at, "locked.pem");
      execFileSync("openssl", ["pkey", "-in", first.key, "-aes256", "-passout", "pass:x", "-out", key]);
      return { ...first, key };
    },
    /^TLS_KEY_FILE .* passphrase; take it off with: openssl pkey/,
  ],
])("[X3] %s ends the start with a sentence", async (_what, files, sentence) => {
  const { cert, key } = files(folder());
  const start = serve({ TLS_CERT_FILE: cert, TLS_KEY_FILE: key });
  await expect(start).rejects.toThrow(TlsFilesFailed);
  await expect(start).rejects.toThrow(sentence);
});

test.each(["TLS_CERT_FILE", "TLS_KEY_FILE"])(
  "[X3] %s alone is a fault of the configuration",
  async (name) => {
    await expect(serve({ [name]: first.cert })).rejects.toThrow(
      / is missing; TLS_\w+ is set, and TLS needs both/,
    );
  },
);

test("[X4] files that change are taken for new connections, and no open connection is cut", async () => {
  const live = join(folder(), "live");
  // As certbot and Kubernetes do it: a link that points elsewhere from now on.
  const place = (one: Certificate, name: string) => {
    const target = join(live, name);
    mkdirSync(target, { recursive: true });
    copyFileSync(one.cert, join(target, "cert.pem"));
    copyFileSync(one.key, join(target, "key.pem"));
    symlinkSync(target, join(live, "next"));
    renameSync(join(live, "next"), join(live, "now"));
  };
  place(first, "a");
  const files = { cert: join(live, "now/cert.pem"), key: join(live, "now/key.pem") };
  const server = await serveOverTls(files);
  const { a, b, roomId } = await meet(server);
  const before = await nameOf(server.port);

  // The key is still that of the old certificate.
  copyFileSync(second.cert, join(live, "a/cert.pem"));
  const told = () =>
    server.log.lines.find(({ message }) => message.startsWith("The new TLS files cannot be used"));
  await until("it is said", () => told() !== undefined, 10_000);
  expect(told()).toMatchObject({
    level: "error",
    fields: { reason: expect.stringMatching(/^TLS_KEY_FILE names /) },
  });
  expect(await nameOf(server.port)).toBe(before);

  place(second, "b");
  await until("the new one is shown", async () => (await nameOf(server.port)) !== before, 10_000);
  expect(server.log.text()).toContain("TLS certificate renewed");
  await a.request("signal", offer(roomId, 1));
  expect(await b.next("signal")).toMatchObject({ sequence: 1 });
  for (const page of [a, b]) expect([page.closed(), page.count("partner-away")]).toEqual([undefined, 0]);
  expect((await arrive(server)).welcome.resumed).toBe(false);
});

/** What a client says first in a handshake. */
function helloOfClient(): Promise<Buffer> {
  return new Promise((resolve) => {
    const wire = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        resolve(chunk);
        done();
      },
    });
    connect({ socket: wire }).on("error", () => undefined);
  });
}

const HELLO_OF_TLS = Buffer.from("160301020001000201fc0303", "hex");

test("[X5] who never ends a TLS handshake is cut within 10 s, whether silent or a byte at a time", async () => {
  const server = await serveOverTls();
  const begunAt = Date.now();
  const lines = [Buffer.alloc(0), HELLO_OF_TLS, HELLO_OF_TLS].map((bytes) =>
    dial({ port: server.port }, bytes),
  );
  const trickle = setInterval(() => lines[2]?.tcp.write(Buffer.from([0])), 300);
  onTestFinished(() => clearInterval(trickle));
  expect((await server.getStats()).totalConnections).toBe(0);
  await until("they are counted", async () => (await server.getStats()).totalConnections === 3);
  await until("all are cut", () => lines.every((line) => line.ended()), 12_000);
  expect(Date.now() - begunAt).toBeGreaterThan(9_000);
  await until("none is counted", async () => (await server.getStats()).totalConnections === 0);
}, 20_000);

test("[N4] handshakes that are begun and dropped cost their network points, and then it is cut before them, but no session is", async () => {
  const points = { burst: 200, perSecond: 0.01 };
  const doorRules = { points, answers: { burst: 5, perSecond: 1 } };
  const server = await serve(
    { TLS_CERT_FILE: first.cert, TLS_KEY_FILE: first.key, TRUST_PROXY: "0" },
    { doorRules },
  );
  onTestFinished(() => server.stop());
  const { a, b, roomId } = await meet(server);
  // As browsers do, it goes on with the connections that it has.
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const inTurn = agent as unknown as string;
  const polling = await arrive(server, {
    options: { transports: ["polling"], upgrade: false, agent: inTurn },
  });
  let begun = 0;
  for (let isCut = false; !isCut; begun += 1) {
    const line = dial({ port: server.port });
    // The server's own certificate, or nothing at all.
    line.tcp.write(await helloOfClient());
    await until("its answer or the end", () => line.received() !== "" || line.ended());
    isCut = line.received() === "";
    line.tcp.destroy();
  }
  expect(begun).toBeGreaterThan(5);
  expect(begun).toBeLessThanOrEqual(41);
  expect(await shownTo(server.port)).toMatch(/^(ECONNRESET|EPIPE)$/);
  expect(server.log.text()).toContain("A network is turned away");
  for (let n = 1; n <= 10; n += 1) {
    await a.request("signal", offer(roomId, n));
    expect(await b.next("signal")).toMatchObject({ sequence: n });
    expect(await polling.request("status", {})).toMatchObject({ ok: true });
  }
  for (const page of [a, b, polling]) expect(page.closed()).toBeUndefined();
}, 20_000);

test("[N7] connections that are still in their handshake count for their network, and no longer than they are open", async () => {
  const server = await serve({
    TLS_CERT_FILE: first.cert,
    TLS_KEY_FILE: first.key,
    TRUST_PROXY: "0",
    MAX_CONNECTIONS_PER_NETWORK: "3",
  });
  onTestFinished(() => server.stop());
  const silent = () => dial({ port: server.port });
  const lines = [silent(), silent(), dial(server, head("GET /healthz HTTP/1.1"))] as const;
  await until("the answer", () => lines[2].received() !== "");
  await until("all are counted", async () => (await server.getStats()).totalConnections === 3);
  const fourth = silent();
  await until("it is closed", fourth.ended);
  expect(lines.map(({ ended }) => ended())).toEqual([false, false, false]);
  lines[0].tcp.resetAndDestroy();
  await until("there is room", async () => typeof (await shownTo(server.port)) === "object");
  // A finished handshake is one connection, not two.
  await until("it is gone", async () => (await server.getStats()).totalConnections === 2);
  expect(typeof (await shownTo(server.port))).toBe("object");
});

test("[X5] noise, plain HTTP and connections that are reset in a handshake harm nobody", async () => {
  const server = await serveOverTls();
  const { a, b, roomId } = await meet(server);
  const noise = ["GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(2_000), "\u0000\u0000", HELLO_OF_TLS];
  const strangers = Array.from({ length: 200 }, async (_, n) => {
    const line = dial({ port: server.port }, noise[n % noise.length]);
    if (n % 3 === 0) await until("it is connected", () => !line.tcp.connecting);
    if (n % 3 < 2) line.tcp.resetAndDestroy();
    else if (n % noise.length < 2) await until("it is closed", line.ended);
    line.tcp.destroy();
  });
  await Promise.all(strangers);
  const cut = Array.from({ length: 50 }, async () => {
    const raw = connectPlain({ port: server.port, host: "127.0.0.1" });
    raw.on("error", () => undefined);
    const tls = connect({ socket: raw });
    tls.on("error", () => undefined);
    tls.once("secureConnect", () =>
      tls.write(head(`GET ${WS_PATH} HTTP/1.1`, { Upgrade: "x", Connection: "Upgrade" })),
    );
    await until("it is connected", () => !raw.connecting);
    await new Promise((resolve) => setImmediate(resolve));
    raw.resetAndDestroy();
  });
  await Promise.all(cut);
  await a.request("signal", offer(roomId, 1));
  expect(await b.next("signal")).toMatchObject({ sequence: 1 });
  expect(server.log.lines.filter(({ level }) => level === "error")).toEqual([]);
  await until("the strangers are gone", async () => (await server.getStats()).totalConnections <= 4);
}, 20_000);

test("[X5] [W9] [W10] over TLS too a connection is cut that does not read, asks without end, or floods", async () => {
  const server = await serveOverTls();
  const asking = dial(server, head("GET /healthz HTTP/1.1").repeat(2_000));
  await until("it is cut", asking.ended);

  // It would be cut for its frames before it has been sent enough.
  const patient = await serveOverTls(first, { limits: WITHOUT_LIMITS });
  const deaf = await openWebSocket(patient);
  deaf.hello((await mint(patient)).token);
  await until("the welcome", () => deaf.received().includes("welcome"));
  deaf.tcp.pause();
  const pings = Buffer.concat(Array.from({ length: 400 }, () => frame("x".repeat(125), 9)));
  await until(
    "the one that does not read is cut",
    () => {
      if (deaf.tcp.writableLength < 1_000_000) deaf.tcp.write(pings);
      return deaf.tcp.destroyed;
    },
    10_000,
  );

  const flooding = await openWebSocket(server);
  flooding.tcp.write(Buffer.concat(Array.from({ length: 3_000 }, () => frame("3"))));
  await until("it is closed", flooding.ended);
  await until("nobody is left", async () => (await server.getStats()).totalConnections === 0);
}, 20_000);

test("[X5] [W12] [W15] over TLS too a connection without a hello or a request is cut", async () => {
  const server = await serveOverTls();
  const [silent, greeting] = [dial(server), await openWebSocket(server)];
  await until("the one without a hello is closed", greeting.ended, 8_000);
  await until("the one without a request is closed", silent.ended, 12_000);
}, 25_000);

test("[X4] a stop does not wait for connections over TLS that stay open", async () => {
  const server = await serve({ TLS_CERT_FILE: first.cert, TLS_KEY_FILE: first.key, ALLOWED_ORIGINS: ORIGIN });
  const lines = [dial(server), dial({ port: server.port }), await openWebSocket(server)];
  await until("all are counted", async () => (await server.getStats()).totalConnections === 3);
  await server.stop();
  await until("all are closed", () => lines.every((line) => line.ended()));
});
