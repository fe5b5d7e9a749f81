import { describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config.ts";

function read(ALLOWED_ORIGINS: string, env: Record<string, string> = {}) {
  const reading = loadConfig({ ALLOWED_ORIGINS, ...env });
  return reading.ok
    ? { origins: reading.config.allowedOrigins, faults: [] }
    : { origins: [], faults: reading.faults.map(({ sentence }) => sentence) };
}

describe("[W7] an origin that a page can have is taken as it is", () => {
  test.each([
    "https://chat.example.org",
    "https://chat.example.org:8443",
    "http://localhost:5173",
    "http://127.0.0.1",
    "http://[::1]:5173",
    "https://xn--bcher-kva.example",
    "http://under_score.example",
    // Capacitor on iOS and Android, Ionic's older shell, Tauri on macOS and Linux, and on Windows, Electron, extensions.
    "capacitor://localhost",
    "https://localhost",
    "ionic://localhost",
    "tauri://localhost",
    "http://tauri.localhost",
    "app://.",
    "app://bundle",
    "my-app://host:8080",
    "capacitor://MyApp",
    "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
    "moz-extension://0f8fad5b-d9cb-469f-a165-70867728950e",
  ])("%s", (origin) => {
    expect(read(origin)).toEqual({ origins: [origin], faults: [] });
  });

  test("several, each once", () => {
    expect(read(" https://a.org , tauri://localhost,,https://a.org ").origins).toEqual([
      "https://a.org",
      "tauri://localhost",
    ]);
  });

  test("http in production, as it was", () => {
    const env = { NODE_ENV: "production", SESSION_SECRET: "q0ZC9mHk7Tn2VxYb4LrWs8DfJ1PgUeAi3OoKl6" };
    expect(read("http://chat.example.org", env).origins).toEqual(["http://chat.example.org"]);
  });
});

describe("[W7] one that no page ever sends is refused with the text to write", () => {
  test.each([
    ["HTTPS://chat.example.org", "https://chat.example.org"],
    ["https://Chat.Example.org", "https://chat.example.org"],
    ["https://chat.example.org:443", "https://chat.example.org"],
    ["http://chat.example.org:80", "http://chat.example.org"],
    ["https://chat.example.org:", "https://chat.example.org"],
    ["https://chat.example.org:08443", "https://chat.example.org:8443"],
    ["https://b\u00fccher.example", "https://xn--bcher-kva.example"],
    ["https://chat.example.org.", "https://chat.example.org"],
    ["https://chat.example.org.:8443", "https://chat.example.org:8443"],
    ["https://chat.example.org/", "https://chat.example.org"],
    ["https://chat.example.org/chat", "https://chat.example.org"],
    ["https://chat.example.org?a=b", "https://chat.example.org"],
    ["https://chat.example.org#a", "https://chat.example.org"],
    ["https://chat.example.org\\a", "https://chat.example.org"],
    ["https://joe:pa55@chat.example.org", "https://chat.example.org"],
    ["http://127.1:5173", "http://127.0.0.1:5173"],
    ["http://[0:0::1]:5173", "http://[::1]:5173"],
    ["capacitor://localhost/", "capacitor://localhost"],
    ["Capacitor://localhost", "capacitor://localhost"],
    ["tauri://joe:pa55@localhost/index.html", "tauri://localhost"],
  ])("%s", (origin, right) => {
    const { faults } = read(origin);
    expect(faults).toEqual([expect.stringMatching(/^ALLOWED_ORIGINS must be origins as browsers send them/)]);
    expect(faults[0]).toContain(`; this is never sent like that; write ${right} (it is "`);
    expect(faults[0]).not.toContain("pa55");
    expect(read(right).faults).toEqual([]);
  });

  test.each([
    ["*", /must list each origin; \* would let any web page use this server \(it is "\*"\)\.$/],
    ["null", /must not list null; every sandboxed frame .* sends it/],
    ["https://*.example.org", /this has a \* in it, which no browser sends; list each origin by itself/],
    ["https://a.org https://b.org", /this has a blank in it/],
    ["https://a.org;https://b.org", /this has more than one scheme in it; put commas between origins/],
    ["https://a.orghttps://b.org", /this has more than one scheme in it; put commas between origins/],
    ["app://a|app://b", /this has more than one scheme in it; put commas between origins/],
    ["https://a.org;b.org", /this has a ; in it, which is in no host; put commas between origins/],
    ["https://a.org;", /this has a ; in it/],
    ["app://a;b", /this has a ; in it/],
    ["https://a.org|b.org", /this has a \| in it/],
    ["https://a+b.org", /this has a \+ in it/],
    ["https://$HOST", /this has a \$ in it/],
    ['"https://a.org"', /this has a quote at its end; take the quotes away/],
    ["https://a.org'", /this has a quote at its end/],
    ["chat.example.org", /this begins with no scheme, like https:\/\//],
    ["localhost:5173", /this begins with no scheme/],
    ["//chat.example.org", /this begins with no scheme/],
    ["https:chat.example.org", /this begins with no scheme/],
    ["htps://chat.example.org", /this begins with htps:\/\/; did you mean https:\/\/\?/],
    ["wss://chat.example.org", /this is where a WebSocket leads; write where the page comes from/],
    ["file://", /this is sent by no browser; a page that is opened as a file says null/],
    ["file:///index.html", /says null, which cannot be let in/],
    ["https://", /this is not an address/],
    ["https://chat.example.org:99999", /this is not an address/],
    ["app://", /this names no host/],
    [" , ", /must name at least one origin/],
  ])("%s", (origin, sentence) => {
    expect(read(origin).faults).toEqual([expect.stringMatching(sentence)]);
  });

  test("every one of them, at once", () => {
    const { faults } = read("https://a.org,https://A.org,null,https://*.a.org");
    expect(faults.map((fault) => /\(it is "(.*)"\)\.$/.exec(fault)?.[1])).toEqual([
      "https://A.org",
      "null",
      "https://*.a.org",
    ]);
  });
});
