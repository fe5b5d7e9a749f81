import { randomUUID } from "node:crypto";
import { type Agent, request } from "node:http";
import type { MintReply } from "@serendip/protocol";

export interface Server {
  readonly port: number;
}

export const HOST = "127.0.0.1";
/** The one that the benches' servers allow. */
export const ORIGIN = "http://localhost:5173";

export interface Ask {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Keeps connections for the next request; a new one for each unless given. */
  readonly agent?: Agent;
}

/** One HTTP request to the server and its whole answer. Rejects when the connection ends before. */
export function ask(server: Server, { method, path, headers, body = "", agent }: Ask): Promise<string> {
  return new Promise((resolve, reject) => {
    const fields = { origin: ORIGIN, ...headers, "content-length": String(Buffer.byteLength(body)) };
    const options = { host: HOST, port: server.port, method, path, headers: fields, agent: agent ?? false };
    const asked = request(options, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk: string) => {
        text += chunk;
      });
      answer.once("end", () => resolve(text));
      answer.once("error", reject);
    });
    asked.once("error", reject);
    asked.end(body);
  });
}

/** The token of a new person with a device of their own. */
export async function mint(server: Server, agent?: Agent): Promise<string> {
  const text = await ask(server, {
    method: "POST",
    path: "/v1/sessions",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ deviceGroup: randomUUID() }),
    ...(agent ? { agent } : {}),
  });
  return (JSON.parse(text) as MintReply).token;
}
