import type { IceUrl } from "@serendip/protocol";
import type { TurnAccount } from "../../ports.ts";
import { ATTRIBUTE, type Method, type StunMessage } from "./stun-message.ts";
import {
  type Address,
  decodeAddress,
  decodeError,
  decodePlainAddress,
  encodeAddress,
  longTermKey,
  uint32,
} from "./stun-values.ts";
import { openRequester, type RequesterOptions } from "./transactions.ts";
import { TurnFailure } from "./turn-failure.ts";

/** A relayed address on a TURN server (RFC 8656), as far as it takes to see that the server relays. */
export interface Allocation {
  readonly relayed: Address;
  /**
   * Lets the peer's address send to this one.
   *
   * @throws TurnFailure
   */
  permit(peer: Address): Promise<void>;
  /** Sends to the peer from the relayed address. What arrives there goes to `onData`. */
  send(data: Buffer, peer: Address): void;
  /** Gives the relayed address back, and closes the connection. Never rejects. */
  free(): Promise<void>;
}

const UDP = uint32(17 << 24);
const STATUS = {
  tryAlternate: 300,
  unauthorized: 401,
  forbidden: 403,
  staleNonce: 438,
  wrongCredentials: 441,
  quota: 486,
  full: 508,
};

/** The server names another one to go to (RFC 8489 section 10). */
class TryAlternate extends TurnFailure {
  readonly server: Address;

  constructor(server: Address) {
    super("refused", `sends on to ${server.host}:${server.port}, which sends on again`);
    this.server = server;
  }
}

function refusal(response: StunMessage): TurnFailure {
  const { code, reason } = decodeError(response.attributes.get(ATTRIBUTE.errorCode));
  const alternate = decodePlainAddress(response.attributes.get(ATTRIBUTE.alternateServer));
  if (code === STATUS.tryAlternate && alternate) return new TryAlternate(alternate);
  if (code === STATUS.unauthorized || code === STATUS.wrongCredentials)
    return new TurnFailure("unauthorized", "refuses the credentials (401)");
  if (code === STATUS.forbidden)
    return new TurnFailure("no-permission", `does not permit relaying to its own address (403 ${reason})`);
  if (code === STATUS.quota || code === STATUS.full)
    return new TurnFailure("quota", `has no room for another relay (${code} ${reason})`);
  return new TurnFailure("refused", `refuses to relay (${code} ${reason})`);
}

export interface AllocationOptions extends RequesterOptions {
  readonly account: TurnAccount;
  readonly onData: (data: Buffer) => void;
}

/**
 * Asks for a relayed address with long-term credentials (RFC 8489 section 9.2), of the server's alternate where it names
 * one, as browsers do.
 *
 * @throws TurnFailure
 */
export function allocate(url: IceUrl, options: AllocationOptions): Promise<Allocation> {
  return allocateAt(url, options).catch((error: unknown) => {
    if (!(error instanceof TryAlternate)) throw error;
    return allocateAt({ ...url, ...error.server }, { ...options, tlsName: url.host });
  });
}

async function allocateAt(url: IceUrl, options: AllocationOptions): Promise<Allocation> {
  const { account, onData } = options;
  const requester = await openRequester(url, {
    ...options,
    onIndication(message) {
      const data = message.attributes.get(ATTRIBUTE.data);
      if (message.method === "data" && data) onData(data);
    },
  });
  let challenge: { readonly realm: Buffer; readonly nonce: Buffer } | undefined;

  /** Asks once, and once more when the server's challenge was not known or is over. */
  async function ask(method: Method, attributes: ReadonlyMap<number, Buffer>): Promise<StunMessage> {
    for (let attempt = 0; ; attempt += 1) {
      const signed = challenge && [
        [ATTRIBUTE.username, Buffer.from(account.username)] as const,
        [ATTRIBUTE.realm, challenge.realm] as const,
        [ATTRIBUTE.nonce, challenge.nonce] as const,
      ];
      const key = challenge && longTermKey(account.username, challenge.realm.toString(), account.credential);
      const message = { method, attributes: new Map([...attributes, ...(signed ?? [])]) };
      const response = await requester.request(message, key);
      if (response.class === "success") return response;
      const { code } = decodeError(response.attributes.get(ATTRIBUTE.errorCode));
      const realm = response.attributes.get(ATTRIBUTE.realm);
      const nonce = response.attributes.get(ATTRIBUTE.nonce);
      const isChallenge = code === (challenge ? STATUS.staleNonce : STATUS.unauthorized);
      if (!isChallenge || !realm || !nonce || attempt > 1) throw refusal(response);
      challenge = { realm, nonce };
    }
  }

  async function free(): Promise<void> {
    const allocated = ask("refresh", new Map([[ATTRIBUTE.lifetime, uint32(0)]]));
    await allocated.catch(() => undefined);
    requester.close();
  }

  try {
    const response = await ask("allocate", new Map([[ATTRIBUTE.requestedTransport, UDP]]));
    const relayed = decodeAddress(response.attributes.get(ATTRIBUTE.xorRelayedAddress));
    if (!relayed) throw new TurnFailure("refused", "relays from no IPv4 address");
    return {
      relayed,
      async permit(peer) {
        await ask("createPermission", new Map([[ATTRIBUTE.xorPeerAddress, encodeAddress(peer)]]));
      },
      send: (data, peer) =>
        requester.indicate({
          method: "send",
          attributes: new Map([
            [ATTRIBUTE.xorPeerAddress, encodeAddress(peer)],
            [ATTRIBUTE.data, data],
          ]),
        }),
      free,
    };
  } catch (error) {
    requester.close();
    throw error;
  }
}
