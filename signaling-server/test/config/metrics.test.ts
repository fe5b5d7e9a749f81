import { expect, test } from "vitest";
import { loadConfig } from "../../src/config.ts";

const PRODUCTION = {
  NODE_ENV: "production",
  ALLOWED_ORIGINS: "https://a.org",
  SESSION_SECRET: "q0ZC9mHk7Tn2VxYb4LrWs8DfJ1PgUeAi3OoKl6",
};

function metricsOf(env: Record<string, string>) {
  const reading = loadConfig(env);
  if (!reading.ok) throw new Error(reading.faults.map(({ sentence }) => sentence).join());
  return reading.config.metrics;
}

test.each([
  ["in production on port 9464 of this machine", PRODUCTION, { host: "127.0.0.1", port: 9464 }],
  ["nowhere in development", {}, undefined],
  ["nowhere where they are off", { ...PRODUCTION, METRICS_PORT: "off" }, undefined],
  ["in development where somebody wants them", { METRICS_PORT: "0" }, { host: "127.0.0.1", port: 0 }],
  [
    "where somebody says",
    { ...PRODUCTION, METRICS_PORT: "9100", METRICS_HOST: "::" },
    { host: "::", port: 9100 },
  ],
])("[C64] metrics are served %s", (_where, env, expected) => {
  expect(metricsOf(env)).toEqual(expected);
});

test.each([
  ["METRICS_PORT", { METRICS_PORT: "on" }, "must be a whole number from 0 to 65535, or off"],
  ["METRICS_PORT", { METRICS_PORT: "65536" }, "must be a whole number from 0 to 65535, or off"],
  ["METRICS_PORT", { PORT: "3001", METRICS_PORT: "3001" }, "must differ from PORT (both are 3001)"],
  ["METRICS_PORT", { ...PRODUCTION, PORT: "9464" }, "must differ from PORT (both are 9464)"],
  ["METRICS_HOST", { METRICS_HOST: "http://127.0.0.1:9464" }, "write 127.0.0.1"],
])("[C64] [C90] %s of %o is refused in words", (name, env: Record<string, string>, sentence) => {
  const reading = loadConfig(env);
  const faults = reading.ok ? [] : reading.faults;
  expect(faults.map((fault) => fault.name)).toEqual([name]);
  expect(faults[0]?.sentence).toContain(sentence);
});
