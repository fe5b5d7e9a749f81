import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { SECRETS_IN_FILES } from "../../src/config/secret-files.ts";
import { type Environment, loadConfig } from "../../src/config.ts";

const folder = mkdtempSync(join(tmpdir(), "serendip-secrets-"));
afterAll(() => rmSync(folder, { recursive: true }));

const SECRET = "q0ZC9mHk7Tn2VxYb4LrWs8DfJ1PgUeAi3OoKl6";
const PRODUCTION = { NODE_ENV: "production", ALLOWED_ORIGINS: "https://a.org" };

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

function faults(env: Environment): readonly string[] {
  const reading = loadConfig(env);
  return reading.ok ? [] : reading.faults.map(({ sentence }) => sentence);
}

const good = file("good", `${SECRET}\n`);

test("[C90] each secret may stand in a file, which need not end with a line break, or may end with that of Windows", () => {
  for (const content of [SECRET, `${SECRET}\n`, `\uFEFF${SECRET}\r\n`]) {
    const reading = loadConfig({ ...PRODUCTION, SESSION_SECRET_FILE: file("ends", content) });
    expect(reading).toMatchObject({ ok: true, config: { tokens: { secret: SECRET } } });
  }
  const each = (name: string) =>
    file(name, `${name.toLowerCase()}-${SECRET}`.slice(0, 60).replace("secret", ""));
  const reading = loadConfig({
    ...PRODUCTION,
    GATEKEEPER: "challenge-service",
    CHALLENGE_PROVIDER: "turnstile",
    CHALLENGE_SITE_KEY: "key",
    CHALLENGE_VERIFY_URL: "https://challenge.test/verify",
    TURN_URLS: "turn:turn.test:3478",
    ...Object.fromEntries(
      SECRETS_IN_FILES.filter((name) => name !== "TURN_CREDENTIAL").map((name) => [
        `${name}_FILE`,
        each(name),
      ]),
    ),
  });
  expect(reading).toMatchObject({
    ok: true,
    config: {
      adminToken: expect.stringContaining("admin_token"),
      gatekeeper: { secret: expect.stringContaining("challenge_") },
      turn: { account: { secret: expect.stringContaining("turn_") } },
      tokens: {
        secret: expect.stringContaining("session_"),
        previousSecret: expect.stringContaining("session_"),
      },
    },
  });
  const known = loadConfig({
    TURN_URLS: "turn:turn.test:3478",
    TURN_USERNAME: "somebody",
    TURN_CREDENTIAL_FILE: each("TURN_CREDENTIAL"),
  });
  expect(known).toMatchObject({ ok: true, config: { turn: { account: { kind: "static" } } } });
});

test("[C90] a secret in a file is held to what one in the environment is held to, and never repeated", () => {
  const weak = file("weak", "change-me-change-me-change-me-change-me\n");
  const [fault = "", ...more] = faults({ ...PRODUCTION, SESSION_SECRET_FILE: weak });
  expect(more).toEqual([]);
  expect(fault).toMatch(/^SESSION_SECRET looks like a sample value/);
  expect(fault).not.toContain("change-me");
  expect(faults({ ...PRODUCTION, SESSION_SECRET_FILE: good, ADMIN_TOKEN: SECRET })).toEqual([
    expect.stringMatching(/^ADMIN_TOKEN must differ from SESSION_SECRET/),
  ]);
});

test("[C90] both the secret and its file is one fault, which repeats neither", () => {
  expect(faults({ ...PRODUCTION, SESSION_SECRET: SECRET, SESSION_SECRET_FILE: good })).toEqual([
    "SESSION_SECRET_FILE and SESSION_SECRET are both set; keep one of them.",
  ]);
});

describe("[C90] a file that cannot be used is one sentence that says what to do, and nothing of what is in it", () => {
  mkdirSync(join(folder, "sub"));
  symlinkSync("gone", join(folder, "dangling"));
  test.each([
    ["is not there", join(folder, "gone"), /which is not there; make it, or correct the path\.$/],
    ["is a link to nothing", join(folder, "dangling"), /which is not there/],
    ["is below a file", join(good, "x"), /a part of which is no folder/],
    ["is a folder", join(folder, "sub"), /which is a folder; name the file in it\.$/],
    ["is endless", "/dev/zero", /which is no ordinary file/],
    ["is empty", file("empty", "\n"), /which is empty/],
    ["has two lines", file("two", `${SECRET}\n${SECRET}\n`), /more than one line/],
    ["is long", file("long", SECRET.repeat(300)), /longer than any secret/],
    ["is UTF-16", file("utf16", Buffer.from(`\uFEFF${SECRET}`, "utf16le")), /UTF-16/],
    ["is no text", file("binary", Buffer.from([0xc3, 0x28, 0x41])), /is not UTF-8/],
    ["begins with a ~", "~/secret", /must not begin with ~/],
  ])("%s", (_what, path, sentence) => {
    const found = faults({ ...PRODUCTION, SESSION_SECRET_FILE: path });
    expect(found).toEqual([expect.stringMatching(/^SESSION_SECRET_FILE (names|must) /)]);
    expect(found[0]).toMatch(sentence);
    expect(found[0]).not.toContain(SECRET.slice(0, 8));
  });

  const isRoot = process.getuid?.() === 0;
  test.skipIf(isRoot)(`may not be read${isRoot ? " (skipped: root may read everything)" : ""}`, () => {
    const path = file("shut", SECRET);
    chmodSync(path, 0);
    expect(faults({ ...PRODUCTION, SESSION_SECRET_FILE: path })).toEqual([
      expect.stringMatching(/which this user may not read; give them the right, and nobody else\.$/),
    ]);
  });
});

test("[C90] a misspelt name of such a setting is told where the secret is missing", () => {
  const reading = loadConfig({ ...PRODUCTION, SESSION_SECRET_FLIE: good });
  expect(reading).toMatchObject({ ok: false, notes: [expect.stringContaining("SESSION_SECRET_FILE")] });
});
