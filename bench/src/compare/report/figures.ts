import type { Sizes } from "../metrics/sizes.ts";

export type Unit = "ms" | "%" | "KiB" | "1/s" | "count";

/** A number that a metric finds, and how people read it. */
export interface Figure {
  /** As `Measured` names it. */
  readonly name: string;
  readonly title: string;
  readonly unit: Unit;
  readonly better: "less" | "more";
  /** Its ratio to the bare relay says something. */
  readonly isCompared: boolean;
}

export interface Section {
  readonly title: string;
  readonly figures: readonly Figure[];
}

const figure = (
  name: string,
  title: string,
  unit: Unit,
  more: Partial<Pick<Figure, "better" | "isCompared">> = {},
): Figure => ({ name, title, unit, better: "less", isCompared: false, ...more });

const COMPARED = { isCompared: true } as const;

const talking = (prefix: string): readonly Figure[] => [
  figure(`${prefix}.p50Ms`, "p50", "ms", COMPARED),
  figure(`${prefix}.p99Ms`, "p99", "ms", COMPARED),
  figure(`${prefix}.p999Ms`, "p99.9", "ms", COMPARED),
  figure(`${prefix}.cpuMsPer100k`, "CPU per 100,000", "ms", COMPARED),
  figure(`${prefix}.serverShare`, "server CPU", "%"),
  figure(`${prefix}.lost`, "lost", "count"),
  figure(`${prefix}.busy`, "load busy", "%"),
  figure(`${prefix}.lateP99Ms`, "sent late, p99", "ms"),
];

const number = (value: number): string => value.toLocaleString("en");

/** What is shown of the metrics of these sizes, in this order. */
export function sectionsOf(sizes: Partial<Sizes>): readonly Section[] {
  const sections: Section[] = [];
  const { relay, burst, connects, idle, comeback, growth, boot } = sizes;
  for (const rate of relay?.rates ?? [])
    sections.push({
      title: `Relay: ${number(rate)} messages/s in ${relay?.rooms} rooms`,
      figures: talking(`relay${rate}`),
    });
  if (burst)
    sections.push(
      {
        title: `Burst: ${number(burst.people)} finds at once`,
        figures: [
          figure("burst.allMs", "all matched", "ms", COMPARED),
          figure("burst.p50Ms", "wait p50", "ms", COMPARED),
          figure("burst.p99Ms", "wait p99", "ms", COMPARED),
          figure("burst.busy", "load busy", "%"),
        ],
      },
      {
        title: `Arrivals: ${burst.arrivalsPerSecond} finds/s`,
        figures: [
          figure("arrivals.p50Ms", "both told, p50", "ms", COMPARED),
          figure("arrivals.p99Ms", "p99", "ms", COMPARED),
          figure("arrivals.serverShare", "server CPU", "%", COMPARED),
          figure("arrivals.busy", "load busy", "%"),
        ],
      },
    );
  if (connects)
    sections.push({
      title: `Connects: ${number(connects.people)} people, 64 at a time, tokens included`,
      figures: [
        figure("connects.perSecond", "connects", "1/s", { ...COMPARED, better: "more" }),
        figure("connects.p50Ms", "each p50", "ms"),
        figure("connects.p99Ms", "each p99", "ms"),
        figure("connects.cpuMsEach", "server CPU each", "ms", COMPARED),
        figure("connects.busy", "load busy", "%"),
      ],
    });
  for (const [step, level] of (idle?.levels ?? []).entries())
    sections.push({
      title: `Idle: ${number(level)} people who do nothing`,
      figures: [
        ...(step === 0 ? [figure(`idle${level}.serverShare`, "server CPU", "%", COMPARED)] : []),
        figure(`idle${level}.rssKiB`, "RSS each", "KiB", COMPARED),
        figure(`idle${level}.rssCollectedKiB`, "RSS each after a collection", "KiB", COMPARED),
        figure(`idle${level}.heapKiB`, "heap each after a collection", "KiB", COMPARED),
      ],
    });
  if (comeback)
    sections.push({
      title: `kill -9 under ${number(comeback.people)}, ${number(2 * comeback.rooms)} of them in rooms; started again after ${comeback.downMs / 1_000} s`,
      figures: [
        figure("comeback.upMs", "server up", "ms"),
        figure("comeback.p50Ms", "50 % connected", "ms", COMPARED),
        figure("comeback.p95Ms", "95 %", "ms", COMPARED),
        figure("comeback.p100Ms", "100 %", "ms", COMPARED),
        figure("comeback.couplesP95Ms", "95 % of couples together", "ms"),
        figure("comeback.couplesP100Ms", "100 %", "ms"),
        figure("comeback.couplesLaterMs", "the last couple after the last connect", "ms"),
        figure("comeback.roomsLost", "rooms lost", "count"),
        figure("comeback.missing", "people missing", "count"),
        figure("comeback.attempts", "attempts", "count"),
        figure("comeback.mints", "tokens asked for", "count"),
        figure("comeback.serverMs", "server CPU", "ms"),
        figure("comeback.busy", "load busy", "%"),
      ],
    });
  for (const level of growth?.levels ?? [])
    sections.push({
      title: `Growth: the same work beside ${number(level)} people`,
      figures: [
        figure(`growth${level}.cpuMsPer100k`, "CPU per 100,000 messages", "ms", COMPARED),
        figure(`growth${level}.cpuMsPerFind`, "CPU per find", "ms", COMPARED),
      ],
    });
  if (growth)
    sections.push({
      title: `All ${number(growth.levels.at(-1) ?? 0)} in rooms: ${number(growth.perSecond)} messages/s for ${growth.talkMs / 1_000} s`,
      figures: talking("talk"),
    });
  if (boot) sections.push({ title: "Boot", figures: [figure("boot.readyMs", "to ready", "ms", COMPARED)] });
  return sections;
}
