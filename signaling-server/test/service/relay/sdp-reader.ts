/** An independent reader of the grammar of RFC 8866 section 9, as far as the tests of the filter need it. */

/** Session and media lines in the order of RFC 8866 section 5, by their types. */
const ORDER = /^vosi?u?e*p*c?b*(tr*)+z?k?a*(mi?c*b*k?a*)*$/;

const TOKEN = "[!#-'*+\\-.0-9A-Z^-~]+";
const BYTES = "[^\\0\\r\\n]+";

const VALUES: Readonly<Record<string, RegExp>> = {
  v: /^\d+$/,
  o: /^[^\s]+ \d+ \d+ [^\s]+ [^\s]+ [^\s]+$/,
  s: new RegExp(`^${BYTES}$`, "u"),
  c: /^[^\s]+ [^\s]+ [^\s]+$/,
  b: new RegExp(`^${TOKEN}:\\d+$`),
  t: /^\d+ \d+$/,
  m: new RegExp(`^${TOKEN} \\d+(/\\d+)? ${TOKEN}(/${TOKEN})*( ${TOKEN})+$`),
  a: new RegExp(`^${TOKEN}(:${BYTES})?$`, "u"),
};

export interface SdpLine {
  readonly type: string;
  readonly value: string;
}

/** @param sdp lines that end in CR LF. */
export function linesOf(sdp: string): readonly SdpLine[] {
  return sdp
    .split("\r\n")
    .slice(0, -1)
    .map((line) => ({ type: line.slice(0, line.indexOf("=")), value: line.slice(line.indexOf("=") + 1) }));
}

/** The values of the attribute, in order. */
export function valuesOf(lines: readonly SdpLine[], name: string): readonly string[] {
  return lines
    .filter(({ type, value }) => type === "a" && value.startsWith(`${name}:`))
    .map(({ value }) => value.slice(name.length + 1));
}

/** What is wrong with the description, as sentences. */
export function grammarFaults(sdp: string): readonly string[] {
  const lines = linesOf(sdp);
  const faults: string[] = [];
  const order = lines.map(({ type }) => type).join("");
  if (!sdp.endsWith("\r\n")) faults.push("does not end in CR LF");
  if (!ORDER.test(order)) faults.push(`has its lines in the order ${order}`);
  for (const { type, value } of lines)
    if (VALUES[type]?.test(value) === false) faults.push(`has the line ${type}=${value}`);
  const [session = "", ...sections] = order.split("m");
  if (!session.includes("c") && sections.some((section) => !section.includes("c")))
    faults.push("has a section without c= (RFC 8866 section 5.7)");
  const mids = valuesOf(lines, "mid");
  if (new Set(mids).size < mids.length) faults.push("uses a name twice (RFC 5888 section 4)");
  for (const group of valuesOf(lines, "group"))
    for (const mid of group.split(" ").slice(1))
      if (!mids.includes(mid)) faults.push(`groups ${mid}, which is no section's name (RFC 5888 section 5)`);
  return faults;
}
