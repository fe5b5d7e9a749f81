import { get } from "node:http";
import { get as getOverTls } from "node:https";
import { createServer } from "node:net";
import { json } from "node:stream/consumers";
import { HealthReply } from "@serendip/protocol";
import type { ServerConfig } from "../config.ts";
import { BACKLOG, systemBacklog } from "../edge/http/backlog.ts";
import { listenAdvice } from "../edge/http/listen-advice.ts";
import { type Finding, failed, note, ok } from "./finding.ts";

const ANSWER_MS = 3_000;

/** The host by which a program on this machine reaches a server that listens on `host`. */
const reachable = (host: string): string => {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
};

/** The system's error code when the server cannot listen there; undefined when it can. */
function listenFault(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

type Place = Pick<ServerConfig, "host" | "port" | "tls">;

/** Whether a Serendip server there is ready; undefined for another program. */
async function serving({ host, port, tls }: Place): Promise<HealthReply["status"] | undefined> {
  const place = `${reachable(host)}:${port}/readyz`;
  try {
    const reply = await new Promise((resolve, reject) => {
      const signal = AbortSignal.timeout(ANSWER_MS);
      // It is asked by its address, for which its certificate does not hold.
      const sent = tls
        ? getOverTls(`https://${place}`, { signal, rejectUnauthorized: false })
        : get(`http://${place}`, { signal });
      sent.once("error", reject);
      sent.once("response", (response) => json(response).then(resolve, reject));
    });
    return HealthReply.safeParse(reply).data?.status;
  } catch {
    return undefined;
  }
}

/** Whether the server can listen where it is told to, or does so already. */
export async function checkPort(where: Place): Promise<Finding> {
  const { host, port } = where;
  if (port === 0) return ok("The server will listen on any free port.");
  const place = `Port ${port} of ${host}`;
  const code = await listenFault(host, port);
  if (code === undefined) return ok(`${place} is free.`);
  if (code !== "EADDRINUSE")
    return failed(`${place} cannot be listened on (${code}).`, listenAdvice(code, port));
  const status = await serving(where);
  if (status === "ok") return ok(`A signaling server serves on port ${port} and is ready.`);
  if (status === "unavailable")
    return failed(
      `A signaling server runs on port ${port} but takes nobody.`,
      "Its log says why; restart it.",
    );
  return failed(`${place} is taken by another program.`, "Stop that program, or choose another PORT.");
}

/** Whether the system lets as many connections wait as the server asks for; says nothing where it does. */
export function* checkBacklog(granted = systemBacklog()): Generator<Finding> {
  if (granted === undefined || granted >= BACKLOG) return;
  yield note(
    `The system lets ${granted} connections wait for the server at once; when all come back after a restart, the others try again a second later.`,
    `Set net.core.somaxconn to ${BACKLOG} (sysctl).`,
  );
}
