import {
  CLIENT_EVENTS,
  type ClientBody,
  type ClientEvent,
  type ErrorBody,
  errorBody,
  type SignalEnvelope,
  signalTextOf,
} from "@serendip/protocol";
import type * as z from "zod/mini";

/** An inbound event after it was read: what to do, and how to answer. */
export type Inbound =
  | { readonly kind: "request"; readonly request: ClientRequest; readonly reply: (answer: unknown) => void }
  | { readonly kind: "refused"; readonly error: ErrorBody; readonly reply: (answer: unknown) => void }
  /** The event came without an acknowledgement, so there is nothing to answer to. */
  | { readonly kind: "unanswerable"; readonly event: string; readonly error: ErrorBody };

/** A request whose body fits its schema. */
export type ClientRequest = {
  [Event in ClientEvent]: { readonly event: Event; readonly body: ClientBody<Event> };
}[ClientEvent];

/** Longest part of an unknown event's name that is repeated back. */
const NAME_CHARS = 100;

/** The one place where inbound payloads are read (SPEC W4). Never throws. */
export function readInbound(packet: readonly unknown[]): Inbound {
  const [name, ...args] = packet;
  const event = String(typeof name === "string" || typeof name === "number" ? name : "").slice(0, NAME_CHARS);
  const last = args.at(-1);
  if (typeof last !== "function") {
    const known = Object.hasOwn(CLIENT_EVENTS, event);
    return { kind: "unanswerable", event, error: errorBody(known ? "ack_missing" : "unknown_event") };
  }
  const reply = (answer: unknown) => void last(answer);
  const refused = (error: ErrorBody): Inbound => ({ kind: "refused", error, reply });

  if (!Object.hasOwn(CLIENT_EVENTS, event) || typeof name !== "string")
    return refused(errorBody("unknown_event"));
  const body = args.slice(0, -1);
  if (body.length !== 1)
    return refused(errorBody("bad_request", "One body and one acknowledgement are expected."));

  const signal = readSignalIn(packet);
  if (signal) return { kind: "request", request: { event: "signal", body: signal }, reply };
  const known = event as ClientEvent;
  const parsed = CLIENT_EVENTS[known].body.safeParse(body[0]);
  if (!parsed.success) return refused(misfit(known, parsed.error.issues));
  // The schema that was looked up by the name has just accepted the body.
  return { kind: "request", request: { event: known, body: parsed.data } as ClientRequest, reply };
}

/** The body of a packet, where it is a signal that was read from its text, as the schema would have read it (SPEC W20). */
export const readSignalIn = ({ 0: name, 1: body }: readonly unknown[]): SignalEnvelope | undefined =>
  name === "signal" && signalTextOf(body) !== undefined ? (body as SignalEnvelope) : undefined;

function misfit(event: ClientEvent, issues: readonly z.core.$ZodIssue[]): ErrorBody {
  const first = issues[0];
  const field = first?.path.map(String).join(".").slice(0, NAME_CHARS) || "the body";
  const overLimit = event === "signal" && issues.every((issue) => issue.code === "too_big");
  return overLimit
    ? errorBody("too_large", `The payload exceeds a limit in ${field}; see LIMITS.`)
    : errorBody("bad_request", `The payload does not fit its schema in packages/protocol; look at ${field}.`);
}
