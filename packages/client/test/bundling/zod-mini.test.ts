import { createRequire } from "node:module";
import { dirname } from "node:path";
import * as real from "@serendip/protocol";
import fc from "fast-check";
import { beforeAll, describe, expect, it, vi } from "vitest";

const LIGHT = new URL("../../bundling/light/zod-mini.mjs", import.meta.url).href;

interface Reading {
  readonly success: boolean;
  readonly data?: unknown;
}

interface Schema {
  readonly safeParse: (value: unknown) => Reading;
}

/** What zod keeps of a schema, as far as these values are made from it. */
interface Definition {
  readonly type: string;
  readonly format?: string;
  readonly shape?: Readonly<Record<string, Defined>>;
  readonly entries?: Readonly<Record<string, string>>;
  readonly values?: readonly unknown[];
  readonly options?: readonly Defined[];
  readonly element?: Defined;
  readonly innerType?: Defined;
  readonly valueType?: Defined;
}

interface Defined {
  readonly _zod: { readonly def: Definition };
}

const isSchema = (value: unknown): value is Schema & Defined =>
  typeof value === "object" && value !== null && "safeParse" in value && "_zod" in value;

/** Every schema that the package exports or holds in one of its tables, by its path. */
function* schemasIn(table: object, path: readonly string[] = []): Generator<readonly [string[], Defined]> {
  for (const [name, value] of Object.entries(table)) {
    if (isSchema(value)) yield [[...path, name], value];
    else if (typeof value === "object" && value !== null && path.length < 3)
      yield* schemasIn(value, [...path, name]);
  }
}

const at = (table: unknown, path: readonly string[]): Schema =>
  path.reduce<unknown>((inside, name) => Object(inside)[name], table) as Schema;

const UUIDS = ["00000000-0000-0000-0000-000000000000", "8d3c1a4e-2b5f-4e6a-9c7d-0123456789aB"];
const EDGES = [
  -1,
  0,
  1,
  100,
  101,
  1_000,
  10_000,
  2 ** 31,
  2 ** 31 + 1,
  2 ** 53 - 1,
  2 ** 53,
  0.5,
  Number.NaN,
];
const text = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/),
  fc.constantFrom(...UUIDS, "", "x".repeat(100), "x".repeat(101), "x".repeat(40_000)),
);
const anything = fc.oneof(
  fc.constantFrom(null, undefined, true, [], {}, "", ...EDGES),
  fc.constant(JSON.parse('{"__proto__":{"kind":"idle"},"kind":"restart"}')),
  fc.jsonValue({ maxDepth: 2 }),
);

/** Mostly what fits; sometimes something else in the place of a part. */
function near(schema: Defined): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 12, arbitrary: fitting(schema) }, { weight: 1, arbitrary: anything });
}

function fitting({ _zod: { def } }: Defined): fc.Arbitrary<unknown> {
  const inner = def.innerType ?? def.element ?? def.valueType;
  if (def.shape) {
    const fields = Object.fromEntries(Object.entries(def.shape).map(([key, one]) => [key, near(one)]));
    const required = Object.entries(def.shape)
      .filter(([, one]) => !["optional", "catch"].includes(one._zod.def.type))
      .map(([key]) => key);
    const whole = fc.record(fields, { requiredKeys: required });
    const more = whole.map((value) => ({ ...value, unknown: 1 }));
    return fc.oneof({ weight: 8, arbitrary: whole }, more, fc.record(fields, { requiredKeys: [] }));
  }
  if (def.options) return fc.oneof(...def.options.map(near));
  if (def.entries) return fc.constantFrom(...Object.values(def.entries));
  if (def.values) return fc.constantFrom(...def.values);
  if (def.type === "array" && inner) return fc.array(near(inner), { maxLength: 3 });
  if (def.type === "record" && inner) return fc.dictionary(text, near(inner), { maxKeys: 3 });
  if (def.type === "nullable" && inner) return fc.option(near(inner));
  if (inner) return fc.option(near(inner), { nil: undefined });
  if (def.type === "string") return text;
  if (def.type === "boolean") return fc.boolean();
  if (def.type === "number") return fc.oneof(fc.integer({ min: 0, max: 200 }), fc.constantFrom(...EDGES));
  throw new Error(`No values for ${def.type}`);
}

const outcomeOf = ({ success, data }: Reading) => (success ? { success, data } : { success });

describe("what pages have in zod's place", () => {
  let light: typeof real;

  beforeAll(async () => {
    const protocol = new URL("../../node_modules/@serendip/protocol/package.json", import.meta.url);
    const folder = dirname(createRequire(protocol).resolve("zod/mini"));
    vi.resetModules();
    vi.doMock(`${folder}/index.js`, () => import(LIGHT));
    light = await import("@serendip/protocol");
    return () => vi.doUnmock(`${folder}/index.js`);
  });

  const all = [...schemasIn(real)].map(([path, schema]) => [path.join("."), path, schema] as const);

  it("is what these tests compare, for each of the schemas", () => {
    expect(all.length).toBeGreaterThan(60);
    for (const [, path] of all) {
      expect(at(light, path), path.join(".")).toHaveProperty("read");
      expect(at(real, path)).not.toHaveProperty("read");
    }
  });

  it.each(all)("%s is read as zod reads it", (_name, path, schema) => {
    const [ours, zods] = [at(light, path), at(real, path)];
    fc.assert(
      fc.property(near(schema), (value) => {
        expect(outcomeOf(ours.safeParse(value))).toStrictEqual(outcomeOf(zods.safeParse(value)));
      }),
      { numRuns: 100 },
    );
  });

  it("addresses are read alike", () => {
    const octet = fc.oneof(fc.nat(300).map(String), fc.constantFrom("", "00", "01", "256", "a"));
    const four = fc.array(octet, { minLength: 3, maxLength: 5 }).map((parts) => parts.join("."));
    const group = fc.oneof(fc.stringMatching(/^[0-9a-fA-F]{0,5}$/), four);
    const six = fc.array(group, { maxLength: 9 }).map((parts) => parts.join(":"));
    const host = fc.oneof(
      four,
      six.map((one) => `[${one}]`),
      fc.constantFrom("[::1\n]", "[::@1]", "1.2.3.4\n"),
    );
    fc.assert(
      fc.property(host, (one) => {
        expect(light.parseIceUrl(`stun:${one}`)).toStrictEqual(real.parseIceUrl(`stun:${one}`));
      }),
      { numRuns: 1_000 },
    );
  });

  it("says where something does not fit, and repeats nothing of it", () => {
    const signal = { kind: "candidate", candidate: { candidate: 7, secret: "s3cret" } };
    const envelope = { roomId: "r", generation: 1, sequence: 1, signal };
    const reading = light.SignalEnvelope.safeParse(envelope);
    expect(reading.error?.message).toBe("signal.candidate.candidate is not a string");
  });
});
