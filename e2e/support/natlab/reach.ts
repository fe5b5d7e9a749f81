import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { prefixFor } from "./namespaces.ts";
import { type Host, PUBLIC_ADDRESS } from "./topology.ts";

/** What a host gets an answer from within a second. */
export interface Reach {
  /** The page's web server, by TCP. */
  readonly page: boolean;
  /** The address that STUN sees the host's UDP come from (RFC 8489 XOR-MAPPED-ADDRESS); undefined without an answer. */
  readonly stun: string | undefined;
}

// Runs on the host. Self-contained, because it is handed over as text.
const PROBE = `
const page = await fetch("http://${PUBLIC_ADDRESS}/", { signal: AbortSignal.timeout(1000) }).then((r) => r.ok, () => false);
const stun = await new Promise((done) => {
  const socket = require("node:dgram").createSocket("udp4");
  const finish = (address) => { socket.close(); done(address); };
  const late = setTimeout(() => finish(undefined), 1000);
  socket.once("message", (reply) => {
    clearTimeout(late);
    // coturn answers with XOR-MAPPED-ADDRESS first: its address is at byte 28, masked with the magic cookie.
    const mask = [0x21, 0x12, 0xa4, 0x42];
    finish([...reply.subarray(28, 32)].map((byte, index) => byte ^ mask[index]).join("."));
  });
  const request = Buffer.alloc(20);
  request.writeUInt16BE(1, 0);
  request.writeUInt32BE(0x2112a442, 4);
  require("node:crypto").randomFillSync(request, 8);
  socket.send(request, 3478, "${PUBLIC_ADDRESS}");
});
// Left alone, the process would wait for a connection that cannot come about.
process.stdout.write(JSON.stringify({ page, stun }), () => process.exit());
`;

/** Tries from `host` what the lab's public machine offers. */
export async function reachFrom(host: Host): Promise<Reach> {
  const [program, ...prefix] = prefixFor(host);
  const script = `(async () => {${PROBE}})()`;
  const { stdout } = await promisify(execFile)(program, [...prefix, process.execPath, "-e", script]);
  const { page, stun } = JSON.parse(stdout) as { page: boolean; stun?: string };
  return { page, stun };
}
