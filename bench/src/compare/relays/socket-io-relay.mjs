/**
 * What a Socket.IO relay costs that promises nothing: a queue of one, a room for each couple, no check, no acknowledgement. The
 * settings are the library's own; only WebSocket, and no compression, as the product's are. Plain JavaScript, so that nothing stands
 * between it and Node.
 *
 * node socket-io-relay.mjs PORT [PING_INTERVAL_MS PING_TIMEOUT_MS]
 */
import { createServer } from "node:http";
import { Server } from "socket.io";

const [port, pingInterval, pingTimeout] = process.argv.slice(2).map(Number);
const pings = pingInterval && pingTimeout ? { pingInterval, pingTimeout } : {};
const http = createServer();
const io = new Server(http, {
  transports: ["websocket"],
  perMessageDeflate: false,
  serveClient: false,
  ...pings,
});

/** @type {import("socket.io").Socket | undefined} */
let waiting;
let rooms = 0;

io.on("connection", (socket) => {
  socket.on("find", () => {
    const other = waiting;
    if (other === undefined || other === socket) {
      waiting = socket;
      return;
    }
    waiting = undefined;
    rooms += 1;
    const room = `r${rooms}`;
    for (const member of [other, socket]) {
      member.data.room = room;
      member.join(room);
    }
    other.emit("matched", { room, role: "initiator" });
    socket.emit("matched", { room, role: "responder" });
  });
  socket.on("signal", (signal) => {
    if (socket.data.room) socket.to(socket.data.room).emit("signal", signal);
  });
  socket.on("disconnect", () => {
    if (waiting === socket) waiting = undefined;
  });
});

// Node's own backlog of 511 would refuse a crowd that comes back; nobody is made slow here to look fast beside.
http.listen({ port, host: "127.0.0.1", backlog: 4_096 });
