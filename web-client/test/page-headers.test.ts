import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { BUILT_IN_POLICY, pageHeaders } from "../page-headers.ts";

const read = (path: string) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), "utf8");

test("[X6] scripts, styles and pictures come from the page's own host only, and nobody frames it", () => {
  const policy = pageHeaders("https://signal.example.org/base")["Content-Security-Policy"] ?? "";
  expect(policy.split("; ").toSorted()).toEqual([
    "base-uri 'none'",
    "connect-src 'self' https://signal.example.org wss://signal.example.org",
    "default-src 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "img-src 'self'",
    "require-trusted-types-for 'script'",
    "script-src 'self'",
    "style-src 'self'",
    "trusted-types 'none'",
  ]);
  expect(policy).not.toMatch(/unsafe|data:|blob:|\*/);
  expect(BUILT_IN_POLICY).not.toMatch(/unsafe|data:|blob:|\*|frame-ancestors/);
});

test("[X6] the built-in policy is the header's, but for what only a header can say and only the run time knows", () => {
  const inHeader = pageHeaders(undefined)["Content-Security-Policy"]?.split("; ") ?? [];
  expect(BUILT_IN_POLICY.split("; ")).toEqual(inHeader.filter((one) => !one.startsWith("frame-ancestors")));
});

test.each([
  [
    "nginx",
    "../../deploy/nginx/serendip.conf",
    (name: string, value: string) => `add_header ${name} "${value}" always;`,
    "$server_name",
  ],
  ["Caddy", "../../deploy/caddy/Caddyfile", (name: string, value: string) => `${name} "${value}"`, "{host}"],
])("[X6] the example for %s sets the same headers", (_name, path, written, host) => {
  const example = read(path);
  for (const [name, value] of Object.entries(pageHeaders("https://here.example"))) {
    // The signaling service is on the page's own host, which 'self' names already.
    const here = value.replace(" https://here.example", "").replace("here.example", host);
    expect(example).toContain(written(name, here));
  }
});
