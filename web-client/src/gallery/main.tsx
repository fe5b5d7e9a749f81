import { type Clock, systemClock } from "@serendip/time";
import { StrictMode, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { App } from "../app.tsx";
import { CheckPage } from "../check/check-page.tsx";
import { ConfigProblemScreen } from "../screens/config-problem-screen.tsx";
import { fakeChat } from "../testing/fake-chat.ts";
import { CONTROLS } from "../text.ts";
import { ClockContext } from "../use-seconds.ts";
import { useVideoChat } from "../use-video-chat.ts";
import { checkViewOf } from "./check-states.ts";
import { CONFIG_STATES } from "./config-states.ts";
import { pictureStream } from "./pictures.ts";
import {
  CHECK_STATE_NAMES,
  type CheckStateName,
  CONFIG_STATE_NAMES,
  STATE_NAMES,
  type StateName,
} from "./state-names.ts";
import { GALLERY_NOW } from "./state-parts.ts";
import { snapshotOf } from "./states.ts";
import "../style.css";
import "../styles/check.css";

// Time stands still, so that two screenshots of a state are the same.
const standingClock: Clock = { ...systemClock(), now: () => GALLERY_NOW };

const SELF = pictureStream("self");
const PARTNER = pictureStream("partner");

function State({ name }: { readonly name: StateName }) {
  const [chat] = useState(() => {
    const pictures = {
      self: SELF,
      partner: PARTNER,
      partnerWithoutCamera: new MediaStream(),
    };
    return fakeChat(snapshotOf(name, pictures));
  });
  return (
    <ClockContext.Provider value={standingClock}>
      <App chat={useVideoChat(chat)} />
    </ClockContext.Provider>
  );
}

function CheckState({ name }: { readonly name: CheckStateName }) {
  const [view] = useState(() => checkViewOf(name, SELF));
  return <CheckPage view={view} onRun={() => {}} onRelease={() => {}} />;
}

function Contents() {
  return (
    <main>
      <h1>Every state</h1>
      <ul>
        {[...STATE_NAMES, ...CHECK_STATE_NAMES, ...CONFIG_STATE_NAMES].map((name) => (
          <li key={name}>
            <a href={`?state=${name}`}>{name}</a>
          </li>
        ))}
      </ul>
    </main>
  );
}

let soundRefused = false;

function refuseSound(): void {
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function (this: HTMLMediaElement) {
    return this.muted || !soundRefused
      ? play.call(this)
      : Promise.reject(new DOMException("No press yet", "NotAllowedError"));
  };
}

/** Presses what a state is about. */
function open(name: StateName): void {
  if (name.startsWith("settings")) {
    const buttons = [...document.querySelectorAll<HTMLElement>("main button")];
    buttons.find(({ textContent }) => textContent === CONTROLS.settings)?.click();
  }
  if (name === "connected-quality-details")
    document.querySelector<HTMLElement>('.quality-button[aria-expanded="false"]')?.click();
}

const readWanted = () => new URLSearchParams(window.location.search).get("state");

/** The state in the address. It may change without a load (`history.pushState`, then a `popstate` event): axe sees them all in one page. */
function useWanted(): string | null {
  const [wanted, setWanted] = useState(readWanted);
  useEffect(() => {
    const look = () => setWanted(readWanted());
    window.addEventListener("popstate", look);
    return () => window.removeEventListener("popstate", look);
  }, []);
  return wanted;
}

function Shown() {
  const wanted = useWanted();
  const name = STATE_NAMES.find((known) => known === wanted);
  const check = CHECK_STATE_NAMES.find((known) => known === wanted);
  const config = CONFIG_STATE_NAMES.find((known) => known === wanted);
  useEffect(() => {
    if (name) open(name);
    document.documentElement.dataset["state"] = wanted ?? "";
  }, [name, wanted]);
  soundRefused = name === "sound-blocked";
  if (name) return <State key={name} name={name} />;
  if (check) return <CheckState key={check} name={check} />;
  return config ? <ConfigProblemScreen problem={CONFIG_STATES[config]} /> : <Contents />;
}

refuseSound();
const root = document.getElementById("root");
if (root)
  createRoot(root).render(
    <StrictMode>
      <Shown />
    </StrictMode>,
  );
