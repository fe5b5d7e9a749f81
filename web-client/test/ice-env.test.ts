import { checkIceServers } from "@serendip/protocol";
import { describe, expect, it } from "vitest";
import { WEB_SETTINGS } from "../settings.ts";
import { builtInIceServers } from "../src/ice-env.ts";

describe("the ICE servers of the build", () => {
  it("[C53] nothing set: none", () => {
    expect(builtInIceServers({})).toEqual([]);
    expect(builtInIceServers({ VITE_STUN_URLS: " ", VITE_TURN_USERNAME: "" })).toEqual([]);
  });

  it("[C53] lists of STUN and TURN servers", () => {
    const env = {
      VITE_STUN_URLS: "stun:a.test, stun:b.test:3479,",
      VITE_TURN_URLS: "turn:t.test,turns:t.test:443",
      VITE_TURN_USERNAME: "u",
      VITE_TURN_CREDENTIAL: "c",
    };
    expect(builtInIceServers(env)).toEqual([
      { urls: ["stun:a.test", "stun:b.test:3479"] },
      { urls: ["turn:t.test", "turns:t.test:443"], username: "u", credential: "c" },
    ]);
  });

  it.each([
    ["Open Relay", "VITE_OPENRELAY_TURN_USERNAME", "VITE_OPENRELAY_TURN_CREDENTIAL"],
    ["Numb", "VITE_NUMB_USERNAME", "VITE_NUMB_PASSWORD"],
    ["Twilio", "VITE_TWILIO_TURN_USERNAME", "VITE_TWILIO_TURN_CREDENTIAL"],
    ["Xirsys", "VITE_XIRSYS_USERNAME", "VITE_XIRSYS_CREDENTIAL"],
  ])(
    "[C50] [C53] %s needs an account and nothing else, and half of one is said",
    (_name, username, credential) => {
      const host = { VITE_XIRSYS_HOST: "xirsys.test" };
      const whole = checkIceServers(builtInIceServers({ ...host, [username]: "u", [credential]: "c" }));
      expect(whole).toMatchObject({ faults: [], mode: "turn" });
      expect(whole.usable).toHaveLength(1);
      // More than five addresses make gathering slow.
      expect(whole.usable[0]?.urls.length).toBeLessThanOrEqual(3);
      const half = checkIceServers(builtInIceServers({ ...host, [username]: "u" }));
      expect(half).toMatchObject({ usable: [], mode: "none" });
      expect(new Set(half.faults.map(({ code }) => code))).toEqual(new Set(["no-credential"]));
      expect(half.faults[0]?.sentence).toMatch(/^TURN server \S+ has a username but no credential\.$/);
      expect(checkIceServers(builtInIceServers({ ...host, [credential]: "c" })).faults[0]?.code).toBe(
        "no-username",
      );
    },
  );

  it("[C50] an account without an address is said", () => {
    expect(checkIceServers(builtInIceServers({ VITE_TURN_USERNAME: "u" })).faults).toMatchObject([
      { code: "no-urls" },
    ]);
    const xirsys = { VITE_XIRSYS_USERNAME: "u", VITE_XIRSYS_CREDENTIAL: "c" };
    expect(checkIceServers(builtInIceServers(xirsys)).faults[0]?.code).toBe("bad-url");
  });

  it("[C53] reads the settings that .env.example names, and says that they are public", () => {
    const names = WEB_SETTINGS.map(({ name }) => name).filter((name) => /STUN|TURN|NUMB|XIRSYS/.test(name));
    const read: string[] = [];
    const get = (_env: object, name: string | symbol) => {
      read.push(String(name));
      return "x";
    };
    builtInIceServers(new Proxy({}, { get }));
    expect(read.toSorted()).toEqual(names.toSorted());
    expect(WEB_SETTINGS.find(({ name }) => name === "VITE_STUN_URLS")?.description).toContain(
      "everybody can read it",
    );
  });
});
