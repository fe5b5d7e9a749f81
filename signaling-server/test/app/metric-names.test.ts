import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunningServer, startServer } from "../../src/app.ts";
import { loadConfig } from "../../src/config.ts";
import { keptLog, meet, ORIGIN, offer, SECRET, until } from "./page.ts";
import { scrape } from "./scrape.ts";

const fromRoot = (path: string) => new URL(`../../../${path}`, import.meta.url);
const read = (path: string) => readFileSync(fromRoot(path), "utf8");

/** A time series that is asked for: its name, and the words that its labels have to have. */
interface Asked {
  readonly name: string;
  readonly labels: readonly { readonly name: string; readonly word: string }[];
}

/** What PromQL asks for: names with what stands between braces behind them. */
function askedIn(text: string): readonly Asked[] {
  const found = text.matchAll(/\b((?:serendip|nodejs|process)_[a-z0-9_]+)(?:\{([^}]*)\})?/g);
  return [...found].map(([, name = "", selectors = ""]) => ({
    name,
    labels: [...selectors.matchAll(/(\w+)=~?"([^"]*)"/g)]
      .filter(([, label]) => label !== "instance" && label !== "job")
      .flatMap(([, label = "", words = ""]) => words.split("|").map((word) => ({ name: label, word }))),
  }));
}

/** Whether a scrape has a series of this name whose label has the word; a word may be a pattern. */
const has = (text: string, { name }: Asked, label?: Asked["labels"][number]): boolean =>
  text
    .split("\n")
    .some(
      (line) =>
        (line.startsWith(`${name}{`) || line.startsWith(`${name} `)) &&
        (label === undefined || new RegExp(`[{,]${label.name}="${label.word}"`).test(line)),
    );

const dashboards = readdirSync(fromRoot("deploy/grafana")).map((file) => `deploy/grafana/${file}`);
const questions = (path: string): string =>
  path.endsWith(".json")
    ? [...read(path).matchAll(/"expr": "((?:[^"\\]|\\.)*)"/g)]
        .map(([, expr]) => JSON.parse(`"${expr}"`) as string)
        .join("\n")
    : read(path).replaceAll(/^\s*(#|summary:|description:).*$/gm, "");

let server: RunningServer;
let text: string;

beforeAll(async () => {
  const reading = loadConfig({
    ...{ NODE_ENV: "test", PORT: "0", METRICS_PORT: "0", SESSION_SECRET: SECRET, ALLOWED_ORIGINS: ORIGIN },
    // Nobody listens there, so that its check is over at once.
    ...{ TURN_URLS: "turn:127.0.0.1:9?transport=tcp", TURN_SECRET: "nobody-listens-there" },
  });
  if (!reading.ok) throw new Error(JSON.stringify(reading.faults));
  const logCounts = () => ({ written: 3, dropped: 2, suppressed: 1 });
  server = await startServer(reading.config, { log: keptLog(), logCounts });
  const { a, b, roomId } = await meet(server);
  await a.request("signal", offer(roomId, 1));
  await b.next("signal");
  await a.request("call-report", {
    roomId,
    outcome: "connected",
    ice: "none",
    recovered: { byItself: 0, byRestart: 0, byRebuild: 0 },
    end: "next",
  });
  a.close();
  b.close();
  await until("the TURN server was checked, and memory was collected once", async () => {
    text = await scrape(server);
    return text.includes("serendip_turn_probe_success{") && text.includes("nodejs_gc_duration_seconds_sum{");
  });
}, 30_000);
afterAll(() => server.stop());

describe("[C62] [C63] [C64] a scrape of a server that had calls has", () => {
  test.each(["deploy/prometheus/rules.yml", ...dashboards])("all that %s asks for", (path) => {
    const asked = askedIn(questions(path));
    expect(asked.length).toBeGreaterThan(10);
    const missing = asked.flatMap((one) => {
      if (!has(text, one)) return [one.name];
      return one.labels
        .filter((label) => !has(text, one, label))
        .map(({ name, word }) => `${one.name}{${name}="${word}"}`);
    });
    expect(missing).toEqual([]);
  });

  test("what docs/operations.md says that there is, with its labels, and nothing of ours besides", () => {
    const rows = [...read("docs/operations.md").matchAll(/^\| `(serendip_\w+)` *\| ([^|]*?) *\|/gm)];
    const documented = rows.map(([, name = "", labels = ""]) => [name, labels.replaceAll("`", "")]);
    const families = [...text.matchAll(/^# TYPE (serendip_\w+) /gm)].map(([, name = ""]) => {
      const line = text.split("\n").find((each) => each.startsWith(`${name}{`)) ?? "";
      return [name, [...line.matchAll(/[{,](\w+)="/g)].map(([, label]) => label).join(", ")];
    });
    expect(families.length).toBeGreaterThan(40);
    expect(documented.toSorted()).toEqual(families.toSorted());
  });
});

test("a name, and a word of a label, that no scrape has is found", () => {
  const [bare, gone] = askedIn('rate(serendip_rooms[5m]) > serendip_nothing{reason="x"}');
  expect(bare && has(text, bare)).toBe(true);
  expect(gone && has(text, gone)).toBe(false);
  const [odd] = askedIn('serendip_rooms_ended_total{reason=~"left|gone-mad", instance=~".*"}');
  expect(odd?.labels.map((label) => has(text, odd, label))).toEqual([true, false]);
});
