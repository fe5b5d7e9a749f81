import { expect, test } from "vitest";
import { solveProofOfWork } from "../../src/signaling/proof-of-work.browser.ts";

const never = new AbortController().signal;

/** What a press would need: a turn of the page's event loop. */
const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

test("[B14] the browser finds the first counter, and the page has many turns meanwhile", async () => {
  let isRunning = true;
  let turns = 0;
  // However fast the machine is: a turn after each batch.
  const solving = solveProofOfWork({ nonce: "b", bits: 14 }, never, { sliceMs: 0 }).finally(() => {
    isRunning = false;
  });
  while (isRunning) {
    await turn();
    turns += 1;
  }
  // Found with another implementation: `sha256sum`.
  expect(await solving).toBe(24_029);
  expect(turns).toBeGreaterThan(10);
});

test("[B14] work that nobody waits for ends", async () => {
  const abort = new AbortController();
  const solving = solveProofOfWork({ nonce: "b", bits: 24 }, abort.signal);
  await turn();
  abort.abort("enough");
  await expect(solving).rejects.toBe("enough");
});
