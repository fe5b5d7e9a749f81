import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { errorBody } from "@serendip/protocol";
import type { Refusal } from "./form.ts";
import { holdForOneWrite } from "./one-write.ts";

/** The first line of a refusal. */
const REFUSED = /^HTTP\/1\.1 [45]/;

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
 * Makes what adds header fields to the answer that a library writes on a raw socket to an upgrade which it refuses. The answer that
 * accepts one stays as it is, and goes out together with the first packet of Engine.IO, which comes by a promise.
 */
export function createHeaderAdder(headers: Readonly<Record<string, string>>): (socket: Duplex) => void {
  const lines = Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");
  const isRefusal = (chunk: unknown): chunk is string => typeof chunk === "string" && REFUSED.test(chunk);
  return (socket) => {
    const { write, end } = socket as unknown as Record<"write" | "end", (...args: unknown[]) => unknown>;
    const putBack = () => Object.assign(socket, { write, end });
    const once =
      (call: typeof write) =>
      (chunk: unknown, ...rest: unknown[]) => {
        putBack();
        if (isRefusal(chunk)) return call.call(socket, chunk.replace("\r\n", `\r\n${lines}`), ...rest);
        holdForOneWrite(socket);
        return call.call(socket, chunk, ...rest);
      };
    Object.assign(socket, { write: once(write), end: once(end) });
  };
}
