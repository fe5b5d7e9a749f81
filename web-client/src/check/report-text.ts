import type { CheckRow } from "@serendip/client/checks";
import { PRODUCT } from "../text.ts";
import { CHECK_PAGE, CHECK_TITLE, STATE_TEXT } from "./check-text.ts";

/** What was found, without any address, token or device name. */
export function reportText(rows: readonly CheckRow[], browser: string): string {
  return [
    `${PRODUCT.name}: ${CHECK_PAGE.title}`,
    `Browser: ${browser}`,
    ...rows.map(
      ({ name, state, why, tookMs }) =>
        `${CHECK_TITLE[name]}: ${STATE_TEXT[state]}${why === undefined ? "" : ` (${why})`}${tookMs === undefined ? "" : `, ${tookMs} ms`}`,
    ),
  ].join("\n");
}
