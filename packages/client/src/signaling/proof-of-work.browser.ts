/** Hashes that are asked for at a time: more make the browser no faster, and a press is answered between two of them. */
const BATCH = 64;

/**
 * Looks for a counter such that SHA-256 of `<nonce>.<counter>` begins with `bits` zero bits (SPEC B14). The browser hashes on threads
 * of its own, some tens of thousands a second, so the page is never blocked: 14 bits are half a second, on average.
 *
 * @throws TypeError where the browser hashes nothing (outside of secure contexts); the signal's reason once it is aborted.
 */
export async function solveProofOfWork(
  { nonce, bits }: { readonly nonce: string; readonly bits: number },
  signal: AbortSignal,
): Promise<number> {
  const encoder = new TextEncoder();
  const hash = (counter: number): Promise<ArrayBuffer> =>
    crypto.subtle.digest("SHA-256", encoder.encode(`${nonce}.${counter}`));
  for (let first = 0; ; first += BATCH) {
    if (signal.aborted) throw signal.reason;
    const digests = await Promise.all(Array.from({ length: BATCH }, (_, more) => hash(first + more)));
    const found = digests.findIndex((digest) => beginsWithZeros(digest, bits));
    if (found >= 0) return first + found;
  }
}

function beginsWithZeros(digest: ArrayBuffer, bits: number): boolean {
  const view = new DataView(digest);
  // `bits` is at most 24.
  return bits === 0 || view.getUint32(0) >>> (32 - bits) === 0;
}
