import type { TurnAccount } from "../../ports/turn.ts";
import type { Target } from "./channel.ts";
import { ATTRIBUTE, type Method, type StunMessage } from "./stun-message.ts";
import { decodeError, longTermKey } from "./stun-values.ts";
import { openRequester, type RequesterOptions } from "./transactions.ts";

type Attributes = ReadonlyMap<number, Buffer>;

/** Requests with long-term credentials (RFC 8489 section 9.2). */
export interface TurnClient {
  /**
   * Resolves with the response, be it success or error; the server's challenge is answered on the way.
   *
   * @throws TurnFailure
   */
  ask(method: Method, attributes: Attributes): Promise<StunMessage>;
  /** Sends a request once and waits for no response, also when the time is over. */
  tell(method: Method, attributes: Attributes): void;
  /** Sends an indication: a message without a response (RFC 8489 section 6.3.2). */
  indicate(method: Method, attributes: Attributes): void;
  close(): void;
}

export interface TurnClientOptions extends Omit<RequesterOptions, "onIndication"> {
  readonly account: TurnAccount;
  /** Gets the data that the server relays from peers. */
  readonly onData: (data: Buffer) => void;
}

const UNAUTHORIZED = 401;
const STALE_NONCE = 438;

/**
 * @throws TurnFailure
 */
export async function openTurnClient(target: Target, options: TurnClientOptions): Promise<TurnClient> {
  const { account, onData } = options;
  const requester = await openRequester(target, {
    ...options,
    onIndication(message) {
      const data = message.attributes.get(ATTRIBUTE.data);
      if (message.method === "data" && data) onData(data);
    },
  });
  let challenge: { readonly realm: Buffer; readonly nonce: Buffer; readonly key: Buffer } | undefined;

  const signed = (attributes: Attributes): Attributes =>
    challenge
      ? new Map([
          ...attributes,
          [ATTRIBUTE.username, Buffer.from(account.username)],
          [ATTRIBUTE.realm, challenge.realm],
          [ATTRIBUTE.nonce, challenge.nonce],
        ])
      : attributes;

  return {
    async ask(method, attributes) {
      // The request is repeated when the server's challenge was not known yet, or its nonce is out of date.
      for (let attempt = 0; ; attempt += 1) {
        const response = await requester.request({ method, attributes: signed(attributes) }, challenge?.key);
        if (response.class === "success") return response;
        const { code } = decodeError(response.attributes.get(ATTRIBUTE.errorCode));
        const realm = response.attributes.get(ATTRIBUTE.realm);
        const nonce = response.attributes.get(ATTRIBUTE.nonce);
        const isChallenge = code === (challenge ? STALE_NONCE : UNAUTHORIZED);
        if (!isChallenge || !realm || !nonce || attempt > 1) return response;
        challenge = {
          realm,
          nonce,
          key: longTermKey(account.username, realm.toString(), account.credential),
        };
      }
    },
    tell: (method, attributes) =>
      requester.post({ method, class: "request", attributes: signed(attributes) }, challenge?.key),
    indicate: (method, attributes) => requester.post({ method, class: "indication", attributes }),
    close: () => requester.close(),
  };
}
