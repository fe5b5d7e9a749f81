import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { Channel, SocketEnds } from "./channel.ts";
import type { Address } from "./stun-values.ts";

/** Opens a connected UDP socket: it gets an error when nobody listens on the port, and takes nothing from strangers. */
export function connectUdp({ host, port }: Address, ends: SocketEnds): Channel {
  const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
  socket.on("error", ends.onFailure);
  socket.on("message", (message) => ends.onMessage(message));
  socket.on("connect", ends.onOpen);
  // Without a callback, so that an error of `connect` is an event like every other error.
  socket.connect(port, host);
  return {
    lossy: true,
    send: (message) => socket.send(message, (error) => error && ends.onFailure(error)),
    close: () => socket.close(),
  };
}
