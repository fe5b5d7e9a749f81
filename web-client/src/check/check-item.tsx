import type { CheckRow } from "@serendip/client/checks";
import { Icon, type IconName } from "../components/icons.tsx";
import { useMediaRef } from "../use-media-ref.ts";
import { CHECK_PAGE, CHECK_TITLE, findingText, STATE_TEXT } from "./check-text.ts";
import { LevelMeter } from "./level-meter.tsx";

const ICON: Record<CheckRow["state"], IconName> = {
  waiting: "dash",
  running: "clock",
  ok: "check",
  failed: "cross",
  unknown: "question",
  "not-configured": "dash",
};

/** One check: a sign and words for what came of it, and what to do. */
export function CheckItem({
  row,
  rows,
  stream,
}: {
  readonly row: CheckRow;
  readonly rows: readonly CheckRow[];
  readonly stream: MediaStream | undefined;
}) {
  const { name, state } = row;
  const { what, help, fixes } = findingText(row, rows);
  const works = state === "ok" && stream !== undefined;
  return (
    <li className="check-item" data-state={state}>
      <Icon name={ICON[state]} />
      <h2>{CHECK_TITLE[name]}</h2>
      <span className="check-state">{STATE_TEXT[state]}</span>
      {what && <p>{what}</p>}
      {help && <p className="check-help">{help}</p>}
      {fixes && (
        <ul>
          {fixes.map((fix) => (
            <li key={fix}>{fix}</li>
          ))}
        </ul>
      )}
      {works && name === "camera" && <Preview stream={stream} />}
      {works && name === "microphone" && <LevelMeter stream={stream} />}
    </li>
  );
}

function Preview({ stream }: { readonly stream: MediaStream }) {
  const ref = useMediaRef(stream);
  return (
    <video ref={ref} className="check-preview" aria-label={CHECK_PAGE.preview} autoPlay playsInline muted />
  );
}
