import { LIMITS } from "./limits.ts";

/** Why no page can have made a description. */
export type DescriptionFault = "too-long" | "not-ascii" | "too-many-sections";

/** What two people share: sound, picture, and the data channel of SPEC R9. */
const SECTIONS = ["audio", "video", "application"];

/**
 * What is wrong with a description, so that nobody's browser should be made to read it (SPEC R12); undefined for what a page
 * makes. A browser answers each section of an offer, also those that it rejects (RFC 3264 section 6).
 */
export function descriptionFault({
  kind,
  sdp,
}: {
  readonly kind: "offer" | "answer";
  readonly sdp: string;
}): DescriptionFault | undefined {
  if (sdp.length > LIMITS.descriptionChars[kind]) return "too-long";
  if (!/^[\t\n\r -~]*$/.test(sdp)) return "not-ascii";
  // As lenient as any parser is, so that none sees a section that was not counted here.
  const kinds = Array.from(sdp.matchAll(/^[\t ]*m[\t ]*=[\t ]*(\w*)/gim), ([, word = ""]) => word);
  const fits = kinds.every((word, at) => SECTIONS.includes(word) && kinds.indexOf(word) === at);
  return fits ? undefined : "too-many-sections";
}
