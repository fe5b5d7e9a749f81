import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import {
  agreeOnProtocol,
  ERROR_POLICY,
  HelloVersion,
  MIN_PROTOCOL_VERSION,
  PROTOCOL_VERSION,
} from "../src/index.ts";

describe("version window", () => {
  test("[V1] the newest version that both speak is taken; otherwise it is said which side is older", () => {
    expect(MIN_PROTOCOL_VERSION).toBeLessThanOrEqual(PROTOCOL_VERSION);
    void fc.assert(
      fc.property(fc.integer(), fc.nat(), (oldest, more) => {
        const newest = oldest + more;
        const verdict = agreeOnProtocol({ oldest, newest });
        const common = Array.from(
          { length: PROTOCOL_VERSION - MIN_PROTOCOL_VERSION + 1 },
          (_, n) => n + MIN_PROTOCOL_VERSION,
        )
          .filter((version) => version >= oldest && version <= newest)
          .at(-1);
        if (common !== undefined) expect(verdict).toEqual({ ok: true, version: common });
        else expect(verdict).toEqual({ ok: false, older: newest < MIN_PROTOCOL_VERSION ? "page" : "server" });
      }),
    );
  });

  test("[V1] a page of the next version that still speaks this one goes on before its server is updated", () => {
    const next = { oldest: PROTOCOL_VERSION, newest: PROTOCOL_VERSION + 1 };
    expect(agreeOnProtocol(next)).toEqual({ ok: true, version: PROTOCOL_VERSION });
    expect(ERROR_POLICY.server_outdated.reaction).toBe("retry");
    expect(ERROR_POLICY.version_unsupported.reaction).toBe("reload");
  });

  test("[V1] the version of a hello is readable whatever else it holds", () => {
    void fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything()), fc.integer(), (rest, protocol) => {
        const { newestProtocol: _, ...other } = rest;
        expect(z.parse(HelloVersion, { ...other, protocol })).toEqual({ protocol });
      }),
    );
    for (const protocol of ["1", 1.5, null, undefined, Number.NaN, {}])
      expect(z.safeParse(HelloVersion, { protocol }).success).toBe(false);
  });
});
