import type { ChatStatus as Status } from "@serendip/client";
import { PRODUCT, statusText } from "../text.ts";

/**
 * The one region with the role `status`; what else is read out is in `Announcements`. Always mounted, because a region that
 * appears together with its text is not announced.
 */
export function ChatStatus({ status }: { readonly status: Status }) {
  return (
    <div className="chat-status" data-phase={status.phase}>
      <span className="dot" aria-hidden="true" />
      <div role="status" aria-label={PRODUCT.statusLabel}>
        {statusText(status)}
      </div>
    </div>
  );
}
