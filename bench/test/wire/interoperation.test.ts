import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SERVER_EVENTS, type ServerEvent } from "@serendip/protocol";
import { startServer as startProduct } from "signaling-server";
import { loadConfig } from "signaling-server/config";
import { io, type Socket } from "socket.io-client";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { BARE, BARE_WITH_PINGS, FLOOR } from "../../src/compare/contestants/contestant.ts";
import { startServer } from "../../src/compare/contestants/server-process.ts";
import { searchAtOnce } from "../../src/compare/load/matches.ts";
import { createSwarm } from "../../src/compare/load/swarm.ts";
import { PAYLOADS } from "../../src/compare/people/payloads.ts";
import { peopleOf } from "../../src/compare/people/people-of.ts";
import type { Hear } from "../../src/compare/people/person.ts";
import { SerendipPerson } from "../../src/compare/people/serendip-person.ts";
import { readStamp, STAMP } from "../../src/compare/wire/stamp.ts";
import { ORIGIN } from "../../src/page/mint.ts";
import { type Faults, User } from "../../src/user.ts";
import { deferred } from "../support/deferred.ts";

const folder = mkdtempSync(join(tmpdir(), "serendip-wire-"));
const log = join(folder, "log");
afterAll(() => rmSync(folder, { recursive: true }));

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const heardBy = (socket: Socket, event: string): Promise<unknown> =>
  new Promise((resolve) => socket.once(event, resolve));

const NUMBER = 1_234_567;
const stamped = (kind: keyof typeof PAYLOADS): unknown =>
  JSON.parse(PAYLOADS[kind].replace(STAMP, `bench000${NUMBER}`));

describe.each([BARE, BARE_WITH_PINGS, FLOOR])("two of the load at $label", (contestant) => {
  test("are put together and hear each other", async () => {
    const server = await startServer({ contestant, cpu: undefined, log });
    ends.push(() => server.stop());
    const { members } = await createSwarm(peopleOf(contestant, server.port)).connect(2);
    for (const { person } of members) ends.push(() => person.close());
    await searchAtOnce(members);
    const [one, other] = members;
    const heard = new Promise<number>((resolve) => {
      if (other) other.onSignal = (packet) => resolve(readStamp(packet));
    });
    one?.person.signal("description", NUMBER);
    expect(one?.room).toBe(other?.room);
    expect(await heard).toBe(NUMBER);
  });
});

test("somebody of the load and socket.io-client understand each other", async () => {
  const server = await startServer({ contestant: BARE, cpu: undefined, log });
  ends.push(() => server.stop());
  const real: Socket = io(`http://127.0.0.1:${server.port}`, { transports: ["websocket"], forceNew: true });
  ends.push(() => real.disconnect());
  await heardBy(real, "connect");
  const { members } = await createSwarm(peopleOf(BARE, server.port)).connect(1);
  const [ours] = members;
  if (!ours) throw new Error("nobody came");
  ends.push(() => ours.person.close());
  const matched = heardBy(real, "matched");
  real.emit("find");
  await Promise.all([searchAtOnce(members), matched]);
  for (const kind of ["description", "candidate"] as const) {
    const heard = heardBy(real, "signal");
    ours.person.signal(kind, NUMBER);
    expect(await heard).toEqual(stamped(kind));
  }
  const answered = new Promise<number>((resolve) => {
    ours.onSignal = (packet) => resolve(readStamp(packet));
  });
  real.emit("signal", stamped("candidate"));
  expect(await answered).toBe(NUMBER);
});

describe("at the product", () => {
  async function open(): Promise<number> {
    const loaded = loadConfig({ PORT: "0", ALLOWED_ORIGINS: ORIGIN, TRUST_PROXY: "1", LOG_LEVEL: "silent" });
    if (!loaded.ok) throw new Error(loaded.faults.map(({ sentence }) => sentence).join("\n"));
    const server = await startProduct(loaded.config);
    ends.push(() => server.stop());
    return Number(new URL(server.url).port);
  }

  test("somebody of the load says what the schemas take, and hears what they describe", async () => {
    const port = await open();
    const faults: Faults = { refusedHellos: 0, failedRequests: 0, problems: 0, lostReplies: 0 };
    const notes: string[] = [];
    const real = new User(
      { url: `http://127.0.0.1:${port}`, origin: ORIGIN, faults, note: (text) => void notes.push(text) },
      crypto.randomUUID(),
    );
    await real.mint();
    await real.connect("lost");
    const events: [string, unknown][] = [];
    const signals: Buffer[] = [];
    const ready = deferred<void>();
    const matched = deferred<void>();
    const answered = deferred<void>();
    const hear: Hear = {
      onReady: () => ready.resolve(),
      onMatched: () => matched.resolve(),
      onSignal(packet) {
        signals.push(Buffer.from(packet));
        if (signals.length === 4) answered.resolve();
      },
      onClosed: (reason) => ready.reject(new Error(reason)),
    };
    const ours = new SerendipPerson(port, {
      number: 70_000,
      hear,
      hearEvent: (event, body) => void events.push([event, body]),
    });
    ours.connect();
    await ready.promise;
    ours.find();
    await real.find();
    await matched.promise;
    await expect.poll(() => real.state.kind).toBe("in-room");
    await real.negotiate();
    await answered.promise;
    // More than nine, so that the number of a signal has another length.
    for (let count = 0; count < 11; count += 1) ours.signal(count === 0 ? "description" : "candidate", count);
    const asked = deferred<unknown>();
    ours.ask("status", {}, asked.resolve);
    expect(await asked.promise).toMatchObject({ ok: true, state: { kind: "in-room" } });
    expect(Object.fromEntries(ours.complaints)).toEqual({});
    expect({ faults, notes }).toEqual({
      faults: { refusedHellos: 0, failedRequests: 0, problems: 0, lostReplies: 0 },
      notes: [],
    });
    expect(events.map(([event]) => event)).toEqual(expect.arrayContaining(["welcome", "matched"]));
    for (const [event, body] of events) expect(SERVER_EVENTS[event as ServerEvent].parse(body)).toEqual(body);
    ours.close();
    await expect.poll(() => real.state.kind).toBe("idle");
    await real.end();
  });

  test("what the server refuses is a complaint", async () => {
    const port = await open();
    const ready = deferred<void>();
    const answered = deferred<unknown>();
    const ours = new SerendipPerson(port, {
      number: 1,
      hear: {
        onReady: () => ready.resolve(),
        onMatched: () => undefined,
        onSignal: () => undefined,
        onClosed: (reason) => ready.reject(new Error(reason)),
      },
    });
    ends.push(() => ours.close());
    ours.connect();
    await ready.promise;
    ours.ask("media", { roomId: "nowhere", flowing: true }, answered.resolve);
    await answered.promise;
    expect(Object.fromEntries(ours.complaints)).toEqual({ "media not_in_room": 1 });
  });
});
