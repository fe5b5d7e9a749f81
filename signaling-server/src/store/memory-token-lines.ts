import type { Clock } from "@serendip/time";
import { createExpiringMap } from "../domain/collections/expiring-map.ts";
import { type TokenLine, type TokenLink, type TokenUse, useToken } from "../domain/token-line.ts";
import type { TokenLines } from "../ports/identity.ts";

/** Lines that are remembered, some 40 MB. Where there are more, an old token of the one that was used least lately counts again. */
const MOST_LINES = 200_000;

/** Remembers lines in this process, so that a restart forgets what is used up. */
export function memoryTokenLines(options: {
  readonly clock: Pick<Clock, "now">;
  /** How long a replaced token counts whose successor nobody shows, milliseconds. */
  readonly successionMs: number;
  /** The longest time after which any token of a line could still be used, milliseconds. */
  readonly memoryMs: number;
  readonly limit?: number;
}): TokenLines & { size(): number } {
  const { clock, successionMs, memoryMs, limit = MOST_LINES } = options;
  const lines = createExpiringMap<string, TokenLine>(memoryMs, { most: limit });

  const use = (link: TokenLink, how: TokenUse["use"]): boolean => {
    const now = clock.now();
    lines.dropExpired(now);
    const verdict = useToken(lines.get(link.line, now), { link, use: how, now, successionMs });
    if (verdict.ok && verdict.line) lines.set(link.line, verdict.line, now);
    return verdict.ok;
  };

  return {
    show: (link) => use(link, "show"),
    replace: async (link) => use(link, "replace"),
    size: () => lines.size,
  };
}
