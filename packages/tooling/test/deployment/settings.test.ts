import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadConfig } from "../../../../signaling-server/src/config.ts";
import { SETTING_NAMES } from "../../../settings-file/src/index.mjs";
import { ROOT } from "../floors/source.ts";
import { DEPLOYMENTS, FOLDER, filesOf, imageSettings, read } from "../support/deployments.ts";

const SETTINGS = new Set([...SETTING_NAMES.server, ...SETTING_NAMES.web]);

/** Words in capitals with a line in them that mean something to the programs around the server. */
const OTHERS = new Set([
  "CHAT_HOST", // of compose/example.env
  "TURN_HOST",
  "PM2_KILL_SIGNAL",
  "GF_ANALYTICS_REPORTING_ENABLED",
  "NET_BIND_SERVICE",
  "CAP_NET_BIND_SERVICE",
  "AF_INET",
  "AF_INET6",
  "AF_NETLINK",
  "AF_UNIX",
]);

const made = mkdtempSync(join(tmpdir(), "serendip-secrets-"));
const secrets = join(made, "secrets");
const makeSecrets = (...args: readonly string[]) =>
  execFileSync("sh", [join(FOLDER, "make-secrets.sh"), ...args], { stdio: "pipe" });

beforeAll(() => {
  makeSecrets(secrets);
});
afterAll(() => rmSync(made, { recursive: true }));

describe("[C90] every setting that a deployment names is one", () => {
  test.each([...filesOf(), "../docs/deploy.md"])("%s", (file) => {
    const names = read(file).match(/(?<![A-Z0-9_])[A-Z][A-Z0-9]*(_[A-Z0-9]+)+(?![A-Za-z0-9_]|\.)/g) ?? [];
    expect(names.filter((name) => !SETTINGS.has(name) && !OTHERS.has(name))).toEqual([]);
  });

  test("the files are found, and what they set", () => {
    expect(filesOf().length).toBeGreaterThan(15);
    expect(Object.keys(imageSettings()).length).toBeGreaterThan(2);
    for (const { file, settings } of DEPLOYMENTS)
      expect(Object.keys(settings).length, file).toBeGreaterThan(4);
  });
});

describe("[C90] a production server starts with what a deployment sets, and finds nothing to say about it", () => {
  test.each(DEPLOYMENTS)("$file", ({ settings, secrets: names }) => {
    const env = Object.fromEntries(
      Object.entries(settings).map(([name, value]) => {
        const file = names[value];
        return [name, file === undefined ? value : join(secrets, file)];
      }),
    );
    expect(Object.keys(env).filter((name) => !SETTINGS.has(name))).toEqual([]);
    const reading = loadConfig(env);
    expect(reading.ok ? reading.warnings : reading.faults).toEqual([]);
    expect(reading).toMatchObject({
      config: {
        mode: "production",
        allowedOrigins: ["https://chat.example.org"],
        proxyTrust: { kind: "hops", count: 1 },
        tokens: { secret: readFileSync(join(secrets, "session-secret"), "utf8").trim() },
        adminToken: readFileSync(join(secrets, "admin-token"), "utf8").trim(),
      },
    });
  });
});

describe("[C90] make-secrets.sh", () => {
  const permissions = (path: string) => (statSync(path).mode & 0o777).toString(8);

  test("makes files that their owner alone may read, and leaves at a second time what is there", () => {
    const names = ["admin-token", "session-secret", "turn-secret", "turnserver.conf"];
    expect(readdirSync(secrets).toSorted()).toEqual(names);
    expect(permissions(secrets)).toBe("700");
    const before = names.map((name) => readFileSync(join(secrets, name), "utf8"));
    for (const name of names) expect(permissions(join(secrets, name)), name).toBe("600");
    expect(new Set(before).size).toBe(names.length);
    makeSecrets(secrets);
    expect(names.map((name) => readFileSync(join(secrets, name), "utf8"))).toEqual(before);
  });

  test("gives coturn the secret of the signaling server, in the very file of deploy/coturn", () => {
    const secret = readFileSync(join(secrets, "turn-secret"), "utf8").trim();
    const expected = read("coturn/turnserver.conf").replace(
      /^#static-auth-secret=$/m,
      () => `static-auth-secret=${secret}`,
    );
    expect(expected).toContain(secret);
    expect(readFileSync(join(secrets, "turnserver.conf"), "utf8")).toBe(expected);
  });

  test("lets a group read them where one is named, through folders that everybody may pass", () => {
    const folder = join(made, "etc/serendip/secrets");
    makeSecrets(folder, String(process.getgid?.()));
    expect(permissions(join(made, "etc"))).toBe("755");
    expect(permissions(join(made, "etc/serendip"))).toBe("755");
    expect(permissions(folder)).toBe("750");
    expect(readdirSync(folder).map((name) => permissions(join(folder, name)))).toEqual(Array(4).fill("640"));
  });

  test("says what to write where no folder is named, and its secrets never come into the repository or an image", () => {
    expect(() => makeSecrets()).toThrow(/Name the folder/);
    for (const file of [".gitignore", ".dockerignore"])
      expect(readFileSync(join(ROOT, file), "utf8").split("\n")).toContainEqual(
        expect.stringMatching(/^deploy\/compose\/secrets\/?$/),
      );
  });
});
