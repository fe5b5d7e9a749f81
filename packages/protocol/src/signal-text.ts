import { LIMITS } from "./limits.ts";
import { FRAGMENT_CHARS, type Signal, type SignalEnvelope } from "./signal.ts";

/**
 * A signal that was read from a text, with that text. A copy of it (`{ ...signal, … }`) has no text, so that what has been changed
 * is never passed on as it came.
 */
class ReadSignal implements SignalEnvelope {
  readonly roomId: string;
  readonly generation: number;
  readonly sequence: number;
  readonly signal: Signal;
  readonly #text: string;

  constructor({ 1: roomId = "", 2: generation, 3: sequence, input }: RegExpExecArray, signal: Signal) {
    this.roomId = roomId;
    this.generation = Number(generation);
    this.sequence = Number(sequence);
    this.signal = signal;
    this.#text = input;
  }

  static textOf(value: object): string | undefined {
    return #text in value ? value.#text : undefined;
  }
}

/** A character that JSON leaves as it is (RFC 8259 section 7), and that is one byte. */
const PLAIN = "[ !#-\\[\\]-~]";
/** A whole number from 1, of fewer digits than the highest one that the schema takes. */
const COUNT = "([1-9]\\d{0,8})";

/** A string of at most so many plain characters, in its quotes. */
const plainString = (most: number): string => `"(${PLAIN}{0,${most}})"`;

/** All of a signal, with its place; the bounds are those of the schema. */
const envelope = (signal: string): RegExp =>
  new RegExp(
    `^\\{"roomId":"([\\w-]{1,${LIMITS.idChars}})","generation":${COUNT},"sequence":${COUNT},"signal":\\{"kind":${signal}\\}\\}$`,
  );

const candidatePattern = (): RegExp =>
  envelope(
    `"candidate","candidate":\\{"candidate":${plainString(LIMITS.candidateChars)}` +
      `,"sdpMid":(?:null|${plainString(LIMITS.idChars)}),"sdpMLineIndex":(null|\\d|[1-9]\\d|100)` +
      `(?:,"usernameFragment":(null|${plainString(FRAGMENT_CHARS)}))?\\}`,
  );

/** Plain characters and escapes take turns, so that there is only one way to read a text, and it takes no long time. */
const descriptionPattern = (): RegExp =>
  envelope(
    `"(offer|answer)","sdp":("${PLAIN}*(?:\\\\[nrt"\\\\]${PLAIN}*)*")(?:,"attempt":(\\d|[1-9]\\d{1,3}|10000))?`,
  );

// Marked as pure, so that a page, which uses neither, is built without them.
const CANDIDATE = /* @__PURE__ */ candidatePattern();
const DESCRIPTION = /* @__PURE__ */ descriptionPattern();

function readCandidate(text: string): SignalEnvelope | undefined {
  const found = CANDIDATE.exec(text);
  if (!found) return undefined;
  const { 4: candidate = "", 5: sdpMid = null, 6: index, 7: fragment, 8: usernameFragment = null } = found;
  const sdpMLineIndex = index === "null" ? null : Number(index);
  return new ReadSignal(found, {
    kind: "candidate",
    candidate:
      fragment === undefined
        ? { candidate, sdpMid, sdpMLineIndex }
        : { candidate, sdpMid, sdpMLineIndex, usernameFragment },
  });
}

function readDescription(text: string): SignalEnvelope | undefined {
  const found = DESCRIPTION.exec(text);
  if (!found) return undefined;
  const { 4: word, 5: quoted = "", 6: attempt } = found;
  const sdp: unknown = JSON.parse(quoted);
  if (typeof sdp !== "string" || sdp === "" || sdp.length > LIMITS.sdpChars) return undefined;
  const kind = word === "offer" ? "offer" : "answer";
  return new ReadSignal(
    found,
    attempt === undefined ? { kind, sdp } : { kind, sdp, attempt: Number(attempt) },
  );
}

/**
 * Reads the JSON of a candidate or a description, without the schema, where it is exactly what a page writes: what `SignalEnvelope`
 * makes of it has this very text as its JSON again, and each character of it is a byte. Undefined for any other text, of which only
 * the schema can say whether it is a signal (SPEC W20).
 */
export const readSignalText = (text: string): SignalEnvelope | undefined =>
  readCandidate(text) ?? readDescription(text);

/** The text that a signal was read from by `readSignalText`; undefined for everything else. */
export const signalTextOf = (value: unknown): string | undefined =>
  typeof value === "object" && value !== null ? ReadSignal.textOf(value) : undefined;
