import { checkIceServers, parseIceUrl } from "@serendip/protocol";
import { type ConfigFault, faultOf } from "./fault.ts";
import { weaknessOf } from "./readers.ts";

/** The configured TURN servers, and where accounts at them come from. */
export interface TurnConfig {
  readonly urls: readonly string[];
  readonly account:
    | { readonly kind: "minted"; readonly secret: string; readonly ttlMs: number }
    | { readonly kind: "static"; readonly username: string; readonly credential: string };
  readonly checkEveryMs: number;
}

export interface TurnValues {
  readonly NODE_ENV?: string | undefined;
  readonly TURN_URLS?: readonly string[] | undefined;
  readonly TURN_SECRET?: string | undefined;
  readonly TURN_TTL_MS?: number | undefined;
  readonly TURN_USERNAME?: string | undefined;
  readonly TURN_CREDENTIAL?: string | undefined;
  readonly TURN_CHECK_MS?: number | undefined;
}

/** Shortest life of an account in production: with less, a call would need new credentials all the time. */
const SHORTEST_PRODUCTION_TTL_MS = 300_000;
/** Accounts of public demo servers, which have been switched off or refuse them by now. */
const DEMO_ACCOUNT = /openrelayproject|^(webrtc@live\.com|muazkh)$/i;
const DEMO_HOST = /(^|\.)(openrelay\.metered\.ca|numb\.viagenie\.ca)\.?$/i;

const hostOf = (url: string): string => {
  const reading = parseIceUrl(url);
  return reading.ok ? reading.url.host : "";
};

function* staticFaults({ TURN_URLS: urls = [], ...values }: TurnValues): Generator<ConfigFault> {
  const { TURN_USERNAME: username, TURN_CREDENTIAL: credential } = values;
  if (username !== undefined && credential === undefined)
    yield faultOf("TURN_USERNAME", "is set without TURN_CREDENTIAL; a TURN server needs both.");
  if (credential !== undefined && username === undefined)
    yield faultOf("TURN_CREDENTIAL", "is set without TURN_USERNAME; a TURN server needs both.");
  if (username === undefined || credential === undefined) return;
  const isTooLong = checkIceServers([{ urls: ["turn:host"], username, credential }]).faults.length > 0;
  if (isTooLong)
    yield faultOf("TURN_USERNAME", "is longer than the 508 bytes that TURN allows (RFC 8489 section 14.3).");
  const isDemo = [username, credential].some((value) => DEMO_ACCOUNT.test(value));
  if (values.NODE_ENV === "production" && isDemo && urls.length > 0)
    yield faultOf(
      "TURN_USERNAME",
      "and TURN_CREDENTIAL are a public demo account; in production take one of your own.",
    );
}

/** Faults of the TURN settings that do not fit together. `unread`: whether a variable has a fault already. */
export function* turnFaults(
  values: TurnValues,
  unread: (name: keyof TurnValues) => boolean,
): Generator<ConfigFault> {
  const { TURN_SECRET: secret } = values;
  // A list of nothing but commas names nobody.
  const urls = values.TURN_URLS?.length ? values.TURN_URLS : undefined;
  const hasStatic = values.TURN_USERNAME !== undefined || values.TURN_CREDENTIAL !== undefined;
  const isAccountUnread = (["TURN_SECRET", "TURN_USERNAME", "TURN_CREDENTIAL"] as const).some(unread);
  const production = values.NODE_ENV === "production";
  if (urls && secret === undefined && !hasStatic && !isAccountUnread)
    yield faultOf(
      "TURN_URLS",
      "needs an account: set TURN_SECRET (static-auth-secret of coturn), or TURN_USERNAME and TURN_CREDENTIAL.",
    );
  if (!urls && !unread("TURN_URLS"))
    for (const name of ["TURN_SECRET", "TURN_USERNAME", "TURN_CREDENTIAL"] as const)
      if (values[name] !== undefined)
        yield faultOf(name, "is set without TURN_URLS; name the TURN servers it is for, or leave it out.");
  if (secret !== undefined && hasStatic)
    yield faultOf(
      "TURN_SECRET",
      "and TURN_USERNAME/TURN_CREDENTIAL are both set; keep the one that the TURN servers know.",
    );
  if (!unread("TURN_USERNAME") && !unread("TURN_CREDENTIAL")) yield* staticFaults(values);
  if (!production) return;
  const weakness = secret === undefined ? undefined : weaknessOf(secret);
  if (weakness !== undefined) yield faultOf("TURN_SECRET", `${weakness}.`);
  if (urls?.some((url) => DEMO_HOST.test(hostOf(url))))
    yield faultOf(
      "TURN_URLS",
      "names a public demo server; in production take one of your own or of a provider.",
    );
  if (values.TURN_TTL_MS !== undefined && values.TURN_TTL_MS < SHORTEST_PRODUCTION_TTL_MS)
    yield faultOf("TURN_TTL_MS", `must be at least ${SHORTEST_PRODUCTION_TTL_MS} in production.`);
}

/** Undefined where there is no TURN server. */
export function turnOf(
  values: TurnValues & { readonly TURN_TTL_MS: number; readonly TURN_CHECK_MS: number },
): TurnConfig | undefined {
  const {
    TURN_URLS: urls,
    TURN_SECRET: secret,
    TURN_USERNAME: username,
    TURN_CREDENTIAL: credential,
  } = values;
  if (!urls || urls.length === 0) return undefined;
  const checkEveryMs = values.TURN_CHECK_MS;
  if (secret !== undefined)
    return { urls, account: { kind: "minted", secret, ttlMs: values.TURN_TTL_MS }, checkEveryMs };
  if (username === undefined || credential === undefined) return undefined;
  return { urls, account: { kind: "static", username, credential }, checkEveryMs };
}
