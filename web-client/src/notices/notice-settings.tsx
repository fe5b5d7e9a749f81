import { type ReactNode, useId, useState } from "react";
import { isWanted, type NoticeKind, remember } from "./notice-store.ts";
import { NOTICES } from "./notice-text.ts";
import { askForNotifications, notificationAccess } from "./notification.ts";

/** How a person in another tab hears of a partner. */
export function NoticeSettings() {
  const [sound, setSound] = useState(() => isWanted("sound"));
  const [access, setAccess] = useState(notificationAccess);
  const [notification, setNotification] = useState(() => isWanted("notification"));

  const choose = (kind: NoticeKind, on: boolean) => {
    remember(kind, on ? "on" : "off");
    if (kind === "sound") setSound(on);
    else setNotification(on);
  };
  const chooseNotification = async (on: boolean) => {
    choose("notification", on);
    if (!on) return;
    const answer = await askForNotifications();
    setAccess(answer);
    if (answer === "unsupported") choose("notification", false);
  };

  return (
    <section className="connection">
      <h3>{NOTICES.title}</h3>
      <Switch checked={sound} onChange={(on) => choose("sound", on)}>
        {NOTICES.sound}
      </Switch>
      {access === "unsupported" ? (
        // Only for who has tried: elsewhere there is nothing to miss.
        notificationAccess() !== "unsupported" && <p>{NOTICES.unsupported}</p>
      ) : (
        <Switch
          checked={notification && access === "granted"}
          disabled={access === "refused"}
          onChange={(on) => void chooseNotification(on)}
          note={access === "refused" ? NOTICES.refused : undefined}
        >
          {NOTICES.notification}
        </Switch>
      )}
    </section>
  );
}

interface SwitchProps {
  readonly checked: boolean;
  readonly disabled?: boolean;
  readonly onChange: (on: boolean) => void;
  readonly note?: string | undefined;
  readonly children: ReactNode;
}

function Switch({ checked, disabled = false, onChange, note, children }: SwitchProps) {
  const id = useId();
  return (
    <div className="switch">
      <label>
        <input
          type="checkbox"
          checked={checked}
          disabled={disabled}
          aria-describedby={note === undefined ? undefined : id}
          onChange={(event) => onChange(event.target.checked)}
        />
        <span className="switch-knob" aria-hidden="true" />
        <span>{children}</span>
      </label>
      {note !== undefined && <p id={id}>{note}</p>}
    </div>
  );
}
