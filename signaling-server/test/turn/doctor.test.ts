import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Environment } from "../../src/config.ts";
import { examine } from "../../src/doctor/examine.ts";
import { type Finding, lineOf } from "../../src/doctor/finding.ts";
import { serve } from "../app/page.ts";
import { NOTHING_SET } from "../nothing-set.ts";
import { freePort, SECRET, startCoturn } from "./coturn.ts";

const SESSION_SECRET = "q0ZC9mHk7Tn2VxYb4LrWs8DfJ1PgUeAi3OoKl6";

async function findings(env: Environment): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  for await (const finding of examine({ SESSION_SECRET, PORT: "0", ...env })) found.push(finding);
  return found;
}
const about = (found: readonly Finding[], word: string) => found.find(({ says }) => says.includes(word));

test("[K9] a healthy set-up: every check by itself, with how long it took", async () => {
  const { port } = await startCoturn();
  const found = await findings({
    PORT: String(await freePort()),
    STUN_URLS: `stun:127.0.0.1:${port}`,
    TURN_URLS: `turn:127.0.0.1:${port}?transport=udp,turn:127.0.0.1:${port}?transport=tcp`,
    TURN_SECRET: SECRET,
  });
  expect(found.map(({ verdict }) => verdict)).toEqual(["ok", "ok", "ok", "ok", "ok", "ok"]);
  expect(about(found, "STUN server")?.says).toMatch(/answers \(\d+ ms\)\.$/);
  expect(about(found, "transport=tcp")?.says).toMatch(/allocates, permits and relays \(\d+ ms; \d+ ms/);
});

test("[K9] another secret than the TURN server's: that is what it says", async () => {
  const { port } = await startCoturn();
  const found = await findings({ TURN_URLS: `turn:127.0.0.1:${port}`, TURN_SECRET: "another" });
  expect(about(found, "TURN server")).toEqual({
    verdict: "FAILED",
    says: `TURN server turn:127.0.0.1:${port} refuses the credentials (401).`,
    advice: expect.stringContaining("The secret differs from the TURN server's"),
  });
});

test("[K9] dead servers: each is named, with what to do", async () => {
  const port = await freePort();
  const found = await findings({
    STUN_URLS: `stun:127.0.0.1:${port}`,
    TURN_URLS: `turn:127.0.0.1:${port}?transport=tcp`,
    TURN_USERNAME: "joe",
    TURN_CREDENTIAL: "pa55word",
  });
  expect(about(found, "STUN server")).toMatchObject({ verdict: "FAILED" });
  expect(about(found, "TURN server")).toMatchObject({
    verdict: "FAILED",
    says: expect.stringContaining("ECONNREFUSED"),
    advice: expect.stringContaining("Is the TURN server running?"),
  });
  expect(found.map(lineOf).join()).not.toContain("pa55word");
});

test("[K9] turns: and stuns: to a port without TLS: the advice names TLS", async () => {
  const { port } = await startCoturn();
  const found = await findings({
    STUN_URLS: `stuns:127.0.0.1:${port}`,
    TURN_URLS: `turns:127.0.0.1:${port}?transport=tcp`,
    TURN_SECRET: SECRET,
  });
  for (const word of ["STUN server", "TURN server"])
    expect(about(found, word)).toMatchObject({
      verdict: "FAILED",
      advice: expect.stringContaining("for TLS"),
    });
});

test("[K9] no permission to relay", async () => {
  const { port } = await startCoturn({ loopbackPeers: false });
  const found = await findings({ TURN_URLS: `turn:127.0.0.1:${port}`, TURN_SECRET: SECRET });
  expect(about(found, "TURN server")).toMatchObject({ advice: expect.stringContaining("allowed-peer-ip") });
});

test("[K16] settings that are wrong: all of them, and nothing else is looked at", async () => {
  const found = await findings({ TURN_URLS: "turn:a.test:0", STUN_URLS: "a.test", TURN_SECRET: "hidden" });
  expect(found.map(({ verdict }) => verdict)).toEqual(["FAILED", "FAILED"]);
  expect(found.map(lineOf).join()).not.toContain("hidden");
});

test("[C90] a misspelt name stands beside the faults that it has probably caused", async () => {
  const found = await findings({ NODE_ENV: "production", ALOWED_ORIGINS: "https://a.org" });
  expect(found).toEqual([
    expect.objectContaining({
      verdict: "FAILED",
      says: expect.stringMatching(/^ALLOWED_ORIGINS is missing/),
    }),
    expect.objectContaining({
      verdict: "note",
      says: expect.stringContaining("did you mean ALLOWED_ORIGINS?"),
    }),
  ]);
});

test("[K15] without STUN and TURN nothing has failed, but it is said", async () => {
  const found = await findings({});
  expect(found.map(({ verdict }) => verdict)).toEqual(["ok", "ok", "ok", "note", "note"]);
});

test("the port: a server that is ready there, or another program", async () => {
  const server = await serve();
  expect(about(await findings({ PORT: String(server.port) }), "port")).toMatchObject({
    verdict: "ok",
    says: `A signaling server serves on port ${server.port} and is ready.`,
  });
  await server.stop();
  const other = createServer((_, reply) => reply.end("hello")).listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  expect(about(await findings({ PORT: String(port) }), "Port")).toMatchObject({ verdict: "FAILED" });
  other.close();
});

async function run(env: Record<string, string>) {
  const program = fileURLToPath(new URL("../../src/doctor.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", "--conditions=@serendip/source", program], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    env: { ...NOTHING_SET, PATH: process.env["PATH"] ?? "", SESSION_SECRET, PORT: "0", ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  const [code] = await once(child, "close");
  return { code, output };
}

test("[K9] as a program: a line for each check, and an exit code", async () => {
  const { port } = await startCoturn();
  const TURN_URLS = `turn:127.0.0.1:${port}?transport=tcp`;
  const good = await run({ TURN_URLS, TURN_SECRET: SECRET });
  expect(good).toMatchObject({ code: 0, output: expect.stringMatching(/^ok {6}TURN server .* relays/m) });
  const bad = await run({ TURN_URLS, TURN_SECRET: "another" });
  expect(bad).toMatchObject({
    code: 1,
    output: expect.stringMatching(/^FAILED {2}TURN server .*\n {8}→ The secret differs/m),
  });
});
