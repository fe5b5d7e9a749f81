import { describe, expect, it } from "vitest";
import { readWebSettings, WEB_SETTINGS } from "../settings.ts";
import { type ConfigSources, loadConfig } from "../src/config.ts";

function sources(
  overrides: Partial<ConfigSources> & {
    readonly body?: string | Uint8Array<ArrayBuffer>;
    readonly status?: number;
  } = {},
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

const found = (signalingUrl: string) => ({ ok: true, config: { signalingUrl } });

describe("where the signaling service is", () => {
  it("[C11] without any setting: port 3001 of the page's own host, also in a local network", async () => {
    const { made, warnings } = sources();
    expect(await loadConfig(made)).toEqual(found("http://192.168.1.8:3001"));
    const local = sources({ baseUrl: "http://localhost:5173/" });
    expect(await loadConfig(local.made)).toEqual(found("http://localhost:3001"));
    const secure = sources({ baseUrl: "https://chat.example.org/app/" });
    expect(await loadConfig(secure.made)).toEqual(found("https://chat.example.org:3001"));
    expect(warnings).toEqual([]);
  });

  it("[C11] config.json wins over the build's address, which wins over the page's host", async () => {
    const builtIn = "https://built.example.org";
    const body = JSON.stringify({ signalingUrl: "https://set.example.org" });
    expect(await loadConfig(sources({ builtIn, body }).made)).toEqual(found("https://set.example.org"));
    expect(await loadConfig(sources({ builtIn }).made)).toEqual(found(builtIn));
  });

  it("config.json is asked for beside the page, past every cache", async () => {
    const { made, requests } = sources({ baseUrl: "https://chat.example.org/some/path/index.html" });
    await loadConfig(made);
    expect(requests).toEqual([{ url: "https://chat.example.org/some/path/config.json", cache: "no-store" }]);
  });

  it.each([
    ["is missing", { status: 404, body: "Not found" }],
    ["is gone", { status: 410 }],
    ["cannot be fetched", { fetch: () => Promise.reject(new TypeError("Failed to fetch")) }],
    ["comes when the server is broken", { status: 503 }],
  ])("a config.json that %s is warned about, and the built-in address counts", async (_case, overrides) => {
    const { made, warnings } = sources({ ...overrides, builtIn: "https://built.example.org" });
    expect(await loadConfig(made)).toEqual(found("https://built.example.org"));
    expect(warnings).toEqual([expect.stringContaining("config.json")]);
  });

  it("one that is missing leaves port 3001 of the page's host, as one that says nothing does", async () => {
    const { made, warnings } = sources({ status: 404 });
    expect(await loadConfig(made)).toEqual(found("http://192.168.1.8:3001"));
    expect(warnings).toHaveLength(1);
  });

  it.each([
    [
      "cannot be fetched",
      { fetch: () => Promise.reject(new TypeError("Failed to fetch")) },
      "Failed to fetch",
    ],
    ["comes when the server is broken", { status: 503 }, "the web server answered 503"],
    ["is kept from the page", { status: 403 }, "the web server answered 403"],
  ])("one that %s is no reason to guess: the page says so", async (_case, overrides, why) => {
    const { made, warnings } = sources(overrides);
    const faults = [`config.json could not be loaded (${why}).`];
    expect(await loadConfig(made)).toEqual({ ok: false, problem: { kind: "not-loaded", faults } });
    expect(warnings).toEqual(faults);
  });

  it("a page that was opened from a file has no config.json, and looks on this machine", async () => {
    const { made } = sources({
      baseUrl: "file:///home/ann/dist/",
      fetch: () => Promise.reject(new TypeError("Failed to fetch")),
    });
    expect(await loadConfig(made)).toEqual(found("http://localhost:3001"));
  });

  it("an empty address means: not set", async () => {
    const { made, warnings } = sources({ body: '{"signalingUrl": ""}', builtIn: " " });
    expect(await loadConfig(made)).toEqual(found("http://192.168.1.8:3001"));
    expect(warnings).toEqual([]);
  });

  it.each([
    ["https://signal.example.org/", "https://signal.example.org"],
    ["HTTPS://Signal.example.org", "https://signal.example.org"],
    ["https://example.org/signal/?a=b#c", "https://example.org/signal"],
    ["//signal.example.org", "http://signal.example.org"],
    ["/", "http://192.168.1.8:5173"],
    ["/signal", "http://192.168.1.8:5173/signal"],
  ])("%s becomes %s", async (signalingUrl, expected) => {
    const { made } = sources({ body: JSON.stringify({ signalingUrl }) });
    expect(await loadConfig(made)).toEqual(found(expected));
  });
});

describe("[C11] what an operator wrote and the page cannot use is said by the page, and never passed over", () => {
  /** The faults that the page shows; the console has them too. */
  async function faultsOf(overrides: Parameters<typeof sources>[0]): Promise<readonly string[]> {
    const { made, warnings } = sources({ builtIn: "https://built.example.org", ...overrides });
    const reading = await loadConfig(made);
    if (reading.ok) return [];
    expect(reading.problem.kind).toBe("wrong");
    expect(warnings).toEqual(reading.problem.faults);
    return reading.problem.faults;
  }
  const utf16 = (text: string) =>
    new Uint8Array(
      [...text].flatMap((character) => [character.charCodeAt(0) & 255, character.charCodeAt(0) >> 8]),
    );

  it.each<[string, string | Uint8Array<ArrayBuffer>, RegExp]>([
    [
      "HTML",
      "<!doctype html><title>Serendip</title>",
      /^config\.json is a web page instead of JSON; .* beside index\.html/,
    ],
    ["nothing", "", /^config\.json is empty; write at least \{\}\.$/],
    ["blanks", " \n", /^config\.json is empty/],
    [
      "UTF-16",
      utf16('\uFEFF{"signalingUrl": "/"}'),
      /^config\.json is written in UTF-16, .* save it as UTF-8/,
    ],
    ["UTF-16 without a mark", utf16('{"signalingUrl": "/"}'), /^config\.json is written in UTF-16/],
    [
      "a comma too many",
      '{"signalingUrl": "/",}',
      /^config\.json is not JSON \(.+\); write it like .* comma at the end/,
    ],
    ["single quotes", "{'signalingUrl': '/'}", /^config\.json is not JSON/],
    ["a text", '"https://signal.example.org"', /^config\.json must be an object, like/],
    ["a list", "[]", /^config\.json must be an object/],
    ["null", "null", /^config\.json must be an object/],
    ["a misspelt key", '{"signalingURL": "/"}', /unknown key "signalingURL"; did you mean "signalingUrl"\?$/],
    ["another key", '{"port": 1}', /unknown key "port"; known ones are: signalingUrl\.$/],
    ["a key of every object", '{"__proto__": {}}', /unknown key "__proto__"/],
    ["a key twice", '{"signalingUrl": "/", "signalingUrl": "/a"}', /sets "signalingUrl" more than once/],
    [
      "a number",
      '{"signalingUrl": 3001}',
      /has a number for "signalingUrl"; it must be an address in double quotes/,
    ],
    ["null for the address", '{"signalingUrl": null}', /has null, a list or an object for "signalingUrl"/],
  ])("%s", async (_, body, sentence) => {
    expect(await faultsOf({ body })).toEqual([expect.stringMatching(sentence)]);
  });

  it.each([
    [
      "signal.example.org",
      /is "signal\.example\.org", without a scheme; write https:\/\/signal\.example\.org, or/,
    ],
    [
      "signal.example.org/api",
      /without a scheme; write https:\/\/signal\.example\.org\/api, or begin with a \//,
    ],
    ["localhost:3001", /without a scheme; write http:\/\/localhost:3001/],
    ["192.0.2.1:3001", /without a scheme; write https:\/\/192\.0\.2\.1:3001/],
    ["api", /without a scheme/],
    ["./signal", /without a scheme/],
    ["javascript:alert(1)", /is not an http or https address/],
    ["ftp://signal.example.org", /is not an http or https address/],
    ["wss://signal.example.org", /is the address of a WebSocket; write https:\/\/ instead/],
    ["https://joe:pa55@signal.example.org", /has a user name or a password in it/],
    [
      "https://signal.example.org/socket.io/",
      /ends with what the service itself has there; write it without "\/socket\.io\/"/,
    ],
    ["/v1/sessions", /write it without "\/v1\/sessions"/],
    ["https://", /is not an address/],
    ["https://a b", /is not an address/],
    ["//", /leads nowhere from this page/],
  ])("the address %s", async (signalingUrl, sentence) => {
    const faults = await faultsOf({ body: JSON.stringify({ signalingUrl }) });
    expect(faults).toEqual([expect.stringMatching(sentence)]);
    expect(faults.join()).not.toContain("pa55");
  });

  it("http from a page that came by https, which browsers block, except on this machine", async () => {
    const over = (signalingUrl: string) =>
      faultsOf({ baseUrl: "https://chat.example.org/", body: JSON.stringify({ signalingUrl }) });
    expect(await over("http://signal.example.org")).toEqual([
      expect.stringMatching(/this page came by https/),
    ]);
    expect(await over("http://localhost:3001")).toEqual([]);
    expect(await over("http://127.0.0.1:3001")).toEqual([]);
  });

  it("a path of an app's page, which has no web server behind it", async () => {
    expect(await faultsOf({ baseUrl: "capacitor://localhost/", body: '{"signalingUrl": "/"}' })).toEqual([
      expect.stringMatching(/leads nowhere from this page/),
    ]);
  });

  it("all at once", async () => {
    expect(await faultsOf({ body: '{"signalingURL": "/", "Port": 1, "signalingUrl": "api"}' })).toHaveLength(
      3,
    );
  });

  it("an address that was built in", async () => {
    expect(await faultsOf({ builtIn: "signal.example.org" })).toEqual([
      expect.stringMatching(/^VITE_SIGNALING_URL, which the page was built with, is .* without a scheme/),
    ]);
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
