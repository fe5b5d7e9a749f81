import { randomUUID } from "node:crypto";
import { type Agent, type IncomingHttpHeaders, request } from "node:http";
import type { MintReply } from "@serendip/protocol";

export interface Server {
  readonly port: number;
  /** The address that a proxy would say its person comes from, for a server that trusts this machine as one. */
  readonly from?: string;
}

/** The same server for somebody behind another address. */
export const seenFrom = ({ port }: Server, from: string): Server => ({ port, from });

/** What a proxy adds to the requests of its clients. */
export const forwardedBy = ({ from }: Server): Readonly<Record<string, string>> =>
  from === undefined ? {} : { "x-forwarded-for": from };

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

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** One HTTP request to the server and its whole answer. Rejects when the connection ends before. */
export function answerTo(server: Server, { method, path, headers, body = "", agent }: Ask): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const fields = {
      origin: ORIGIN,
      ...forwardedBy(server),
      ...headers,
      "content-length": String(Buffer.byteLength(body)),
    };
    const options = { host: HOST, port: server.port, method, path, headers: fields, agent: agent ?? false };
    const asked = request(options, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk: string) => {
        text += chunk;
      });
      answer.once("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
      answer.once("error", reject);
    });
    asked.once("error", reject);
    asked.end(body);
  });
}

/** The text of an answer, whatever its status. */
export const ask = async (server: Server, what: Ask): Promise<string> => (await answerTo(server, what)).text;

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
