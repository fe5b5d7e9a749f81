import {
  createServer,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { errorBody, type Hello, PAGE_HEADER, PROTOCOL_VERSION, type Welcome } from "@serendip/protocol";
import { Server, type Socket } from "socket.io";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { silentLog } from "../../src/base/console-log.browser.ts";
import { RequestLost, type SignalingConnection } from "../../src/signaling/signaling-socket.port.ts";
import { type SocketIoSocketOptions, socketIoSocket } from "../../src/signaling/socket-io-socket.browser.ts";
import type { Way } from "../../src/signaling/ways.machine.ts";

const WAIT = { timeout: 10_000, interval: 5 };
const hello: Hello = { protocol: PROTOCOL_VERSION, token: "a-token", tabId: "tab-1" };
const welcome: Welcome = {
  sessionId: "session-1",
  resumeSecret: "0123456789abcdef",
  epoch: 1,
  resumed: false,
  state: { kind: "idle" },
  tokenExpiresInMs: 300_000,
  iceServers: [],
  retryWindowMs: 0,
};

let http: HttpServer;
let io: Server;
let url: string;
/** What the server saw of the last connection. */
let served: Socket | undefined;
let onConnection: (socket: Socket) => void;

beforeEach(async () => {
  served = undefined;
  onConnection = (socket) => socket.emit("welcome", welcome);
  http = createServer();
  io = new Server(http);
  io.on("connection", (socket) => {
    served = socket;
    onConnection(socket);
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
});

afterEach(async () => {
  for (const { connection } of opened.splice(0)) connection.close();
  await io.close();
});

interface Opened {
  readonly connection: SignalingConnection;
  readonly events: string[];
  readonly bodies: unknown[];
  readonly warnings: string[];
}
const opened: Opened[] = [];

function open({
  way = "websocket",
  ...options
}: Partial<SocketIoSocketOptions> & { way?: Way } = {}): Opened {
  const events: string[] = [];
  const bodies: unknown[] = [];
  const warnings: string[] = [];
  const log = { ...silentLog, warn: (message: string) => warnings.push(message) };
  const connection: SignalingConnection = socketIoSocket({ url, log, ...options }).open(way, {
    onOpen: () => connection.greet(hello),
    onMessage: ({ event, body }) => {
      events.push(event);
      bodies.push(body);
    },
    onRefused: (error) => events.push(`refused ${error.code}`),
    onClosed: (reason, end) => events.push(`${end} ${reason}`),
  });
  const result = { connection, events, bodies, warnings };
  opened.push(result);
  return result;
}

const online = (side: Opened) => vi.waitFor(() => expect(side.events).toContain("welcome"), WAIT);

describe("the connection", () => {
  test("[W1] the hello is the auth payload, and nothing of it is in the address", async () => {
    const side = open();
    await online(side);
    expect(served?.handshake.auth).toEqual(hello);
    expect(JSON.stringify([served?.handshake.url, served?.handshake.query])).not.toContain("a-token");
  });

  test("[W2] [C18] the welcome is delivered as its schema reads it; what comes before it is not", async () => {
    onConnection = (socket) => {
      socket.emit("partner-left", { roomId: "room-1", reason: "left" });
      socket.emit("welcome", { ...welcome, later: "field" });
    };
    const side = open();
    await online(side);
    expect(side.events).toEqual(["welcome"]);
    expect(side.bodies).toEqual([welcome]);
    expect(side.warnings).toEqual(["Event before the welcome"]);
  });

  test("[W8] a bye that comes before the hello has been answered is heard, with the word that it brings", async () => {
    const bye = { code: "unavailable", reconnect: "after", delayMs: 7 };
    io.use((socket) => {
      socket.conn.write(`2${JSON.stringify(["bye", bye])}`);
      socket.conn.close();
    });
    const side = open();
    await vi.waitFor(() => expect(side.events.some((event) => event.startsWith("closed"))).toBe(true), WAIT);
    expect(side.events[0]).toBe("bye");
    expect(side.bodies).toEqual([bye]);
  });

  test("[W4] [V2] unknown and unreadable events are ignored; the connection goes on", async () => {
    const side = open();
    await online(side);
    served?.emit("from-a-later-version", { any: "thing" });
    served?.emit("constructor", {});
    served?.emit("matched", { room: "nonsense" });
    served?.emit("matched");
    served?.emit("partner-left", { roomId: "room-1", reason: "left" });
    await vi.waitFor(() => expect(side.events).toContain("partner-left"), WAIT);
    expect(side.events).toEqual(["welcome", "partner-left"]);
    expect(side.warnings).toHaveLength(4);
  });

  test("[G7] [W3] a probe is acknowledged at once, before and after the welcome, and nobody else hears of it", async () => {
    const answers: unknown[] = [];
    onConnection = (socket) => {
      socket.emit("probe", {}, (answer: unknown) => answers.push(answer));
      socket.emit("welcome", welcome);
    };
    const side = open();
    await online(side);
    served?.emit("probe", { later: "field" }, (answer: unknown) => answers.push(answer));
    // One that cannot be answered does no harm.
    served?.emit("probe", {});
    served?.emit("probe");
    await vi.waitFor(() => expect(answers).toEqual([{}, {}]), WAIT);
    served?.emit("partner-left", { roomId: "room-1", reason: "left" });
    await vi.waitFor(() => expect(side.events).toEqual(["welcome", "partner-left"]), WAIT);
    expect(side.warnings).toEqual([]);
  });

  test("[W2] [C44] a refused hello is told with its error body, once, and closes the connection", async () => {
    io.use((_socket, next) => next(Object.assign(new Error("no"), { data: errorBody("token_expired") })));
    const side = open();
    await vi.waitFor(() => expect(side.events).toEqual(["refused token_expired"]), WAIT);
    await vi.waitFor(() => expect(io.engine.clientsCount).toBe(0), WAIT);
  });

  test("[B12] [W4] a code of a later version counts as unavailable, in a refusal, an answer and a bye, with the pause that it asks for", async () => {
    const error = { code: "of_the_future", message: "?", retryAfterMs: 7 };
    onConnection = (socket) => {
      socket.on("find", (_body, reply: (answer: unknown) => void) => reply({ ok: false, error }));
      socket.emit("welcome", welcome);
    };
    const side = open();
    await online(side);
    const read = { ...error, code: "unavailable" };
    expect(await side.connection.request("find", { requestId: "r" })).toEqual({ ok: false, error: read });
    served?.emit("bye", { code: "of_the_future", reconnect: "perhaps", delayMs: 7 });
    await vi.waitFor(() => expect(side.events).toEqual(["welcome", "bye"]), WAIT);
    expect(side.bodies.at(-1)).toEqual({ code: "unavailable", reconnect: "after", delayMs: 7 });
    io.use((_socket, next) => next(Object.assign(new Error("no"), { data: error })));
    const next = open();
    await vi.waitFor(() => expect(next.events).toEqual(["refused unavailable"]), WAIT);
  });

  test("a refusal without an error body is a closed connection", async () => {
    io.use((_socket, next) => next(new Error("go away")));
    const side = open();
    await vi.waitFor(() => expect(side.events).toEqual(["closed go away"]), WAIT);
  });

  test("[C2] a lost connection is told once and is not made again by itself", async () => {
    const side = open();
    await online(side);
    served?.conn.close(true);
    await vi.waitFor(() => expect(side.events).toHaveLength(2), WAIT);
    expect(side.events[1]).toMatch(/^closed /);
    const again = open();
    await online(again);
    expect(io.engine.clientsCount).toBe(1);
    expect(side.events).toHaveLength(2);
  });

  test("[C2] nobody listens there: told once", async () => {
    await io.close();
    const side = open();
    await vi.waitFor(() => expect(side.events).toHaveLength(1), WAIT);
    expect(side.events[0]).toMatch(/^closed /);
  });

  test("[C19] a server that takes the connection and says nothing: told after the limit", async () => {
    await io.close();
    const silent = createServer(() => {});
    silent.on("upgrade", () => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const side = open({ url: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`, connectMs: 50 });
    await vi.waitFor(() => expect(side.events).toEqual(["silent timeout"]), WAIT);
    silent.closeAllConnections();
    silent.close();
  });

  test("[C17] [W1] each line goes the way that was asked for, and no other", async () => {
    for (const way of ["websocket", "polling"] as const) {
      const side = open({ way });
      await online(side);
      await expect.poll(() => served?.conn.transport.name).toBe(way);
      side.connection.close();
    }
    http.removeAllListeners("upgrade");
    http.on("upgrade", (_request, socket) => socket.destroy());
    const side = open();
    await vi.waitFor(() => expect(side.events).toEqual(["closed websocket error"]), WAIT);
  });

  test("[W19] says nothing over an open line before it is told to", async () => {
    const said: string[] = [];
    const connection = socketIoSocket({ url, log: silentLog }).open("polling", {
      onOpen: () => said.push("open"),
      onMessage: () => {},
      onRefused: () => {},
      onClosed: () => said.push("closed"),
    });
    await vi.waitFor(() => expect(said).toEqual(["open"]), WAIT);
    expect(served).toBeUndefined();
    connection.greet(hello);
    await vi.waitFor(() => expect(served?.handshake.auth).toEqual(hello), WAIT);
    connection.close();
    connection.greet(hello);
  });

  test("[W19] a connection by polling whose pings stay away has fallen silent", async () => {
    await io.close();
    http = createServer();
    io = new Server(http, { pingInterval: 1_000, pingTimeout: 2_000 });
    io.on("connection", (socket) => {
      served = socket;
      socket.emit("welcome", welcome);
    });
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    const side = open({ way: "polling", url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` });
    await online(side);
    http.removeAllListeners("request");
    http.on("request", () => {});
    await vi.waitFor(() => expect(side.events.at(-1)).toBe("silent ping timeout"), WAIT);
    http.closeAllConnections();
  });
});

describe("the address", () => {
  test("[C11] a service behind a path prefix is found there", async () => {
    await io.close();
    http = createServer();
    io = new Server(http, { path: "/chat/socket.io" });
    io.on("connection", (socket) => socket.emit("welcome", welcome));
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    const side = open({ url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/chat/` });
    await online(side);
  });

  test("[C76] what is no address is a connection that fails, not an exception", async () => {
    const side = open({ url: "http://" });
    await vi.waitFor(() => expect(side.events).toHaveLength(1), WAIT);
    expect(side.events[0]).toMatch(/^closed /);
  });
});

describe("requests", () => {
  test("[W3] the reply is delivered as its schema reads it", async () => {
    onConnection = (socket) => {
      socket.on("leave", (_body, reply) => reply({ ok: true, later: "field" }));
      socket.on("find", (body, reply) => reply({ ok: false, error: errorBody("internal", body.requestId) }));
      socket.emit("welcome", welcome);
    };
    const side = open();
    await online(side);
    await expect(side.connection.request("leave", { requestId: "r1" })).resolves.toEqual({ ok: true });
    await expect(side.connection.request("find", { requestId: "r2" })).resolves.toMatchObject({
      ok: false,
      error: { code: "internal" },
    });
  });

  test("[C77] without a reply in time the request is lost", async () => {
    const side = open({ replyMs: 30 });
    await online(side);
    await expect(side.connection.request("status", {})).rejects.toBeInstanceOf(RequestLost);
  });

  test("[C76] an unreadable reply is a lost request", async () => {
    onConnection = (socket) => {
      socket.on("leave", (_body, reply) => reply("yes"));
      socket.emit("welcome", welcome);
    };
    const side = open();
    await online(side);
    await expect(side.connection.request("leave", { requestId: "r1" })).rejects.toBeInstanceOf(RequestLost);
    expect(side.warnings).toEqual(["Unreadable reply"]);
  });

  test("requests are lost at once when the connection goes, and on a closed connection", async () => {
    const side = open();
    await online(side);
    const waiting = side.connection.request("status", {});
    io.disconnectSockets(true);
    await expect(waiting).rejects.toBeInstanceOf(RequestLost);
    await expect(side.connection.request("status", {})).rejects.toBeInstanceOf(RequestLost);
  });

  test("[R20] a signal asks for no acknowledgement, and what the server says of it is delivered as its schema reads it", async () => {
    const place = { roomId: "room-1", generation: 1, sequence: 2 };
    const error = errorBody("too_large");
    const heard: unknown[] = [];
    onConnection = (socket) => {
      socket.on("signal", (...args) => {
        heard.push(...args);
        socket.emit("acked", { roomId: "room-1", generation: 1, upTo: 1, later: "field" });
        socket.emit("signal-refused", { ...place, error });
      });
      socket.emit("welcome", welcome);
    };
    const side = open();
    await online(side);
    const envelope = { ...place, signal: { kind: "restart" } } as const;
    side.connection.sendSignal(envelope);
    await vi.waitFor(() => expect(side.events).toEqual(["welcome", "acked", "signal-refused"]), WAIT);
    expect(heard).toEqual([envelope]);
    expect(side.bodies.slice(1)).toEqual([
      { roomId: "room-1", generation: 1, upTo: 1 },
      { ...place, error },
    ]);
    side.connection.close();
    side.connection.sendSignal(envelope);
  });

  test("[W3] [C38] a last word is sent at once, with an acknowledgement that nobody waits for", async () => {
    const heard: unknown[] = [];
    onConnection = (socket) => {
      socket.on("unloading", (body, reply) => heard.push(body, typeof reply));
      socket.emit("welcome", welcome);
    };
    const side = open();
    await online(side);
    side.connection.tell("unloading", {});
    await vi.waitFor(() => expect(heard).toEqual([{}, "function"]), WAIT);
  });
});

/** What the polling of a page at this address looks like. */
async function pollsFrom(address: string): Promise<readonly IncomingMessage[]> {
  const polls: IncomingMessage[] = [];
  http.on("request", (request) => polls.push(request));
  vi.stubGlobal("location", new URL(address));
  onTestFinished(() => void vi.unstubAllGlobals());
  await online(open({ way: "polling" }));
  return polls;
}

describe("polling", () => {
  test("[W7] at the page's own origin it says who it is by a header that another site could not add", async () => {
    const polls = await pollsFrom(url);
    expect(polls.length).toBeGreaterThan(1);
    expect(polls.map(({ headers }) => headers[PAGE_HEADER])).toEqual(polls.map(() => "1"));
  });

  test("[W7] elsewhere it adds nothing that would need a preflight", async () => {
    const polls = await pollsFrom("https://page.example.org");
    expect(polls.length).toBeGreaterThan(1);
    for (const { headers } of polls) expect(headers).not.toHaveProperty(PAGE_HEADER);
  });
});

describe("close", () => {
  test("[W19] polling: no request outlives its connection, whether it was open or not, or had something to say", async () => {
    const waiting = new Set<IncomingMessage>();
    const note = (request: IncomingMessage, response: ServerResponse) => {
      waiting.add(request);
      response.once("close", () => waiting.delete(request));
    };
    const none = () => vi.waitFor(() => expect(waiting.size).toBe(0), WAIT);
    http.prependListener("request", note);
    const side = open({ way: "polling" });
    await online(side);
    await vi.waitFor(() => expect(waiting.size).toBe(1), WAIT);
    side.connection.close();
    await none();
    await vi.waitFor(() => expect(io.engine.clientsCount).toBe(0), WAIT);

    const mute = open({ way: "polling" });
    await online(mute);
    await vi.waitFor(() => expect(waiting.size).toBe(1), WAIT);
    http.removeAllListeners("request");
    http.on("request", note);
    mute.connection.tell("unloading", {});
    await vi.waitFor(() => expect(waiting.size).toBe(2), WAIT);
    mute.connection.close();
    await none();

    const never = open({ way: "polling" });
    await vi.waitFor(() => expect(waiting.size).toBe(1), WAIT);
    never.connection.close();
    await none();
  });

  test("[C6] [C8] nothing is called afterwards, requests are lost, and the server sees it go", async () => {
    const side = open();
    await online(side);
    const waiting = side.connection.request("status", {});
    side.connection.close();
    side.connection.close();
    await expect(waiting).rejects.toBeInstanceOf(RequestLost);
    served?.emit("partner-left", { roomId: "room-1", reason: "left" });
    await vi.waitFor(() => expect(io.engine.clientsCount).toBe(0), WAIT);
    expect(side.events).toEqual(["welcome"]);
    side.connection.tell("unloading", {});
  });

  test("[G1] [G2] a last word arrives, and then the connection is lost to the server: closing alone is no goodbye", async () => {
    const side = open();
    const seen: string[] = [];
    await vi.waitFor(() => expect(side.events).toHaveLength(1), WAIT);
    served?.onAny((event: string) => seen.push(event));
    served?.on("disconnect", (reason) => seen.push(reason));
    side.connection.tell("leave", { requestId: "r-1" });
    side.connection.close();
    await vi.waitFor(() => expect(seen).toEqual(["leave", "transport close"]), WAIT);
  });

  test.each(["websocket", "polling"] as const)(
    "[C6] closed while still connecting by %s: no handler, no connection stays",
    async (way) => {
      const sides = Array.from({ length: 20 }, () => open({ way }));
      for (const { connection } of sides) connection.close();
      const last = open();
      await online(last);
      await vi.waitFor(() => expect(io.engine.clientsCount).toBe(1), WAIT);
      expect(sides.flatMap(({ events }) => events)).toEqual([]);
    },
  );
});
