/**
 * The protocol's version. Server and page are deployed separately, in either order, so both evolve like this:
 *
 * 1. An optional field or a new event: same version; the other side ignores what it does not know.
 * 2. Anything that an older receiver would misread: raise PROTOCOL_VERSION, keep reading the old form,
 *    and add golden frames for the new version.
 * 3. Raise MIN_PROTOCOL_VERSION only when no page older than it can still be open.
 */
export const PROTOCOL_VERSION = 1;

/** The oldest version this code still speaks. */
export const MIN_PROTOCOL_VERSION = 1;

/** What `acceptsProtocol` answers: an older page is told to reload, a newer one that the server lags behind. */
export type ProtocolVerdict = "accepted" | "too_old" | "too_new";

/** Whether a peer that speaks `version` is inside the window of accepted versions (SPEC V1). */
export function acceptsProtocol(version: number): ProtocolVerdict {
  if (version < MIN_PROTOCOL_VERSION) return "too_old";
  return version > PROTOCOL_VERSION ? "too_new" : "accepted";
}
