import type { Clock } from "@serendip/time";
import * as z from "zod";
import type { TicketSigner } from "../../ports.ts";
import { keyRing, readJws, type Secrets, type SigningKey, signJws } from "./jws.ts";

export interface TicketSettings extends Secrets {
  readonly ticketTtlMs: number;
  /** How far the clocks of two servers may differ, milliseconds. */
  readonly leewayMs: number;
}

const NAME_CHARS = 22;

const TicketBody = z.object({
  room: z.string().min(1).max(100),
  me: z.string().length(NAME_CHARS),
  partner: z.string().length(NAME_CHARS),
  role: z.enum(["initiator", "responder"]),
  generation: z.int().min(1),
  requestId: z.string().min(1).max(100),
  /** Absent: false. */
  relayOnly: z.literal(true).optional(),
  /** RFC 7519 sections 4.1.4 and 4.1.6. */
  exp: z.number(),
  iat: z.number(),
});

/**
 * Makes and reads room tickets. They are signed and not encrypted, so the page that holds one can read it: it names the two
 * members by names that hold for this room only, and no page can recognise a person whom it has met before.
 *
 * @param parts.calendar the system's clock: a ticket has to be understood after a restart, and by other servers.
 */
export function hmacTickets({
  settings,
  calendar,
}: {
  readonly settings: TicketSettings;
  readonly calendar: Clock;
}): TicketSigner {
  const keys = keyRing(settings, "ticket");
  const names = keyRing(settings, "name in a room");
  const { ticketTtlMs, leewayMs } = settings;
  const nameBy = ({ mac }: SigningKey, roomId: string, userId: string) =>
    mac(`${roomId} ${userId}`).slice(0, NAME_CHARS);

  return {
    nameIn: (roomId, userId) => nameBy(names[0], roomId, userId),

    sign({ roomId, relayOnly, names: { me, partner }, ...claims }) {
      const iat = calendar.now() / 1000;
      const exp = iat + ticketTtlMs / 1000;
      return signJws(keys, {
        room: roomId,
        me,
        partner,
        ...claims,
        ...(relayOnly ? { relayOnly } : {}),
        iat,
        exp,
      });
    },

    read(ticket, bearer) {
      const body = TicketBody.safeParse(readJws(keys, ticket));
      if (!body.success) return undefined;
      const { room: roomId, me, partner, relayOnly = false, exp, iat, ...claims } = body.data;
      const now = calendar.now();
      if (exp * 1000 + leewayMs <= now || iat * 1000 > now + leewayMs) return undefined;
      // The ticket may be of a time before the last change of the secret.
      if (!names.some((key) => nameBy(key, roomId, bearer) === me)) return undefined;
      return { roomId, me: bearer, names: { me, partner }, relayOnly, ...claims };
    },
  };
}
