import type { ChatError } from "@serendip/client";
import { ProblemPanel } from "../components/problem-panel.tsx";
import type { VideoChatState } from "../use-video-chat.ts";

interface ProblemScreenProps {
  readonly error: ChatError;
  readonly chat: VideoChatState;
  readonly onSettings: () => void;
}

/** The chat cannot go on as it is. */
export function ProblemScreen({ error, chat, onSettings }: ProblemScreenProps) {
  return (
    <div className="problem-screen">
      <ProblemPanel problem={error} chat={chat} onChooseDevice={onSettings} layout="screen" />
    </div>
  );
}
