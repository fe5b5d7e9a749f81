import fc from "fast-check";
import { expect, test } from "vitest";
import { annsPage, type Fate } from "./acked-page.ts";

/** One history is hundreds of signals, so fewer of them are as thorough. */
const numRuns = Math.ceil(Number(process.env["FC_RUNS"] ?? 2_000) / 10);

type Step =
  | { readonly do: "send"; readonly count: number }
  | { readonly do: "pass"; readonly ms: number }
  | { readonly do: "meet"; readonly fate: Fate }
  | { readonly do: "drop" | "beTakenOver" | "reload" | "restart" | "bobGoes" | "bobComes" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("send" as const), count: fc.integer({ min: 1, max: 40 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("pass" as const),
      ms: fc.constantFrom(20, 50, 100, 500, 1_100, 6_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("meet" as const),
      fate: fc.constantFrom<Fate[]>("usual", "lost", "late", "repeated"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "drop" as const,
        "beTakenOver" as const,
        "reload" as const,
        "restart" as const,
        "bobGoes" as const,
        "bobComes" as const,
      ),
    }),
  },
);

test("[R20] [R3] [R5] [R6] [R15] whatever becomes of acknowledgements and connections, the partner has every signal of a generation once, in order, and the page keeps nothing in the end", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 40, size: "max" }), (steps) => {
      const page = annsPage();
      for (const one of steps) {
        if (one.do === "send") page.send(one.count);
        else if (one.do === "pass") page.pass(one.ms);
        else if (one.do === "meet") page.meet(one.fate);
        else page[one.do]();
      }
      page.meet("usual");
      page.bobComes();
      page.pass(60_000);
      expect(page.kept()).toEqual([]);
      expect(page.clock.pending()).toBe(0);
      for (const code of page.codes) seen.add(code);
      // Whoever sends all that is kept again, in order, leaves no hole.
      expect(page.codes).not.toContain("bad_sequence");
      const { generation: last, sequence } = page.made();
      for (let generation = 1; generation <= last; generation += 1) {
        const came = page.delivered
          .filter(({ envelope }) => envelope.generation === generation)
          .map(({ envelope }) => envelope.sequence);
        const first = came.filter((number, at) => came.slice(0, at).every((before) => before < number));
        expect(first).toEqual(first.map((_, at) => at + 1));
        if (!page.isRestarted()) expect(came).toEqual(first);
        if (generation === last) expect(first).toHaveLength(sequence);
      }
    }),
    { numRuns },
  );
  // The overflow of R6, and what is late, are among the histories.
  expect([...seen]).toEqual(expect.arrayContaining(["partner_unreachable", "stale_generation"]));
});
