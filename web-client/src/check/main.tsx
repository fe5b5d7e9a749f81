import { type Checks, createChecks } from "@serendip/client/checks";
import { StrictMode, useEffect, useSyncExternalStore } from "react";
import { createRoot } from "react-dom/client";
import { ICE_SERVERS } from "../built-in.ts";
import { CrashGuard } from "../components/crash-guard.tsx";
import { loadConfig, pageSources } from "../config.ts";
import { narrowConnections } from "../connection-policy.ts";
import { ConfigProblemScreen } from "../screens/config-problem-screen.tsx";
import { CheckPage } from "./check-page.tsx";
import "../style.css";
import "../styles/check.css";

function Page({ checks }: { readonly checks: Checks }) {
  const view = useSyncExternalStore(checks.subscribe, checks.getSnapshot);
  useEffect(() => () => checks.dispose(), [checks]);
  return <CheckPage view={view} onRun={checks.run} onRelease={checks.release} />;
}

async function main(): Promise<void> {
  const root = document.getElementById("root");
  if (!root) throw new Error("The page has no element with the id root.");
  const reading = await loadConfig(pageSources("../"));
  if (reading.ok && import.meta.env.PROD) narrowConnections(reading.config.signalingUrl);
  const page = reading.ok ? (
    <Page checks={createChecks({ ...reading.config, iceServers: ICE_SERVERS })} />
  ) : (
    <ConfigProblemScreen problem={reading.problem} />
  );
  createRoot(root).render(
    <StrictMode>
      <CrashGuard>{page}</CrashGuard>
    </StrictMode>,
  );
}

void main();
