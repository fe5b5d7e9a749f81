import type { IceUrl } from "@serendip/protocol";
import { ATTRIBUTE, type Method, type StunMessage } from "./stun-message.ts";
import { type Address, decodeAddress, decodeError, encodeAddress, uint32 } from "./stun-values.ts";
import { openTurnClient, type TurnClientOptions } from "./turn-client.ts";
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

/** REQUESTED-TRANSPORT (RFC 8656 section 18.7). */
export const UDP = uint32(17 << 24);
const STATUS = {
  tryAlternate: 300,
  unauthorized: 401,
  forbidden: 403,
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
  const alternate = decodeAddress(response.attributes.get(ATTRIBUTE.alternateServer));
  if (code === STATUS.tryAlternate && alternate) return new TryAlternate(alternate);
  if (code === STATUS.unauthorized || code === STATUS.wrongCredentials)
    return new TurnFailure("unauthorized", "refuses the credentials (401)");
  if (code === STATUS.forbidden)
    return new TurnFailure("no-permission", `does not permit relaying to its own address (403 ${reason})`);
  if (code === STATUS.quota || code === STATUS.full)
    return new TurnFailure("quota", `has no room for another relay (${code} ${reason})`);
  return new TurnFailure("refused", `refuses to relay (${code} ${reason})`);
}

/**
 * Asks for a relayed address, of the server's alternate where it names one, as browsers do.
 *
 * @throws TurnFailure
 */
export function allocate(url: IceUrl, options: TurnClientOptions): Promise<Allocation> {
  return allocateAt(url, options).catch((error: unknown) => {
    if (!(error instanceof TryAlternate)) throw error;
    return allocateAt({ ...url, ...error.server }, { ...options, tlsName: url.host });
  });
}

async function allocateAt(url: IceUrl, options: TurnClientOptions): Promise<Allocation> {
  const client = await openTurnClient(url, options);

  async function ask(method: Method, attributes: ReadonlyMap<number, Buffer>): Promise<StunMessage> {
    const response = await client.ask(method, attributes);
    if (response.class !== "success") throw refusal(response);
    return response;
  }

  async function free(): Promise<void> {
    const allocated = ask("refresh", new Map([[ATTRIBUTE.lifetime, uint32(0)]]));
    await allocated.catch(() => undefined);
    client.close();
  }

  try {
    const response = await ask("allocate", new Map([[ATTRIBUTE.requestedTransport, UDP]]));
    const relayed = decodeAddress(response.attributes.get(ATTRIBUTE.xorRelayedAddress));
    if (!relayed) throw new TurnFailure("refused", "does not say from which address it relays");
    return {
      relayed,
      async permit(peer) {
        await ask("createPermission", new Map([[ATTRIBUTE.xorPeerAddress, encodeAddress(peer)]]));
      },
      send(data, peer) {
        const to = [ATTRIBUTE.xorPeerAddress, encodeAddress(peer)] as const;
        client.indicate("send", new Map([to, [ATTRIBUTE.data, data]]));
      },
      free,
    };
  } catch (error) {
    client.close();
    throw error;
  }
}
