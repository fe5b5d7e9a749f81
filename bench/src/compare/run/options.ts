import { parseArgs } from "node:util";
import { type MetricName, type Scope, SIZES } from "../metrics/sizes.ts";
import { metricsOf } from "./plan.ts";

export const USAGE = `npm run bench [-- options]

  (none)             relay at 5,000/s, burst, arrivals, connects, kill -9, boot: less than 12 minutes
  --full             everything, less than an hour; goes on where it was stopped
  --smoke            everything, tiny, in a minute: shows that it works, and no figure
  --against <ref>    beside it an earlier commit of this repository
  --only <a,b>       only these of ${metricsOf(SIZES.full).join(", ")}
  --repetitions <n>  3 unless given; once in a smoke run
  --fresh            begins anew where an unfinished run could go on
`;

export interface BenchOptions {
  readonly scope: Scope;
  readonly against: string | undefined;
  readonly metrics: readonly MetricName[];
  readonly repetitions: number;
  readonly isFresh: boolean;
}

const REPETITIONS = 3;

/**
 * What a person has typed.
 *
 * @throws TypeError with a sentence that says what to type instead
 */
export function readOptions(typed: readonly string[]): BenchOptions | "help" {
  const { values } = parseArgs({
    args: typed.filter((one) => one !== "--"),
    options: {
      full: { type: "boolean", default: false },
      smoke: { type: "boolean", default: false },
      against: { type: "string" },
      only: { type: "string" },
      repetitions: { type: "string" },
      fresh: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  if (values.full && values.smoke)
    throw new TypeError("--full and --smoke are two different runs; choose one.");
  const scope = values.full ? "full" : values.smoke ? "smoke" : "short";
  const known = metricsOf(SIZES.full);
  const wanted = values.only?.split(",") ?? metricsOf(SIZES[scope]);
  const unknown = wanted.find((one) => !known.some((name) => name === one));
  if (unknown !== undefined)
    throw new TypeError(`There is no metric "${unknown}"; there are ${known.join(", ")}.`);
  const repetitions = Number(values.repetitions ?? (scope === "smoke" ? 1 : REPETITIONS));
  if (!Number.isInteger(repetitions) || repetitions < 1)
    throw new TypeError("--repetitions has to be a whole number from 1 on.");
  return {
    scope,
    against: values.against,
    metrics: known.filter((name) => wanted.includes(name)),
    repetitions,
    isFresh: values.fresh,
  };
}
