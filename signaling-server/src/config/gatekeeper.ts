import { type ConfigFault, faultOf } from "./fault.ts";
import { duration, oneOf, type Setting, text, verifyUrl, whole, word } from "./readers.ts";
import { inFile } from "./secret-files.ts";

const setting = <Value>(given: Setting<Value>): Setting<Value> => given;

/** Settings of the gatekeeper, who decides about new identities (SPEC S17, S18). */
export const GATEKEEPER_SETTINGS = {
  GATEKEEPER: setting({
    description:
      "What a newcomer has to do for an identity: none; proof-of-work, some computing in the page; or challenge-service, a check by a service like Turnstile or hCaptcha. The web client here brings no widget of such a service: use proof-of-work with it, or a page of your own that shows the widget and whose Content-Security-Policy allows the service. Who is known already is never asked.",
    default: "none",
    schema: oneOf("none", "proof-of-work", "challenge-service"),
  }),
  PROOF_OF_WORK_BITS: setting({
    description:
      "Difficulty for GATEKEEPER=proof-of-work, from 1 to 20; each step doubles the time. 13 takes a phone some 0.2 to 0.5 s.",
    default: "13",
    schema: whole(1, 20),
  }),
  CHALLENGE_PROVIDER: setting({
    description:
      "For GATEKEEPER=challenge-service: name of the service, by which the page knows what to show, like turnstile or hcaptcha.",
    default: undefined,
    schema: word,
  }),
  CHALLENGE_SITE_KEY: setting({
    description: "For GATEKEEPER=challenge-service: the public key that the service has given to the site.",
    default: undefined,
    schema: word,
  }),
  CHALLENGE_SECRET: setting({
    description: "For GATEKEEPER=challenge-service: the secret that belongs to CHALLENGE_SITE_KEY.",
    default: undefined,
    secret: true,
    schema: text,
  }),
  CHALLENGE_SECRET_FILE: inFile("CHALLENGE_SECRET"),
  CHALLENGE_VERIFY_URL: setting({
    description:
      "For GATEKEEPER=challenge-service: where answers are verified, like https://challenges.cloudflare.com/turnstile/v0/siteverify or https://api.hcaptcha.com/siteverify.",
    default: undefined,
    schema: verifyUrl,
  }),
  CHALLENGE_TIMEOUT_MS: duration("How long the challenge service may take to verify an answer.", 3_000, {
    min: 100,
    max: 10_000,
  }),
  CHALLENGE_WHEN_DOWN: setting({
    description:
      "What newcomers get while the challenge service cannot be asked: closed, they are asked to try again later; or open, they get in.",
    default: "closed",
    schema: oneOf("closed", "open"),
  }),
} as const;

interface GatekeeperValues {
  readonly GATEKEEPER?: "none" | "proof-of-work" | "challenge-service" | undefined;
  readonly PROOF_OF_WORK_BITS?: number | undefined;
  readonly CHALLENGE_PROVIDER?: string | undefined;
  readonly CHALLENGE_SITE_KEY?: string | undefined;
  readonly CHALLENGE_SECRET?: string | undefined;
  readonly CHALLENGE_VERIFY_URL?: string | undefined;
  readonly CHALLENGE_TIMEOUT_MS?: number | undefined;
  readonly CHALLENGE_WHEN_DOWN?: "closed" | "open" | undefined;
}

/** What decides about new identities. */
export type GatekeeperConfig =
  | { readonly kind: "none" }
  | { readonly kind: "proof-of-work"; readonly bits: number }
  | {
      readonly kind: "challenge-service";
      readonly provider: string;
      readonly siteKey: string;
      readonly secret: string;
      readonly verifyUrl: string;
      readonly timeoutMs: number;
      readonly whenDown: "closed" | "open";
    };

const NEEDED = [
  "CHALLENGE_PROVIDER",
  "CHALLENGE_SITE_KEY",
  "CHALLENGE_SECRET",
  "CHALLENGE_VERIFY_URL",
] as const;

/** Faults of the gatekeeper's settings. `unread`: whether a variable has a fault of its own. */
export function* gatekeeperFaults(
  values: GatekeeperValues,
  unread: (name: (typeof NEEDED)[number]) => boolean,
): Generator<ConfigFault> {
  if (values.GATEKEEPER !== "challenge-service") return;
  for (const name of NEEDED)
    if (values[name] === undefined && !unread(name))
      yield faultOf(name, "is missing; GATEKEEPER=challenge-service needs it.");
}

/** Sentences about settings that are set for another gatekeeper than the one there is. */
export function* idleGatekeeperSettings(
  kind: GatekeeperConfig["kind"],
  isSet: (name: keyof typeof GATEKEEPER_SETTINGS) => boolean,
): Generator<string> {
  for (const name of Object.keys(GATEKEEPER_SETTINGS) as (keyof typeof GATEKEEPER_SETTINGS)[]) {
    if (name === "GATEKEEPER" || !isSet(name)) continue;
    const owner = name === "PROOF_OF_WORK_BITS" ? "proof-of-work" : "challenge-service";
    if (kind !== owner)
      yield `${name} has no effect while GATEKEEPER is ${kind}; set GATEKEEPER=${owner}, or take it out.`;
  }
}

/** The gatekeeper of settings without faults. */
export function gatekeeperOf(values: GatekeeperValues): GatekeeperConfig {
  const { GATEKEEPER: kind = "none", PROOF_OF_WORK_BITS: bits = 0 } = values;
  if (kind === "proof-of-work") return { kind, bits };
  const {
    CHALLENGE_PROVIDER: provider,
    CHALLENGE_SITE_KEY: siteKey,
    CHALLENGE_SECRET: secret,
    CHALLENGE_VERIFY_URL: url,
    CHALLENGE_TIMEOUT_MS: timeoutMs = 0,
    CHALLENGE_WHEN_DOWN: whenDown = "closed",
  } = values;
  if (kind === "none" || !provider || !siteKey || !secret || !url) return { kind: "none" };
  return { kind, provider, siteKey, secret, verifyUrl: url, timeoutMs, whenDown };
}
