import type { ChatActions, VideoChat } from "@serendip/client";

/** What the UI needs of an engine; `createVideoChat` of `@serendip/client/browser` makes one. */
export type ChatEngine = ChatActions & Pick<VideoChat, "getSnapshot" | "subscribe" | "dispose">;
