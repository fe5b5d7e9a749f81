import { fileURLToPath } from "node:url";
import { renderMarkdown } from "./compare/report/markdown.ts";
import { drawPage } from "./compare/report/page.ts";
import { summarize } from "./compare/report/summary.ts";
import { readOptions, USAGE } from "./compare/run/options.ts";
import { runBench, writeBeside } from "./compare/run/run-bench.ts";

/** Measures this product beside a bare Socket.IO relay and a raw `ws` relay, as docs/performance.md describes it. */
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(130));

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === "help") {
    process.stdout.write(USAGE);
    return 0;
  }
  const { journal, contestants } = await runBench(ROOT, options);
  const summary = summarize(journal.lines(), contestants);
  const table = renderMarkdown(summary);
  const files = writeBeside(journal, {
    json: `${JSON.stringify(summary, null, 2)}\n`,
    md: table,
    html: await drawPage(summary),
  });
  process.stdout.write(`${table}\n${files.join("\n")}\n`);
  return summary.faults.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof TypeError ? `${error.message}\n\n${USAGE}` : String(error)}\n`);
  process.exitCode = error instanceof TypeError ? 64 : 1;
}
