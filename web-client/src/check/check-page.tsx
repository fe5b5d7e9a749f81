import type { CheckView } from "@serendip/client/checks";
import { useRef } from "react";
import { BrandMark } from "../components/icons.tsx";
import { PRODUCT } from "../text.ts";
import { useFocusRescue } from "../use-focus-rescue.ts";
import { CheckItem } from "./check-item.tsx";
import { CHECK_PAGE, verdictText } from "./check-text.ts";
import { ReportBox } from "./report-box.tsx";

interface CheckPageProps {
  readonly view: CheckView;
  readonly onRun: () => void;
  /** Gives camera and microphone back. */
  readonly onRelease: () => void;
}

/** Runs the checks of a connection for a person in trouble. Nothing is asked for before a press. */
export function CheckPage({ view, onRun, onRelease }: CheckPageProps) {
  const main = useRef<HTMLElement>(null);
  useFocusRescue(main);
  const { rows, running, stream } = view;
  const fresh = rows.every(({ state }) => state === "waiting");
  const done = !fresh && !running;
  return (
    <div className="page" data-screen="check">
      <header className="top">
        <a className="brand" href="../">
          <BrandMark />
          {PRODUCT.name}
        </a>
        <a className="link" href="../">
          {CHECK_PAGE.home}
        </a>
      </header>
      <main ref={main} className="check">
        <h1 data-focus tabIndex={-1}>
          {CHECK_PAGE.title}
        </h1>
        <p>{CHECK_PAGE.lead}</p>
        {fresh && <p className="check-note">{CHECK_PAGE.busy}</p>}
        <div className="check-run">
          <button
            type="button"
            className="primary"
            aria-disabled={running}
            onClick={() => {
              if (!running) onRun();
            }}
          >
            {fresh ? CHECK_PAGE.start : CHECK_PAGE.again}
          </button>
          {done && stream && (
            <button type="button" className="secondary" onClick={onRelease}>
              {CHECK_PAGE.release}
            </button>
          )}
          <p role="status" aria-label={CHECK_PAGE.title} className="verdict">
            {verdictText(rows)}
          </p>
        </div>
        <ol className="checks" aria-label={CHECK_PAGE.list}>
          {rows.map((row) => (
            <CheckItem key={row.name} row={row} rows={rows} stream={stream} />
          ))}
        </ol>
        {done && <ReportBox rows={rows} />}
      </main>
    </div>
  );
}
