import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { IceUrl } from "@serendip/protocol";
import { stunLength } from "./stun-message.ts";
import { TurnFailure } from "./turn-failure.ts";

/** A way to a STUN or TURN server, for whole STUN messages. */
export interface Channel {
  /** Whether what is sent may get lost, so that it has to be repeated. */
  readonly lossy: boolean;
  send(message: Buffer): void;
  close(): void;
}

export interface ChannelEnds {
  onMessage(message: Buffer): void;
  /** Called at most once, never after `close`. */
  onFailure(failure: TurnFailure): void;
}

/** Larger than anything that is asked for here. */
const LONGEST_MESSAGE = 4_096;

const codeOf = (error: unknown): string =>
  error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);

const CERTIFICATE_FAULT = /^(CERT_|ERR_TLS|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH)/;
const TLS_FAULT = /^(ERR_SSL|EPROTO)/;

function failureOf(error: unknown): TurnFailure {
  const code = codeOf(error);
  if (TLS_FAULT.test(code)) return new TurnFailure("no-tls", `speaks no TLS of today on that port (${code})`);
  if (CERTIFICATE_FAULT.test(code))
    return new TurnFailure("tls", `has a TLS certificate that browsers do not accept (${code})`);
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return new TurnFailure("unreachable", `has a name that cannot be resolved (${code})`);
  return new TurnFailure("unreachable", `cannot be reached (${code})`);
}

function openUdp(host: string, family: number, port: number, ends: ChannelEnds): Promise<Channel> {
  const socket = createSocket(family === 6 ? "udp6" : "udp4");
  return new Promise((resolve, reject) => {
    socket.on("error", (error) => {
      reject(failureOf(error));
      ends.onFailure(failureOf(error));
    });
    socket.on("message", (message) => ends.onMessage(message));
    // A connected socket hears that nobody listens on the port, and takes nothing from strangers.
    socket.connect(port, host, () =>
      resolve({
        lossy: true,
        send: (message) => socket.send(message, (error) => error && ends.onFailure(failureOf(error))),
        close: () => socket.close(),
      }),
    );
  });
}

/** Cuts a stream into STUN messages (RFC 8656 section 3.1); stops at what is none. */
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
    return (stunLength(rest) ?? 0) <= LONGEST_MESSAGE;
  };
}

function openStream(socket: Socket, ready: "connect" | "secureConnect", ends: ChannelEnds): Promise<Channel> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      reject(failureOf(error));
      ends.onFailure(failureOf(error));
      socket.destroy();
    };
    const take = messagesIn((message) => ends.onMessage(message));
    socket.setNoDelay(true);
    socket.on("error", fail);
    socket.on("close", () => fail("connection closed"));
    socket.on("data", (bytes) => take(bytes) || fail("no STUN message"));
    socket.once(ready, () =>
      resolve({
        lossy: false,
        send: (message) => void socket.write(message),
        close: () => void socket.destroy(),
      }),
    );
  });
}

export interface ChannelOptions {
  /** PEM; whom to trust for TLS in place of those whom Node trusts. */
  readonly authority?: string | undefined;
  /** What the certificate has to be for, in place of the address. */
  readonly tlsName?: string | undefined;
  /** Gives up, and closes whatever is under way. */
  readonly signal: AbortSignal;
}

/**
 * Opens the way that the address names.
 *
 * @throws TurnFailure
 */
export async function openChannel(url: IceUrl, ends: ChannelEnds, options: ChannelOptions): Promise<Channel> {
  let closed = false;
  let ended = false;
  const guarded: ChannelEnds = {
    onMessage: (message) => closed || ends.onMessage(message),
    onFailure(failure) {
      if (closed) return;
      closed = true;
      ends.onFailure(failure);
    },
  };
  const { address, family } = await lookup(url.host).catch((error: unknown) => {
    throw failureOf(error);
  });
  options.signal.throwIfAborted();
  const secure = url.scheme === "stuns" || url.scheme === "turns";
  if (secure && url.transport === "udp")
    throw new TurnFailure("refused", "asks for DTLS, which no browser speaks to a TURN server");
  const channel = await (url.transport === "udp"
    ? openUdp(address, family, url.port, guarded)
    : openTcp(url, address, { secure, ends: guarded, options }));
  return {
    ...channel,
    send: (message) => void (closed || channel.send(message)),
    close() {
      if (ended) return;
      ended = true;
      closed = true;
      channel.close();
    },
  };
}

function openTcp(
  url: IceUrl,
  host: string,
  { secure, ends, options }: { secure: boolean; ends: ChannelEnds; options: ChannelOptions },
): Promise<Channel> {
  const { port } = url;
  const name = options.tlsName ?? url.host;
  const socket = secure
    ? connectTls({
        host,
        port,
        // A name in SNI is never an address (RFC 6066 section 3); the certificate is checked against either.
        ...(isIP(name) ? {} : { servername: name }),
        ...(options.authority ? { ca: options.authority } : {}),
      })
    : connect({ host, port });
  options.signal.addEventListener("abort", () => socket.destroy(), { once: true });
  return openStream(socket, secure ? "secureConnect" : "connect", ends);
}
