import { Agent } from "node:http";
import { answerTo, type Server, seenFrom } from "../page/mint.ts";
import { type Fault, withServer } from "./fault.ts";

const MOST = 3_000;
const AT_ONCE = 8;

/** How many of the requests for tokens pass before one is refused; `MOST`: none is. */
async function passed(server: Server, fromOf: (n: number) => string): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  let count = 0;
  let isOver = false;
  const worker = async () => {
    while (!isOver && count < MOST) {
      count += 1;
      const answer = await answerTo(seenFrom(server, fromOf(count)), {
        method: "POST",
        path: "/v1/sessions",
        headers: { "content-type": "application/json" },
        body: "{}",
        agent,
      }).catch(() => undefined);
      if (answer?.status !== 200) isOver = true;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  agent.destroy();
  return count;
}

const address = (n: number) => `198.18.${n >> 8}.${n & 255}`;

/** Strangers invent the addresses that they come from. */
export const forwarded: Fault = {
  what: `up to ${MOST} requests for tokens with X-Forwarded-For made up: a lie before the true address, and the true one alone`,
  target: "limited by what the proxy saw; without a proxy the header counts for nothing",
  run: async (around) => {
    const lie = (n: number) => `${address(n)}, 203.0.113.9`;
    const [lied, honest] = await withServer(
      around,
      { TRUST_PROXY: "1" },
      async (server) => [await passed(server, lie), await passed(server, address)] as const,
    );
    const direct = await withServer(around, { TRUST_PROXY: "0" }, (server) => passed(server, address));
    const unset = await withServer(around, {}, (server) => passed(server, address));
    const words = (count: number) => (count >= MOST ? "never limited" : `limited after ${count}`);
    return {
      figure: [
        `behind one proxy, a lie before one address: ${words(lied)}`,
        `behind one proxy, each from an address of its own: ${words(honest)}`,
        `TRUST_PROXY=0: ${words(direct)}`,
        `unset: ${words(unset)}`,
      ].join("; "),
      isKept: lied < MOST && honest >= MOST && direct < MOST && unset >= MOST,
    };
  },
};
