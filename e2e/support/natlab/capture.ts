import { spawn } from "node:child_process";
import { once } from "node:events";
import { type Machine, prefixFor } from "./namespaces.ts";

/** Packets that pass a machine, being watched. */
export interface Capture {
  /** Ends it. One line for each packet: addresses, ports, protocol and size, as tcpdump writes them. */
  stop(): Promise<readonly string[]>;
}

/**
 * Watches the packets at a machine that fit `filter` (pcap-filter(7); the empty one takes all). At a router what is seen is
 * its public side, elsewhere every interface. Answers when it really watches.
 *
 * @throws Error when tcpdump does not start or does not understand the filter.
 */
export async function captureAt(machine: Machine, filter: string): Promise<Capture> {
  const [program, ...args] = prefixFor(machine);
  const where = machine.startsWith("nat-") ? "wan" : "any";
  const child = spawn(
    program,
    [...args, "tcpdump", "-i", where, "-n", "-q", "-l", "--immediate-mode", filter],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const exited = once(child, "exit");
  let packets = "";
  let words = "";
  child.stdout.on("data", (chunk: Buffer) => {
    packets += chunk.toString();
  });
  await new Promise<void>((ready, fail) => {
    child.stderr.on("data", (chunk: Buffer) => {
      words += chunk.toString();
      if (words.includes("listening on")) ready();
    });
    child.once("error", fail);
    child.once("exit", () => fail(new Error(`tcpdump ended: ${words}`)));
  });
  return {
    async stop() {
      child.kill("SIGINT");
      await exited;
      return packets.split("\n").filter((line) => line.includes(" IP"));
    },
  };
}
