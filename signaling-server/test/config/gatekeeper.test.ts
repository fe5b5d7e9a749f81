import { expect, test } from "vitest";
import { loadConfig } from "../../src/config.ts";

const SERVICE = {
  GATEKEEPER: "challenge-service",
  CHALLENGE_PROVIDER: "turnstile",
  CHALLENGE_SITE_KEY: "0x4AAAAAAA",
  CHALLENGE_SECRET: "0x4AAAAAAA-of-the-service",
  CHALLENGE_VERIFY_URL: "https://challenges.cloudflare.com/turnstile/v0/siteverify",
};

const faultsOf = (env: Record<string, string>): readonly string[] => {
  const reading = loadConfig({ NODE_ENV: "test", ...env });
  return reading.ok ? [] : reading.faults.map(({ sentence }) => sentence);
};
const gatekeeperOf = (env: Record<string, string>) => {
  const reading = loadConfig({ NODE_ENV: "test", ...env });
  return reading.ok ? reading.config.gatekeeper : undefined;
};

test("[S17] [S18] there is no gatekeeper unless one is set", () => {
  expect(gatekeeperOf({})).toEqual({ kind: "none" });
  expect(gatekeeperOf({ GATEKEEPER: "proof-of-work" })).toEqual({ kind: "proof-of-work", bits: 13 });
  expect(gatekeeperOf(SERVICE)).toMatchObject({
    kind: "challenge-service",
    provider: "turnstile",
    timeoutMs: 3_000,
    whenDown: "closed",
  });
});

const warningsOf = (env: Record<string, string>): readonly string[] => {
  const reading = loadConfig({ NODE_ENV: "test", ...env });
  return reading.ok ? reading.warnings : [];
};

test("[S17] [S18] what is set for another gatekeeper has no effect, and each is a warning", () => {
  const { CHALLENGE_SECRET, CHALLENGE_SITE_KEY } = SERVICE;
  const some = { CHALLENGE_SECRET, CHALLENGE_SITE_KEY, PROOF_OF_WORK_BITS: "15", CHALLENGE_WHEN_DOWN: "" };
  const names = ["PROOF_OF_WORK_BITS", "CHALLENGE_SITE_KEY", "CHALLENGE_SECRET"];
  const told = names.map((name) =>
    expect.stringContaining(`${name} has no effect while GATEKEEPER is none;`),
  );
  expect(warningsOf(some)).toEqual(told);
  expect(warningsOf({ ...some, GATEKEEPER: "none" })).toEqual(told);
  expect(warningsOf({ ...SERVICE, PROOF_OF_WORK_BITS: "15" })).toEqual([
    expect.stringContaining("PROOF_OF_WORK_BITS has no effect while GATEKEEPER is challenge-service;"),
  ]);
  expect(warningsOf({ GATEKEEPER: "proof-of-work", PROOF_OF_WORK_BITS: "15" })).toEqual([]);
  expect(warningsOf({})).toEqual([]);
  expect(warningsOf(SERVICE)).toEqual([]);
});

test.each(["CHALLENGE_PROVIDER", "CHALLENGE_SITE_KEY", "CHALLENGE_SECRET", "CHALLENGE_VERIFY_URL"])(
  "[S18] a challenge service without %s is refused, by a sentence that names it",
  (name) => {
    expect(faultsOf({ ...SERVICE, [name]: "" })).toEqual([expect.stringContaining(`${name} is missing`)]);
  },
);

test.each([
  { GATEKEEPER: "yes" },
  { PROOF_OF_WORK_BITS: "0" },
  { PROOF_OF_WORK_BITS: "21" },
  { ...SERVICE, CHALLENGE_VERIFY_URL: "http://challenges.example.org/siteverify" },
  { ...SERVICE, CHALLENGE_VERIFY_URL: "https://user:pass@challenges.example.org/siteverify" },
  { ...SERVICE, CHALLENGE_VERIFY_URL: "siteverify" },
  { ...SERVICE, CHALLENGE_WHEN_DOWN: "maybe" },
  { ...SERVICE, SESSION_SECRET: SERVICE.CHALLENGE_SECRET },
])("[S17] [S18] %o is refused", (env) => {
  const faults = faultsOf(env);
  expect(faults).toHaveLength(1);
  expect(faults[0]).not.toContain(SERVICE.CHALLENGE_SECRET);
});
