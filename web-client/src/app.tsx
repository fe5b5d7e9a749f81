import type { ChatStatus } from "@serendip/client";
import { useEffect, useRef } from "react";
import { ChatStatus as StatusLine } from "./components/chat-status.tsx";
import { BrandMark } from "./components/icons.tsx";
import { ProblemPanel } from "./components/problem-panel.tsx";
import { SettingsDialog } from "./components/settings-dialog.tsx";
import { HomeScreen } from "./screens/home-screen.tsx";
import { ProblemScreen } from "./screens/problem-screen.tsx";
import { StageScreen } from "./screens/stage-screen.tsx";
import { documentTitle, PRODUCT } from "./text.ts";
import { useFocusRescue } from "./use-focus-rescue.ts";
import type { VideoChatState } from "./use-video-chat.ts";

/** The whole page for a chat. */
export function App({ chat }: { readonly chat: VideoChatState }) {
  const { status } = chat;
  const main = useRef<HTMLElement>(null);
  const settings = useRef<HTMLDialogElement>(null);
  const openSettings = () => settings.current?.showModal();
  const screen = screenOf(status);

  useFocusRescue(main);
  useEffect(() => {
    document.title = documentTitle(status.phase);
  }, [status.phase]);

  return (
    <div className="page" data-screen={screen}>
      <header className="top">
        <span className="brand">
          <BrandMark />
          {PRODUCT.name}
        </span>
        <StatusLine phase={status.phase} />
      </header>
      <main ref={main}>
        {screen === "home" && (
          <>
            {chat.problem && (
              <ProblemPanel
                problem={chat.problem}
                chat={chat}
                onChooseDevice={openSettings}
                layout="banner"
              />
            )}
            <HomeScreen chat={chat} />
          </>
        )}
        {status.phase === "failed" && (
          <ProblemScreen error={status.error} chat={chat} onSettings={openSettings} />
        )}
        {screen === "stage" && <StageScreen chat={chat} onSettings={openSettings} />}
      </main>
      <SettingsDialog chat={chat} dialogRef={settings} />
    </div>
  );
}

function screenOf({ phase }: ChatStatus): "home" | "stage" | "problem" {
  if (phase === "idle") return "home";
  return phase === "failed" ? "problem" : "stage";
}
