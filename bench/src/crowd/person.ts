import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { ClientEvent, ClientReply, ServerBody, SessionState } from "@serendip/protocol";
import { answerTo, type Server } from "../page/mint.ts";
import { arrive, type Hear, helloOf, type Page } from "../page/page.ts";
import { signalOf } from "../page/pair.ts";

/** What a person would notice, by kind; empty is the promise. */
export type Notices = Map<string, number>;

export const noteIn = (notices: Notices, what: string): void =>
  void notices.set(what, (notices.get(what) ?? 0) + 1);

/** Signals of one side's way into a call: a description and a machine's candidates. */
const SIGNALS = 16;
/** How long a page says that the partner has left before it searches on. */
const PARTED_MS = 3_000;
const RETRY = { leastMs: 500, mostMs: 1_500 } as const;

/** An honest page without a browser. */
export class Person {
  readonly #server: Server;
  readonly #notices: Notices;
  readonly #tabId = randomUUID();
  readonly #deviceGroup = randomUUID();
  #token: string | undefined;
  #page: Page | undefined;
  #ticket: string | undefined;
  #state: SessionState = { kind: "idle" };
  #metAt: number | undefined;

  constructor(server: Server, notices: Notices) {
    this.#server = server;
    this.#notices = notices;
  }

  /** The room, once both have come in. */
  get roomId(): string | undefined {
    return this.#state.kind === "in-room" ? this.#state.room.roomId : undefined;
  }

  get isOpen(): boolean {
    return this.#page?.isOpen() ?? false;
  }

  /** When the first signal of the first partner who sends any came, by `performance.now`. */
  get metAt(): number | undefined {
    return this.#metAt;
  }

  async #mint(): Promise<string> {
    const answer = await answerTo(this.#server, {
      method: "POST",
      path: "/v1/sessions",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ deviceGroup: this.#deviceGroup }),
    });
    if (answer.status !== 200) throw new Error(`mint answered ${answer.status}`);
    return (JSON.parse(answer.text) as { token: string }).token;
  }

  /** Comes, or comes back with what it remembers. Tries as often as it takes, until `deadline` (of `performance.now`). */
  async come(deadline: number): Promise<boolean> {
    for (;;) {
      try {
        this.#token ??= await this.#mint();
        await this.#connect(this.#token);
        return true;
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        // A server that is being started is not there, which everybody expects.
        if (!/ECONNREFUSED|ECONNRESET|socket hang up|closed the connection/.test(why))
          noteIn(this.#notices, why);
        if (performance.now() > deadline) return false;
        await pause(RETRY.leastMs + Math.random() * (RETRY.mostMs - RETRY.leastMs));
      }
    }
  }

  async #connect(token: string): Promise<void> {
    const before = this.#page?.welcome;
    const hear: Hear = (event, body) => this.#hear(event, body);
    const more = before
      ? {
          resume: {
            sessionId: before.sessionId,
            resumeSecret: before.resumeSecret,
            epoch: before.epoch,
            peerConnection: "alive" as const,
          },
        }
      : {};
    const hello = helloOf(token, {
      tabId: this.#tabId,
      ...more,
      ...(this.#ticket && { ticket: this.#ticket }),
    });
    const page = await arrive(this.#server, hello, hear);
    this.#page = page;
    this.#state = page.welcome.state;
    this.#ticket = page.welcome.ticket ?? this.#ticket;
  }

  #hear(event: string, body: unknown): void {
    if (event === "matched") {
      const { room, ticket } = body as ServerBody<"matched">;
      this.#state = { kind: "in-room", room };
      this.#ticket = ticket;
      void this.#talk(room.roomId);
    } else if (event === "signal") this.#metAt ??= performance.now();
    else if (event === "ticket") this.#ticket = (body as ServerBody<"ticket">).ticket;
    else if (event === "partner-left") {
      this.#state = { kind: "idle" };
      void this.#goOn();
    } else if (event === "requeued")
      this.#state = { kind: "queued", requestId: (body as ServerBody<"requeued">).requestId };
    else if (event === "bye") noteIn(this.#notices, `bye ${(body as ServerBody<"bye">).code}`);
    else if (event === "problem") noteIn(this.#notices, "problem");
  }

  #judge(what: string, reply: ClientReply<ClientEvent> | undefined): void {
    if (reply && !reply.ok && !["not_in_room", "stale_generation"].includes(reply.error.code))
      noteIn(this.#notices, `${what} answered ${reply.error.code}`);
  }

  async search(): Promise<void> {
    const before = this.#state;
    const reply = await this.#page
      ?.ask("find", { requestId: randomUUID(), mediaReady: true })
      .catch(() => undefined);
    this.#judge("find", reply);
    // An event has said something newer (SPEC W11).
    if (reply?.ok && this.#state === before) this.#state = reply.state;
  }

  /** After a partner who left, as a page does it. */
  async #goOn(): Promise<void> {
    await pause(PARTED_MS);
    if (this.#state.kind === "idle" && this.isOpen) await this.next();
  }

  /** Leaves the partner for somebody else. */
  async next(): Promise<void> {
    this.#metAt = undefined;
    await this.search();
  }

  async #talk(roomId: string): Promise<void> {
    const page = this.#page;
    const say = async (what: "ready" | "media") =>
      this.#judge(
        what,
        await (what === "ready"
          ? page?.ask("ready", { requestId: randomUUID(), roomId })
          : page?.ask("media", { roomId, flowing: true })
        )?.catch(() => undefined),
      );
    await say("ready");
    for (let n = 1; n <= SIGNALS && this.roomId === roomId; n += 1)
      this.#judge("signal", await page?.ask("signal", signalOf(roomId, n)).catch(() => undefined));
    await say("media");
  }

  close(): void {
    this.#page?.close();
  }
}
