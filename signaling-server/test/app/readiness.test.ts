import { afterEach, expect, test } from "vitest";
import { serve, type TestServer, until } from "./page.ts";

let server: TestServer;
afterEach(() => server.stop());

const ready = async () => {
  const answer = await fetch(`${server.url}/readyz`);
  return { status: answer.status, body: await answer.json() };
};

/** Holds each turn of the event loop for so long, until it is told to stop. */
function holdLoop(forMs: number): () => void {
  let isOver = false;
  const hold = (): void => {
    if (isOver) return;
    const end = performance.now() + forMs;
    while (performance.now() < end);
    // A short pause, so that what is waiting is served as well.
    setTimeout(hold, 1);
  };
  hold();
  return () => {
    isOver = true;
  };
}

test("[H1] [C64] a server whose event loop is late by more than 500 ms is not ready, alive, and ready again when it has caught up", async () => {
  server = await serve();
  const well = { store: "ok", accepting: "ok", room: "ok", loop: "ok" };
  expect(await ready()).toMatchObject({ status: 200, body: { status: "ok", checks: well } });
  const letGo = holdLoop(700);
  try {
    await until("it is not ready", async () => (await ready()).status === 503, 30_000);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    // Nobody who is let in is turned away for it.
    expect((await fetch(`${server.url}/v1/sessions`, { method: "POST" })).status).toBe(200);
    expect(await ready()).toMatchObject({
      body: { status: "unavailable", checks: { ...well, loop: "failed" } },
    });
  } finally {
    letGo();
  }
  await until("it is ready again", async () => (await ready()).status === 200, 10_000);
});
