import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SERVER_SETTINGS } from "../../../signaling-server/src/config.ts";
import { WEB_SETTINGS } from "../../../web-client/settings.ts";
import { readEnvBytes } from "../../settings-file/src/index.mjs";
import { ROOT } from "./floors/source.ts";

interface Setting {
  readonly name: string;
  readonly description: string;
  readonly default: string | undefined;
}

const LINE_CHARS = 100;

/** The text as comment lines of at most LINE_CHARS characters. */
function comment(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && `${last} ${word}`.length <= LINE_CHARS)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`# ${word}`);
  }
  return lines.join("\n");
}

const section = (title: string, settings: readonly Setting[]) =>
  [
    `# ── ${title} ──`,
    ...settings.map(
      ({ name, description, default: value }) => `${comment(description)}\n# ${name}=${value ?? ""}`,
    ),
  ].join("\n\n");

function envExample(...sections: readonly string[]): string {
  return `${[
    comment(
      "Every setting, with its default. Copy this file to .env and take the # away from what you change; a variable of the environment wins over the file. A line that cannot be read, or sets an unknown name, is refused; a value with a # in it belongs between single quotes. Made from the code: see CONTRIBUTING.md.",
    ),
    ...sections,
  ].join("\n\n")}\n`;
}

const SERVER_SECTION = section("Signaling server", SERVER_SETTINGS);
const WEB_SECTION = section("Web client", WEB_SETTINGS);

test("[C90] .env.example is what the code reads", async () => {
  const stale = "It is stale; renew it with: npm run test:unit -- --project tooling env-example --update";
  await expect(envExample(SERVER_SECTION, WEB_SECTION), stale).toMatchFileSnapshot(
    join(ROOT, ".env.example"),
  );
  // Beside a deployed server, which has no settings of the web client.
  await expect(envExample(SERVER_SECTION), stale).toMatchFileSnapshot(
    join(ROOT, "signaling-server/.env.example"),
  );
});

const asList = (settings: readonly Setting[]) => settings.map(({ name }) => `    "${name}",\n`).join("");

function namesFile(): string {
  return [
    "// Made from the code, as .env.example is (see CONTRIBUTING.md): the commands run before anything is built and cannot ask it.",
    '/** @type {typeof import("./index.mjs").SETTING_NAMES} */',
    "export const SETTING_NAMES = {",
    `  server: [\n${asList(SERVER_SETTINGS)}  ],`,
    `  web: [\n${asList(WEB_SETTINGS)}  ],`,
    "};\n",
  ].join("\n");
}

test("[C90] the names that a settings' file may have are those that the code reads", async () => {
  const stale = "It is stale; renew it with: npm run test:unit -- --project tooling env-example --update";
  await expect(namesFile(), stale).toMatchFileSnapshot(join(ROOT, "packages/settings-file/src/names.mjs"));
});

test("a setting is named once, and described in a sentence", () => {
  const all: readonly Setting[] = [...SERVER_SETTINGS, ...WEB_SETTINGS];
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  for (const { name, description } of all) {
    expect(name).toMatch(/^[A-Z][A-Z0-9_]*$/);
    expect(description, name).toMatch(/^\S.{10,}[^\s.,:]\.$/);
  }
});

test("each description is understood alone", () => {
  const pointsBack =
    /^(…|\.\.\.|(the same|as above|likewise|it|its|they|their|this|that|these|those|such|he|she|his|her|and|or|but|unless)\b)/i;
  const all: readonly Setting[] = [...SERVER_SETTINGS, ...WEB_SETTINGS];
  for (const { name, description } of all) {
    expect(description, name).toMatch(/^[A-Z]/);
    expect(description, name).not.toMatch(pointsBack);
  }
  expect(new Set(all.map(({ description }) => description)).size).toBe(all.length);
});

const read = (text: string) =>
  readEnvBytes(new TextEncoder().encode(text), { file: ".env", halves: ["server", "web"] });

test("[C90] the example can be used as it is, with every # taken away", () => {
  const lines = envExample(SERVER_SECTION, WEB_SECTION)
    .split("\n")
    .map((line) => line.replace(/^# (?=[A-Z][A-Z0-9_]*=)/, ""));
  const { settings, faults } = read(lines.join("\n"));
  expect(faults).toEqual([]);
  expect(settings).toEqual(
    Object.fromEntries(
      [...SERVER_SETTINGS, ...WEB_SETTINGS].map(({ name, default: value }) => [name, value ?? ""]),
    ),
  );
});

test("[C90] what README shows of a .env can be used as it is", () => {
  const blocks = [...readFileSync(join(ROOT, "README.md"), "utf8").matchAll(/^```sh\n(.*?)^```/gms)]
    .map(([, block = ""]) => block)
    .filter((block) => /^(#.*\n)?[A-Z_]+=\S+\n/.test(block));
  expect(blocks.length).toBeGreaterThanOrEqual(2);
  for (const block of blocks) expect(read(block).faults, block).toEqual([]);
});
