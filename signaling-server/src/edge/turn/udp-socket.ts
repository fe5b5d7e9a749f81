import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { Channel, SocketEnds } from "./channel.ts";
import type { Address } from "./stun-values.ts";

/** A connected socket: it hears that nobody listens on the port, and takes nothing from strangers. */
export function connectUdp({ host, port }: Address, ends: SocketEnds): Channel {
  const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
  socket.on("error", ends.onFailure);
  socket.on("message", (message) => ends.onMessage(message));
  socket.on("connect", ends.onOpen);
  // Not with a callback: that would get the errors of `connect`, which otherwise are events like all the others.
  socket.connect(port, host);
  return {
    lossy: true,
    send: (message) => socket.send(message, (error) => error && ends.onFailure(error)),
    close: () => socket.close(),
  };
}
