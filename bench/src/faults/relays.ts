import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Fault } from "./fault.ts";

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
}

/** Somebody who uses a TURN server against its operator. The tests of the repository start a real coturn for it. */
export const relays: Fault = {
  what: "permissions for every denied range, also in IPv6's spelling; more relays than the quota; accounts that have ended; a network that takes all it gets",
  target: "all refused (403, 486, 401), and an honest pair keeps its relays",
  isLong: true,
  async run({ product }) {
    const vitest = ["exec", "vitest", "run", "--project", "signaling-server", "test/turn"];
    const child = spawn("pnpm", [...vitest, "-t", String.raw`\[A26\]`, "--reporter=json"], {
      cwd: product,
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    const [code] = (await once(child, "close")) as [number];
    const start = text.indexOf("{");
    if (start < 0) return { figure: `the tests did not run (exit code ${code})`, isKept: false };
    const { numPassedTests, numFailedTests } = JSON.parse(text.slice(start)) as Report;
    return {
      figure: `${numPassedTests} tests passed, ${numFailedTests} failed`,
      isKept: code === 0 && numPassedTests > 0,
    };
  },
};
