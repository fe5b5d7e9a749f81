import { isIPv4, isIPv6 } from "node:net";

/** What must not stand in a log, by its kind. Each expression finds all of it, so that a line can be shown without it. */
const PATTERNS = [
  ["session description", /\bv=0\b.*|\ba=(?:ice-ufrag|ice-pwd|fingerprint|candidate)\b[^"]*/g],
  ["candidate", /candidate:[^"]*/gi],
  ["JWT", /\beyJ[\w-]{6,}\.[\w.-]+/g],
  // RFC 8489 long-term credentials of draft-uberti-behave-turn-rest-00: `<unix expiry>:<name>`, and base64 of an HMAC-SHA1.
  ["TURN account", /\b1\d{9}:[\w-]+|(?<![\w+/])[A-Za-z0-9+/]{27}=(?!=)/g],
  ["credential", /"(?:credential|password|secret|resumeSecret|token|ticket)":"(?!\[hidden\])[^"]*"/g],
];

/** Words that may be addresses; `isAddress` decides. */
const IPV4_WORD = /(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\w)(\/\d+)?/g;
const IPV6_WORD = /(?<![\w:.])[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*(?:%\w+)?(\/\d+)?/gi;
/** The server's own address, and those of the STUN and TURN servers that the operator has set. */
const OF_THE_OPERATOR = /(?:https?:\/\/|\b(?:stuns?|turns?):)\[?$/;

/** Those of nobody. In a test everybody comes from this machine, so that its own address counts as a person's. */
const UNSPECIFIED = ["0.0.0.0", "::"];

/** Whether a word is the whole address of somebody; a network (/24, /48) is not. */
function isAddress(word) {
  const [address = "", bits] = word.split("/");
  if (UNSPECIFIED.includes(address)) return false;
  if (isIPv4(address)) return !(bits === "24" && address.endsWith(".0"));
  if (isIPv6(address)) return !(bits === "48" && address.endsWith("::"));
  return false;
}

/**
 * Finds what must never be logged: session descriptions, candidates, tokens, TURN accounts, secrets and whole addresses.
 *
 * @param {string} text lines of a log
 * @param {{ secrets?: readonly string[], allowed?: readonly string[] }} [known] `secrets`: further words that must not
 *   stand there; `allowed`: addresses that may, such as the one that the server listens on
 */
export function findLeaks(text, { secrets = [], allowed = [] } = {}) {
  return text.split("\n").flatMap((line) => leaksOf(line, { secrets, allowed }));
}

function leaksOf(line, { secrets, allowed }) {
  const kinds = new Set();
  let shown = line;
  const hide = (kind, expression, isMeant = () => true) => {
    shown = shown.replace(expression, (word, ...rest) => {
      const [offset, whole] = rest.filter((one) => one !== undefined).slice(-2);
      if (!isMeant(word, whole.slice(0, offset))) return word;
      kinds.add(kind);
      return `[${kind}]`;
    });
  };
  for (const secret of secrets)
    if (shown.includes(secret)) {
      kinds.add("secret");
      shown = shown.replaceAll(secret, "[secret]");
    }
  for (const [kind, expression] of PATTERNS) hide(kind, expression);
  const isStrangers = (word, before) =>
    isAddress(word) && !allowed.includes(word) && !OF_THE_OPERATOR.test(before);
  hide("address", IPV6_WORD, isStrangers);
  hide("address", IPV4_WORD, isStrangers);
  return [...kinds].map((kind) => ({ kind, line: shown }));
}
