import type { ChatStatus as Status } from "@serendip/client";
import { PRODUCT, STATUS_TEXT } from "../text.ts";

/** The one live region: always mounted, because a region that appears together with its text is not announced. */
export function ChatStatus({ phase }: { readonly phase: Status["phase"] }) {
  return (
    <div className="chat-status" data-phase={phase}>
      <span className="dot" aria-hidden="true" />
      <div role="status" aria-label={PRODUCT.statusLabel}>
        {STATUS_TEXT[phase]}
      </div>
    </div>
  );
}
