import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { EnvFileUnreadable, loadEnvFile, rootFolder } from "../../src/config/env-file.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "serendip-env-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("[C90] a deployed folder, which has a manifest of its own, reads its own .env and not that above", () => {
  const deployed = join(folder, "deployed");
  mkdirSync(join(deployed, "dist"), { recursive: true });
  for (const place of [folder, deployed]) {
    writeFileSync(join(place, "pnpm-workspace.yaml"), "");
    writeFileSync(join(place, ".env"), `HOST=${place}`);
  }
  expect(rootFolder(deployed)).toBe(deployed);
  rmSync(join(deployed, "pnpm-workspace.yaml"));
  expect(rootFolder(deployed)).toBe(folder);
});

test("[C90] what is set already wins, an empty value included, and a byte order mark is no part of a name", () => {
  writeFileSync(join(folder, ".env"), "\uFEFFTURN_URLS=turn:a\r\nHOST=b\nPORT='3002' # ours\n");
  const env: NodeJS.ProcessEnv = { HOST: "" };
  loadEnvFile(env, folder);
  expect(env).toEqual({ TURN_URLS: "turn:a", HOST: "", PORT: "3002" });
});

test("[C90] no .env is none, and one that cannot be read is said to be there", () => {
  const env: NodeJS.ProcessEnv = {};
  loadEnvFile(env, folder);
  expect(env).toEqual({});
  mkdirSync(join(folder, ".env"));
  expect(() => loadEnvFile(env, folder)).toThrow(EnvFileUnreadable);
  expect(() => loadEnvFile(env, folder)).toThrow(/\.env cannot be read \(EISDIR/);
});
