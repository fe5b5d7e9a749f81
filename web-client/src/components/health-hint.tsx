import type { ChatSnapshot } from "@serendip/client";
import { healthText } from "../connection-text.ts";
import { CheckLink } from "./check-link.tsx";

/** What may keep calls from connecting, for a person who waits; nothing when all is well. */
export function HealthHint({ ice, health }: Pick<ChatSnapshot, "ice" | "health">) {
  const text = healthText(ice, health);
  if (!text) return undefined;
  return (
    <p className="hint health-hint">
      {text} <CheckLink newTab />
    </p>
  );
}
