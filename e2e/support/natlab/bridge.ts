import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { type Machine, prefixFor } from "./namespaces.ts";

/** Runs on the machine: connects to the port there, and is a pipe to it. */
const PIPE = `const socket = require("node:net").connect(Number(process.argv[1]), "127.0.0.1");
socket.on("error", () => process.exit(1));
process.stdin.pipe(socket).pipe(process.stdout);`;

export interface Bridge {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Leads from a free loopback port of this process to the same port of `machine`'s own loopback, which is out of reach
 * otherwise: for a program there that is driven over TCP, as Firefox is.
 */
export async function bridgeTo(machine: Machine): Promise<Bridge> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    const [program, ...prefix] = prefixFor(machine);
    const pipe = spawn(program, [...prefix, process.execPath, "-e", PIPE, String(portOf())], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    open.add(socket);
    socket.pipe(pipe.stdin);
    pipe.stdout.pipe(socket);
    // Either end may be gone first.
    pipe.stdin.on("error", () => socket.destroy());
    socket.on("error", () => pipe.kill());
    pipe.once("exit", () => socket.destroy());
    socket.once("close", () => {
      open.delete(socket);
      pipe.kill();
    });
  });
  const portOf = (): number => {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return address.port;
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: portOf(),
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
