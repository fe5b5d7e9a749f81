import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { ask, mint, type Server } from "../page/mint.ts";
import { arrive, helloOf } from "../page/page.ts";
import { ADMIN, type Fault, withServer } from "./fault.ts";

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const decode = (part: string) =>
  JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;

/** Tokens that nobody may be let in with, made from a good one. */
function forgeries(good: string): Readonly<Record<string, string>> {
  const [head = "", body = "", mac = ""] = good.split(".");
  const header = decode(head);
  const claims = decode(body);
  const now = Date.now() / 1_000;
  const own = (changed: object, claimed: object = claims, key: string | Buffer = randomBytes(32)) => {
    const signed = `${encode({ ...header, ...changed })}.${encode(claimed)}`;
    return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
  };
  const kept = (changed: object) => `${head}.${encode({ ...claims, ...changed })}.${mac}`;
  return {
    "no signature": `${head}.${body}.`,
    "no signature part": `${head}.${body}`,
    "four parts": `${good}.${mac}`,
    "alg none": `${encode({ ...header, alg: "none" })}.${body}.`,
    "alg None": `${encode({ ...header, alg: "None" })}.${body}.${mac}`,
    "alg HS512": own({ alg: "HS512" }),
    "alg RS256": own({ alg: "RS256" }),
    "another key": own({}),
    "an empty key": own({}, claims, ""),
    "another kid": own({ kid: "0123456789ab" }),
    "a path as kid": own({ kid: "../../dev/null" }, claims, ""),
    "no kid": own({ kid: undefined }),
    "a jwk in the header": own({ jwk: { kty: "oct", k: "AA" } }, claims, Buffer.from([0])),
    "a jku in the header": own({ jku: "http://127.0.0.1/keys" }),
    crit: own({ crit: ["exp"] }),
    "b64 false": own({ b64: false, crit: ["b64"] }),
    "another sub": kept({ sub: randomUUID() }),
    "a longer life": kept({ exp: now + 1e6 }),
    "no end": kept({ exp: undefined }),
    "from the future": kept({ iat: now + 7_200, exp: now + 7_500 }),
    "another format": kept({ v: 2 }),
    "one bit of the signature": `${head}.${body}.${mac.slice(0, -2)}${mac.endsWith("AA") ? "BB" : "AA"}`,
    "white space": ` ${good}`,
    "a line end": `${good}\n`,
    "base64 instead of base64url": `${head}.${body}.${mac}==`,
    nothing: "",
    "a word": "token",
    null: "null",
    "too long": `${good}${"A".repeat(5_000)}`,
    "the token twice": `${good},${good}`,
  };
}

const sessionsOf = async (server: Server): Promise<string> => {
  const text = await ask(server, {
    method: "GET",
    path: "/debug/sessions",
    headers: { authorization: `Bearer ${ADMIN.ADMIN_TOKEN}` },
  });
  const { stats } = JSON.parse(text) as { stats: { totalUsers: number; totalRooms: number } };
  return `${stats.totalUsers} people, ${stats.totalRooms} rooms`;
};

const getsIn = (server: Server, token: string) =>
  arrive(server, helloOf(token)).then(
    (page) => {
      page.close();
      return true;
    },
    () => false,
  );

/** Tokens that were forged, changed, or made for something else. */
export const tokens: Fault = {
  what: "hellos with forged, changed and malformed tokens",
  target: "all refused, no state; the good one let in",
  run: (around) =>
    withServer(around, { ...ADMIN }, async (server) => {
      const good = await mint(server);
      const before = await sessionsOf(server);
      const all = Object.entries(forgeries(good));
      const letIn: string[] = [];
      for (const [name, token] of all) if (await getsIn(server, token)) letIn.push(name);
      const after = await sessionsOf(server);
      const isGood = await getsIn(server, good);
      return {
        figure: [
          `${all.length - letIn.length} of ${all.length} refused`,
          ...letIn.map((name) => `let in: ${name}`),
          `state before and after: ${before}; ${after}`,
          `the good one ${isGood ? "gets in" : "is refused"}`,
        ].join("; "),
        isKept: letIn.length === 0 && before === after && isGood,
      };
    }),
};
