import { describe, expect, it } from "vitest";
import { readWebSettings, WEB_SETTINGS } from "../settings.ts";
import { type ConfigSources, loadConfig } from "../src/config.ts";

function sources(
  overrides: Partial<ConfigSources> & { readonly body?: string; readonly status?: number } = {},
) {
  const warnings: string[] = [];
  const requests: { readonly url: string; readonly cache: RequestCache | undefined }[] = [];
  const { body = "{}", status = 200, ...rest } = overrides;
  const made: ConfigSources = {
    fetch: async (url, { cache }) => {
      requests.push({ url, cache });
      return new Response(body, { status });
    },
    baseUrl: "http://192.168.1.8:5173/",
    builtIn: undefined,
    warn: (message) => warnings.push(message),
    ...rest,
  };
  return { made, warnings, requests };
}

describe("where the signaling service is", () => {
  it("[C11] without any setting: port 3001 of the page's own host, also in a local network", async () => {
    const { made, warnings } = sources();
    expect(await loadConfig(made)).toEqual({ signalingUrl: "http://192.168.1.8:3001" });
    const local = sources({ baseUrl: "http://localhost:5173/" });
    expect(await loadConfig(local.made)).toEqual({ signalingUrl: "http://localhost:3001" });
    const secure = sources({ baseUrl: "https://chat.example.org/app/" });
    expect(await loadConfig(secure.made)).toEqual({ signalingUrl: "https://chat.example.org:3001" });
    expect(warnings).toEqual([]);
  });

  it("[C11] config.json wins over the build's address, which wins over the page's host", async () => {
    const builtIn = "https://built.example.org";
    const body = JSON.stringify({ signalingUrl: "https://set.example.org" });
    expect(await loadConfig(sources({ builtIn, body }).made)).toEqual({
      signalingUrl: "https://set.example.org",
    });
    expect(await loadConfig(sources({ builtIn }).made)).toEqual({ signalingUrl: builtIn });
  });

  it("config.json is asked for beside the page, past every cache", async () => {
    const { made, requests } = sources({ baseUrl: "https://chat.example.org/some/path/index.html" });
    await loadConfig(made);
    expect(requests).toEqual([{ url: "https://chat.example.org/some/path/config.json", cache: "no-store" }]);
  });

  it.each([
    ["missing", { status: 404, body: "Not found" }],
    ["the page again, as a single-page host answers", { body: "<!doctype html><title>Serendip</title>" }],
    ["not an object", { body: '"https://signal.example.org"' }],
    ["of the wrong type", { body: '{"signalingUrl": 3001}' }],
    ["unreachable", { fetch: () => Promise.reject(new TypeError("Failed to fetch")) }],
    ["no address", { body: '{"signalingUrl": "signal.example.org"}' }],
    ["another protocol", { body: '{"signalingUrl": "javascript:alert(1)"}' }],
  ])("a config.json that is %s is warned about and passed over", async (_case, overrides) => {
    const { made, warnings } = sources({ ...overrides, builtIn: "https://built.example.org" });
    expect(await loadConfig(made)).toEqual({ signalingUrl: "https://built.example.org" });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("config.json");
  });

  it("an empty address means: not set", async () => {
    const { made, warnings } = sources({ body: '{"signalingUrl": ""}', builtIn: " " });
    expect(await loadConfig(made)).toEqual({ signalingUrl: "http://192.168.1.8:3001" });
    expect(warnings).toEqual([]);
  });

  it.each([
    ["https://signal.example.org/", "https://signal.example.org"],
    ["https://example.org/signal/?a=b#c", "https://example.org/signal"],
    ["/", "http://192.168.1.8:5173"],
    ["/signal", "http://192.168.1.8:5173/signal"],
  ])("%s becomes %s", async (signalingUrl, expected) => {
    const { made } = sources({ body: JSON.stringify({ signalingUrl }) });
    expect(await loadConfig(made)).toEqual({ signalingUrl: expected });
  });
});

describe("the servers' environment", () => {
  it("[C90] has defaults for all it needs", () => {
    expect(readWebSettings({})).toEqual({
      ok: true,
      settings: { port: 5173, host: "127.0.0.1", signalingUrl: undefined },
    });
    for (const { description } of WEB_SETTINGS) expect(description).toMatch(/\.$/);
  });

  it("[C90] takes what is set, and an empty variable for not set", () => {
    const env = {
      WEB_PORT: "8080",
      WEB_HOST: "0.0.0.0",
      SIGNALING_URL: "http://127.0.0.1:4001",
      VITE_SIGNALING_URL: "",
    };
    expect(readWebSettings(env)).toEqual({
      ok: true,
      settings: { port: 8080, host: "0.0.0.0", signalingUrl: "http://127.0.0.1:4001" },
    });
  });

  it("[C90] reports every fault at once", () => {
    const result = readWebSettings({
      WEB_PORT: "http",
      WEB_HOST: "http://localhost",
      SIGNALING_URL: "localhost:3001",
      VITE_SIGNALING_URL: "ws//x",
    });
    expect(result).toMatchObject({ ok: false });
    const faults = result.ok ? [] : result.faults;
    // What is wrong with an ICE server stops nothing: the page says it and goes on without.
    const refused = WEB_SETTINGS.filter(({ name }) => !/STUN|TURN|NUMB|XIRSYS/.test(name));
    expect(refused.length).toBeGreaterThanOrEqual(4);
    for (const { name } of refused)
      expect(faults.filter((fault) => fault.startsWith(`${name} `))).toHaveLength(1);
  });

  it.each(["65536", "-1", "80.5", "1e3"])("[C90] %s is no port", (port) => {
    expect(readWebSettings({ WEB_PORT: port }).ok).toBe(false);
  });
});
