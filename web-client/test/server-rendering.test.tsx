// @vitest-environment node
import { renderToString } from "react-dom/server";
import { expect, it } from "vitest";
import { App } from "../src/app.tsx";
import { useVideoChat } from "../src/use-video-chat.ts";

function Page() {
  return <App chat={useVideoChat({ signalingUrl: "https://signal.example.org" })} />;
}

it("[C59] renders as idle on a server, without a browser's objects", () => {
  expect(typeof document).toBe("undefined");
  const html = renderToString(<Page />);
  expect(html).toContain("Start Chatting");
  expect(html).toContain("Ready to start");
});
