/** Somebody whose page comes back by itself when the connection is lost. */
export interface Returning {
  /** Begins; the page goes on until it is closed. */
  open(): void;
  /** Looks for a partner. */
  find(): void;
  close(): void;
}

/** What is seen of a page that comes back. */
export interface Watching {
  onOnline(): void;
  onOffline(): void;
  onMatched(room: string): void;
  /** In the room of before the loss, and the partner is there too. */
  onTogether(): void;
  /** Something else than it should be. */
  note(what: string): void;
}
