import { CheckLink } from "../components/check-link.tsx";
import { BrandMark, Icon } from "../components/icons.tsx";
import { ToggleButton } from "../components/toggle-button.tsx";
import { CONTROLS, HOME } from "../text.ts";
import type { VideoChatState } from "../use-video-chat.ts";

interface HomeScreenProps {
  readonly chat: VideoChatState;
  readonly onSettings: () => void;
}

/** What will happen, before anything does. */
export function HomeScreen({ chat, onSettings }: HomeScreenProps) {
  const { actions, canGoOn } = chat;
  return (
    <div className="home">
      <section className="hero">
        <div className="hero-mark">
          <BrandMark />
        </div>
        <h1 tabIndex={-1} data-focus>
          {HOME.title}
        </h1>
        <p className="lead">{HOME.lead}</p>
        {canGoOn && <p className="left-call">{HOME.goOnHint}</p>}
        <div className="starts">
          {canGoOn && (
            <button type="button" className="primary start" onClick={actions.goOn}>
              {HOME.goOn}
            </button>
          )}
          <button
            type="button"
            className={canGoOn ? "secondary start" : "primary start"}
            onClick={actions.start}
          >
            {HOME.start}
          </button>
        </div>
        <p className="start-hint">{HOME.startHint(chat.camera.enabled)}</p>
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for form fields */}
        <div className="join-with" role="group" aria-label={HOME.joinGroup}>
          <ToggleButton kind="microphone" device={chat.microphone} actions={actions} />
          <ToggleButton kind="camera" device={chat.camera} actions={actions} />
          <button type="button" className="control" onClick={onSettings}>
            <Icon name="settings" />
            <span>{CONTROLS.settings}</span>
          </button>
        </div>
        {chat.ice.relayOnly && (
          <p className="hidden-address">
            <Icon name="shield" />
            <span>{HOME.hidden}</span>
          </p>
        )}
      </section>
      <section className="explain" aria-labelledby="what-happens">
        <h2 id="what-happens">{HOME.stepsTitle}</h2>
        <ol className="steps">
          {HOME.steps.map((step) => (
            <li key={step.title}>
              <strong>{step.title}</strong>
              <span>{step.detail}</span>
            </li>
          ))}
        </ol>
        <ul className="trust">
          {HOME.trust.map((sentence) => (
            <li key={sentence}>
              <Icon name="shield" />
              <span>{sentence}</span>
            </li>
          ))}
        </ul>
        <p className="trouble">
          {HOME.trouble} <CheckLink />
        </p>
      </section>
    </div>
  );
}
