import { createSocket } from "node:dgram";
import { once } from "node:events";
import { steadyClock, systemClock } from "@serendip/time";
import { expect, test } from "vitest";
import { examine } from "../../src/doctor/examine.ts";
import type { Finding } from "../../src/doctor/finding.ts";
import { hmacTurnMinter } from "../../src/edge/turn/hmac-turn-minter.ts";
import { createIceChecker } from "../../src/edge/turn/ice-checker.ts";
import { systemResolver } from "../../src/edge/turn/name-resolver.ts";
import { ATTRIBUTE, decodeStun, encodeStun } from "../../src/edge/turn/stun-message.ts";
import { ADMIN, arrive, meet, serve, type TestServer, until } from "../app/page.ts";
import { SECRET, startCoturn } from "./coturn.ts";

const checker = createIceChecker({ clock: steadyClock(), withinMs: 3_000, resolver: systemResolver });
const account = () =>
  hmacTurnMinter({ secret: SECRET, calendar: systemClock() }).mint({ group: "me", member: "me" }, 60_000);
/** A coturn that refuses its own relayed addresses as peers. */
const startHalf = (...more: readonly string[]) =>
  startCoturn({ args: ["--denied-peer-ip=127.0.0.1", ...more] });

const says = (url: string) =>
  `TURN server ${url} relays, but not between two addresses of its own (403): two people who both need it do not reach each other.`;

test.each(["udp", "tcp"])(
  "[K8] a server that denies its own address is half up, over %s",
  async (transport) => {
    const { port } = await startHalf();
    const url = `turn:127.0.0.1:${port}?transport=${transport}`;
    expect(await checker.checkTurn(url, account())).toEqual({
      state: "half-up",
      why: "no-hairpin",
      sentence: says(url),
      faults: [],
    });
  },
);

/** Every address from 127.0.0.1 on is this machine. */
const isLinux = process.platform === "linux";
test.skipIf(!isLinux)(
  `[K8] so is one that relays to this machine and to nobody else${isLinux ? "" : " (skipped: needs Linux)"}`,
  async () => {
    const { port } = await startCoturn({
      relay: ["127.0.0.3"],
      args: ["--denied-peer-ip=0.0.0.0-255.255.255.255", "--allowed-peer-ip=127.0.0.1"],
    });
    expect(await checker.checkTurn(`turn:127.0.0.1:${port}`, account())).toMatchObject({ state: "half-up" });
  },
);

test("[K8] so is one that is reached by the other family, and one that relays from it", async () => {
  const six = { listen: ["::1"], relay: ["::1", "127.0.0.1"] } as const;
  const other = await startCoturn({ ...six, args: ["--denied-peer-ip=127.0.0.1"] });
  expect(await checker.checkTurn(`turn:[::1]:${other.port}`, account())).toMatchObject({ state: "half-up" });
  const keep = ["--allocation-default-address-family=keep"];
  const denying = await startCoturn({ ...six, args: [...keep, "--denied-peer-ip=::1"] });
  expect(await checker.checkTurn(`turn:[::1]:${denying.port}`, account())).toMatchObject({
    state: "half-up",
  });
  const whole = await startCoturn({ ...six, args: keep });
  expect(await checker.checkTurn(`turn:[::1]:${whole.port}`, account())).toMatchObject({ state: "up" });
});

test("[K8] [K9] one that permits no peer at all is down, and it is said what forbids it", async () => {
  const { port } = await startHalf("--denied-peer-ip=0.0.0.0-255.255.255.255");
  expect(await checker.checkTurn(`turn:127.0.0.1:${port}`, account())).toMatchObject({
    state: "down",
    why: "no-permission",
    sentence: expect.stringContaining("relays to nobody at all"),
  });
});

test("[K8] [K9] one that refuses (403) to give a relay is down: that is another refusal", async () => {
  const server = createSocket("udp4").bind(0, "127.0.0.1");
  await once(server, "listening");
  const errorCode = Buffer.concat([Buffer.from([0, 0, 4, 3]), Buffer.from("Forbidden")]);
  server.on("message", (packet, { port }) => {
    const request = decodeStun(packet);
    if (!request) return;
    const answer = {
      ...request,
      class: "error",
      attributes: new Map([[ATTRIBUTE.errorCode, errorCode]]),
    } as const;
    server.send(encodeStun(answer), port, "127.0.0.1");
  });
  const url = `turn:127.0.0.1:${server.address().port}`;
  expect(await checker.checkTurn(url, account())).toEqual({
    state: "down",
    why: "refused",
    sentence: `TURN server ${url} refuses to relay (403 Forbidden).`,
  });
  server.close();
});

test("[K8] [K9] the doctor notes it, with what to change in coturn, and finds nothing that has failed", async () => {
  const { port } = await startHalf();
  const url = `turn:127.0.0.1:${port}`;
  const env = { SESSION_SECRET: "q0ZC9mHk7Tn2VxYb4LrWs8DfJ1PgUeAi3OoKl6", PORT: "0" };
  const found: Finding[] = [];
  for await (const finding of examine({ ...env, TURN_URLS: url, TURN_SECRET: SECRET })) found.push(finding);
  expect(found.at(-1)).toEqual({
    verdict: "note",
    says: says(url),
    advice: expect.stringMatching(/denied-peer-ip.*allowed-peer-ip/),
  });
  expect(found.filter(({ verdict }) => verdict === "FAILED")).toEqual([]);
});

const verdictsOf = async (server: TestServer) => {
  const headers = { authorization: `Bearer ${ADMIN}` };
  const reply = await fetch(`${server.url}/debug/sessions`, { headers });
  return ((await reply.json()) as { turn: { url: string; verdict: { state: string } }[] }).turn;
};
const relayOf = async (server: TestServer) =>
  ((await (await fetch(`${server.url}/readyz`)).json()) as { relay: string }).relay;

test("[K8] [K21] [K22] calls get it, but nobody can hide behind it; the log and the debug page say half up", async () => {
  const { port } = await startHalf();
  const url = `turn:127.0.0.1:${port}?transport=tcp`;
  const server = await serve({ TURN_URLS: url, TURN_SECRET: SECRET });
  try {
    await until("its first check", () => server.log.text().includes("TURN server is half up"));
    const { inA } = await meet(server);
    expect(inA.ice).toMatchObject({ iceServers: [{ urls: [url] }], relay: "failed" });
    expect(inA.ice?.withheld).toBeUndefined();
    const person = await arrive(server);
    expect(await person.request("find", { requestId: "hidden", relayOnly: true })).toMatchObject({
      ok: false,
      error: { code: "relay_unavailable" },
    });
    expect(await person.request("find", { requestId: "open" })).toMatchObject({ ok: true });
    expect(await relayOf(server)).toBe("failed");
    expect(await verdictsOf(server)).toMatchObject([
      { url, verdict: { state: "half-up", sentence: says(url) } },
    ]);
    const said = server.log.lines.filter(({ message }) => message.startsWith("TURN server is"));
    expect(said).toMatchObject([{ level: "warn", fields: { url, why: "no-hairpin", says: says(url) } }]);
    expect(server.log.text()).not.toContain("Alert");
  } finally {
    await server.stop();
  }
});

test("[K8] [K21] [K22] beside one that is up it is given too, and people can hide again", async () => {
  const half = await startHalf();
  const whole = await startCoturn();
  const urls = [half, whole].map(({ port }) => `turn:127.0.0.1:${port}?transport=tcp`);
  const server = await serve({ TURN_URLS: urls.join(), TURN_SECRET: SECRET });
  try {
    await until("both were checked", async () =>
      (await verdictsOf(server)).every(({ verdict }) => verdict !== undefined),
    );
    const person = await arrive(server);
    expect(await person.request("find", { requestId: "hidden", relayOnly: true })).toMatchObject({
      ok: true,
    });
    const reply = await person.request("ice-servers", {});
    expect(reply).toMatchObject({ ok: true, ice: { iceServers: [{ urls }] } });
    expect(JSON.stringify(reply)).not.toContain('"relay"');
    expect(await relayOf(server)).toBe("ok");
    await whole.stop();
    await until("its end is noticed", async () => (await relayOf(server)) === "failed", 10_000);
    expect(await person.request("ice-servers", {})).toMatchObject({
      ice: { iceServers: [{ urls: [urls[0]] }], withheld: [urls[1]], relay: "failed" },
    });
  } finally {
    await server.stop();
  }
});
