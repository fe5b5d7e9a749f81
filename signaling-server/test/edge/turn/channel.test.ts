import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { steadyClock } from "@serendip/time";
import { manualClock } from "@serendip/time/testing";
import { afterEach, describe, expect, test, vi } from "vitest";
import { openChannel, type Target } from "../../../src/edge/turn/channel.ts";
import { startTimeLimit } from "../../../src/edge/turn/time-limit.ts";
import { openRequester } from "../../../src/edge/turn/transactions.ts";
import { failureOf, TurnFailure } from "../../../src/edge/turn/turn-failure.ts";

const TRANSPORTS = ["udp", "tcp"] as const;
const clock = steadyClock();
const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

const limitOf = (withinMs = 5_000) => {
  const limit = startTimeLimit({ clock, withinMs });
  open.push(limit);
  return limit;
};
const target = (transport: "udp" | "tcp", host: string, port = 3_478): Target => ({
  ...{ transport, host, port },
  ...{ secure: false, certified: host },
});
const deaf = { onMessage: () => undefined, onFailure: () => undefined };
/** Sockets of this process, of both kinds. */
const sockets = () => process.getActiveResourcesInfo().filter((name) => /^(UDP|TCP|TLS)/.test(name)).length;
const failureAt = (to: Target): Promise<unknown> =>
  openChannel(to, deaf, { limit: limitOf() }).then(
    () => "open",
    (error: unknown) => error,
  );

/** A server that says nothing. */
async function silent(transport: "udp" | "tcp"): Promise<number> {
  if (transport === "udp") {
    const socket = createSocket("udp4").bind(0, "127.0.0.1");
    open.push(socket);
    await once(socket, "listening");
    return socket.address().port;
  }
  const keep = (socket: Socket) => void open.push({ close: () => socket.destroy() });
  const server = createServer(keep).listen(0, "127.0.0.1");
  open.push(server);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

describe("[K9] a socket that cannot be opened is a failure in words, whatever the system says of it", () => {
  test.each(
    TRANSPORTS.flatMap((transport) =>
      ["255.255.255.255", "fe80::1", "ff02::1", "no address"].map((host) => [transport, host] as const),
    ),
  )("%s to %s", async (transport, host) => {
    const failure = await failureAt(target(transport, host));
    expect(failure).toBeInstanceOf(TurnFailure);
    expect((failure as TurnFailure).message).toMatch(/^cannot be reached.* \(E[A-Z_]+\)$/);
    expect((failure as TurnFailure).message).not.toMatch(/RangeError|ERR_/);
  });

  test.each(TRANSPORTS)("%s to no port", async (transport) => {
    expect(await failureAt(target(transport, "127.0.0.1", 70_000))).toBeInstanceOf(TurnFailure);
  });

  test.each([
    ["ENETUNREACH", "no-route", /no route/],
    ["EADDRNOTAVAIL", "no-route", /no route/],
    ["EACCES", "unreachable", /this machine lets nothing go there/],
    ["EINVAL", "unreachable", /nothing can be sent to such an address/],
    ["ECONNREFUSED", "unreachable", /nothing listens/],
    ["EHOSTUNREACH", "unreachable", /no machine/],
    ["ENEW", "unreachable", /^cannot be reached \(ENEW\)$/],
  ])("%s", (code, why, says) => {
    const failure = failureOf(Object.assign(new Error("from the system"), { code }));
    expect(failure).toMatchObject({ code: why, message: expect.stringMatching(says) });
    expect(failure.message).toContain(code);
  });
});

describe("[K6] nothing stays open", () => {
  test.each(TRANSPORTS)("of %s when the time is over before it is open", async (transport) => {
    const before = sockets();
    const limit = limitOf();
    const opening = openChannel(target(transport, "127.0.0.1", 9), deaf, { limit });
    limit.close();
    await expect(opening).rejects.toMatchObject({ message: "was not waited for" });
    await expect(openChannel(target(transport, "127.0.0.1", 9), deaf, { limit })).rejects.toThrow(
      TurnFailure,
    );
    await vi.waitFor(() => expect(sockets()).toBeLessThanOrEqual(before));
  });

  test.each(TRANSPORTS)("of %s when it could not be opened", async (transport) => {
    const before = sockets();
    for (let round = 0; round < 20; round += 1) await failureAt(target(transport, "255.255.255.255"));
    await vi.waitFor(() => expect(sockets()).toBeLessThanOrEqual(before));
  });
});

test.each(TRANSPORTS)(
  "[K9] what is sent by %s after the end goes nowhere, and throws nothing",
  async (transport) => {
    const failures: TurnFailure[] = [];
    const to = target(transport, "127.0.0.1", await silent(transport));
    const ends = {
      onMessage: () => undefined,
      onFailure: (failure: TurnFailure) => void failures.push(failure),
    };
    const channel = await openChannel(to, ends, { limit: limitOf() });
    channel.close();
    channel.close();
    channel.send(Buffer.from("late"));
    await new Promise((resolve) => setImmediate(resolve));
    expect(failures).toEqual([]);
  },
);

test("[K9] a packet that the system does not take fails the channel, once", async () => {
  const failures: TurnFailure[] = [];
  const to = target("udp", "127.0.0.1", await silent("udp"));
  const ends = {
    onMessage: () => undefined,
    onFailure: (failure: TurnFailure) => void failures.push(failure),
  };
  const channel = await openChannel(to, ends, { limit: limitOf() });
  for (let round = 0; round < 3; round += 1) channel.send(Buffer.alloc(70_000));
  await vi.waitFor(() => expect(failures).toHaveLength(1));
  expect(failures[0]?.message).toContain("EMSGSIZE");
});

test("[K6] a request that cannot be sent, or whose time is over, is not repeated for ever", async () => {
  const manual = manualClock();
  const limit = startTimeLimit({ clock: manual, withinMs: 3_000 });
  const to = target("udp", "127.0.0.1", await silent("udp"));
  const requester = await openRequester(to, { clock: manual, limit });
  const answer = requester.request({ method: "binding", attributes: new Map() });
  const tooLong = requester.request({ method: "binding", attributes: new Map([[1, Buffer.alloc(65_000)]]) });
  manual.advance(3_000);
  for (const asked of [answer, tooLong]) await expect(asked).rejects.toThrow(TurnFailure);
  await expect(requester.request({ method: "binding", attributes: new Map() })).rejects.toThrow(TurnFailure);
  expect(manual.pending()).toBe(0);
  requester.close();
});
