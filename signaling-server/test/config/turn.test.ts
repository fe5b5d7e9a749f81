import { describe, expect, test } from "vitest";
import { type Environment, loadConfig } from "../../src/config.ts";

const GOOD_SECRET = "q0ZC9mHk7Tn2VxYb4LrWs8DfJ1PgUeAi3OoKl6";
const OTHER_SECRET = "Zp4Xw8Qm1Rt6Yb3Nk9Lf2Hs7Jd5Gc0VaEiUoTx";
const PRODUCTION = { NODE_ENV: "production", ALLOWED_ORIGINS: "https://a.org", SESSION_SECRET: GOOD_SECRET };
const TURN_URLS = "turn:turn.test?transport=udp, turns:turn.test:443?transport=tcp";

function turnOf(env: Environment) {
  const reading = loadConfig(env);
  if (!reading.ok) throw new Error(reading.faults.map(({ sentence }) => sentence).join("\n"));
  return reading.config.turn;
}

function faults(env: Environment): readonly string[] {
  const reading = loadConfig(env);
  return reading.ok ? [] : reading.faults.map(({ sentence }) => sentence);
}

describe("what is right", () => {
  test("[K17] without TURN there is none", () => expect(turnOf({})).toBeUndefined());

  test("[K20] a shared secret gives accounts that end after ten minutes", () => {
    expect(turnOf({ ...PRODUCTION, TURN_URLS, TURN_SECRET: OTHER_SECRET })).toEqual({
      urls: ["turn:turn.test?transport=udp", "turns:turn.test:443?transport=tcp"],
      account: { kind: "minted", secret: OTHER_SECRET, ttlMs: 600_000 },
      checkEveryMs: 6_000,
    });
  });

  test("[K17] a provider's account is the same for everybody", () => {
    const account = { kind: "static", username: "joe", credential: "pa55word" };
    const env = { TURN_URLS, TURN_USERNAME: "joe", TURN_CREDENTIAL: "pa55word" };
    expect(turnOf({ ...PRODUCTION, ...env })).toMatchObject({ account });
  });

  test("[K1] an address that is listed twice is one server", () => {
    expect(turnOf({ TURN_URLS: "turn:a.test,turn:a.test", TURN_SECRET: "s" })?.urls).toEqual(["turn:a.test"]);
  });
});

describe("[C50] [K16] what is wrong is said in a sentence that names the variable", () => {
  test.each<[Environment, RegExp]>([
    [{ TURN_URLS }, /^TURN_URLS needs an account: set TURN_SECRET .*, or TURN_USERNAME and TURN_CREDENTIAL/],
    [{ TURN_SECRET: "s" }, /^TURN_SECRET is set without TURN_URLS/],
    [{ TURN_URLS: " , ", TURN_SECRET: "s" }, /^TURN_SECRET is set without TURN_URLS/],
    [{ ADMIN_TOKEN: "two words" }, /^ADMIN_TOKEN must have neither spaces/],
    [{ TURN_URLS, TURN_USERNAME: "joe" }, /^TURN_USERNAME is set without TURN_CREDENTIAL/],
    [{ TURN_URLS, TURN_CREDENTIAL: "pa55word" }, /^TURN_CREDENTIAL is set without TURN_USERNAME/],
    [
      { TURN_URLS, TURN_SECRET: "s", TURN_USERNAME: "joe", TURN_CREDENTIAL: "pa55word" },
      /^TURN_SECRET and TURN_USERNAME\/TURN_CREDENTIAL are both set/,
    ],
    [
      { TURN_URLS, TURN_USERNAME: "u".repeat(509), TURN_CREDENTIAL: "p" },
      /^TURN_USERNAME is longer than the 508 bytes/,
    ],
    [{ TURN_URLS, TURN_SECRET: GOOD_SECRET, SESSION_SECRET: GOOD_SECRET }, /^TURN_SECRET must differ/],
    [{ TURN_URLS: "turn:a.test:0", TURN_SECRET: "s" }, /^TURN_URLS must .*"turn:a.test:0" must have a port/],
    [{ TURN_URLS: "stun:a.test", TURN_SECRET: "s" }, /^TURN_URLS must .*"stun:a.test" is no TURN address/],
    [{ TURN_URLS: "turns:a.test?transport=udp", TURN_SECRET: "s" }, /^TURN_URLS must .*DTLS/],
    [{ TURN_URLS, TURN_SECRET: "s", TURN_TTL_MS: "9999" }, /^TURN_TTL_MS must be a whole number from 10000/],
    [{ STUN_URLS: "turn:a.test" }, /^STUN_URLS must .*"turn:a.test" is no STUN address/],
    [{ STUN_URLS: "stun:a.test?transport=udp" }, /^STUN_URLS must .* only TURN addresses have a transport/],
  ])("%j", (env, sentence) => {
    expect(faults(env)).toEqual([expect.stringMatching(sentence)]);
  });

  test("everything at once, and nothing of a secret", () => {
    const found = faults({
      TURN_URLS: "turn:joe:hidden@a.test,turn:b.test:0,turn:ok.test",
      TURN_SECRET: "hidden",
      TURN_USERNAME: "hidden",
    });
    expect(found).toHaveLength(4);
    expect(found.join()).not.toContain("hidden");
  });
});

describe("[C50] [K16] production refuses", () => {
  test.each<[string, Environment, RegExp]>([
    ["a short secret", { TURN_SECRET: "short" }, /^TURN_SECRET must be at least 32 bytes/],
    ["a sample", { TURN_SECRET: `change-me-${GOOD_SECRET}` }, /^TURN_SECRET looks like a sample/],
    ["credentials that end too soon", { TURN_SECRET: OTHER_SECRET, TURN_TTL_MS: "299999" }, /^TURN_TTL_MS/],
    [
      "the account of a public demo",
      { TURN_USERNAME: "openrelayproject", TURN_CREDENTIAL: "openrelayproject" },
      /^TURN_USERNAME and TURN_CREDENTIAL are a public demo account/,
    ],
    [
      "a demo server",
      { TURN_URLS: "turn:openrelay.metered.ca:80", TURN_SECRET: OTHER_SECRET },
      /^TURN_URLS names/,
    ],
    ["another one", { TURN_URLS: "turn:numb.viagenie.ca", TURN_SECRET: OTHER_SECRET }, /^TURN_URLS names/],
  ])("%s, which other modes take", (_, env, sentence) => {
    expect(faults({ ...PRODUCTION, TURN_URLS, ...env })).toEqual([expect.stringMatching(sentence)]);
    expect(faults({ TURN_URLS, ...env })).toEqual([]);
  });
});
