import { stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { arrive, hello, mint, openSocket, pageOf, refusalOf, until } from "./page.ts";
import { serverProcesses } from "./server-process.ts";

const { start, directory } = serverProcesses();

test("[C39] a stop by signal says bye, ends within a second or two, and is no failure", async () => {
  const server = start();
  const page = await arrive({ url: await server.url() });
  server.child.kill("SIGTERM");
  expect((await page.next("bye")).code).toBe("draining");
  expect(await server.exited()).toBe(0);
  expect(server.output()).toMatch(/"Stopping".*"Stopped"/s);
});

test("[C39] Ctrl-C is the same", async () => {
  const server = start();
  await server.url();
  server.child.kill("SIGINT");
  expect(await server.exited()).toBe(0);
});

test("a silent log still says where the server listens", async () => {
  const server = start({ env: { LOG_LEVEL: "silent" } });
  const url = await server.url();
  (await arrive({ url })).close();
  server.child.kill("SIGTERM");
  expect(await server.exited()).toBe(0);
  expect(server.lines()).toEqual([
    { level: 30, time: expect.any(Number), url, msg: "Signaling server listens" },
  ]);
  expect(server.output()).toMatch(/^[^\n]+\n$/);
});

test("a log for finding faults has more lines", async () => {
  const server = start({ env: { LOG_LEVEL: "debug" } });
  const page = await arrive({ url: await server.url() });
  await page.socket.timeout(5_000).emitWithAck("find", {});
  await until("the line", () =>
    server.lines().some(({ level, msg }) => level === 20 && msg === "Request refused"),
  );
});

test("[C90] a wrong configuration ends with 78 and names every fault, but no secret", async () => {
  const env = { NODE_ENV: "production", PORT: "abc", ALLOWED_ORIGINS: "*", SESSION_SECRET: "hunter2" };
  const server = start({ env });
  expect(await server.exited()).toBe(78);
  for (const name of ["PORT", "ALLOWED_ORIGINS", "SESSION_SECRET"])
    expect(server.output()).toContain(`- ${name} `);
  expect(server.output()).not.toContain("hunter2");
});

test("[C90] a taken port ends with 1 and one clear sentence", async () => {
  const first = start();
  const { port } = new URL(await first.url());
  const second = start({ env: { PORT: port } });
  expect(await second.exited()).toBe(1);
  expect(second.output()).toMatch(new RegExp(`Port ${port} .* is taken .* PORT=`));
  expect(second.output()).not.toContain("    at ");
  expect(second.output()).not.toContain("A connection could not be taken");
});

test("[C90] an address of another machine ends with 1 and one clear sentence", async () => {
  const server = start({ env: { HOST: "192.0.2.1" } });
  expect(await server.exited()).toBe(1);
  expect(server.output()).toContain("Check HOST and PORT.");
  expect(server.output()).not.toContain("A connection could not be taken");
});

test("[C90] a port that this user may not have ends with 1, and says that ports below 1024 need a right", async () => {
  // Tests may run as root, who may have any port.
  const refuse = `import { Server } from "node:net";
    Server.prototype.listen = function () {
      const error = Object.assign(new Error("listen EACCES"), { code: "EACCES", syscall: "listen" });
      process.nextTick(() => this.emit("error", error));
      return this;
    };`;
  const node = ["--import", `data:text/javascript,${encodeURIComponent(refuse)}`];
  const server = start({ env: { PORT: "80" }, node });
  expect(await server.exited()).toBe(1);
  expect(server.output()).toMatch(/cannot listen on port 80 .*\(EACCES\)\. Ports below 1024 need a right/);
});

test("[C22] [S1] with nothing set, a page gets a token, and the token in its handshake is all that lets it in", async () => {
  // Of what these tests set, only the port and the folder of the secret stay, so that nothing of the machine is touched.
  const server = start({ env: { ALLOWED_ORIGINS: "" } });
  const url = await server.url();
  expect(await refusalOf(openSocket({ url }, { protocol: 1, tabId: "tab" }))).toMatchObject({
    code: "token_missing",
  });
  const { token } = await mint({ url });
  const page = pageOf(openSocket({ url }, hello(token)));
  expect((await page.next("welcome")).state).toEqual({ kind: "idle" });
  expect(server.output()).not.toContain(token);
  page.close();
});

test("[S1] without a secret one is made once, for this user only, so that a restart forgets nobody", async () => {
  const first = start();
  const { token } = await mint({ url: await first.url() });
  first.child.kill("SIGKILL");
  await first.exited();
  const file = await stat(join(directory(), "session-secret"));
  expect(file.mode & 0o777).toBe(0o600);
  const second = start();
  const page = await arrive({ url: await second.url() }, { token });
  expect(page.welcome.state).toEqual({ kind: "idle" });
  page.close();
});
