import { PRODUCT } from "../text.ts";
import { CHECK_PAGE, CHECK_TITLE, STATE_TEXT } from "./check-text.ts";
import type { CheckRow } from "./check-view.ts";

/** What was found, without any address, token or device name. */
export function reportText(rows: readonly CheckRow[], browser: string): string {
  return [
    `${PRODUCT.name}: ${CHECK_PAGE.title}`,
    `Browser: ${browser}`,
    ...rows.map(
      ({ name, state, why }) =>
        `${CHECK_TITLE[name]}: ${STATE_TEXT[state]}${why === undefined ? "" : ` (${why})`}`,
    ),
  ].join("\n");
}
