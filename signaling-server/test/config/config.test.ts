import { expect, test } from "vitest";
import { type Environment, loadConfig, SERVER_SETTINGS } from "../../src/config.ts";
import { DEFAULT_LOBBY_SETTINGS } from "../../src/domain/lobby/settings.ts";

const GOOD_SECRET = "q0ZC9mHk7Tn2VxYb4LrWs8DfJ1PgUeAi3OoKl6";

function read(env: Environment) {
  const reading = loadConfig(env);
  if (!reading.ok) throw new Error(reading.faults.map(({ sentence }) => sentence).join("\n"));
  return reading.config;
}

function faults(env: Environment): readonly string[] {
  const reading = loadConfig(env);
  return reading.ok ? [] : reading.faults.map(({ sentence }) => sentence);
}

test("[C90] with nothing set, a development server on port 3001 of this machine with the figures of SPEC", () => {
  const config = read({});
  expect(config).toMatchObject({ mode: "development", port: 3001, host: "127.0.0.1", stunUrls: [] });
  expect(config.allowedOrigins).toEqual([
    "http://localhost:5173",
    "http://127.0.0.1:5173",
    "http://[::1]:5173",
  ]);
  expect(config.lobby).toEqual(DEFAULT_LOBBY_SETTINGS);
  expect(config.ping).toEqual({ intervalMs: 10_000, timeoutMs: 6_000 });
  expect(config.tokens).toMatchObject({ secret: undefined, ttlMs: 300_000, graceMs: 25_000 });
  expect(config.tickets).toEqual({ ttlMs: 120_000, renewMs: 30_000 });
});

test("[C90] an empty variable counts as unset", () => {
  expect(read({ PORT: "", ALLOWED_ORIGINS: "  ", SESSION_SECRET: "" })).toEqual(read({}));
});

test("[C90] everything that is wrong is said at once, in sentences with the variable's name", () => {
  const found = faults({
    PORT: "70000",
    LOG_LEVEL: "loud",
    ALLOWED_ORIGINS: "https://chat.example.org/",
    PING_INTERVAL_MS: "25000",
    PING_TIMEOUT_MS: "20000",
    STUN_URLS: "stun.example.org",
    GRACE_DROPPED_ROOM_MS: "-1",
    MATCH_SAME_DEVICE: "perhaps",
  });
  for (const name of [
    "PORT",
    "LOG_LEVEL",
    "ALLOWED_ORIGINS",
    "STUN_URLS",
    "GRACE_DROPPED_ROOM_MS",
    "MATCH_SAME_DEVICE",
  ])
    expect(
      found.filter((fault) => fault.startsWith(`${name} must `)),
      name,
    ).toHaveLength(1);
  expect(found.some((fault) => fault.startsWith("PING_INTERVAL_MS and PING_TIMEOUT_MS together"))).toBe(true);
});

test("[C90] production needs its secret and its origins, and says both", () => {
  const found = faults({ NODE_ENV: "production" });
  expect(found.map((fault) => fault.split(" ")[0])).toEqual(["ALLOWED_ORIGINS", "SESSION_SECRET"]);
});

test.each([
  "short",
  "change-me-change-me-change-me-change-me",
  "a".repeat(64),
  "my-very-secret-value-for-the-sessions",
])("[C90] production refuses the secret %s, without repeating it", (secret) => {
  const found = faults({ NODE_ENV: "production", ALLOWED_ORIGINS: "https://a.org", SESSION_SECRET: secret });
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(/^SESSION_SECRET (must be at least 32 bytes|looks like a sample)/);
  expect(found[0]).not.toContain(secret);
});

test("[W7] any web page is never let in by a star", () => {
  for (const NODE_ENV of ["development", "production"])
    expect(faults({ NODE_ENV, ALLOWED_ORIGINS: "*", SESSION_SECRET: GOOD_SECRET })).toEqual([
      'ALLOWED_ORIGINS must list each origin; * would let any web page use this server (it is "*").',
    ]);
});

test("[M2] two tabs of one browser may meet outside production, and in production when asked for", () => {
  const production = {
    NODE_ENV: "production",
    ALLOWED_ORIGINS: "https://a.org",
    SESSION_SECRET: GOOD_SECRET,
  };
  expect(read({}).lobby.matchSameDevice).toBe(true);
  expect(read(production).lobby.matchSameDevice).toBe(false);
  expect(read({ ...production, MATCH_SAME_DEVICE: "true" }).lobby.matchSameDevice).toBe(true);
});

test("[G2] each grace is a variable, and none may outlive a ticket", () => {
  const config = read({
    GRACE_UNLOAD_MS: "1",
    GRACE_DROPPED_ROOM_MS: "2",
    GRACE_SILENT_ROOM_MS: "4",
    GRACE_CUT_ROOM_MS: "6",
    GRACE_HOLD_ROOM_MS: "7",
    GRACE_DRAIN_MS: "5",
  });
  expect(config.lobby.graces).toMatchObject({
    unload: { queuedMs: 1, inRoomMs: 1 },
    dropped: { queuedMs: 3_000, inRoomMs: 2 },
    silent: { queuedMs: 0, inRoomMs: 4, cutInRoomMs: 6 },
    drain: { queuedMs: 5, inRoomMs: 5 },
  });
  expect(config.lobby.holdMs).toBe(7);
  const tooLong = { GRACE_DRAIN_MS: "90000", GRACE_CUT_ROOM_MS: "60001", GRACE_HOLD_ROOM_MS: "60000" };
  expect(faults({ ...tooLong, TICKET_TTL_MS: "60000" })).toEqual([
    "GRACE_CUT_ROOM_MS must be at most TICKET_TTL_MS, or a place would outlive its ticket.",
    "GRACE_DRAIN_MS must be at most TICKET_TTL_MS, or a place would outlive its ticket.",
  ]);
});

test("[T2] a room that ended is remembered for as long as one of its tickets may be shown", () => {
  const { lobby, tickets, tokens } = read({ TICKET_TTL_MS: "200000", TOKEN_LEEWAY_MS: "45000" });
  expect(lobby.endedRoomMs).toBeGreaterThanOrEqual(tickets.ttlMs + tokens.leewayMs);
});

test("[M5] the only two may not be told to wait longer than two of many", () => {
  const lifts = (two: number, many: number) => ({
    REMATCH_LIFT_TWO_MS: String(two),
    REMATCH_LIFT_MS: String(many),
  });
  expect(faults(lifts(2_001, 2_000))).toEqual([
    "REMATCH_LIFT_TWO_MS must be at most REMATCH_LIFT_MS, or the only two would wait longer than two of many.",
  ]);
  expect(faults(lifts(2_000, 2_000))).toEqual([]);
});

test("[S1] a token may live for five seconds, but not less", () => {
  expect(read({ TOKEN_TTL_MS: "5000" }).tokens.ttlMs).toBe(5_000);
  expect(faults({ TOKEN_TTL_MS: "4999" })).toHaveLength(1);
});

test("[C90] the documented defaults are those that are used", () => {
  const documented = Object.fromEntries(SERVER_SETTINGS.map(({ name, default: value }) => [name, value]));
  expect(read(documented)).toEqual(read({}));
  expect(SERVER_SETTINGS.every(({ description }) => description.length > 10)).toBe(true);
});

test("[C90] a fault says which variable it is about, also where two do not fit together", () => {
  const reading = loadConfig({
    PORT: "x",
    TURN_URLS: "turn:a.test",
    PING_INTERVAL_MS: "30000",
    TURN_SECRET: "",
  });
  expect(reading.ok ? [] : reading.faults.map(({ name }) => name)).toEqual([
    "PORT",
    "TURN_URLS",
    "PING_INTERVAL_MS",
  ]);
});

test("[C90] a setting whose line could not be read is not said to be missing, nor measured by its default", () => {
  const production = { NODE_ENV: "production", PING_TIMEOUT_MS: "25000" };
  const given = ["SESSION_SECRET", "PING_INTERVAL_MS", "ALLOWED_ORIGINS"].map((name) => ({
    name,
    sentence: `Line 1 of .env: ${name} has a colon.`,
  }));
  expect(loadConfig(production, given)).toMatchObject({ ok: false, faults: given });
  const unreadable = [{ name: undefined, sentence: "The file .env is written in UTF-16." }];
  expect(loadConfig(production, unreadable)).toMatchObject({ ok: false, faults: unreadable });
  expect(faults({ ...production, PORT: "x" })).toContainEqual(
    expect.stringMatching(/^SESSION_SECRET is missing/),
  );
  const withOthers = loadConfig({ ...production, PORT: "x" }, unreadable);
  expect(withOthers.ok ? [] : withOthers.faults.map(({ name }) => name)).toEqual([undefined, "PORT"]);
});

test("[C90] what is allowed and hardly meant is a warning: a misspelt variable, or development in the open", () => {
  const warnings = (env: Environment) => {
    const reading = loadConfig(env);
    return reading.ok ? reading.warnings : undefined;
  };
  expect(warnings({ HOME: "/root", WEB_PROT: "1" })).toEqual([]);
  expect(warnings({ LOG_LEVL: "debug", ALLOWED_ORIGIN: "https://a.org" })).toEqual([
    "ALLOWED_ORIGIN in the environment is not a setting and has no effect; did you mean ALLOWED_ORIGINS?",
    "LOG_LEVL in the environment is not a setting and has no effect; did you mean LOG_LEVEL?",
  ]);
  for (const HOST of ["0.0.0.0", "::", "192.0.2.1"])
    expect(warnings({ HOST })).toEqual([
      expect.stringMatching(/^NODE_ENV is development, .*NODE_ENV=production/),
    ]);
  for (const HOST of ["localhost", "127.0.0.2", "::1"]) expect(warnings({ HOST })).toEqual([]);
  // Behind a proxy of the same machine only the origins tell.
  for (const origin of [
    "https://chat.example.org",
    "http://192.168.0.7:5173",
    "https://127.0.0.1.example.org",
  ])
    expect(warnings({ ALLOWED_ORIGINS: `http://localhost:5173,${origin}` })).toEqual([
      expect.stringMatching(`^NODE_ENV is development, .*${origin}.*NODE_ENV=production`),
    ]);
  const ofThisMachine = "http://localhost:5173,https://app.localhost,http://[::1]:8080,capacitor://localhost";
  expect(warnings({ ALLOWED_ORIGINS: ofThisMachine })).toEqual([]);
});

test("[C90] a bound that a setting names can be set alone, or its description names what else has to change", () => {
  for (const { name, description } of SERVER_SETTINGS)
    for (const bound of /from (\d+) to (\d+)\.$/.exec(description)?.slice(1) ?? [])
      for (const fault of faults({ [name]: bound }))
        for (const [other] of fault.matchAll(/\bGRACE_|\b[A-Z]+(_[A-Z]+)+\b/g))
          expect(description, `${name}=${bound}: ${fault}`).toMatch(
            name.startsWith(other) ? /./ : new RegExp(`\\b${other}`),
          );
});

test.each([
  ["http://0.0.0.0", "; write 0.0.0.0"],
  ["https://signal.example.org/", "; write signal.example.org"],
  ["127.0.0.1:4103", "; write 127.0.0.1, and the port in PORT"],
  ["http://localhost:3001/", "; write localhost, and the port in PORT"],
  ["[::1]", "; write ::1"],
  ["[::]:3001", "; write ::, and the port in PORT"],
  ["*", ""],
  ["127.0.0.1 ::1", ""],
  ["127.0.0.1,::1", ""],
  ["256.0.0.1", ""],
  ["bücher.example", ""],
])("[C90] HOST %s is no address to listen on, and the fault says what to write", (HOST, advice) => {
  expect(faults({ HOST })).toEqual([
    `HOST must be an IP address or a host name and nothing else, like 127.0.0.1${advice} (it is "${HOST}").`,
  ]);
});

test.each([
  "0.0.0.0",
  "::",
  "::1",
  "fe80::1%eth0",
  "::ffff:127.0.0.1",
  "localhost",
  "my_box",
  "signal.example.org.",
  "3com.example",
  "ip6-localhost",
])("[C90] HOST %s can be listened on", (HOST) => {
  expect(read({ HOST }).host).toBe(HOST);
});

test("[C90] no two secrets are the same, in production or outside", () => {
  const others = [
    "SESSION_SECRET",
    "SESSION_SECRET_PREVIOUS",
    "ADMIN_TOKEN",
    "TURN_SECRET",
    "TURN_CREDENTIAL",
  ];
  for (const NODE_ENV of ["development", "production"])
    for (const [index, one] of others.entries())
      for (const other of others.slice(index + 1)) {
        const found = faults({ NODE_ENV, [one]: GOOD_SECRET, [other]: GOOD_SECRET });
        expect(found).toContainEqual(
          expect.stringMatching(new RegExp(`^${other} must differ from ${one}; `)),
        );
        expect(found.join()).not.toContain(GOOD_SECRET);
      }
});

test("[C90] in production a page without https, which gets no camera, is a warning; this machine's own is not", () => {
  const reading = loadConfig({
    NODE_ENV: "production",
    SESSION_SECRET: GOOD_SECRET,
    ALLOWED_ORIGINS:
      "http://chat.example.org,http://localhost:5173,http://tauri.localhost,http://[::1],http://127.0.0.1:8080,https://a.org",
  });
  expect(reading.ok && reading.warnings).toEqual([
    expect.stringMatching(
      /^ALLOWED_ORIGINS lists http:\/\/chat\.example\.org, .* list https:\/\/chat\.example\.org\.$/,
    ),
  ]);
});

test("a ~ is a folder's name to everybody but a shell", () => {
  expect(faults({ DATA_DIR: "~/serendip" })).toEqual([
    expect.stringMatching(/^DATA_DIR must not begin with ~/),
  ]);
});
