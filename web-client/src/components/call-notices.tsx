import type { ChatStatus } from "@serendip/client";
import { ACTION_TEXT, CALL, CHECKING, isChallenged } from "../text.ts";
import { useLasting, useSecondsUntil } from "../use-seconds.ts";
import type { VideoChatState } from "../use-video-chat.ts";
import { useAnnouncement } from "./announcements.tsx";

/** The picture has stopped; it stays visible underneath. */
export function AwayNotice({
  status,
}: {
  readonly status: Extract<ChatStatus, { readonly phase: "reconnecting" }>;
}) {
  const seconds = useSecondsUntil(status.until);
  return (
    <div className="away">
      <strong>{CALL.away[status.cause]}</strong>
      <span>{CALL.awayLeft(seconds)}</span>
    </div>
  );
}

/** Shorter losses are nobody's concern, and a line that comes and goes at each attempt would move the picture. */
const NOTICE_AFTER_MS = 1_500;

/** The call outlives its server: one quiet line beside the picture. */
export function SignalingNotice({ chat }: { readonly chat: VideoChatState }) {
  const { signaling } = chat;
  const { state } = signaling;
  const why = "why" in signaling ? signaling.why : undefined;
  const away = useLasting(state !== "online" && state !== "closed", NOTICE_AFTER_MS);
  const goesOn = chat.status.phase === "connected" && chat.quality?.level !== "stalled";
  const checking = isChallenged(signaling);
  const said = checking ? CHECKING.inCall : why && CALL.serverPause[why];
  const lost = goesOn ? CALL.signalingLostInCall : CALL.signalingLost;
  const text = said ? `${said}${goesOn ? ` ${CALL.goesOn}` : ""}` : lost;
  useAnnouncement(away ? text : undefined);
  if (!away) return undefined;
  // `retry` mends a device first, where one is missing; and no press makes a pause or a check shorter that the server asks for.
  const retryMeansServer = chat.problem?.area !== "media" && !said;
  return (
    <div className="signaling-notice">
      <span className="dot" data-server={state} aria-hidden="true" />
      <span>{text}</span>
      {retryMeansServer && (
        <button type="button" className="link" onClick={chat.actions.retry}>
          {ACTION_TEXT["retry-now"]}
        </button>
      )}
    </div>
  );
}
