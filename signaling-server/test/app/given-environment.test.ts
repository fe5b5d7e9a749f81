import { expect, test } from "vitest";
import { arrive, meet, offer, until } from "./page.ts";
import { serverProcesses } from "./server-process.ts";

const { start } = serverProcesses();

const PRODUCTION = {
  NODE_ENV: "production",
  SESSION_SECRET: "q0ZC9mHk7Tn2VxYb4LrWs8DfJ1PgUeAi3OoKl6",
  MATCH_SAME_DEVICE: "true",
};

test("[C90] DEBUG in the environment writes nothing of what people send, and is a warning", async () => {
  const server = start({ env: { ...PRODUCTION, DEBUG: "*" } });
  const url = await server.url();
  const { a, b, roomId } = await meet({ url });
  expect(await a.request("signal", offer(roomId, 1))).toEqual({ ok: true });
  await b.next("signal");
  server.child.kill("SIGTERM");
  expect(await server.exited()).toBe(0);
  const isOwn = (line: string) => line.startsWith('{"level"');
  expect(
    server
      .output()
      .trim()
      .split("\n")
      .filter((line) => !isOwn(line)),
  ).toEqual([]);
  expect(server.lines().filter(({ msg }) => msg.startsWith("DEBUG "))).toMatchObject([
    { level: 40, msg: expect.stringContaining("has no effect") },
  ]);
});

test("[C90] NODE_DEBUG, by which Node writes what people send, is refused in production and a warning elsewhere", async () => {
  const refused = start({ env: { ...PRODUCTION, NODE_DEBUG: "stream" } });
  expect(await refused.exited()).toBe(78);
  expect(refused.output()).toContain("- NODE_DEBUG writes what people send, tokens among it, to stderr;");
  const server = start({ env: { NODE_DEBUG: "timer" } });
  await server.url();
  expect(server.lines()).toContainEqual(
    expect.objectContaining({
      level: 40,
      msg: expect.stringMatching(/^NODE_DEBUG in the environment writes/),
    }),
  );
});

test("[C90] an inspector that was asked for in production is a warning", async () => {
  const env = { ...PRODUCTION, NODE_OPTIONS: "--inspect=127.0.0.1:0" };
  const server = start({ env });
  (await arrive({ url: await server.url() })).close();
  await until("the warning", () =>
    server.lines().some(({ msg }) => msg.startsWith("Node's inspector is open")),
  );
});

test("[C90] a misspelt name stands beside the faults that it has probably caused", async () => {
  const env = {
    NODE_ENV: "production",
    ALLOWED_ORIGINS: "",
    ALOWED_ORIGINS: "https://a.org",
    SESION_SECRET: "hunter2",
  };
  const server = start({ env });
  expect(await server.exited()).toBe(78);
  expect(server.output()).toMatch(
    /- SESSION_SECRET is missing.*This may be the reason:\n.*- ALOWED_ORIGINS .* did you mean ALLOWED_ORIGINS\?\n.*- SESION_SECRET .* did you mean SESSION_SECRET\?/s,
  );
  expect(server.output()).not.toContain("hunter2");
});

test("[C90] a misspelt name that has to do with none of the faults is not taken for their reason", async () => {
  const env = { LOG_LEVL: "debug", SSL_CERT_FILE: "/etc/ssl/own.pem", PORT: "many" };
  const server = start({ env });
  expect(await server.exited()).toBe(78);
  expect(server.output()).toContain("- PORT ");
  expect(server.output()).not.toMatch(/This may be the reason|LOG_LEVL|SSL_CERT_FILE/);
});
