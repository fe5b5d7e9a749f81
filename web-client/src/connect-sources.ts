/** Whom a page may connect to, as a Content-Security-Policy names them: its own host, and the signaling service. */
export function connectSources(signalingUrl: string): readonly string[] {
  const { origin } = new URL(signalingUrl);
  // Named by itself, because not every browser takes a WebSocket to the page's own host for 'self'.
  return ["'self'", origin, origin.replace(/^http/, "ws")];
}
