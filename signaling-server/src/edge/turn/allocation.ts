import type { Target } from "./channel.ts";
import { ATTRIBUTE, type Method, type StunMessage } from "./stun-message.ts";
import { type Address, decodeAddress, decodeError, encodeAddress, uint32 } from "./stun-values.ts";
import { openTurnClient, type TurnClientOptions } from "./turn-client.ts";
import { ServerFull, TurnFailure } from "./turn-failure.ts";

/** A relayed address on a TURN server (RFC 8656), with what a check needs of it. */
export interface Allocation {
  readonly relayed: Address;
  /** The address of this machine, as the server sees it; undefined where the server does not say. */
  readonly mapped: Address | undefined;
  /**
   * Lets the peer's address send to this one. Nothing is sent to the peer.
   *
   * @throws TurnFailure `no-permission` when the server lets nobody send to or from that address
   */
  permit(peer: Address): Promise<void>;
  /** Sends to the peer from the relayed address. Data that arrives at the relayed address goes to `onData`. */
  send(data: Buffer, peer: Address): void;
  /**
   * Keeps the relayed address for ten more minutes (RFC 8656 section 7.2).
   *
   * @throws TurnFailure
   */
  refresh(): Promise<void>;
  /** Gives the relayed address back, and closes the connection. Never rejects, and works after the time limit too. */
  free(): Promise<void>;
  /** The same without waiting for the server's word. */
  drop(): void;
}

/** REQUESTED-TRANSPORT (RFC 8656 section 18.7). */
export const UDP = uint32(17 << 24);
/** A REFRESH with this LIFETIME deletes the allocation (RFC 8656 section 8). */
const AT_ONCE = new Map([[ATTRIBUTE.lifetime, uint32(0)]]);
const STATUS = {
  tryAlternate: 300,
  unauthorized: 401,
  forbidden: 403,
  wrongCredentials: 441,
  quota: 486,
  full: 508,
};

/** The server names an alternate server (RFC 8489 section 10). */
class TryAlternate extends TurnFailure {
  readonly server: Address;

  constructor(server: Address) {
    super("refused", `sends on to ${server.host}:${server.port}, which sends on again`);
    this.server = server;
  }
}

function refusal(method: Method, { attributes }: StunMessage): TurnFailure {
  const { code, reason } = decodeError(attributes.get(ATTRIBUTE.errorCode));
  const said = `(${`${code} ${reason}`.trim()})`;
  const alternate = decodeAddress(attributes.get(ATTRIBUTE.alternateServer));
  if (code === STATUS.tryAlternate && alternate && alternate.port > 0) return new TryAlternate(alternate);
  if (code === STATUS.unauthorized || code === STATUS.wrongCredentials)
    return new TurnFailure("unauthorized", "refuses the credentials (401)");
  if (code === STATUS.forbidden && method === "createPermission")
    return new TurnFailure("no-permission", `relays to nobody at all, itself included ${said}`);
  if (code === STATUS.quota || code === STATUS.full)
    return new ServerFull(`has no room for another relay ${said}`);
  return new TurnFailure("refused", `refuses to relay ${said}`);
}

/**
 * Asks a server for a relayed address; or its alternate server, where it names one, as browsers do.
 *
 * @throws TurnFailure
 */
export function allocate(target: Target, options: TurnClientOptions): Promise<Allocation> {
  return allocateAt(target, options).catch((error: unknown) => {
    if (!(error instanceof TryAlternate)) throw error;
    return allocateAt({ ...target, ...error.server }, options);
  });
}

async function allocateAt(target: Target, options: TurnClientOptions): Promise<Allocation> {
  const client = await openTurnClient(target, options);

  async function ask(method: Method, attributes: ReadonlyMap<number, Buffer>): Promise<StunMessage> {
    const response = await client.ask(method, attributes);
    if (response.class !== "success") throw refusal(method, response);
    return response;
  }

  try {
    const { attributes } = await ask("allocate", new Map([[ATTRIBUTE.requestedTransport, UDP]]));
    const relayed = decodeAddress(attributes.get(ATTRIBUTE.xorRelayedAddress));
    if (!relayed) throw new TurnFailure("refused", "does not say from which address it relays");
    const drop = () => {
      client.tell("refresh", AT_ONCE);
      client.close();
    };
    return {
      relayed,
      mapped: decodeAddress(attributes.get(ATTRIBUTE.xorMappedAddress)),
      async permit(peer) {
        await ask("createPermission", new Map([[ATTRIBUTE.xorPeerAddress, encodeAddress(peer)]]));
      },
      send(data, peer) {
        const to = [ATTRIBUTE.xorPeerAddress, encodeAddress(peer)] as const;
        client.indicate("send", new Map([to, [ATTRIBUTE.data, data]]));
      },
      async refresh() {
        await ask("refresh", new Map());
      },
      async free() {
        // Sent once more without waiting, where the time is over: else the server would keep the address for ten minutes.
        await ask("refresh", AT_ONCE).then(client.close, drop);
      },
      drop,
    };
  } catch (error) {
    // The server may be granting the allocation at this moment.
    if (options.limit.over()) client.tell("refresh", AT_ONCE);
    client.close();
    throw error;
  }
}
