import type { ClientBody, ClientEvent, ClientReply } from "@serendip/protocol";
import type { Cancel, Clock } from "@serendip/time";
import { RequestLost } from "./signaling-socket.port.ts";

/** Says what must not be lost, as soon as the service takes it. */
export interface Insistence {
  /**
   * Asked for a pause (`rate_limited` with `retryAfterMs`), it says the same again right after it, and nothing of this kind before
   * (SPEC B10). Resolves with the answer, or with undefined once `isStill` says that nobody wants it any more.
   *
   * @throws RequestLost when the connection is lost, also in a pause.
   */
  insist<Event extends ClientEvent>(
    event: Event,
    body: ClientBody<Event>,
    isStill?: () => boolean,
  ): Promise<ClientReply<Event> | undefined>;
  /** The connection is gone. */
  forget(): void;
}

export function createInsistence(options: {
  readonly clock: Clock;
  readonly request: <Event extends ClientEvent>(
    event: Event,
    body: ClientBody<Event>,
  ) => Promise<ClientReply<Event>>;
}): Insistence {
  const { clock, request } = options;
  /** They hold for the person, and so for the next connection too. */
  const pausedUntil = new Map<ClientEvent, number>();
  const waiting = new Set<() => void>();

  const pauseOf = (event: ClientEvent): number => (pausedUntil.get(event) ?? 0) - clock.now();

  const wait = (event: ClientEvent, forMs: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const lose = (): void => {
        cancel();
        waiting.delete(lose);
        reject(new RequestLost(`${event}: the connection was closed in a pause.`));
      };
      const cancel: Cancel = clock.after(forMs, () => {
        waiting.delete(lose);
        resolve();
      });
      waiting.add(lose);
    });

  return {
    async insist(event, body, isStill = () => true) {
      for (;;) {
        const forMs = pauseOf(event);
        if (forMs > 0) await wait(event, forMs);
        else {
          if (!isStill()) return undefined;
          const reply = await request(event, body);
          if (reply.ok || reply.error.code !== "rate_limited") return reply;
          const { retryAfterMs } = reply.error;
          if (retryAfterMs === undefined) return reply;
          pausedUntil.set(event, clock.now() + retryAfterMs);
        }
      }
    },
    forget() {
      for (const lose of [...waiting]) lose();
    },
  };
}
