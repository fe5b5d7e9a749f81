import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { BELOW } from "./floors/rules.ts";
import { ROOT } from "./floors/source.ts";

interface Manifest {
  readonly name: string;
  readonly license?: string;
  readonly type?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const manifestOf = (folder: string): Manifest => {
  const manifest: unknown = JSON.parse(readFileSync(join(ROOT, folder, "package.json"), "utf8"));
  return manifest as Manifest;
};
const folders = Object.keys(BELOW);
const versionsOf = ({ dependencies, devDependencies }: Manifest) => ({ ...devDependencies, ...dependencies });
const isWorkspace = (version: string) => version.startsWith("workspace:");

describe("workspace", () => {
  test("[C90] holds the parts where the map says, each half able to start alone", () => {
    for (const folder of [
      "packages/time",
      "packages/protocol",
      "packages/client",
      "packages/tooling",
      "signaling-server",
      "web-client",
      "e2e",
    ])
      expect(existsSync(join(ROOT, folder, "package.json")), folder).toBe(true);
    for (const file of [
      "README.md",
      "CONTRIBUTING.md",
      "LICENSE",
      ".env.example",
      "packages/protocol/SPEC.md",
      "docs/requirements.md",
    ])
      expect(existsSync(join(ROOT, file)), file).toBe(true);
    for (const folder of ["signaling-server", "web-client"])
      expect(Object.keys(manifestOf(folder).scripts ?? {})).toEqual(
        expect.arrayContaining(["build", "start", "dev", "typecheck"]),
      );
    expect(Object.keys(manifestOf(".").scripts ?? {})).toEqual(
      expect.arrayContaining(["start", "dev", "start-signaling", "test", "build", "lint", "typecheck"]),
    );
  });

  test.each(folders)("%s: MIT, ES modules, checked by the compiler", (folder) => {
    const { license, type, scripts } = manifestOf(folder);
    expect({ license, type }).toEqual({ license: "MIT", type: "module" });
    expect(scripts?.["typecheck"]).toContain("tsc");
  });

  test.each(folders)("%s: depends only on workspace packages below it", (folder) => {
    const needed = Object.entries(versionsOf(manifestOf(folder)))
      .filter(([name, version]) => isWorkspace(version) && name !== "@serendip/tooling")
      .map(([name]) => name);
    expect(BELOW[folder]).toEqual(expect.arrayContaining(needed));
  });

  test.each(folders)("%s: takes its versions from the catalog", (folder) => {
    const others = Object.entries(versionsOf(manifestOf(folder))).filter(
      ([, version]) => version !== "catalog:" && !isWorkspace(version),
    );
    expect(others).toEqual([]);
  });

  // A plain `npm install` reads only this manifest and knows neither "catalog:" nor "workspace:".
  test("the root's own tools are pinned to the digit", () => {
    const root = manifestOf(".");
    for (const [name, version] of Object.entries(versionsOf(root)))
      expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
    const catalog = readFileSync(join(ROOT, "pnpm-workspace.yaml"), "utf8");
    for (const name of ["typescript", "vitest"])
      expect(catalog).toContain(`  ${name}: ${versionsOf(root)[name]}`);
  });
});
