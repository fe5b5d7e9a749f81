import type { ChatStatus, SignalingStatus } from "@serendip/client";
import { serverText, WAITING } from "../text.ts";
import { useSecondsSince } from "../use-seconds.ts";

interface SearchDetailsProps {
  readonly status: Extract<ChatStatus, { readonly phase: "searching" }>;
  readonly signaling: SignalingStatus;
}

const LONG_SEARCH_S = 10;

/** For a person who has waited long: whether the server is there, and whether anybody else is. */
export function SearchDetails({ status, signaling }: SearchDetailsProps) {
  const seconds = useSecondsSince(status.since);
  const long = seconds >= LONG_SEARCH_S;
  const { crowd } = status;
  const alone = crowd !== undefined && crowd.online <= 1;
  const reached = signaling.state === "online";
  return (
    <>
      {long && reached && <p className="hint">{alone ? WAITING.alone : WAITING.long}</p>}
      <ul className="facts">
        <li>
          <span className="dot" data-server={signaling.state} aria-hidden="true" />
          {serverText(signaling)}
        </li>
        {crowd !== undefined && reached && <li>{WAITING.crowd(crowd)}</li>}
        {long && <li>{WAITING.waited(seconds)}</li>}
      </ul>
    </>
  );
}
