import type { CheckRow } from "@serendip/client/checks";
import { PRODUCT } from "../text.ts";
import { CHECK_PAGE, CHECK_TITLE, STATE_TEXT } from "./check-text.ts";

/** What was found, without any address, token or device name. */
export function reportText(rows: readonly CheckRow[], browser: string): string {
  return [
    `${PRODUCT.name}: ${CHECK_PAGE.title}`,
    `Browser: ${browser}`,
    ...rows.map(
      ({ name, state, why, ways, tookMs }) =>
        `${CHECK_TITLE[name]}: ${STATE_TEXT[state]}${inBrackets(why ?? ways?.join(", "))}${tookMs === undefined ? "" : `, ${tookMs} ms`}`,
    ),
  ].join("\n");
}

const inBrackets = (text: string | undefined): string => (text ? ` (${text})` : "");
