import type { RoomView, Welcome } from "@serendip/protocol";
import { type Digits, frameTemplate } from "../wire/frames.ts";
import { stampIn } from "../wire/stamp.ts";
import type { Complaints } from "./complaints.ts";
import { PAYLOADS } from "./payloads.ts";
import type { SignalKind } from "./person.ts";

/** Ids of the acknowledgements of signals; those of other requests stay below. All have the same number of digits. */
const FIRST_SIGNAL_ID = 1_000_000;
const ID_DIGITS = String(FIRST_SIGNAL_ID).length;
const IDS = 9 * FIRST_SIGNAL_ID;
/** The number of a signal has as many digits as it needs, because JSON knows no leading zeros. */
const MAX_SEQUENCE_DIGITS = 6;

const GOOD = Buffer.from('[{"ok":true}]');

/** What a hello says so that many signals may be acknowledged by one event; an older server does not know it, and does not do it. */
export const HELLO_OF_LANE = { cumulativeAcks: true };

/** One person's signals in one room: their numbers, and how they are acknowledged. */
export interface SignalLane {
  welcomed(welcome: Welcome): void;
  enter(room: RoomView): void;
  /** The next signal; undefined outside a room. */
  frame(kind: SignalKind, stamp: number): Buffer | undefined;
  /** Whether this acknowledgement was one of a signal. */
  takesAck(id: number, packet: Buffer): boolean;
  /** What the server says about signals by an event. */
  takesEvent(event: string, body: unknown): void;
}

type Template = (values: readonly number[]) => Buffer;

export function createSignalLane(complaints: Complaints): SignalLane {
  let together = false;
  let place = "";
  let sequence = 0;
  let asked = 0;
  const templates = new Map<string, Template>();

  const build = (kind: SignalKind, digits: number): Template => {
    const id = together ? "" : "0".repeat(ID_DIGITS);
    const head = `42${id}["signal",{${place},"sequence":`;
    const text = `${head}${"0".repeat(digits)},"signal":${PAYLOADS[kind]}}]`;
    const places: Digits[] = [stampIn(text), { at: head.length, count: digits }];
    if (!together) places.push({ at: "42".length, count: ID_DIGITS });
    return frameTemplate(text, places);
  };

  const templateOf = (kind: SignalKind): Template => {
    const digits = Math.min(MAX_SEQUENCE_DIGITS, String(sequence).length);
    const key = `${kind} ${digits}`;
    const known = templates.get(key);
    if (known) return known;
    const made = build(kind, digits);
    templates.set(key, made);
    return made;
  };

  return {
    welcomed(welcome) {
      together = welcome.cumulativeAcks === true;
      templates.clear();
    },
    enter({ roomId, generation }) {
      place = `"roomId":${JSON.stringify(roomId)},"generation":${generation}`;
      sequence = 0;
      templates.clear();
    },
    frame(kind, stamp) {
      if (place === "") return undefined;
      sequence += 1;
      asked += 1;
      return templateOf(kind)([stamp, sequence, FIRST_SIGNAL_ID + (asked % IDS)]);
    },
    takesAck(id, packet) {
      if (id < FIRST_SIGNAL_ID) return false;
      const at = packet.length - GOOD.length;
      if (at < 0 || packet.compare(GOOD, 0, GOOD.length, at) !== 0)
        complaints.add(`signal ${packet.toString("utf8", packet.indexOf("[") + 1)}`);
      return true;
    },
    takesEvent(event, body) {
      if (event === "signal-refused") complaints.add(`signal ${JSON.stringify(body)}`);
    },
  };
}
