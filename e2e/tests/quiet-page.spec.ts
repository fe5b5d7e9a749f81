import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures.ts";
import { openStranger } from "../support/stranger.ts";

/** What a page has left in its browser. */
const stored = (page: Page) =>
  page.evaluate(async () => ({
    local: Object.keys(localStorage),
    session: Object.keys(sessionStorage),
    cookies: document.cookie,
    databases: (await indexedDB.databases()).length,
    caches: (await caches.keys()).length,
    locks: ((await navigator.locks.query()).held ?? []).length,
  }));

const NOTHING = { local: [], session: [], cookies: "", databases: 0, caches: 0, locks: 0 };

test("[S13] [K13] before a press the page asks for its own files alone and writes nothing; open settings ask once whether calls can be relayed", async ({
  profile,
  signaling,
  web,
}) => {
  const context = await profile();
  const asked: string[] = [];
  // Of every page and worker; WebSockets are heard by the page.
  context.on("request", (request) => asked.push(`${request.method()} ${request.url()}`));
  context.on("page", (page) => page.on("websocket", (socket) => asked.push(`WS ${socket.url()}`)));
  const ann = await openStranger(context, web.origin);
  await expect(ann.button("Start Chatting")).toBeVisible();
  await ann.page.waitForLoadState("networkidle");
  const strange = () => asked.filter((one) => !one.startsWith(`GET ${web.origin}/`));
  expect(strange()).toEqual([]);
  expect(asked).toContain(`GET ${web.origin}/config.json`);
  const opened = () => ann.page.evaluate(() => window.probe.peers.length + window.probe.sockets.length);
  expect(await opened()).toBe(0);
  expect(await stored(ann.page)).toEqual(NOTHING);

  const answer = ann.page.waitForResponse((response) => response.url().startsWith(signaling.url));
  await ann.press("Settings");
  expect((await answer).url()).toBe(`${signaling.url}/readyz`);
  await expect(ann.page.getByText("Not possible here: the chat server has no relay server.")).toBeVisible();
  await ann.press("Done");
  expect(strange()).toEqual([`GET ${signaling.url}/readyz`]);
  expect(await opened()).toBe(0);
  expect(await ann.held()).toEqual({ tracks: 0, peers: 0, ahead: 0, sockets: 0 });
  expect(await stored(ann.page)).toEqual(NOTHING);

  await ann.start();
  await ann.sees("Looking for partner…");
  expect(await stored(ann.page)).toMatchObject({
    local: ["serendip.device"],
    session: ["serendip.tab"],
    locks: 1,
  });
});
