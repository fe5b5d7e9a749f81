import type { ChatStatus } from "@serendip/client";
import { useEffect, useRef, useState } from "react";
import { Announcements, AnnouncerProvider } from "./components/announcements.tsx";
import { ChatStatus as StatusLine } from "./components/chat-status.tsx";
import { BrandMark } from "./components/icons.tsx";
import { LazySettings } from "./components/lazy-settings.tsx";
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
  const failed = status.phase === "failed";
  const [settings, setSettings] = useState<{ readonly afterFailure: boolean }>();
  const openSettings = () => setSettings({ afterFailure: failed });
  // A chat that fails has something to say that must not lie under a dialog.
  const settingsOpen = settings !== undefined && settings.afterFailure === failed;
  const screen = screenOf(status);

  useFocusRescue(main);
  useEffect(() => {
    document.title = documentTitle(status);
  }, [status]);

  return (
    <AnnouncerProvider>
      <div className="page" data-screen={screen}>
        <header className="top">
          <span className="brand">
            <BrandMark />
            {PRODUCT.name}
          </span>
          <StatusLine status={status} />
          <Announcements />
        </header>
        <main ref={main}>
          {screen === "home" && <HomeScreen chat={chat} onSettings={openSettings} />}
          {status.phase === "failed" && (
            <ProblemScreen error={status.error} chat={chat} onSettings={openSettings} />
          )}
          {screen === "stage" && <StageScreen chat={chat} onSettings={openSettings} />}
        </main>
        <LazySettings chat={chat} open={settingsOpen} onClose={() => setSettings(undefined)} />
      </div>
    </AnnouncerProvider>
  );
}

function screenOf({ phase }: ChatStatus): "home" | "stage" | "problem" {
  if (phase === "idle") return "home";
  return phase === "failed" ? "problem" : "stage";
}
