import { isIP } from "node:net";
import { isTurnUrl, parseIceUrl, sayableIceUrl, uselessness } from "@serendip/protocol";
import * as z from "zod";
import { sayableOrigin, whyNoOrigin } from "./origins.ts";

/** One environment variable: how it is read and what an operator has to know about it. */
export interface Setting<Value> {
  readonly description: string;
  /** Used when the variable is unset or empty; undefined: it stays unset. */
  readonly default: string | undefined;
  /** Its value is never repeated in a message. */
  readonly secret?: true;
  /** Reads the text; an issue's message completes the sentence that starts with the variable's name. */
  readonly schema: z.ZodType<Value, string>;
}

/** A whole number. The unit is in the variable's name. */
export function whole(min: number, max: number): z.ZodType<number, string> {
  const sentence = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, sentence)
    .transform(Number)
    .refine((value) => value >= min && value <= max, sentence);
}

/** A setting in milliseconds, as its name has to say (`…_MS`); the description ends with unit and range. */
export const duration = (
  description: string,
  defaultMs: number,
  { min, max }: { readonly min: number; readonly max: number },
): Setting<number> => ({
  description: `${description} In milliseconds, from ${min} to ${max}.`,
  default: String(defaultMs),
  schema: whole(min, max),
});

export function oneOf<const Choice extends string>(
  ...choices: readonly [Choice, ...Choice[]]
): z.ZodType<Choice, string> {
  const isChoice = (text: string): text is Choice => choices.some((choice) => choice === text);
  return z
    .string()
    .refine(isChoice, `must be one of ${choices.join(", ")}`)
    .transform((text) => text as Choice);
}

export const flag: z.ZodType<boolean, string> = oneOf("true", "false").transform((text) => text === "true");

export const text: z.ZodType<string, string> = z.string();

/** Labels of letters, digits, hyphens and underscores; the last one is no number, as it would be in an IPv4 address. */
const HOST_NAME =
  /^(?!.*(^|\.)\d+\.?$)(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_][a-z0-9_-]{0,62})*\.?$/i;

/** An IP address or the name of a host, without anything around it. */
export const host: z.ZodType<string, string> = z.string().superRefine((given, context) => {
  if (isIP(given) !== 0 || HOST_NAME.test(given)) return;
  const [bare = ""] = given.replace(/^[a-z]+:\/\//i, "").split("/");
  const inner = bare.replace(/^\[(.*)\](:\d+)?$/, "$1");
  const meant = [inner, inner.replace(/:\d*$/, "")].find((one) => isIP(one) !== 0 || HOST_NAME.test(one));
  const advice =
    meant === undefined ? "" : `; write ${meant}${/:\d+\/?$/.test(given) ? ", and the port in PORT" : ""}`;
  const message = `must be an IP address or a host name and nothing else, like 127.0.0.1${advice}`;
  context.addIssue({ code: "custom", message });
});

/** The path of a file or folder. */
export const path: z.ZodType<string, string> = z
  .string()
  .refine(
    (given) => !given.startsWith("~"),
    "must not begin with ~, which only a shell understands; write the whole path",
  );

/** Text that fits into an HTTP header as it is. */
export const word: z.ZodType<string, string> = z
  .string()
  .regex(/^[\x21-\x7e]+$/, "must have neither spaces nor characters beyond ASCII");

/** Where a service is asked over HTTP: encrypted, unless it is on this machine. */
export const verifyUrl: z.ZodType<string, string> = z.string().refine((given) => {
  if (!URL.canParse(given)) return false;
  const { protocol, hostname, username, password, hash } = new URL(given);
  const isHere = ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  const isSafe = protocol === "https:" || (protocol === "http:" && isHere);
  return isSafe && username + password + hash === "";
}, "must be an https:// address without a password in it");

const list = (raw: string) =>
  raw
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");

/** Origins of pages, each once; every bad one is a fault of its own. */
export const origins: z.ZodType<readonly string[], string> = z
  .string()
  .transform((raw) => [...new Set(list(raw))])
  .superRefine((items, context) => {
    const add = (message: string) => context.addIssue({ code: "custom", message });
    if (items.length === 0) add("must name at least one origin, like https://chat.example.org");
    for (const item of items) {
      const why = whyNoOrigin(item);
      if (why !== undefined) add(`${why} (it is "${sayableOrigin(item)}")`);
    }
  });

/** Addresses of one kind of server, each once; every bad one is a fault of its own. */
function iceUrls(kind: "STUN" | "TURN", example: string): z.ZodType<readonly string[], string> {
  const whyNot = (item: string): string | undefined => {
    const reading = parseIceUrl(item);
    if (!reading.ok) return reading.why;
    return isTurnUrl(item) === (kind === "TURN") ? uselessness(reading.url) : `is no ${kind} address`;
  };
  return z
    .string()
    .transform((raw) => [...new Set(list(raw))])
    .superRefine((items, context) => {
      for (const item of items) {
        const why = whyNot(item);
        if (why === undefined) continue;
        const message = `must list ${kind} servers like ${example}, comma-separated; "${sayableIceUrl(item)}" ${why}`;
        context.addIssue({ code: "custom", message });
      }
    });
}

export const stunUrls = iceUrls("STUN", "stun:stun.example.org:3478");
export const turnUrls = iceUrls("TURN", "turn:turn.example.org:3478?transport=udp");

/** Parts of sample values, which people copy from examples. */
const SAMPLES = [
  "change",
  "example",
  "sample",
  "secret",
  "password",
  "your-",
  "your_",
  "replace",
  "12345678",
];

/**
 * Why a secret is not good enough for production; undefined when it is. It has to be as long as its hash (RFC 7518
 * section 3.2) and must not be something that was copied from an example.
 */
export function weaknessOf(secret: string): string | undefined {
  const advice = "make one with: openssl rand -base64 48";
  if (Buffer.byteLength(secret) < 32) return `must be at least 32 bytes long; ${advice}`;
  const isSample = SAMPLES.some((sample) => secret.toLowerCase().includes(sample));
  if (isSample || new Set(secret).size < 8) return `looks like a sample value; ${advice}`;
  return undefined;
}
