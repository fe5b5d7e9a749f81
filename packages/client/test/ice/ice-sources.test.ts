import { describe, expect, it } from "vitest";
import { chooseIce, type IceSources } from "../../src/ice/ice-sources.machine.ts";

const NOTHING: IceSources = { granted: undefined, withheld: [], base: undefined, own: [], broken: new Map() };
const stun = (host: string) => ({ urls: [`stun:${host}:3478`] });
const turn = (host: string) => ({ urls: [`turn:${host}:3478`], username: "u", credential: "c" });
const choose = (sources: Partial<IceSources>) => chooseIce({ ...NOTHING, ...sources });
const broken = (url: string): IceSources["broken"] =>
  new Map([[url, { code: "turn-unreachable", url, sentence: "It does not answer." }]]);

describe("the ICE servers of a call", () => {
  it("[K15] before anybody has named one, nothing is known; afterwards the mode says what calls have", () => {
    expect(choose({})).toEqual({ servers: [], all: [], faults: [], mode: "unknown" });
    expect(choose({ base: [] }).mode).toBe("none");
    expect(choose({ base: [stun("s")] }).mode).toBe("stun-only");
    expect(choose({ base: [stun("s")], granted: [stun("s"), turn("t")] }).mode).toBe("turn");
  });

  it("[K18] a grant counts in place of what everybody may use", () => {
    expect(choose({ base: [stun("base")], granted: [stun("granted")] }).servers).toEqual([stun("granted")]);
  });

  it("[K18] the page's own servers stand in for the kind that the server does not offer, and only for that", () => {
    const own = [stun("own"), turn("own")];
    expect(choose({ base: [stun("s")], own }).servers).toEqual([stun("s"), turn("own")]);
    expect(choose({ base: [turn("t")], own }).servers).toEqual([stun("own"), turn("t")]);
    expect(choose({ base: [stun("s"), turn("t")], own }).servers).toEqual([stun("s"), turn("t")]);
    expect(choose({ own }).servers).toEqual(own);
  });

  it("[K15] [C50] [C52] what cannot be used is left out and said; the call goes on with STUN", () => {
    const choice = choose({
      base: [stun("s"), { urls: ["turn:t:3478"], username: "somebody" }],
    });
    expect(choice.servers).toEqual([stun("s")]);
    expect(choice.mode).toBe("stun-only");
    expect(choice.faults).toEqual([
      {
        code: "no-credential",
        url: "turn:t:3478",
        sentence: "TURN server turn:t:3478 has a username but no credential.",
      },
    ]);
  });

  it("[C52] [C54] a TURN server that does not work is left out and said, and the page's own one takes its place", () => {
    const base = [stun("s"), turn("t")];
    const without = choose({ base, broken: broken("turn:t:3478") });
    expect(without).toMatchObject({ servers: [stun("s")], all: base, mode: "stun-only" });
    expect(without.faults.map(({ code }) => code)).toEqual(["turn-unreachable"]);
    const replaced = choose({ base, own: [turn("own")], broken: broken("turn:t:3478") });
    expect(replaced).toMatchObject({ servers: [stun("s"), turn("own")], mode: "turn" });
  });

  it("[C52] [K4] a TURN server that the signaling server holds back is said, and the page's own one takes its place", () => {
    const grant = { granted: [stun("s")], withheld: ["turn:t:3478"] };
    expect(choose(grant)).toMatchObject({
      mode: "stun-only",
      faults: [{ code: "turn-unreachable", url: "turn:t:3478" }],
    });
    expect(choose({ ...grant, own: [turn("own")] })).toMatchObject({
      servers: [stun("s"), turn("own")],
      mode: "turn",
    });
  });

  it("[C54] only the address that does not work is left out, not its server's others", () => {
    const both = { ...turn("t"), urls: ["turn:t:3478", "turn:t:3478?transport=tcp"] };
    expect(choose({ base: [both], broken: broken("turn:t:3478") }).servers).toEqual([
      { ...both, urls: ["turn:t:3478?transport=tcp"] },
    ]);
  });

  it("[K1] an address that is named twice is used once", () => {
    expect(choose({ base: [stun("s"), { urls: ["stun:s:3478", "stun:z:3478"] }] }).servers).toEqual([
      stun("s"),
      stun("z"),
    ]);
  });
});
