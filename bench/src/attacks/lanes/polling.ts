import { Agent } from "node:http";
import { ask, mint, type Server } from "../../page/mint.ts";
import { helloOf } from "../../page/page.ts";
import type { Lane } from "../lane.ts";
import { ATTACKER } from "../raw-line.ts";

const PATH = "/socket.io/?EIO=4&transport=polling";
/** What joins the packets of a body (Engine.IO protocol 4, "payload encoding"). */
const SEPARATOR = "\u001e";
const BODY_BYTES = 60_000;

const keptAlive = () => new Agent({ keepAlive: true, maxSockets: 4, localAddress: ATTACKER });

/** The path of a new polling connection. */
async function open(server: Server, agent: Agent): Promise<string> {
  const answer = await ask(server, { method: "GET", path: PATH, agent });
  const { sid } = JSON.parse(answer.slice(1)) as { sid: string };
  return `${PATH}&sid=${sid}`;
}

/** Bodies full of this packet, from somebody who has said hello. */
const bodiesOf =
  (packet: string): Lane =>
  async ({ server, sent }) => {
    const agent = keptAlive();
    const token = await mint(server, agent);
    const count = Math.floor(BODY_BYTES / (packet.length + 1));
    const body = Array.from({ length: count }, () => packet).join(SEPARATOR);
    return async () => {
      const path = await open(server, agent);
      const post = (text: string) => ask(server, { method: "POST", path, body: text, agent });
      await post(`40${JSON.stringify(helloOf(token))}`);
      await ask(server, { method: "GET", path, agent });
      for (;;) {
        sent(count);
        const answer = await post(body);
        // Read as well, because a page has to: what waits for it is bounded.
        const heard = await ask(server, { method: "GET", path, agent });
        if (answer !== "ok" || heard.includes("bye") || heard.includes('"code":')) return;
      }
    };
  };

export const pollingFinds = bodiesOf('420["find",{"requestId":"x"}]');
export const pollingJunk = bodiesOf('42["x"]');

/** Polling connections that nobody says a hello on. */
export const silentOpens: Lane = ({ server, sent }) => {
  const agent = keptAlive();
  return async () => {
    await open(server, agent);
    sent(1);
  };
};

/** Requests that are refused for their origin, each of them worth a line in the log. */
export const refusals: Lane = ({ server, sent }) => {
  const agent = keptAlive();
  const headers = { origin: "http://foreign.example" };
  return async () => {
    await ask(server, { method: "GET", path: PATH, headers, agent });
    sent(1);
  };
};
