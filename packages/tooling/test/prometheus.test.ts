import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { toolIn } from "../bin/lib/find-tools.mjs";
import { run } from "../bin/lib/run.mjs";
import { ROOT } from "./floors/source.ts";

const PROMETHEUS = join(ROOT, "deploy/prometheus");
const GRAFANA = join(ROOT, "deploy/grafana");
const RULES = readFileSync(join(PROMETHEUS, "rules.yml"), "utf8");

const folder = mkdtempSync(join(tmpdir(), "promtool-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Rules are tried over time, in each test anew. */
const LIMIT_MS = 120_000;

async function promtool(...args: readonly string[]) {
  const program = toolIn("promtool", process.env);
  if (program === undefined)
    throw new Error("This test needs promtool; install it with: apt-get install prometheus");
  return run(program, args, { cwd: PROMETHEUS, env: process.env, output: "keep" });
}

interface Panel {
  readonly title: string;
  readonly description?: string;
  readonly fieldConfig: { readonly defaults: { readonly unit?: string } };
  readonly datasource: { readonly uid: string };
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
  readonly gridPos: Record<"x" | "y" | "w" | "h", number>;
}
interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
}

const dashboards = readdirSync(GRAFANA).map((file) => {
  const parsed: Dashboard = JSON.parse(readFileSync(join(GRAFANA, file), "utf8"));
  return { file, ...parsed };
});

describe("[C63] the rules of Prometheus", () => {
  test("configuration and rules are ones that Prometheus takes", async () => {
    const { code, output } = await promtool("check", "config", "prometheus.yml");
    expect(output).toContain("1 rule files found");
    expect(code, output).toBe(0);
  });

  test("each alert fires where its tests say so, and only there", { timeout: LIMIT_MS }, async () => {
    const { code, output } = await promtool("test", "rules", "rules.test.yml");
    expect(code, output).toBe(0);
  });

  test("no alert is without a test in which it fires, a severity, and a sentence that says what to do", () => {
    const tests = readFileSync(join(PROMETHEUS, "rules.test.yml"), "utf8");
    const alerts = RULES.split(/^ {6}- alert: /m).slice(1);
    expect(alerts.length).toBeGreaterThan(20);
    for (const alert of alerts) {
      const [name = ""] = alert.split("\n");
      expect(tests, name).toContain(`alertname="${name}"`);
      expect(alert, name).toMatch(/severity: (page|warn)/);
      expect(alert, name).toMatch(/summary: "[A-Z{1-9][^"]+\."/);
      expect(alert, name).toMatch(/description: "[^"]+\."/);
    }
  });
});

describe("[C62] [C64] the dashboards of Grafana", () => {
  test("there are four, each with an address of its own", () => {
    expect(dashboards.map(({ file }) => file).toSorted()).toEqual([
      "abuse.json",
      "capacity.json",
      "funnel.json",
      "reliability.json",
    ]);
    expect(new Set(dashboards.map(({ uid }) => uid)).size).toBe(dashboards.length);
  });

  test.each(dashboards)(
    "each panel of $file says what it shows, in which unit, and overlaps no other",
    ({ panels }) => {
      const places = new Set<string>();
      for (const { title, description, fieldConfig, datasource, targets, gridPos } of panels) {
        expect(description, title).toMatch(/\.$/);
        expect(fieldConfig.defaults.unit, title).toBeDefined();
        expect(datasource.uid, title).toMatch(/^\$\{datasource\}$/);
        expect(targets.length, title).toBeGreaterThan(0);
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
            expect(places, `${title} at ${x},${y}`).not.toContain(`${x},${y}`);
            places.add(`${x},${y}`);
          }
      }
    },
  );

  test.each(dashboards)("Prometheus understands each question of $file", async ({ file, panels }) => {
    const rules = panels
      .flatMap(({ targets }) => targets)
      .map(({ expr }, index) => ({
        record: `test:panel:${index}`,
        expr: expr.replaceAll("$__rate_interval", "1m").replaceAll("$instance", ".*"),
      }));
    expect(rules.length).toBeGreaterThan(0);
    expect(JSON.stringify(rules)).not.toContain("$");
    const path = join(folder, file);
    // JSON is YAML as well.
    writeFileSync(path, JSON.stringify({ groups: [{ name: "panels", rules }] }));
    const { code, output } = await promtool("check", "rules", path);
    expect(code, output).toBe(0);
  });
});
