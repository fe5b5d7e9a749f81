import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { CrashGuard } from "../components/crash-guard.tsx";
import { loadConfig, pageSources } from "../config.ts";
import { CheckPage } from "./check-page.tsx";
import { NOTHING_CHECKED } from "./check-view.ts";
import "../style.css";
import "../styles/check.css";

async function main(): Promise<void> {
  const root = document.getElementById("root");
  if (!root) throw new Error("The page has no element with the id root.");
  await loadConfig(pageSources("../"));
  createRoot(root).render(
    <StrictMode>
      <CrashGuard>
        <CheckPage view={NOTHING_CHECKED} onRun={() => {}} onRelease={() => {}} />
      </CrashGuard>
    </StrictMode>,
  );
}

void main();
