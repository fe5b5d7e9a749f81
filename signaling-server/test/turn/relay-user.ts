import { steadyClock } from "@serendip/time";
import { UDP } from "../../src/edge/turn/allocation.ts";
import { ATTRIBUTE, type Method } from "../../src/edge/turn/stun-message.ts";
import { decodeError, encodeAddress, uint32 } from "../../src/edge/turn/stun-values.ts";
import { startTimeLimit } from "../../src/edge/turn/time-limit.ts";
import { openTurnClient } from "../../src/edge/turn/turn-client.ts";
import type { TurnAccount } from "../../src/ports/turn.ts";

/** What a TURN server said: 0 is success, anything else the number of the error (RFC 8489 section 14.8). */
type Answer = number;

/** Somebody with one UDP socket at a TURN server. */
export interface RelayUser {
  allocate(family?: "IPv4" | "IPv6"): Promise<Answer>;
  /** Asks for the permission to reach `peer`; nothing is sent to it. */
  permit(peer: string): Promise<Answer>;
  /** Gives the relay back. */
  free(): Promise<Answer>;
  /** SOFTWARE of the last answer (RFC 8489 section 14.14). */
  software(): string | undefined;
  close(): void;
}

/** A user of the TURN server at `port` of 127.0.0.1. */
export async function relayUser(port: number, account: TurnAccount): Promise<RelayUser> {
  const clock = steadyClock();
  const limit = startTimeLimit({ clock, withinMs: 60_000 });
  const client = await openTurnClient(
    { host: "127.0.0.1", port, transport: "udp", secure: false, certified: "127.0.0.1" },
    { account, clock, limit, onData: () => undefined },
  );
  let software: string | undefined;
  const ask = async (method: Method, attributes: ReadonlyMap<number, Buffer>): Promise<Answer> => {
    const response = await client.ask(method, attributes);
    software = response.attributes.get(ATTRIBUTE.software)?.toString();
    return response.class === "success" ? 0 : decodeError(response.attributes.get(ATTRIBUTE.errorCode)).code;
  };
  return {
    allocate: (family = "IPv4") =>
      ask(
        "allocate",
        new Map([
          [ATTRIBUTE.requestedTransport, UDP],
          [ATTRIBUTE.requestedAddressFamily, Buffer.from([family === "IPv4" ? 1 : 2, 0, 0, 0])],
        ]),
      ),
    permit: (peer) =>
      ask("createPermission", new Map([[ATTRIBUTE.xorPeerAddress, encodeAddress({ host: peer, port: 0 })]])),
    free: () => ask("refresh", new Map([[ATTRIBUTE.lifetime, uint32(0)]])),
    software: () => software,
    close() {
      client.close();
      limit.close();
    },
  };
}
