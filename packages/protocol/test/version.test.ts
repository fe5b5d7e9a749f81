import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { acceptsProtocol, HelloVersion, MIN_PROTOCOL_VERSION, PROTOCOL_VERSION } from "../src/index.ts";

describe("version window", () => {
  test("[V1] accepts exactly the versions inside the window and says which side is older", () => {
    expect(MIN_PROTOCOL_VERSION).toBeLessThanOrEqual(PROTOCOL_VERSION);
    void fc.assert(
      fc.property(fc.integer(), (version) => {
        const expected =
          version < MIN_PROTOCOL_VERSION ? "too_old" : version > PROTOCOL_VERSION ? "too_new" : "accepted";
        expect(acceptsProtocol(version)).toBe(expected);
      }),
    );
    expect(acceptsProtocol(MIN_PROTOCOL_VERSION)).toBe("accepted");
    expect(acceptsProtocol(PROTOCOL_VERSION)).toBe("accepted");
    expect(acceptsProtocol(MIN_PROTOCOL_VERSION - 1)).toBe("too_old");
    expect(acceptsProtocol(PROTOCOL_VERSION + 1)).toBe("too_new");
  });

  test("[V1] the version of a hello is readable whatever else it holds", () => {
    void fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything()), fc.integer(), (rest, protocol) => {
        expect(z.parse(HelloVersion, { ...rest, protocol })).toEqual({ protocol });
      }),
    );
    for (const protocol of ["1", 1.5, null, undefined, Number.NaN, {}])
      expect(z.safeParse(HelloVersion, { protocol }).success).toBe(false);
  });
});
