import type { ChatError } from "@serendip/client";
import { type ProblemButton, problemButtons } from "../problem-buttons.ts";
import { checkHelps, problemText } from "../problem-text.ts";
import { RETRY_COUNTDOWN } from "../text.ts";
import { useSecondsUntil } from "../use-seconds.ts";
import type { VideoChatState } from "../use-video-chat.ts";
import { CheckLink } from "./check-link.tsx";
import { Icon } from "./icons.tsx";

interface ProblemPanelProps {
  readonly problem: ChatError;
  readonly chat: VideoChatState;
  readonly onChooseDevice: () => void;
  /** `screen`: there is nothing else on the page; `banner`: above what goes on. */
  readonly layout: "screen" | "banner";
}

/** A problem in words, with the buttons that help. Only what stays the same is in the alert, so that it is read out once. */
export function ProblemPanel({ problem, chat, onChooseDevice, layout }: ProblemPanelProps) {
  const { title, advice, fixes } = problemText(problem);
  const press = ({ does }: ProblemButton) => {
    if (does === "choose-device") onChooseDevice();
    else if (does === "reload") window.location.reload();
    else if (does === "show-address") {
      chat.actions.setRelayOnly(false);
      chat.actions.start();
    } else chat.actions[does]();
  };
  const checkFirst = problem.action === "check";
  return (
    <div className="problem" data-layout={layout}>
      <Icon name={problem.code === "media-allowed" ? "check" : "warning"} />
      <div role="alert" className="problem-text">
        {layout === "screen" ? (
          <h1 tabIndex={-1} data-focus>
            {title}
          </h1>
        ) : (
          <strong>{title}</strong>
        )}
        <p>{advice}</p>
        {fixes && (
          <ol>
            {fixes.map((fix) => (
              <li key={fix}>{fix}</li>
            ))}
          </ol>
        )}
      </div>
      <div className="problem-actions">
        <RetryCountdown problem={problem} chat={chat} />
        {checkFirst && <CheckLink className="primary" />}
        {problemButtons(problem, chat).map((button, index) => (
          <button
            key={button.label}
            type="button"
            className={index === 0 && !checkFirst ? "primary" : "secondary"}
            onClick={() => press(button)}
          >
            {button.label}
          </button>
        ))}
        {checkHelps(problem) && !checkFirst && <CheckLink newTab={chat.status.phase !== "failed"} />}
      </div>
    </div>
  );
}

function RetryCountdown({ problem, chat }: { readonly problem: ChatError; readonly chat: VideoChatState }) {
  const { signaling } = chat;
  if (problem.area !== "server") return undefined;
  if (signaling.state === "connecting") return <p className="countdown">{RETRY_COUNTDOWN(0)}</p>;
  if (signaling.state !== "waiting" && signaling.state !== "offline") return undefined;
  return <Countdown at={signaling.retryAt} />;
}

function Countdown({ at }: { readonly at: number }) {
  return <p className="countdown">{RETRY_COUNTDOWN(useSecondsUntil(at))}</p>;
}
