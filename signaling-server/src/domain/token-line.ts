/** A token's place in its line of renewals: each token that is minted with another one follows it. */
export interface TokenLink {
  /** The same for all tokens of a line. */
  readonly line: string;
  /** How many tokens came before it in the line. */
  readonly number: number;
  /** Tells apart the tokens that were minted with the same one. */
  readonly tokenId: string;
}

/** What is remembered of a line, as plain data. */
export interface TokenLine {
  /** The newest token that anybody has shown. Whoever could show it has it, so that no older one is needed any more. */
  readonly newest: Pick<TokenLink, "number" | "tokenId">;
  /** When the newest one was first replaced; undefined: it was not. */
  readonly replacedAt: number | undefined;
}

/** `line`: what is to be remembered from now on; undefined where that is nothing. */
export type TokenLineVerdict =
  | { readonly ok: false }
  | { readonly ok: true; readonly line: TokenLine | undefined };

export interface TokenUse {
  readonly link: TokenLink;
  /** Whether the token is being replaced by a new one, or only shown. */
  readonly use: "show" | "replace";
  readonly now: number;
  /** How long a replaced token counts whose successor nobody shows, milliseconds. */
  readonly successionMs: number;
}

/**
 * Judges the use of a token of a line (SPEC S14). A token is used up when a later one of its line has been shown, when
 * another one that was minted with the same token has been, or `successionMs` after it was first replaced.
 */
export function useToken(
  known: TokenLine | undefined,
  { link, use, now, successionMs }: TokenUse,
): TokenLineVerdict {
  const { number, tokenId } = link;
  const isNewer = known === undefined || number > known.newest.number;
  if (!isNewer && (number < known.newest.number || tokenId !== known.newest.tokenId)) return { ok: false };
  const replacedAt = isNewer ? undefined : known.replacedAt;
  if (replacedAt !== undefined && now >= replacedAt + successionMs) return { ok: false };
  // The first token of a line uses up no other one, so there is nothing to remember before it is replaced.
  if (use === "show" && number === 0 && known === undefined) return { ok: true, line: undefined };
  return {
    ok: true,
    line: {
      newest: { number, tokenId },
      replacedAt: use === "replace" ? (replacedAt ?? now) : replacedAt,
    },
  };
}
