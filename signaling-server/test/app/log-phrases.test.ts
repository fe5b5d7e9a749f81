import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { arrive, hello, meet, openSocket, refusalOf, serve, type TestServer } from "./page.ts";

let server: TestServer;
beforeEach(async () => {
  // Nobody listens on port 9 (discard), and that is an alert.
  const turn = { TURN_URLS: "turn:127.0.0.1:9?transport=tcp", TURN_SECRET: "only-for-this-test-0123456789" };
  server = await serve({ AWAY_DEBOUNCE_MS: "20", ...turn });
});
afterEach(() => server.stop());

/** What README says is worth searching for. */
const PHRASES = (() => {
  const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
  const [, list = ""] = /Worth searching\s+for: (.*?)\. /s.exec(readme) ?? [];
  return [...list.matchAll(/`([^`]+)`/g)].map(([, phrase = ""]) => phrase.replace(/\s+/g, " "));
})();

test("[C82] [C83] [C84] each phrase that README names is in the log of what it tells of", async () => {
  expect(PHRASES.length).toBeGreaterThan(7);
  await refusalOf(openSocket(server, hello("not.a.token")));
  const { a, b, roomId } = await meet(server);
  const { sessionId, resumeSecret, epoch } = a.welcome;
  const resume = { sessionId, resumeSecret, epoch, peerConnection: "alive" } as const;
  a.drop();
  await b.next("partner-away");
  const back = await arrive(server, { token: a.token, hello: { resume } });
  const again = await arrive(server, {
    token: a.token,
    hello: { resume: { ...resume, epoch: back.welcome.epoch } },
  });
  await again.request("call-report", {
    roomId,
    outcome: "connected",
    ice: "stun-only",
    recovered: { byItself: 0, byRestart: 0, byRebuild: 0 },
    end: "next",
  });
  await again.request("find", { requestId: "next" });
  expect(await b.next("partner-left")).toMatchObject({ reason: "next" });
  const missing = () =>
    [...PHRASES, "User already in room, cleaning up first"].filter(
      (phrase) => !server.log.lines.some(({ message }) => message.includes(phrase)),
    );
  await expect.poll(missing, { timeout: 10_000 }).toEqual([]);
});
