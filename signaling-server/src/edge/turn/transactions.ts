import type { Cancel, Clock } from "@serendip/time";
import { type ChannelOptions, openChannel, type Target } from "./channel.ts";
import { decodeStun, encodeStun, isIntact, newTransactionId, type StunMessage } from "./stun-message.ts";
import { TurnFailure } from "./turn-failure.ts";

/** A STUN client's requests over one channel (RFC 8489 section 6.2). */
export interface Requester {
  /**
   * Resolves with the response, be it success or error. With a key the request is signed, and a success response that is not
   * signed with it is ignored. Rejects when the time is over.
   *
   * @throws TurnFailure
   */
  request(message: Omit<StunMessage, "transactionId" | "class">, key?: Buffer): Promise<StunMessage>;
  /** Sends a message once and waits for no response, also when the time is over. */
  post(message: Omit<StunMessage, "transactionId">, key?: Buffer): void;
  close(): void;
}

interface Pending {
  readonly key: Buffer | undefined;
  resolve(response: StunMessage): void;
  reject(failure: TurnFailure): void;
  /** Stops the repetition. */
  cancel: Cancel | undefined;
}

/** The first pause before a request over UDP is repeated; each next one is twice as long. */
const FIRST_RETRY_MS = 400;

export interface RequesterOptions extends ChannelOptions {
  readonly clock: Clock;
  readonly onIndication?: (message: StunMessage) => void;
}

/**
 * @throws TurnFailure
 */
export async function openRequester(target: Target, options: RequesterOptions): Promise<Requester> {
  const { clock, limit, onIndication } = options;
  const pending = new Map<string, Pending>();
  let failed: TurnFailure | undefined;

  const settle = (id: string, end: (asked: Pending) => void) => {
    const asked = pending.get(id);
    if (!asked) return;
    pending.delete(id);
    asked.cancel?.();
    end(asked);
  };

  const failAll = (failure: TurnFailure) => {
    failed ??= failure;
    for (const id of [...pending.keys()]) settle(id, ({ reject }) => reject(failure));
  };

  const onMessage = (bytes: Buffer) => {
    const message = decodeStun(bytes);
    if (message?.class === "indication") onIndication?.(message);
    if (message?.class !== "success" && message?.class !== "error") return;
    const id = message.transactionId.toString("hex");
    const key = pending.get(id)?.key;
    if (message.class === "success" && key && !isIntact(bytes, key)) return;
    settle(id, ({ resolve }) => resolve(message));
  };

  const channel = await openChannel(target, { onMessage, onFailure: failAll }, options);
  const stopWaiting = limit.onOver(failAll);

  /** Repeats a request that may have been lost, until it is settled. */
  function send(asked: Pending, bytes: Buffer, pauseMs: number): void {
    // Before sending, which may fail at once and so settle the request.
    if (channel.lossy) asked.cancel = clock.after(pauseMs, () => send(asked, bytes, pauseMs * 2));
    channel.send(bytes);
  }

  return {
    request(message, key) {
      const transactionId = newTransactionId();
      const id = transactionId.toString("hex");
      return new Promise<StunMessage>((resolve, reject) => {
        if (failed) {
          reject(failed);
          return;
        }
        const asked: Pending = { key, resolve, reject, cancel: undefined };
        pending.set(id, asked);
        send(asked, encodeStun({ ...message, class: "request", transactionId }, key), FIRST_RETRY_MS);
      });
    },

    post: (message, key) => channel.send(encodeStun({ ...message, transactionId: newTransactionId() }, key)),

    close() {
      stopWaiting();
      failAll(new TurnFailure("unreachable", "was left"));
      channel.close();
    },
  };
}
