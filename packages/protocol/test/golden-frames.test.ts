import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import {
  CLIENT_EVENTS,
  Hello,
  MIN_PROTOCOL_VERSION,
  PROTOCOL_VERSION,
  SERVER_EVENTS,
  SERVER_REQUESTS,
} from "../src/index.ts";
import v1 from "./golden/v1.json" with { type: "json" };
import { HTTP_BODIES } from "./wire.ts";

/** One frame or more of everything that a released version sends; must stay readable as long as the version is accepted. */
const GOLDEN: ReadonlyMap<number, unknown> = new Map([[1, v1]]);

const Frames = z.array(z.unknown());
const Exchanges = z.record(z.string(), z.object({ body: Frames, reply: Frames }));
const Golden = z.object({
  hello: Frames,
  client: Exchanges,
  server: z.record(z.string(), Frames),
  serverRequests: Exchanges,
  http: z.record(z.string(), Frames),
});

interface Entry {
  readonly name: string;
  readonly schema: z.core.$ZodType;
  readonly frames: readonly unknown[];
}

type Exchange = { readonly body: z.core.$ZodType; readonly reply: z.core.$ZodType };

const exchanges = (table: Readonly<Record<string, Exchange>>, frames: z.infer<typeof Exchanges>): Entry[] =>
  Object.entries(table).flatMap(([event, { body, reply }]) => [
    { name: `${event} body`, schema: body, frames: frames[event]?.body ?? [] },
    { name: `${event} reply`, schema: reply, frames: frames[event]?.reply ?? [] },
  ]);

function entriesOf(version: number): readonly Entry[] {
  const golden = Golden.parse(GOLDEN.get(version));
  return [
    { name: "hello", schema: Hello, frames: golden.hello },
    ...exchanges(CLIENT_EVENTS, golden.client),
    ...exchanges(SERVER_REQUESTS, golden.serverRequests),
    ...Object.entries(SERVER_EVENTS).map(([event, schema]) => ({
      name: event,
      schema,
      frames: golden.server[event] ?? [],
    })),
    ...Object.entries(HTTP_BODIES).map(([name, schema]) => ({
      name,
      schema,
      frames: golden.http[name] ?? [],
    })),
  ];
}

/** The frame with a field, at every level, that no version of the protocol has. */
function withUnknownFields(frame: unknown): unknown {
  if (Array.isArray(frame)) return frame.map(withUnknownFields);
  if (typeof frame !== "object" || frame === null) return frame;
  const entries = Object.entries(frame).map(([key, value]) => [
    key,
    // The one map of the protocol: its keys are data.
    key === "checks" ? value : withUnknownFields(value),
  ]);
  return { ...Object.fromEntries(entries), "x-of-the-future": { deep: [1] } };
}

const released = [...GOLDEN.keys()];

test("[V2] every version of the window has golden frames", () => {
  const window = Array.from(
    { length: PROTOCOL_VERSION - MIN_PROTOCOL_VERSION + 1 },
    (_, index) => MIN_PROTOCOL_VERSION + index,
  );
  expect(released).toEqual(expect.arrayContaining(window));
});

describe.each(released.filter((version) => version >= MIN_PROTOCOL_VERSION))(
  "golden frames of version %i",
  (version) => {
    const entries = entriesOf(version);

    test.each(entries)("[V2] $name is read as it was written", ({ schema, frames }) => {
      for (const frame of frames) expect(z.parse(schema, frame)).toEqual(frame);
    });

    test.each(entries)("[V2] $name: fields of a later version are ignored", ({ schema, frames }) => {
      for (const frame of frames) expect(z.parse(schema, withUnknownFields(frame))).toEqual(frame);
    });
  },
);

test("[V2] the newest version has a golden frame of everything that is sent", () => {
  const without = entriesOf(PROTOCOL_VERSION).filter(({ frames }) => frames.length === 0);
  expect(without.map(({ name }) => name)).toEqual([]);
});
