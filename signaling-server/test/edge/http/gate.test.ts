import fc from "fast-check";
import { expect, test } from "vitest";
import { hasSecretInQuery } from "../../../src/edge/http/gate.ts";

test.each([
  "token=x",
  "TOKEN=x",
  "token[]=x",
  "auth.token=x",
  "id_token=x",
  "access_token=x",
  "sessionToken=x",
  "bearer=x",
  "password=x",
  "a=1;token=x",
  "%20token=x",
  "+token=x",
  "to%6ben=x",
  "%zz&to%6Ben=x",
  "token",
  "a=1&resumeSecret=x",
  "x[ticket]=x",
  "authorization=x",
  "api-key=x",
  "a=1?token=x",
  "q=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
])("[W14] %s is a secret in a query", (query) => {
  expect(hasSecretInQuery(`/socket.io/?${query}`)).toBe(true);
  expect(hasSecretInQuery(`/v1/sessions?EIO=4&${query}`)).toBe(true);
});

test.each([
  "/socket.io/?EIO=4&transport=polling&t=PoX1abc&sid=7f1c0b0e",
  "/socket.io/?EIO=4&transport=websocket&b64=1",
  "/v1/sessions",
  "/v1/sessions?",
  "/healthz?x=token",
  "/token/auth?x=1",
  undefined,
])("[W14] %s holds no secret in its query", (url) => {
  expect(hasSecretInQuery(url)).toBe(false);
});

// Short texts only: these take a time that grows with the square of the length.
const NAME_WITH_SECRET = /(?:^|[?&;])[^=&;]*(?:token|auth|api.?key)[^=&;]*(?:[=&;]|$)/i;
const JWT = /eyJ[\w-]{6,}\.[\w-]/;

test("[W14] whatever separates and surrounds names and tokens, what is a secret is what two plain patterns find", () => {
  const pieces = fc.constantFrom(
    ..."?&;=.-_%/ ax".split(""),
    ..."token toKEn auth api-key apikey eyJ eyJabcdef eyJabcde eyJhbGciOi.eyJ".split(" "),
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (chosen) => {
      const text = chosen.join("");
      expect(hasSecretInQuery(`/x?${text}`)).toBe(NAME_WITH_SECRET.test(text) || JWT.test(text));
    }),
    { numRuns: 2_000 },
  );
});
