import { decodeJwt } from "jose";
import { expect, test } from "vitest";
import { arrive, meet, NO_HURRY, serve, until } from "./page.ts";
import { type Running, serverProcesses } from "./server-process.ts";

const { start } = serverProcesses();

/** Every line that says this, and how many more there were. */
function saying(server: Running, phrase: string) {
  const lines = server.lines().filter(({ msg }) => msg.startsWith(phrase));
  const told = lines.filter((line) => line["count"] !== undefined);
  const more = told.reduce((sum, line) => sum + Number(line["count"]), 0);
  return { lines: lines.length, all: lines.length - told.length + more };
}

test("a search that is asked for a thousand times costs a few lines, which say how often it was", async () => {
  const server = start({ env: NO_HURRY });
  const page = await arrive({ url: await server.url() });
  const finds = 1_000;
  for (let number = 1; number <= finds; number += 1)
    expect(await page.request("find", { requestId: `find-${number}` })).toMatchObject({ ok: true });
  server.child.kill("SIGTERM");
  expect(await server.exited()).toBe(0);
  const found = saying(server, "User waits for a partner");
  expect(found.all).toBe(finds);
  // 20 in each 10 s, and what tells of the others.
  expect(found.lines).toBeLessThan(finds / 10);
  expect(server.output().length).toBeLessThan(100_000);
});

test("[C84] handshakes that are refused by the hundred are counted, and the log of others goes on", async () => {
  const server = start();
  const url = await server.url();
  const refused = 600;
  const knock = () =>
    fetch(`${url}/socket.io/?EIO=4&transport=polling`, { headers: { origin: "https://evil.example" } });
  for (let number = 0; number < refused; number += 20)
    await Promise.all(Array.from({ length: 20 }, async () => expect((await knock()).status).toBe(403)));
  const { a, b } = await meet({ url });
  await until("the match", () => saying(server, "User matched with partner in room").lines === 1);
  server.child.kill("SIGTERM");
  expect(await server.exited()).toBe(0);
  expect(saying(server, "Connection refused").all).toBe(refused);
  for (const page of [a, b]) page.close();
});

test("a person is in the log as a hash, never by name", async () => {
  const server = await serve(NO_HURRY);
  const page = await arrive(server);
  const { sub } = decodeJwt(page.token);
  expect(sub).toEqual(expect.any(String));
  const opened = server.log.lines.find(({ message }) => message === "Session opened");
  expect(opened?.fields).toMatchObject({ userHash: expect.stringMatching(/^[\w-]{16}$/) });
  expect(server.log.text()).not.toContain(sub);
  page.close();
  await server.stop();
});
