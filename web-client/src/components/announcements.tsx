import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";

interface Announcement {
  readonly key: number;
  readonly text: string;
}

interface Announcer {
  /** Says `text`, which holds until what is returned is called. */
  readonly say: (text: string) => () => void;
}

const AnnouncerContext = createContext<Announcer>({ say: () => () => {} });
const AnnouncedContext = createContext<readonly Announcement[]>([]);

/** Gathers what is to be read out, for the `Announcements` below it. */
export function AnnouncerProvider({ children }: { readonly children: ReactNode }) {
  const [announced, setAnnounced] = useState<readonly Announcement[]>([]);
  const announcer = useMemo(() => {
    let key = 0;
    const say = (text: string) => {
      key += 1;
      const mine = { key, text };
      setAnnounced((all) => [...all, mine]);
      return () => setAnnounced((all) => all.filter((one) => one !== mine));
    };
    return { say };
  }, []);
  return (
    <AnnouncerContext.Provider value={announcer}>
      <AnnouncedContext.Provider value={announced}>{children}</AnnouncedContext.Provider>
    </AnnouncerContext.Provider>
  );
}

/** Has `text` read out when it comes; undefined: there is nothing to say any more. */
export function useAnnouncement(text: string | undefined): void {
  const { say } = useContext(AnnouncerContext);
  useEffect(() => (text === undefined ? undefined : say(text)), [say, text]);
}

/**
 * A live region with all that holds at the moment, of which what is new is read out. While a modal dialog is open everything
 * outside it is silent, so that the dialog needs a region of its own.
 */
export function Announcements({ also = [] }: { readonly also?: readonly string[] }) {
  const announced = useContext(AnnouncedContext);
  return (
    <div className="announcements visually-hidden" aria-live="polite">
      {also.map((text) => (
        <p key={text}>{text}</p>
      ))}
      {announced.map(({ key, text }) => (
        <p key={key}>{text}</p>
      ))}
    </div>
  );
}
