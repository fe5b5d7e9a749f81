/**
 * Whether the text has an IPv4 address in digits, an IPv6 address, a name of mDNS (RFC 6762), or a host after an `@`
 * (RFC 3550 section 6.5.1).
 */
export function spellsAddress(text: string): boolean {
  return /\d{1,3}(?:\.\d{1,3}){3}|:[\da-f]{0,4}:|\.local|@/i.test(text);
}

/** Whether the word has one or more printable ASCII characters, no blank, and spells no address. */
export function isPlainWord(word: string): boolean {
  return /^[!-~]+$/.test(word) && !spellsAddress(word);
}
