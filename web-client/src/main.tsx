import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { CrashGuard } from "./components/crash-guard.tsx";
import { loadConfig, type PageConfig, pageSources } from "./config.ts";
import { builtInIceServers } from "./ice-env.ts";
import { useVideoChat } from "./use-video-chat.ts";
import "./style.css";

function Page({ config }: { readonly config: PageConfig }) {
  return <App chat={useVideoChat({ ...config, iceServers: builtInIceServers() })} />;
}

async function main(): Promise<void> {
  const root = document.getElementById("root");
  if (!root) throw new Error("The page has no element with the id root.");
  const config = await loadConfig(pageSources());
  createRoot(root).render(
    <StrictMode>
      <CrashGuard>
        <Page config={config} />
      </CrashGuard>
    </StrictMode>,
  );
}

void main();
