/** Undoes a subscription; calling it again does nothing. */
export type Unsubscribe = () => void;

/** One line per state change; never SDP, an address or a token. */
export interface Log {
  info(message: string, details?: Record<string, unknown>): void;
  warn(message: string, details?: Record<string, unknown>): void;
}
