import { expect, onTestFinished, test } from "vitest";
import { both, kindsOf, never, watchedMedia } from "./media-page.ts";

test("[C55] a computer without a camera: it is not found, can be joined without, and the microphone comes", async () => {
  const media = watchedMedia();
  onTestFinished(() => media.stop());
  const { stream, problems } = await media.source.capture(both, never);
  expect(kindsOf(stream)).toEqual(["audio"]);
  expect(problems).toMatchObject({
    camera: { code: "media-not-found", action: "join-without", device: "camera" },
  });
  const onlyCamera = await media.source.capture({ ...both, microphone: false }, never);
  expect(onlyCamera.stream).toBeUndefined();
  expect(onlyCamera.problems).toMatchObject({ camera: { code: "media-not-found" } });
});
