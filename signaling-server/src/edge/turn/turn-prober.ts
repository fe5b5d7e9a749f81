import { randomBytes } from "node:crypto";
import { type IceUrl, parseIceUrl, sayableIceUrl } from "@serendip/protocol";
import type { Cancel, Clock } from "@serendip/time";
import type { TurnAccount, TurnProber, TurnVerdict } from "../../ports.ts";
import { type Allocation, allocate } from "./allocation.ts";
import { openRequester } from "./transactions.ts";
import { TurnFailure } from "./turn-failure.ts";

interface ProberParts {
  readonly clock: Clock;
  /** How long one probe may take in all. */
  readonly withinMs: number;
  /** PEM; whom to trust for TLS in place of those whom Node trusts. */
  readonly authority?: string | undefined;
}

/** The pause before a packet through the relay, which may get lost, is sent again. */
const ECHO_RETRY_MS = 300;

/** Runs the work with an end that comes for sure: after a while, or when `left` is aborted. */
async function inTime<Result>(
  { clock, withinMs }: ProberParts,
  work: (signal: AbortSignal) => Promise<Result>,
  left?: AbortSignal,
): Promise<Result> {
  const controller = new AbortController();
  let end: (says: string) => void = () => undefined;
  const ended = new Promise<never>((_, reject) => {
    end = (says) => {
      const failure = new TurnFailure("unreachable", says);
      controller.abort(failure);
      reject(failure);
    };
  });
  const onLeft = () => end("was not waited for");
  const cancel = clock.after(withinMs, () => end(`does not answer within ${withinMs} ms`));
  left?.addEventListener("abort", onLeft, { once: true });
  try {
    return await Promise.race([work(controller.signal), ended]);
  } finally {
    cancel();
    left?.removeEventListener("abort", onLeft);
    controller.abort();
  }
}

/** Resolves with the milliseconds that a packet took from one relayed address to the other. */
async function echo(
  [from, to]: readonly [Allocation, Allocation],
  arrived: { readonly word: Buffer; readonly promise: Promise<void> },
  { clock, withinMs }: ProberParts,
): Promise<number> {
  await Promise.all([from.permit(to.relayed), to.permit(from.relayed)]);
  const startedAt = clock.now();
  let cancelSend: Cancel | undefined;
  let cancelLost: Cancel | undefined;
  const send = () => {
    from.send(arrived.word, to.relayed);
    cancelSend = clock.after(ECHO_RETRY_MS, send);
  };
  const lost = new Promise<never>((_, reject) => {
    const says = "accepts everything, but what is sent through it does not arrive";
    cancelLost = clock.after(withinMs / 3, () => reject(new TurnFailure("no-echo", says)));
  });
  send();
  try {
    await Promise.race([arrived.promise, lost]);
    return clock.now() - startedAt;
  } finally {
    cancelSend?.();
    cancelLost?.();
  }
}

async function probe(
  { url, account, left }: { url: IceUrl; account: TurnAccount; left: AbortSignal | undefined },
  parts: ProberParts,
): Promise<number> {
  const word = randomBytes(16);
  let onArrived: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => {
    onArrived = resolve;
  });
  const onData = (data: Buffer) => void (data.equals(word) && onArrived());
  return inTime(
    parts,
    async (signal) => {
      const open = () =>
        allocate(url, { clock: parts.clock, authority: parts.authority, signal, account, onData });
      const opened = await Promise.allSettled([open(), open()]);
      const allocations = opened.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
      try {
        const [from, to] = allocations;
        if (from && to) return await echo([from, to], { word, promise }, parts);
        throw opened.flatMap((result) => (result.status === "rejected" ? [result.reason] : []))[0];
      } finally {
        await Promise.all(allocations.map((allocation) => allocation.free()));
      }
    },
    left,
  );
}

function verdictOn(error: unknown, text: string): TurnVerdict {
  const failure =
    error instanceof TurnFailure ? error : new TurnFailure("unreachable", `fails (${String(error)})`);
  return { ok: false, why: failure.code, sentence: `TURN server ${sayableIceUrl(text)} ${failure.message}.` };
}

/**
 * Asks a TURN server for two relayed addresses and sends a packet from one to the other: what two people behind
 * firewalls need, with nothing else in between. Both are given back.
 */
export function createTurnProber(parts: ProberParts): TurnProber {
  return {
    async probe(text, account, left) {
      const reading = parseIceUrl(text);
      if (!reading.ok) return verdictOn(new TurnFailure("refused", reading.why), text);
      return probe({ url: reading.url, account, left }, parts).then(
        (relayMs) => ({ ok: true, relayMs }),
        (error: unknown) => verdictOn(error, text),
      );
    },
  };
}

/**
 * Asks a STUN server for this machine's address. Resolves with the milliseconds that its answer took.
 *
 * @throws TurnFailure
 */
export function askStun(url: IceUrl, parts: ProberParts): Promise<number> {
  return inTime(parts, async (signal) => {
    const { clock, authority } = parts;
    const requester = await openRequester(url, { clock, authority, signal });
    const startedAt = clock.now();
    try {
      const response = await requester.request({ method: "binding", attributes: new Map() });
      if (response.class !== "success") throw new TurnFailure("refused", "answers with an error");
      return clock.now() - startedAt;
    } finally {
      requester.close();
    }
  });
}
