import { WebConfig } from "@serendip/protocol";
import { likelyName } from "@serendip/settings-file/likely";
import { decodeText } from "@serendip/settings-file/text";
import { readSignalingAddress } from "./signaling-address.ts";

export type ConfigFileReading =
  | { readonly ok: true; readonly config: WebConfig }
  /** A sentence for each thing that is wrong, for whoever wrote the file. */
  | { readonly ok: false; readonly faults: readonly string[] };

const KEYS = Object.keys(WebConfig.shape);
const EXAMPLE = '{ "signalingUrl": "https://signal.example.org" }';

const KINDS: Readonly<Record<string, string>> = {
  number: "a number",
  boolean: "true or false",
  object: "null, a list or an object",
};

/** Reads what a web server answers for `config.json`. Everything that is wrong is found at once. */
export function readConfigFile(bytes: Uint8Array, pageUrl: string): ConfigFileReading {
  const faults = [...faultsOf(bytes, pageUrl)];
  if (faults.length > 0) return { ok: false, faults: faults.map(closed) };
  return { ok: true, config: WebConfig.parse(JSON.parse(new TextDecoder().decode(bytes))) };
}

const closed = (sentence: string) => (/[.?]$/.test(sentence) ? sentence : `${sentence}.`);

function* faultsOf(bytes: Uint8Array, pageUrl: string): Generator<string> {
  const decoded = decodeText(bytes);
  if (!decoded.ok) {
    yield `config.json ${decoded.why}`;
    return;
  }
  const text = decoded.text.trim();
  if (text === "") {
    yield "config.json is empty; write at least {}";
    return;
  }
  if (text.startsWith("<")) {
    yield "config.json is a web page instead of JSON; the web server probably has no such file and answers with another one. Put config.json beside index.html, with at least {} in it";
    return;
  }
  const value = parse(text);
  if ("problem" in value) {
    yield `config.json is not JSON (${value.problem}); write it like ${EXAMPLE}, with double quotes, and without comments or a comma at the end`;
    return;
  }
  yield* entryFaults(value.parsed, { text, pageUrl });
}

function parse(text: string): { readonly parsed: unknown } | { readonly problem: string } {
  try {
    return { parsed: JSON.parse(text) as unknown };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function* entryFaults(
  value: unknown,
  { text, pageUrl }: { readonly text: string; readonly pageUrl: string },
): Generator<string> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    yield `config.json must be an object, like ${EXAMPLE}`;
    return;
  }
  for (const key of Object.keys(value).filter((one) => !KEYS.includes(one))) {
    const likely = likelyName(key, KEYS);
    yield `config.json has an unknown key "${key.slice(0, 60)}"; ${likely ? `did you mean "${likely}"?` : `known ones are: ${KEYS.join(", ")}`}`;
  }
  if ((text.match(/"signalingUrl"\s*:/g) ?? []).length > 1)
    yield 'config.json sets "signalingUrl" more than once; keep one';
  const address: unknown = "signalingUrl" in value ? value.signalingUrl : "";
  if (typeof address !== "string") {
    yield `config.json has ${KINDS[typeof address]} for "signalingUrl"; it must be an address in double quotes`;
    return;
  }
  if (address.trim() === "") return;
  const reading = readSignalingAddress(address.trim(), pageUrl);
  if (!reading.ok) yield `In config.json "signalingUrl" ${reading.why}`;
}
