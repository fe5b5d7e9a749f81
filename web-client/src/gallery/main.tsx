import { type Clock, systemClock } from "@serendip/time";
import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { App } from "../app.tsx";
import { CheckPage } from "../check/check-page.tsx";
import { ConfigProblemScreen } from "../screens/config-problem-screen.tsx";
import { fakeChat } from "../testing/fake-chat.ts";
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
import { GALLERY_NOW, snapshotOf } from "./states.ts";
import "../style.css";
import "../styles/check.css";

// Time stands still, so that two screenshots of a state are the same.
const standingClock: Clock = { ...systemClock(), now: () => GALLERY_NOW };

function State({ name }: { readonly name: StateName }) {
  const [chat] = useState(() => {
    const pictures = {
      self: pictureStream("self"),
      partner: pictureStream("partner"),
      partnerWithoutCamera: new MediaStream(),
    };
    return fakeChat(snapshotOf(name, pictures));
  });
  return (
    <ClockContext value={standingClock}>
      <App chat={useVideoChat(chat)} />
    </ClockContext>
  );
}

function CheckState({ name }: { readonly name: CheckStateName }) {
  const [view] = useState(() => checkViewOf(name, pictureStream("self")));
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

function refuseSound(): void {
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function (this: HTMLMediaElement) {
    return this.muted ? play.call(this) : Promise.reject(new DOMException("No press yet", "NotAllowedError"));
  };
}

function openSettings(): void {
  document.querySelector<HTMLDialogElement>("dialog.settings")?.showModal();
}

function openQuality(): void {
  document.querySelector<HTMLElement>(".quality-button")?.click();
}

const wanted = new URLSearchParams(window.location.search).get("state");
const name = STATE_NAMES.find((known) => known === wanted);
const check = CHECK_STATE_NAMES.find((known) => known === wanted);
const config = CONFIG_STATE_NAMES.find((known) => known === wanted);
if (name === "sound-blocked") refuseSound();

function Shown() {
  if (name) return <State name={name} />;
  if (check) return <CheckState name={check} />;
  return config ? <ConfigProblemScreen problem={CONFIG_STATES[config]} /> : <Contents />;
}

const root = document.getElementById("root");
if (root)
  createRoot(root).render(
    <StrictMode>
      <Shown />
    </StrictMode>,
  );
if (name?.startsWith("settings")) window.setTimeout(openSettings, 100);
if (name === "connected-quality-details") window.setTimeout(openQuality, 100);
