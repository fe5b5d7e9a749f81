/** Hashes that are asked for at a time: more make the browser no faster. */
const BATCH = 64;

/** After this time of work the page gets its turn, milliseconds. */
const SLICE_MS = 20;

/**
 * Looks for a counter such that SHA-256 of `<nonce>.<counter>` begins with `bits` zero bits (SPEC B14). The browser hashes some tens
 * of thousands in a second: 14 bits are half a second, on average. Meanwhile presses and pictures have their turn.
 *
 * @throws TypeError where the browser hashes nothing (outside of secure contexts); the signal's reason once it is aborted.
 */
export async function solveProofOfWork(
  { nonce, bits }: { readonly nonce: string; readonly bits: number },
  signal: AbortSignal,
  { sliceMs = SLICE_MS }: { readonly sliceMs?: number } = {},
): Promise<number> {
  const encoder = new TextEncoder();
  const hash = (counter: number): Promise<ArrayBuffer> =>
    crypto.subtle.digest("SHA-256", encoder.encode(`${nonce}.${counter}`));
  let sliceUntil = performance.now() + sliceMs;
  for (let first = 0; ; first += BATCH) {
    if (signal.aborted) throw signal.reason;
    const digests = await Promise.all(Array.from({ length: BATCH }, (_, more) => hash(first + more)));
    const found = digests.findIndex((digest) => beginsWithZeros(digest, bits));
    if (found >= 0) return first + found;
    if (performance.now() < sliceUntil) continue;
    // The answers of the hashes come before all else that a page has to do: Chromium lets no timer run between two of them.
    await turn();
    sliceUntil = performance.now() + sliceMs;
  }
}

/** All else that waits is done first. Not slowed down where the page is out of sight, as a timer would be. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

function beginsWithZeros(digest: ArrayBuffer, bits: number): boolean {
  const view = new DataView(digest);
  // `bits` is at most 24.
  return bits === 0 || view.getUint32(0) >>> (32 - bits) === 0;
}
