import type { IncomingMessage } from "node:http";

/** An answer to a request that is not listened to any further. */
export interface Refusal {
  readonly status: 400 | 403 | 404 | 408 | 411 | 414 | 417 | 429 | 431;
  readonly message: string;
  /** When to try again, where that may help; the answer is `rate_limited` then. */
  readonly retryAfterMs?: number;
}

/** Longest request target; the longest one that a page has is a tenth of it, and each part of a query costs time. */
const TARGET_CHARS = 1_024;

/**
 * What is wrong with the form of a request (SPEC W18); undefined where nothing is. Each of these costs the server far more
 * than it costs whoever sends it. A missing Host and an unknown expectation Node would answer by itself, as many as come.
 */
export function faultOfForm({ headers, httpVersion, url = "" }: IncomingMessage): Refusal | undefined {
  if (url.length > TARGET_CHARS) return { status: 414, message: "The address is too long." };
  if (headers.host === undefined && httpVersion !== "1.0")
    return { status: 400, message: "The Host header is missing." };
  if (headers["transfer-encoding"] !== undefined)
    return { status: 411, message: "A body needs a Content-Length." };
  if (headers.expect !== undefined && headers.expect.toLowerCase() !== "100-continue")
    return { status: 417, message: "Nothing but 100-continue can be expected here." };
  return undefined;
}
