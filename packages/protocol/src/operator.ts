import * as z from "zod/mini";
import { SessionId, UserId } from "./ids.ts";

/** The longest revocation: a year. */
const MOST_MS = 366 * 86_400_000;
/** What a revocation lasts unless it says so: 30 days. */
export const REVOCATION_MS = 30 * 86_400_000;

/** Body of `DELETE /admin/revocations`: a person, or all people of a browser profile. */
export const RevocationEnd = z.union([
  z.strictObject({ userId: UserId }),
  z.strictObject({ deviceGroup: z.uuid() }),
]);
export type RevocationEnd = z.infer<typeof RevocationEnd>;

const ForMs = z.optional(z.int().check(z.gte(1_000), z.lte(MOST_MS)));

/** Body of `POST /admin/revocations`: whom to shut out, and for how many milliseconds (SPEC S16). */
export const RevocationRequest = z.union([
  z.strictObject({ userId: UserId, forMs: ForMs }),
  z.strictObject({ deviceGroup: z.uuid(), forMs: ForMs }),
  /** The person of a session, connected or not, and its browser profile. The id is the one in log lines and on the debug page. */
  z.strictObject({ sessionId: SessionId, forMs: ForMs }),
]);
export type RevocationRequest = z.infer<typeof RevocationRequest>;
