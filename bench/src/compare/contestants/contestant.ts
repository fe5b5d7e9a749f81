/** Which server is measured. */
export type Contestant =
  /** A built checkout of this repository, as it is shipped. */
  | {
      readonly kind: "serendip";
      readonly name: string;
      readonly label: string;
      /** The checkout's folder. */
      readonly product: string;
    }
  | {
      readonly kind: "socket.io";
      readonly name: string;
      readonly label: string;
      /** Pings as often as the product; as the library does unless given. */
      readonly pings?: { readonly intervalMs: number; readonly timeoutMs: number };
    }
  | { readonly kind: "ws"; readonly name: string; readonly label: string };

/** What everything is compared with. */
export const BARE = { kind: "socket.io", name: "socket.io", label: "bare Socket.IO" } as const;

/** As `BARE`, with the pings of the product (SPEC G5): a dead connection is noticed as early. */
export const BARE_WITH_PINGS = {
  kind: "socket.io",
  name: "socket.io-pings",
  label: "bare Socket.IO, pings as ours",
  pings: { intervalMs: 10_000, timeoutMs: 6_000 },
} as const;

export const FLOOR = { kind: "ws", name: "ws", label: "raw ws" } as const;

export const oursIn = (product: string): Contestant => ({
  kind: "serendip",
  name: "serendip",
  label: "Serendip",
  product,
});

/** An earlier state of the product, for a comparison with this one. */
export const earlierIn = (product: string, ref: string): Contestant => ({
  kind: "serendip",
  name: "before",
  label: `Serendip at ${ref}`,
  product,
});
