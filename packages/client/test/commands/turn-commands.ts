import { createHmac } from "node:crypto";
import { type Coturn, freePort, startCoturn } from "@serendip/tooling/coturn";
import type {} from "@vitest/browser-playwright";
import type { BrowserCommand } from "vitest/node";

/** A TURN server on this machine, and what opens it. */
export interface TurnOffer {
  readonly port: number;
  readonly username: string;
  readonly credential: string;
}

const SECRET = "secret-of-the-browser-tests";
let running: Coturn | undefined;

/** Starts coturn on the loopback interface; credentials are those of the TURN REST convention. */
const startTurn: BrowserCommand<[]> = async (): Promise<TurnOffer> => {
  running = await startCoturn({ secret: SECRET });
  const username = `${Math.floor(Date.now() / 1_000) + 3_600}:browser-test`;
  const credential = createHmac("sha1", SECRET).update(username).digest("base64");
  return { port: running.port, username, credential };
};

const stopTurn: BrowserCommand<[]> = async () => {
  const ending = running;
  running = undefined;
  await ending?.stop();
};

/** A port on which nobody listens. */
const deadPort: BrowserCommand<[]> = () => freePort();

/** What tests may do about TURN servers from outside the page. */
export const turnCommands = { startTurn, stopTurn, deadPort };

declare module "vitest/browser" {
  interface BrowserCommands {
    startTurn(): Promise<TurnOffer>;
    stopTurn(): Promise<void>;
    deadPort(): Promise<number>;
  }
}
