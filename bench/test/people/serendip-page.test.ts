import { fileURLToPath } from "node:url";
import { startServer } from "signaling-server";
import { loadConfig } from "signaling-server/config";
import { afterEach, expect, test } from "vitest";
import { createCrowd, type Fate } from "../../src/compare/comeback/crowd.ts";
import { oursIn } from "../../src/compare/contestants/contestant.ts";
import { freePort } from "../../src/compare/contestants/server-process.ts";
import { ORIGIN } from "../../src/page/mint.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const SECRET = "a-secret-of-this-test-alone-0123456789abcdef";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function open(port: number) {
  const loaded = loadConfig({
    PORT: String(port),
    ALLOWED_ORIGINS: ORIGIN,
    SESSION_SECRET: SECRET,
    TRUST_PROXY: "1",
    LOG_LEVEL: "silent",
  });
  if (!loaded.ok) throw new Error(loaded.faults.map(({ sentence }) => sentence).join("\n"));
  return startServer(loaded.config);
}

const PATIENCE = { timeout: 20_000, interval: 20 };
const isOnline = ({ onlineAt }: Fate): boolean => onlineAt !== undefined;

test("the page's own code brings people back after a restart: couples into the rooms of before", async () => {
  const port = await freePort();
  let server = await open(port);
  ends.push(() => server.stop());
  const crowd = await createCrowd(oursIn(ROOT), { port, people: 6, rooms: 2 });
  ends.push(() => crowd.close());
  const { talkers, others } = crowd;
  const everybody = [...talkers, ...others];
  for (const { page } of everybody) page.open();
  await expect.poll(() => everybody.every(isOnline), PATIENCE).toBe(true);
  for (const { page } of talkers) page.find();
  await expect.poll(() => talkers.every(({ room }) => room !== ""), PATIENCE).toBe(true);
  const rooms = talkers.map(({ room }) => room);

  crowd.forget();
  await server.stop();
  server = await open(port);
  await expect.poll(() => talkers.every(({ togetherAt }) => togetherAt !== undefined), PATIENCE).toBe(true);
  await expect.poll(() => everybody.every(isOnline), PATIENCE).toBe(true);
  expect(talkers.map(({ room }) => room)).toEqual(rooms);
  expect(crowd.counts.attempts).toBeGreaterThanOrEqual(6);
});
