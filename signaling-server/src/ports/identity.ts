import type { ChallengeAnswer, ErrorBody, MintRefusal, UserId } from "@serendip/protocol";
import type { TokenLink } from "../domain/token-line.ts";

/** Who a token speaks for, and until when. */
export interface Identity {
  readonly userId: UserId;
  /** Random per browser profile; undefined where the token names none. */
  readonly deviceGroup: string | undefined;
  /** What was left of the token's life when it was read, milliseconds; below 0 within the leeway. */
  readonly expiresInMs: number;
}

export type TokenVerdict =
  | {
      readonly ok: true;
      readonly identity: Identity;
      /** Its place in its line of renewals; undefined for tokens of an identity provider. */
      readonly link?: TokenLink | undefined;
    }
  | { readonly ok: false; readonly code: "token_expired" | "token_invalid" };

/** Checks tokens: this service's own, or those of an identity provider. */
export interface TokenVerifier {
  /** Throws or rejects only when no verdict could be had, for a reason that may pass (SPEC S2). */
  verify(token: string): TokenVerdict | Promise<TokenVerdict>;
}

/** A verdict about a token, in which a provider that fails is one of the errors (SPEC S2). */
export type IdentityVerdict =
  | { readonly ok: true; readonly identity: Identity }
  | { readonly ok: false; readonly error: ErrorBody };

/** Makes this service's own tokens. */
export interface TokenSigner {
  /** Makes a token; the first of a line unless there is one that it replaces. */
  mint(
    who: { readonly userId: UserId; readonly deviceGroup: string | undefined },
    replaced?: TokenLink,
  ): {
    readonly token: string;
    readonly expiresInMs: number;
  };
  /**
   * The identity in a token that is good or has expired not long ago, so that the person can go on (SPEC S1); undefined for
   * anything else.
   */
  recall(
    token: string,
  ): (Pick<Identity, "userId" | "deviceGroup"> & { readonly link: TokenLink }) | undefined;
}

/**
 * Knows which tokens are used up because a later one has taken their place (SPEC S14). The memory may forget, after which an
 * old token counts again until a newer one of its line is used. Rejects only when no answer could be had.
 */
export interface TokenLines {
  /** Notes that a token was shown in a hello or in `refresh-token`; false: it is used up. */
  show(link: TokenLink): boolean | Promise<boolean>;
  /** Notes that a token is being replaced by a new one; false: it is used up. */
  replace(link: TokenLink): Promise<boolean>;
}

/** Who is shut out: a person by user id, or all people of a browser profile. */
export interface RevocationKey {
  /** Called as a request to shut somebody out calls it. */
  readonly kind: "userId" | "deviceGroup";
  readonly id: string;
}

export interface Revocation extends RevocationKey {
  /** What is left of it, milliseconds. */
  readonly endsInMs: number;
}

/** Whom the operator has shut out, each for a time (SPEC S16). Rejects only when no answer could be had. */
export interface Revocations {
  /** Shuts somebody out for `forMs` from now, whatever was said before; false: there are too many already. */
  add(key: RevocationKey, forMs: number): Promise<boolean>;
  /** False: that one was not shut out. */
  remove(key: RevocationKey): Promise<boolean>;
  list(): Promise<readonly Revocation[]>;
  has(who: Pick<Identity, "userId" | "deviceGroup">): Promise<boolean>;
  /** From now on told of each one that is added, on whichever server it was. */
  follow(onAdded: (key: RevocationKey) => void): void;
}

/** Remembers what may be used only once. Rejects only when no answer could be had. */
export interface OnceOnly {
  /** Uses it up; `used`: it was used before; `full`: nothing more can be remembered at the moment. */
  use(key: string): Promise<"new" | "used" | "full">;
}

/** What a gatekeeper says about somebody who wants a new identity. */
export type GateVerdict = { readonly ok: true } | { readonly ok: false; readonly error: MintRefusal };

/** Decides who gets a new identity (SPEC S17). Never rejects. */
export interface Gatekeeper {
  /** @param networkKey a keyed hash of the asker's network; undefined where that is not known */
  judge(answer: ChallengeAnswer | undefined, networkKey: string | undefined): Promise<GateVerdict>;
}
