import type { Person } from "../people/person.ts";
import { socketIoPeople } from "../people/socket-io-person.ts";
import { libraryBackoffMs } from "./library-backoff.ts";
import type { Returning, Watching } from "./returning.ts";

/** Somebody at the bare relay, with socket.io-client's own way to come back. */
export function createLibraryPage(port: number, watching: Watching): Returning {
  const people = socketIoPeople(port);
  let person: Person;
  let attempt = 0;
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;

  const connect = (): void => {
    person = people(0, {
      onReady() {
        attempt = 0;
        watching.onOnline();
      },
      onMatched: (room) => watching.onMatched(room),
      onSignal: () => undefined,
      onClosed() {
        watching.onOffline();
        if (isOver) return;
        timer = setTimeout(connect, libraryBackoffMs(attempt, Math.random()));
        attempt += 1;
      },
    });
    person.connect();
  };

  return {
    open: connect,
    find: () => person.find(),
    close() {
      isOver = true;
      clearTimeout(timer);
      person.close();
    },
  };
}
