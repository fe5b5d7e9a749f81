import { connect, isIP } from "node:net";
import { checkServerIdentity, connect as connectTls } from "node:tls";
import type { Channel, SocketEnds, Target } from "./channel.ts";
import { stunLength } from "./stun-message.ts";
import { TurnFailure } from "./turn-failure.ts";

/** More than any answer to a request of a check has. */
const LONGEST_MESSAGE_BYTES = 4_096;

/**
 * Cuts a stream into STUN messages (RFC 8656 section 3.1). The function that it returns takes the next bytes, and answers
 * false when they cannot be part of a STUN message.
 */
function messagesIn(onMessage: (message: Buffer) => void): (bytes: Buffer) => boolean {
  let rest: Buffer = Buffer.alloc(0);
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    for (
      let length = stunLength(rest);
      length !== undefined && length <= rest.length;
      length = stunLength(rest)
    ) {
      onMessage(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
    return (stunLength(rest) ?? 0) <= LONGEST_MESSAGE_BYTES;
  };
}

/**
 * TCP, with TLS where the target asks for it.
 *
 * @param authority certificate authorities that are trusted in place of Node's own, PEM
 */
export function connectStream(target: Target, ends: SocketEnds, authority: string | undefined): Channel {
  const { host, port, secure, certified } = target;
  const socket = secure
    ? connectTls({
        host,
        port,
        // A name in SNI is never an address (RFC 6066 section 3).
        ...(isIP(certified) ? {} : { servername: certified }),
        checkServerIdentity: (_, certificate) => checkServerIdentity(certified, certificate),
        ...(authority === undefined ? {} : { ca: authority }),
      })
    : connect({ host, port });
  const take = messagesIn((message) => ends.onMessage(message));
  socket.setNoDelay(true);
  socket.on("error", ends.onFailure);
  socket.on("close", () => ends.onFailure(new TurnFailure("unreachable", "closes the connection")));
  socket.on("data", (bytes) => {
    if (!take(bytes))
      ends.onFailure(new TurnFailure("unreachable", "speaks something else than STUN on that port"));
  });
  socket.on(secure ? "secureConnect" : "connect", ends.onOpen);
  return {
    lossy: false,
    send: (message) => void socket.write(message),
    close: () => void socket.destroy(),
  };
}
