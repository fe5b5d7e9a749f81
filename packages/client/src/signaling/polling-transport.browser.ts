import { Fetch } from "socket.io-client";

/** How long the last words of a connection may take; after that nobody waits for them. */
const CLOSE_MS = 1_000;

/**
 * Engine.IO's HTTP long-polling, whose requests end with the connection. The library's own go on waiting, and while a network is
 * cut the few connections that a browser has to one server would all be taken by them.
 */
export class AbortablePolling extends Fetch {
  readonly #end = new AbortController();

  override doPoll(): void {
    this.#ask("GET").then(
      (text) => this.onData(text),
      (error: unknown) => this.#fail("fetch read error", error),
    );
  }

  override doWrite(data: string, callback: () => void): void {
    this.#ask("POST", data).then(callback, (error: unknown) => this.#fail("fetch write error", error));
  }

  override doClose(): void {
    if (this.readyState === "open") {
      super.doClose();
      this.endSoon();
    } else this.#end.abort();
  }

  /** Engine.IO closes a transport only once everything was sent, which a dead network never takes. */
  endSoon(): void {
    setTimeout(() => this.#end.abort(), CLOSE_MS);
  }

  async #ask(method: "GET" | "POST", body?: string): Promise<string> {
    const headers = new Headers(this.opts.extraHeaders);
    if (body !== undefined) headers.set("content-type", "text/plain;charset=UTF-8");
    const response = await fetch(this.uri(), {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      cache: "no-store",
      credentials: this.opts.withCredentials ? "include" : "same-origin",
      signal: this.#end.signal,
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`status ${response.status}`);
    return text;
  }

  #fail(reason: string, error: unknown): void {
    if (!this.#end.signal.aborted) this.onError(reason, error);
  }
}
