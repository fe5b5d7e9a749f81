import { describe, expect, test } from "vitest";
import { SERVER_SETTINGS } from "../../src/config.ts";
import { serverProcesses } from "./server-process.ts";

describe("[C90] the command line", () => {
  const { start } = serverProcesses();

  test("--help lists every setting with its default, whatever is wrong with them", async () => {
    const server = start({ args: ["--help"], env: { PORT: "abc" } });
    expect(await server.exited()).toBe(0);
    const text = server.output();
    for (const { name, default: value } of SERVER_SETTINGS)
      expect(text).toContain(value === undefined ? `\n  ${name}\n` : `\n  ${name}=${value}\n`);
    expect(text).not.toContain("The configuration is wrong");
  });

  test("--check-config names every fault and ends with 78, without starting anything", async () => {
    const env = { NODE_ENV: "production", PORT: "abc", ALLOWED_ORIGINS: "*", SESSION_SECRET: "hunter2" };
    const server = start({ args: ["--check-config"], env });
    expect(await server.exited()).toBe(78);
    for (const name of ["PORT", "ALLOWED_ORIGINS", "SESSION_SECRET"])
      expect(server.output()).toContain(`- ${name} `);
    expect(server.output()).not.toContain("hunter2");
  });

  test("--check-config looks at the TLS files too", async () => {
    const env = { TLS_CERT_FILE: "/nowhere/cert.pem", TLS_KEY_FILE: "/nowhere/key.pem" };
    const server = start({ args: ["--check-config"], env });
    expect(await server.exited()).toBe(78);
    expect(server.output()).toContain("/nowhere/cert.pem");
  });

  test("--check-config of good settings ends with 0, says what is probably not meant, and listens nowhere", async () => {
    const server = start({ args: ["--check-config"], env: { HOST: "0.0.0.0", PING_INTERVALL_MS: "5000" } });
    expect(await server.exited()).toBe(0);
    expect(server.output()).toMatch(/The configuration is good\..*NODE_ENV=production.*PING_INTERVAL_MS/s);
    expect(server.output()).not.toContain("listens");
  });

  test.each([["--chek-config"], ["start"], ["toString"]])(
    "%s is no option, and nothing starts",
    async (arg) => {
      const server = start({ args: [arg] });
      expect(await server.exited()).toBe(64);
      expect(server.output()).toBe(`There is no option ${arg}; --help lists what there is.\n`);
    },
  );
});
