import { CheckLink } from "../components/check-link.tsx";
import { BrandMark, Icon } from "../components/icons.tsx";
import { PrivacySwitch } from "../components/privacy-switch.tsx";
import { ToggleButton } from "../components/toggle-button.tsx";
import { HOME } from "../text.ts";
import type { VideoChatState } from "../use-video-chat.ts";

/** What will happen, before anything does. */
export function HomeScreen({ chat }: { readonly chat: VideoChatState }) {
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
        <button type="button" className="primary start" onClick={chat.actions.start}>
          {HOME.start}
        </button>
        <p className="start-hint">{HOME.startHint(chat.camera.enabled)}</p>
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for form fields */}
        <div className="join-with" role="group" aria-label={HOME.joinGroup}>
          <ToggleButton kind="microphone" device={chat.microphone} actions={chat.actions} />
          <ToggleButton kind="camera" device={chat.camera} actions={chat.actions} />
        </div>
        <PrivacySwitch chat={chat} brief />
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
