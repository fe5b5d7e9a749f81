import { type Coturn, type CoturnOptions, startCoturn as start } from "@serendip/tooling/coturn";
import { afterEach } from "vitest";

export { freePort } from "@serendip/tooling/coturn";

export const SECRET = "coturn-of-the-tests";

const running: Coturn[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((coturn) => coturn.stop()));
});

/** A coturn of its own on the loopback interface; it ends with the test. */
export async function startCoturn(options: CoturnOptions = {}): Promise<Coturn> {
  const coturn = await start({ secret: SECRET, ...options });
  running.push(coturn);
  return coturn;
}
