/**
 * The protocol's version. Server and page are deployed separately, in either order, so both evolve like this:
 *
 * 1. An optional field or a new event: same version; the other side ignores what it does not know.
 * 2. Anything that an older receiver would misread: raise PROTOCOL_VERSION, keep reading the old form,
 *    and add golden frames for the new version.
 * 3. Raise MIN_PROTOCOL_VERSION only when no page and no server older than it can still be there.
 *
 * A page offers every version from MIN_PROTOCOL_VERSION to PROTOCOL_VERSION, and the server takes the newest that it speaks. So a
 * page that is deployed before its server goes on in the older version.
 */
export const PROTOCOL_VERSION = 1;

/** The oldest version this code still speaks. */
export const MIN_PROTOCOL_VERSION = 1;

/** The versions that a peer speaks. */
export interface ProtocolRange {
  readonly oldest: number;
  readonly newest: number;
}

/** The version that both sides speak, or which side has to be updated: the page by a reload, or the server by its operator. */
export type ProtocolVerdict =
  | { readonly ok: true; readonly version: number }
  | { readonly ok: false; readonly older: "page" | "server" };

/** The newest version that a page with this range and this code both speak (SPEC V1). */
export function agreeOnProtocol({ oldest, newest }: ProtocolRange): ProtocolVerdict {
  if (newest < MIN_PROTOCOL_VERSION) return { ok: false, older: "page" };
  if (oldest > PROTOCOL_VERSION) return { ok: false, older: "server" };
  return { ok: true, version: Math.min(newest, PROTOCOL_VERSION) };
}
