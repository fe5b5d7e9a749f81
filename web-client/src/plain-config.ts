import { readSignalingAddress } from "./signaling-address.ts";

const PLAIN = /^\s*\{\s*(?:"signalingUrl"\s*:\s*"(?<address>[^"\\\uFFFD]*)"\s*)?\}\s*$/;

/**
 * What nearly every `config.json` says, read without the code that finds faults; undefined for anything else, faultless or not.
 */
export function readPlainConfig(
  bytes: Uint8Array,
  pageUrl: string,
): { readonly signalingUrl?: string } | undefined {
  const found = PLAIN.exec(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
  if (!found) return undefined;
  const address = found.groups?.["address"]?.trim();
  if (!address) return {};
  return readSignalingAddress(address, pageUrl).ok ? { signalingUrl: address } : undefined;
}
