import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const PACKAGE = here("..");

/** A repository of its own, with the web client's sources in it. */
let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "serendip-web-"));
  mkdirSync(join(root, "web-client"));
  const configs = ["package.json", "vite.config.ts", "settings.ts", "build-target.ts", "page-headers.ts"];
  const sources = [...configs, "index.html", "check", "src", "public"];
  for (const path of sources)
    cpSync(join(PACKAGE, path), join(root, "web-client", path), { recursive: true });
  symlinkSync(join(PACKAGE, "node_modules"), join(root, "web-client/node_modules"), "dir");
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function vite(command: string, content: string | Uint8Array, env: Record<string, string> = {}) {
  writeFileSync(join(root, ".env"), content);
  const bin = join(PACKAGE, "node_modules/vite/bin/vite.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, command], {
    cwd: join(root, "web-client"),
    env: { PATH: process.env["PATH"] ?? "", ...env },
    encoding: "utf8",
  });
  return { status, output: stdout + stderr };
}

test.each(["build", "dev", "preview"])("[C90] vite %s refuses a .env that it cannot read", (command) => {
  const { status, output } = vite(command, Buffer.from("\uFEFFWEB_PORT=1\r\n", "utf16le"));
  expect(output).toBe(
    `The web client's configuration is wrong:\n  - The file ${root}/.env is written in UTF-16, as Windows PowerShell does with > and Out-File; save it as UTF-8, in PowerShell with Set-Content -Encoding utf8.\n`,
  );
  expect(status).toBe(78);
});

test("[C90] with every fault of the file and of what can be read, at once", () => {
  const { status, output } = vite("build", "VITE_STUN_URL=stun:a.test\nWEB_PORT=http\nPORT: 1\n");
  expect(status).toBe(78);
  expect(output.trim().split("\n").slice(1)).toEqual([
    expect.stringMatching(/Line 1 of .*: VITE_STUN_URL is not a setting; did you mean VITE_STUN_URLS\?$/),
    expect.stringMatching(/Line 3 of .*: PORT has a colon/),
    expect.stringMatching(/WEB_PORT must be a port/),
  ]);
});

test("[C90] VITE_ settings of the file become part of the page as the signaling server would read them", {
  timeout: 120_000,
}, () => {
  const lines = [
    "VITE_SIGNALING_URL=https://built.example.org",
    "VITE_TURN_CREDENTIAL='pa$55#word'",
    "PORT=3002",
  ];
  const { status, output } = vite("build", lines.join("\n"), { VITE_TURN_USERNAM: "joe" });
  expect(status, output).toBe(0);
  expect(output).toContain(
    "VITE_TURN_USERNAM in the environment is not a setting and has no effect; did you mean VITE_TURN_USERNAME?",
  );
  const assets = join(root, "web-client/dist/assets");
  const code = readdirSync(assets)
    .filter((name) => name.endsWith(".js"))
    .map((name) => readFileSync(join(assets, name), "utf8"))
    .join("\n");
  expect(code).toContain("https://built.example.org");
  expect(code).toContain("pa$55#word");
});
