/**
 * The floor: a relay on `ws` alone. It reads each message to know what it is, and forwards the bytes as they came. Plain
 * JavaScript, so that nothing stands between it and Node.
 *
 * node ws-relay.mjs PORT
 */
import { WebSocketServer } from "ws";

/** `ws` has none of its own; that of Socket.IO. */
const PING_MS = 25_000;

const server = new WebSocketServer({
  host: "127.0.0.1",
  port: Number(process.argv[2]),
  perMessageDeflate: false,
  backlog: 4_096,
});

/** @typedef {import("ws").WebSocket} Line */
/** @type {Map<Line, Line>} */
const partners = new Map();
/** @type {Set<Line>} */
const silent = new Set();
/** @type {Line | undefined} */
let waiting;
let rooms = 0;

/** @param {Line} line */
function leave(line) {
  if (waiting === line) waiting = undefined;
  const partner = partners.get(line);
  partners.delete(line);
  if (partner) partners.delete(partner);
}

/** @param {Line} line */
function find(line) {
  leave(line);
  const other = waiting;
  if (other === undefined) {
    waiting = line;
    return;
  }
  waiting = undefined;
  partners.set(line, other);
  partners.set(other, line);
  rooms += 1;
  other.send(JSON.stringify({ event: "matched", room: `r${rooms}`, role: "initiator" }));
  line.send(JSON.stringify({ event: "matched", room: `r${rooms}`, role: "responder" }));
}

server.on("connection", (line) => {
  line.on("pong", () => silent.delete(line));
  line.on("message", (data) => {
    const { event } = JSON.parse(String(data));
    if (event === "signal") partners.get(line)?.send(data, { binary: false });
    else if (event === "find") find(line);
  });
  line.on("close", () => {
    leave(line);
    silent.delete(line);
  });
  line.on("error", () => undefined);
});

setInterval(() => {
  for (const line of server.clients) {
    if (silent.has(line)) line.terminate();
    else {
      silent.add(line);
      line.ping();
    }
  }
}, PING_MS);
