/** `TIMES.restartMs` and `TIMES.returnMs`. */
const RESTART_MS = 500;
const RETURN_MS = 300;

/** So many of each there can be in a minute of one page, however its network flaps. */
const MOST_RESTARTS = 60_000 / RESTART_MS;
const MOST_RETURNS = 60_000 / RETURN_MS;

/** Bounds that both ends enforce (SPEC W5, R6). */
export const LIMITS = {
  /** Longest id, characters. */
  idChars: 100,
  /** Largest frame on the wire, bytes; a longer one closes the connection. */
  frameBytes: 64 * 1024,
  /**
   * Frames of any kind that one connection may send: all at once, and per second on average (SPEC W10). A page sends its
   * most when it comes back with a hundred candidates.
   */
  frames: { burst: 2_000, perSecond: 500 },
  /** Bytes of all these frames together: more than every description that one generation may have. */
  readBytes: { burst: 8 * 1024 * 1024, perSecond: 1024 * 1024 },
  /** Packets in one body of the polling transport. */
  packetsPerBody: 256,
  /** Requests of one connection that wait for their answers. */
  requestsInFlight: 1_000,
  /** Longest SDP that is read at all, characters. */
  sdpChars: 32 * 1024,
  /**
   * Longest SDP of an offer and of an answer, characters (SPEC R12). Chromium 156 makes 5,732 and 5,438, Firefox 153 3,235 and 3,057.
   * An answer has room for more than any offer makes a browser say, and with every character escaped it is shorter than a frame.
   */
  descriptionChars: { offer: 16 * 1024, answer: 24 * 1024 },
  /** Longest candidate line (RFC 8839 section 5.1), characters. */
  candidateChars: 1024,
  /** Candidates that one side may send after each of its descriptions. */
  candidatesPerDescription: 100,
  /** Offers or answers that one side may send in one generation: the first one and those of ICE restarts. */
  descriptionsPerGeneration: 100,
  /** Signals that are acknowledged together at most (SPEC R20). */
  signalsPerAck: 16,
  /** Signals kept for a partner who is away, per direction. */
  bufferedSignals: 64,
  /** Bytes of the signals kept for a partner who is away, per direction. */
  bufferedBytes: 192 * 1024,
  /**
   * Bytes of signals to one session, as JSON: all at once, and per second on average, in all its rooms (SPEC R12). With what is kept
   * for an absent partner they are less than what may wait in the partner's connection, however slow it is (SPEC W9).
   */
  signalBytes: { burst: 96 * 1024, perSecond: 32 * 1024 },
  /**
   * What one person may make partners do: so much at once, and as much again in each minute, evenly; in all rooms and
   * generations together, because these can be renewed (SPEC R17). Each is twice what a page can need.
   */
  perMinute: {
    /** New negotiations: asked for, or because a page comes back without its connection, which is the more frequent. */
    generations: 2 * MOST_RETURNS,
    /**
     * Requests for an ICE restart and descriptions after the first of a generation, but for answers to the partner's own offers.
     * A page makes `MOST_RESTARTS` for itself, and half as many offers because its partner asks.
     */
    restarts: 3 * MOST_RESTARTS,
    /** More than `MOST_RESTARTS` times what a machine with two dozen addresses gathers. A page stops at half of it by itself. */
    candidates: 6_000,
    /** What is refused for being too much. Who sends on nevertheless does not wait when asked to. */
    refusals: 500,
  },
  /** Longest `PartnerMedia` message on a data channel, characters of its JSON (SPEC R9). */
  partnerMediaChars: 100,
  /** `PartnerMedia` messages that one page takes from another at once, for each peer connection; then one per second (SPEC R18). */
  partnerMediaWords: 500,
  /** Longest token, characters. */
  tokenChars: 4096,
} as const;

/** Time limits that both ends have to agree on, milliseconds. */
export const TIMES = {
  /** Time within which a connection has to say hello; after it the server closes the connection (SPEC W12). */
  helloMs: 5_000,
  /** Between two ICE restarts that a page's partner is told of (SPEC L2). */
  restartMs: RESTART_MS,
  /** Shortest time from the loss of a connection in a call in trouble to the next attempt (SPEC L11). */
  returnMs: RETURN_MS,
  /** Time within which the server answers a request; after it the page treats the request as lost. */
  replyMs: 5_000,
  /** Time within which a signal is acknowledged that came without an acknowledgement of its own (SPEC R20). */
  ackMs: 1_000,
  /** How long the server keeps the answer to a request, so that it recognises a repetition (SPEC Q1). */
  requestMemoryMs: 60_000,
} as const;
