import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { ICE_SERVERS } from "./built-in.ts";
import { CrashGuard } from "./components/crash-guard.tsx";
import { loadConfig, type PageConfig, pageSources } from "./config.ts";
import { narrowConnections } from "./connection-policy.ts";
import { ConfigProblemScreen } from "./screens/config-problem-screen.tsx";
import { loadEngine, useVideoChat } from "./use-video-chat.ts";
import "./style.css";

function Page({ config }: { readonly config: PageConfig }) {
  return <App chat={useVideoChat({ ...config, iceServers: ICE_SERVERS })} />;
}

async function main(): Promise<void> {
  // Whoever needs it hears of a failure.
  loadEngine().catch(() => {});
  const root = document.getElementById("root");
  if (!root) throw new Error("The page has no element with the id root.");
  const reading = await loadConfig(pageSources());
  if (reading.ok && import.meta.env.PROD) narrowConnections(reading.config.signalingUrl);
  createRoot(root).render(
    <StrictMode>
      <CrashGuard>
        {reading.ok ? <Page config={reading.config} /> : <ConfigProblemScreen problem={reading.problem} />}
      </CrashGuard>
    </StrictMode>,
  );
}

void main();
