import { describe, expect, test } from "vitest";
import { type TokenLine, type TokenLink, useToken } from "../../src/domain/token-line.ts";

const link = (number: number, tokenId = `t${number}`): TokenLink => ({ line: "line", number, tokenId });

/** A line and its uses, one after the other; each answers whether the token counted. */
function lineOfTokens() {
  let known: TokenLine | undefined;
  let now = 0;
  const used = (use: "show" | "replace", one: TokenLink): boolean => {
    const verdict = useToken(known, { link: one, use, now, successionMs: 60_000 });
    if (verdict.ok) known = verdict.line;
    return verdict.ok;
  };
  return {
    show: (one: TokenLink) => used("show", one),
    replace: (one: TokenLink) => used("replace", one),
    pass: (ms: number) => {
      now += ms;
    },
    known: () => known,
    restart: () => {
      known = undefined;
    },
  };
}

describe("[S14] a token counts until its successor was shown", () => {
  test("the predecessor is used up with the first show of its successor", () => {
    const { replace, show } = lineOfTokens();
    expect([replace(link(0)), show(link(0)), show(link(1))]).toEqual([true, true, true]);
    expect([show(link(0)), replace(link(0)), show(link(1)), replace(link(1))]).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  test("a token that was replaced is used up after 60 s, counted from the first time", () => {
    const { replace, show, pass } = lineOfTokens();
    replace(link(0));
    pass(59_999);
    expect([show(link(0)), replace(link(0))]).toEqual([true, true]);
    pass(1);
    expect([show(link(0)), replace(link(0)), show(link(1))]).toEqual([false, false, true]);
  });

  test("of many successors of one token the one that is shown first counts, and no other", () => {
    const { replace, show } = lineOfTokens();
    for (let n = 0; n < 100; n += 1) expect(replace(link(0))).toBe(true);
    expect(show(link(1, "b"))).toBe(true);
    expect([show(link(1, "a")), replace(link(1, "c")), replace(link(1, "b"))]).toEqual([false, false, true]);
  });

  test("with a token that was shown all that came before it are used up, whether shown or not", () => {
    const { show } = lineOfTokens();
    expect(show(link(5))).toBe(true);
    for (let number = 0; number < 5; number += 1) expect(show(link(number))).toBe(false);
  });

  test("a token that replaces another one has been shown by that", () => {
    const { replace, show } = lineOfTokens();
    replace(link(0));
    expect([replace(link(1, "a")), show(link(0)), show(link(1, "b"))]).toEqual([true, false, false]);
  });
});

test("[S15] after a restart an old token counts again, until a newer one of its line is used", () => {
  const { show, restart } = lineOfTokens();
  show(link(3));
  restart();
  expect([show(link(2)), show(link(3)), show(link(2))]).toEqual([true, true, false]);
});

test("[S14] nothing is remembered of a newcomer who has replaced nothing", () => {
  const { show, replace, known } = lineOfTokens();
  show(link(0));
  expect(known()).toBeUndefined();
  replace(link(0));
  expect(known()).toBeDefined();
});
