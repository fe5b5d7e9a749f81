import { once } from "node:events";
import { connect } from "node:net";
import { upgradeTo } from "../attacks/raw-line.ts";
import { HOST, ORIGIN, type Server } from "../page/mint.ts";

/** The status with which a WebSocket handshake is answered; 0: with none. */
export async function statusOfUpgrade(
  server: Server,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<number> {
  const tcp = connect({ port: server.port, host: HOST });
  const fields = { Host: "localhost", origin: ORIGIN, ...upgradeTo("websocket"), ...headers };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  tcp.on("error", () => undefined);
  tcp.write([`GET ${path} HTTP/1.1`, ...lines, "", ""].join("\r\n"));
  let text = "";
  tcp.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
  });
  await Promise.race([once(tcp, "data"), once(tcp, "close")]);
  tcp.destroy();
  return Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0);
}
