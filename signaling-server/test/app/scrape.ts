import { expect } from "vitest";
import type { TestServer } from "./page.ts";

/** The text that Prometheus gets. */
export async function scrape(server: Pick<TestServer, "metricsUrl">): Promise<string> {
  const url = server.metricsUrl();
  if (url === undefined) throw new Error("The server has no metrics.");
  const answer = await fetch(url);
  expect(answer.status).toBe(200);
  return answer.text();
}

/** A scrape as a function from a time series, as the text names it, to its value. */
export async function readMetrics(
  server: Pick<TestServer, "metricsUrl">,
): Promise<(series: string) => number> {
  const text = await scrape(server);
  const values = new Map(
    text
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
  );
  return (series) => {
    const value = values.get(series);
    if (value === undefined) throw new Error(`There is no ${series} in:\n${text}`);
    return value;
  };
}
