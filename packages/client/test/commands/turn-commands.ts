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
const running: Coturn[] = [];

/**
 * Starts coturn on the loopback interface; credentials are those of the TURN REST convention.
 *
 * @param relays how many it has to give; undefined: as many as it has ports
 */
const startTurn: BrowserCommand<[relays?: number]> = async (_, relays): Promise<TurnOffer> => {
  const args = relays === undefined ? [] : [`--total-quota=${relays}`];
  const coturn = await startCoturn({ secret: SECRET, args });
  running.push(coturn);
  const username = `${Math.floor(Date.now() / 1_000) + 3_600}:browser-test`;
  const credential = createHmac("sha1", SECRET).update(username).digest("base64");
  return { port: coturn.port, username, credential };
};

const stopTurn: BrowserCommand<[]> = async () => {
  await Promise.all(running.splice(0).map((coturn) => coturn.stop()));
};

/** A port on which nobody listens. */
const deadPort: BrowserCommand<[]> = () => freePort();

/** What tests may do about TURN servers from outside the page. */
export const turnCommands = { startTurn, stopTurn, deadPort };

declare module "vitest/browser" {
  interface BrowserCommands {
    startTurn(relays?: number): Promise<TurnOffer>;
    stopTurn(): Promise<void>;
    deadPort(): Promise<number>;
  }
}
