import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { forwardRequest } from "./forward.ts";

/** What becomes of a WebSocket; all of them keep their TCP connection open. */
export type WebSocketFate =
  | "passes"
  /** Its request gets no answer. */
  | "hangs"
  /** So many frames of the server get through, and then nothing goes either way. 0: only the answer (101). */
  | { readonly framesUntilSilent: number };

export type PollingFate = "passes" | "hangs";

/** What pages asked for. */
export interface Tally {
  webSockets: number;
  /** Engine.IO connections that were to be opened by polling. */
  pollings: number;
  /** Tokens: a page takes one for an attempt where it has none that is good for a while. */
  tokens: number;
}

/** A proxy before the signaling server that does to connections what some networks do. */
export interface Middlebox {
  readonly url: string;
  readonly tally: Tally;
  webSocket: WebSocketFate;
  polling: PollingFate;
  /** Nothing goes through the WebSockets that are open, in either direction; later ones have the fate that is set. */
  silenceOpenWebSockets(): void;
  stop(): Promise<void>;
}

/** A line whose two ends are held open while nothing passes. */
interface Lane {
  silent: boolean;
}

export async function middlebox(target: string): Promise<Middlebox> {
  const { hostname, port } = new URL(target);
  const ends = new Set<Duplex>();
  const lanes = new Set<Lane>();

  const hold = (end: Duplex): void => {
    ends.add(end);
    end.once("close", () => ends.delete(end));
    end.on("error", () => end.destroy());
  };

  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", target);
    if (pathname === "/v1/sessions" && request.method === "POST") box.tally.tokens += 1;
    const isPolling = searchParams.get("transport") === "polling";
    if (isPolling && !searchParams.has("sid")) box.tally.pollings += 1;
    if (isPolling && box.polling === "hangs") request.resume();
    else forwardRequest(request, response, target);
  });
  server.on("connection", hold);

  server.on("upgrade", (request: IncomingMessage, page: Socket, head: Buffer) => {
    box.tally.webSockets += 1;
    const fate = box.webSocket;
    if (fate === "hangs") {
      page.resume();
      return;
    }
    const lane: Lane = { silent: false };
    const onward = connect(Number(port), hostname, () =>
      onward.write(Buffer.concat([headOf(request), head])),
    );
    hold(onward);
    lanes.add(lane);
    const frames = fate === "passes" ? Number.POSITIVE_INFINITY : fate.framesUntilSilent;
    const passing = createGate(frames);
    onward.on("data", (bytes) => {
      if (lane.silent) return;
      const length = passing(bytes);
      page.write(bytes.subarray(0, length));
      lane.silent = length < bytes.length;
    });
    page.on("data", (bytes) => {
      if (!lane.silent) onward.write(bytes);
    });
    // The two ends know of each other only while something passes.
    onward.once("close", () => {
      lanes.delete(lane);
      if (!lane.silent) page.destroy();
    });
    page.once("close", () => onward.destroy());
  });

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const box: Middlebox = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tally: { webSockets: 0, pollings: 0, tokens: 0 },
    webSocket: "passes",
    polling: "passes",
    silenceOpenWebSockets() {
      for (const lane of lanes) lane.silent = true;
    },
    async stop() {
      server.close();
      for (const end of ends) end.destroy();
      await once(server, "close");
    },
  };
  return box;
}

/** The request as it came. */
function headOf({ method, url, rawHeaders }: IncomingMessage): Buffer {
  const lines = rawHeaders.flatMap((text, at) => (at % 2 === 0 ? [`${text}: ${rawHeaders[at + 1]}`] : []));
  return Buffer.from(`${method} ${url} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

/**
 * Says how many of the bytes that a server sends may pass: the answer to the request, and `most` frames after it, which have no
 * mask (RFC 6455 section 5.2).
 */
function createGate(most: number): (bytes: Buffer) => number {
  /** What has come of the answer or of the frame under way. */
  let begun = Buffer.alloc(0);
  let frames = -1;
  return (bytes) => {
    if (most === Number.POSITIVE_INFINITY) return bytes.length;
    const before = begun.length;
    begun = Buffer.concat([begun, bytes]);
    let passed = 0;
    while (frames < most) {
      const length = frames < 0 ? answerLength(begun) : frameLength(begun);
      if (length === undefined || length > begun.length) return bytes.length;
      begun = begun.subarray(length);
      passed += length;
      frames += 1;
    }
    return Math.max(passed - before, 0);
  };
}

function answerLength(bytes: Buffer): number | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  return end === -1 ? undefined : end + 4;
}

function frameLength(bytes: Buffer): number | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes.readUInt8(1) & 0x7f;
  if (short < 126) return 2 + short;
  if (bytes.length < (short === 126 ? 4 : 10)) return undefined;
  return short === 126 ? 4 + bytes.readUInt16BE(2) : 10 + Number(bytes.readBigUInt64BE(2));
}
