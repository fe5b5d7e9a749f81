import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { errorBody } from "@serendip/protocol";
import type { Refusal } from "./form.ts";

type RawAnswer = (socket: Duplex, refusal: Refusal) => void;

export const bodyOf = ({ message, retryAfterMs }: Refusal): string =>
  JSON.stringify(
    errorBody(retryAfterMs === undefined ? "bad_request" : "rate_limited", message, retryAfterMs),
  );

/** The header fields of a refusal. A page of an origin that may connect has to be able to read when to come again. */
export function fieldsOf({ retryAfterMs }: Refusal, origin?: string): Readonly<Record<string, string>> {
  const json = { "content-type": "application/json" };
  if (retryAfterMs === undefined) return json;
  const readable = { "access-control-allow-origin": origin ?? "", vary: "Origin" };
  return {
    ...json,
    "retry-after": String(Math.ceil(retryAfterMs / 1_000)),
    ...(origin === undefined ? {} : readable),
  };
}

/** Answers on a raw socket, for which there is no response object, and closes it. */
export function createRawAnswer(headers: Readonly<Record<string, string>>): RawAnswer {
  return (socket, refusal) => {
    const body = bodyOf(refusal);
    const fields = { ...fieldsOf(refusal), ...headers };
    const head = [
      `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`,
      "Connection: close",
      ...Object.entries(fields).map(([name, value]) => `${name}: ${value}`),
      `Content-Length: ${Buffer.byteLength(body)}`,
    ];
    socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
  };
}

/** What is said about bytes that are no request, by the code of Node's error; undefined: nothing can be said any more. */
export function faultOfBytes(code: unknown): Refusal | undefined {
  if (code === "HPE_HEADER_OVERFLOW") return { status: 431, message: "The headers are too long." };
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return { status: 408, message: "The request took too long." };
  if (typeof code === "string" && code.startsWith("HPE_"))
    return { status: 400, message: "This is no HTTP request." };
  return undefined;
}

/**
 * Adds header fields to the answer that a library writes on a raw socket to an upgrade which it refuses. The answer that accepts one
 * stays as it is.
 */
export function addHeaders(socket: Duplex, headers: Readonly<Record<string, string>>): void {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const own = { write: socket.write, end: socket.end };
  const dressed = (chunk: unknown): unknown => {
    Object.assign(socket, own);
    if (typeof chunk !== "string" || !/^HTTP\/1\.1 [45]/.test(chunk)) return chunk;
    return chunk.replace("\r\n", `\r\n${lines.join("")}`);
  };
  const before =
    (call: (...args: unknown[]) => unknown) =>
    (chunk: unknown, ...rest: unknown[]) =>
      call.call(socket, dressed(chunk), ...rest);
  Object.assign(socket, {
    write: before(own.write as (...args: unknown[]) => unknown),
    end: before(own.end as (...args: unknown[]) => unknown),
  });
}
