import type { IceServer } from "@serendip/protocol";

/** Put in by the build (`define` in `vite.config.ts`). */
declare const __ICE_SERVERS__: readonly IceServer[];

/** The ICE servers that were set when the page was built; see `ice-env.ts`. */
export const ICE_SERVERS = __ICE_SERVERS__;
