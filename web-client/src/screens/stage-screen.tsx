import type { ChatStatus } from "@serendip/client";
import { AwayNotice, SignalingNotice } from "../components/call-notices.tsx";
import { ControlBar } from "../components/control-bar.tsx";
import { FullScreenButton } from "../components/full-screen-button.tsx";
import { PartnerView } from "../components/partner-view.tsx";
import { ProblemPanel } from "../components/problem-panel.tsx";
import { QualityIndicator } from "../components/quality-indicator.tsx";
import { SelfView } from "../components/self-view.tsx";
import { useMatchNotice } from "../notices/use-match-notice.ts";
import { CALL } from "../text.ts";
import type { VideoChatState } from "../use-video-chat.ts";
import { useWakeLock } from "../use-wake-lock.ts";
import {
  ConnectingCard,
  PartnerLeftCard,
  RequestingCard,
  ReturningCard,
  SearchingCard,
} from "./waiting-cards.tsx";

/** From the permission prompt to the end: one screen, so that videos, controls and focus stay where they are. */
export function StageScreen({
  chat,
  onSettings,
}: {
  readonly chat: VideoChatState;
  readonly onSettings: () => void;
}) {
  const { status, problem } = chat;
  const inCall = status.phase === "connected" || status.phase === "reconnecting";
  useWakeLock(inCall);
  useMatchNotice(status.phase);
  const serverProblem = problem?.area === "server";
  return (
    <div className="stage" data-phase={status.phase}>
      {problem && !(inCall && serverProblem) && (
        <ProblemPanel problem={problem} chat={chat} onChooseDevice={onSettings} layout="banner" />
      )}
      {inCall && <SignalingNotice chat={chat} />}
      <div className="picture">
        <PartnerView
          stream={inCall ? chat.remoteStream : undefined}
          partner={inCall ? chat.partner : undefined}
        />
        <StageCard status={status} chat={chat} />
        {inCall && <QualityIndicator quality={status.phase === "connected" ? chat.quality : undefined} />}
        <FullScreenButton offered={inCall} />
        <SelfView
          stream={chat.localStream}
          camera={chat.camera}
          microphone={chat.microphone}
          actions={chat.actions}
        />
      </div>
      <ControlBar chat={chat} onSettings={onSettings} />
    </div>
  );
}

function StageCard({ status, chat }: { readonly status: ChatStatus; readonly chat: VideoChatState }) {
  switch (status.phase) {
    case "returning":
      return <ReturningCard signaling={chat.signaling} />;
    case "requesting-media":
      return <RequestingCard status={status} />;
    case "searching":
      return <SearchingCard status={status} chat={chat} />;
    case "connecting":
      return <ConnectingCard status={status} />;
    case "partner-left":
      return <PartnerLeftCard status={status} />;
    case "reconnecting":
    case "connected":
      return (
        <>
          <h1 className="visually-hidden" tabIndex={-1} data-focus>
            {CALL.title}
          </h1>
          {status.phase === "reconnecting" && <AwayNotice status={status} />}
        </>
      );
    case "idle":
    case "failed":
      return undefined;
  }
}
