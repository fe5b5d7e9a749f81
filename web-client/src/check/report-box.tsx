import type { CheckRow } from "@serendip/client/checks";
import { useId, useState } from "react";
import { CHECK_PAGE } from "./check-text.ts";
import { reportText } from "./report-text.ts";

/** The outcome as text, for somebody who helps. */
export function ReportBox({ rows }: { readonly rows: readonly CheckRow[] }) {
  const title = useId();
  const [copied, setCopied] = useState<"yes" | "no">();
  const report = reportText(rows, navigator.userAgent);
  const copy = () => {
    // Absent on pages that are not secure.
    const clipboard = navigator.clipboard as Clipboard | undefined;
    const writing = clipboard ? clipboard.writeText(report) : Promise.reject(new Error("no clipboard"));
    writing.then(
      () => setCopied("yes"),
      () => setCopied("no"),
    );
  };
  return (
    <section className="report" aria-labelledby={title}>
      <h2 id={title}>{CHECK_PAGE.reportTitle}</h2>
      <p>{CHECK_PAGE.reportHint}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it can scroll, and a keyboard has to reach it */}
      <pre tabIndex={0}>{report}</pre>
      <div className="check-run">
        <button type="button" className="secondary" onClick={copy}>
          {CHECK_PAGE.copy}
        </button>
        <span aria-live="polite">
          {copied === "yes" && CHECK_PAGE.copied}
          {copied === "no" && CHECK_PAGE.copyFailed}
        </span>
      </div>
    </section>
  );
}
