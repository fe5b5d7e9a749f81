import type { ChatSnapshot, ChatStatus } from "@serendip/client";
import type { ReactNode } from "react";
import { useAnnouncement } from "../components/announcements.tsx";
import { HealthHint } from "../components/health-hint.tsx";
import { SearchDetails } from "../components/search-details.tsx";
import {
  CHECKING,
  CONNECTING,
  isChallenged,
  LOADING,
  PARTNER_LEFT,
  PARTNER_LEFT_COUNTDOWN,
  REQUESTING,
  RETURNING,
  SEARCH_WAITS,
  TOO_SOON,
  WAITING,
} from "../text.ts";
import { useSecondsSince, useSecondsUntil } from "../use-seconds.ts";

type StatusOf<Phase extends ChatStatus["phase"]> = Extract<ChatStatus, { readonly phase: Phase }>;

const PROMPT_HINT_AFTER_S = 10;
const SLOW_CONNECTING_AFTER_S = 8;

/** Whether the partner has waited is not known yet. */
export function ReturningCard({ signaling }: Pick<ChatSnapshot, "signaling">) {
  if (isChallenged(signaling)) return <CheckingCard />;
  return <Card title={RETURNING.title} detail={RETURNING.detail} busy />;
}

/** The browser asks for camera and microphone, or is about to. */
export function RequestingCard({ status }: { readonly status: StatusOf<"requesting-media"> }) {
  const seconds = useSecondsSince(status.since);
  if (status.loading) return <Card title={LOADING.title} detail={LOADING.detail} busy />;
  return (
    <Card title={REQUESTING.title} detail={REQUESTING.detail} busy>
      {seconds >= PROMPT_HINT_AFTER_S && <p className="hint">{REQUESTING.hint}</p>}
    </Card>
  );
}

interface SearchingCardProps {
  readonly status: StatusOf<"searching">;
  readonly chat: Pick<ChatSnapshot, "signaling" | "problem" | "ice" | "health">;
}

export function SearchingCard({ status, chat }: SearchingCardProps) {
  const { signaling, problem } = chat;
  if (status.askAt !== undefined) return <TooSoonCard askAt={status.askAt} />;
  if (isChallenged(signaling))
    return (
      <CheckingCard>
        <SearchDetails status={status} signaling={signaling} />
      </CheckingCard>
    );
  const waitsFor = whatSearchWaitsFor(chat);
  return (
    <Card {...(waitsFor ? SEARCH_WAITS[waitsFor] : WAITING)} busy>
      <SearchDetails status={status} signaling={signaling} />
      {!problem && <HealthHint {...chat} />}
    </Card>
  );
}

/** The same as the banner says, which stays while the next attempt is under way. */
function whatSearchWaitsFor({
  signaling,
  problem,
}: SearchingCardProps["chat"]): keyof typeof SEARCH_WAITS | undefined {
  if ("why" in signaling && signaling.why) return signaling.why;
  if (problem?.code === "server-full") return "full";
  if (problem?.code === "too-fast") return "too-fast";
  const { state } = signaling;
  const isAway = state === "waiting" || state === "offline" || problem?.code === "server-unreachable";
  return isAway ? "server" : undefined;
}

/** Read out once, however many challenges it takes. */
function CheckingCard({ children }: { readonly children?: ReactNode }) {
  useAnnouncement(`${CHECKING.title}. ${CHECKING.detail}`);
  return (
    <Card title={CHECKING.title} detail={CHECKING.detail} busy>
      {children}
    </Card>
  );
}

/** Read out once, and not each second. */
function TooSoonCard({ askAt }: { readonly askAt: number }) {
  const seconds = useSecondsUntil(askAt);
  useAnnouncement(TOO_SOON.detail);
  return (
    <Card title={TOO_SOON.title} detail={TOO_SOON.detail} busy>
      <p className="countdown">{TOO_SOON.countdown(seconds)}</p>
    </Card>
  );
}

export function ConnectingCard({ status }: { readonly status: StatusOf<"connecting"> }) {
  const slow = useSecondsSince(status.since) >= SLOW_CONNECTING_AFTER_S;
  return <Card title={CONNECTING.title} detail={slow ? CONNECTING.slow : CONNECTING.detail} busy />;
}

export function PartnerLeftCard({ status }: { readonly status: StatusOf<"partner-left"> }) {
  return (
    <Card
      title={PARTNER_LEFT[status.reason]}
      detail={PARTNER_LEFT_COUNTDOWN(useSecondsUntil(status.nextAt))}
    />
  );
}

interface CardProps {
  readonly title: string;
  readonly detail: string;
  readonly busy?: boolean;
  readonly children?: ReactNode;
}

function Card({ title, detail, busy = false, children }: CardProps) {
  return (
    <div className="card">
      {busy && (
        <div className="searching-rings" aria-hidden="true">
          <span />
          <span />
          <span />
        </div>
      )}
      <h1 tabIndex={-1} data-focus>
        {title}
      </h1>
      <p>{detail}</p>
      {children}
    </div>
  );
}
