import { act, StrictMode, useEffect } from "react";
import { describe, expect, it } from "vitest";
import { IDLE_SNAPSHOT } from "../src/chat-store.ts";
import { type FakeChat, fakeChat } from "../src/testing/fake-chat.ts";
import { useMediaRef } from "../src/use-media-ref.ts";
import { useVideoChat, type VideoChatState } from "../src/use-video-chat.ts";
import { render, unmount } from "./support/render.tsx";

type Source = Parameters<typeof useVideoChat>[0];

interface ProbeProps {
  readonly source: Source;
  readonly onRender?: (chat: VideoChatState) => void;
}

function Probe({ source, onRender }: ProbeProps) {
  const chat = useVideoChat(source);
  onRender?.(chat);
  return <p>{chat.status.phase}</p>;
}

function Starter({ chat }: { readonly chat: () => VideoChatState | undefined }) {
  useEffect(() => chat()?.actions.start(), [chat]);
  return undefined;
}

function Video({ stream }: { readonly stream: MediaStream | undefined }) {
  return <video ref={useMediaRef(stream)} />;
}

/** Counts the engines that a hook asks for, and the states that it shows. */
function workshop() {
  const made: FakeChat[] = [];
  const seen: VideoChatState[] = [];
  const source = () => {
    const chat = fakeChat();
    made.push(chat);
    return chat;
  };
  const probe = <Probe source={source} onRender={(chat) => seen.push(chat)} />;
  return { made, seen, probe, last: () => seen.at(-1) };
}

describe("useVideoChat", () => {
  it("[C59] shows the engine's snapshot and follows it", async () => {
    const { made, probe, last } = workshop();
    await render(probe);
    expect(document.body.textContent).toBe("idle");
    await act(async () => made[0]?.set({ status: { phase: "searching", since: 0, crowd: undefined } }));
    expect(document.body.textContent).toBe("searching");
    expect(last()).toMatchObject({ ...IDLE_SNAPSHOT, status: { phase: "searching" } });
  });

  it("[C59] every action reaches the engine, and the actions stay the same object", async () => {
    const { made, seen, probe } = workshop();
    await render(probe);
    const { actions } = seen[0] ?? {};
    await act(async () => {
      actions?.start();
      actions?.next();
      actions?.retry();
      actions?.joinWithout();
      actions?.setEnabled("camera", false);
      actions?.selectDevice("microphone", "m1");
      actions?.dismissProblem();
      actions?.stop();
      made[0]?.set({ problem: undefined });
    });
    expect(made[0]?.calls).toEqual([
      "start",
      "next",
      "retry",
      "joinWithout",
      "setEnabled camera false",
      "selectDevice microphone m1",
      "dismissProblem",
      "stop",
    ]);
    expect(new Set(seen.map((chat) => chat.actions)).size).toBe(1);
  });

  it("[C2][C59] StrictMode's double mount makes one engine, starts nothing and ends nothing", async () => {
    const { made, probe } = workshop();
    await render(<StrictMode>{probe}</StrictMode>);
    expect(made).toHaveLength(1);
    expect(made[0]?.calls).toEqual([]);
    expect(made[0]?.disposeCount()).toBe(0);
    expect(made[0]?.subscriberCount()).toBe(1);
    await act(async () => made[0]?.set({ status: { phase: "requesting-media", since: 0 } }));
    expect(document.body.textContent).toBe("requesting-media");
  });

  it("[C6][C59] unmounting disposes the engine, and late presses do nothing", async () => {
    const { made, probe, last } = workshop();
    const root = await render(<StrictMode>{probe}</StrictMode>);
    await unmount(root);
    expect(made[0]?.disposeCount()).toBe(1);
    expect(made[0]?.subscriberCount()).toBe(0);
    last()?.actions.start();
    expect(made).toHaveLength(1);
    expect(made[0]?.calls).toEqual([]);
  });

  it("[C59] a component that comes back has a working chat again", async () => {
    const { made, probe, last } = workshop();
    await unmount(await render(probe));
    await render(probe);
    last()?.actions.start();
    expect(made.map((chat) => [...chat.calls])).toEqual([[], ["start"]]);
    expect(made[1]?.disposeCount()).toBe(0);
  });

  it("[C59] a start in a child's own effect is not lost, even before the parent has subscribed", async () => {
    const { made, probe, last } = workshop();
    await render(
      <>
        <Starter chat={last} />
        {probe}
      </>,
    );
    expect(made).toHaveLength(1);
    expect(made[0]?.calls).toEqual(["start"]);
  });

  it("[C59] an engine that was handed in is watched, shared and never disposed", async () => {
    const chat = fakeChat();
    const root = await render(
      <>
        <Probe source={chat} />
        <Probe source={chat} />
      </>,
    );
    await act(async () => chat.set({ status: { phase: "requesting-media", since: 0 } }));
    expect(document.body.textContent).toBe("requesting-mediarequesting-media");
    await unmount(root);
    expect([chat.disposeCount(), chat.subscriberCount()]).toEqual([0, 0]);
  });

  it("[C78] a hundred mounts leave no listener behind", async () => {
    const chat = fakeChat();
    for (let round = 0; round < 100; round += 1) await unmount(await render(<Probe source={chat} />));
    expect(chat.subscriberCount()).toBe(0);
  });
});

describe("useMediaRef", () => {
  it("gives the element its stream, changes it, and takes it back", async () => {
    const [first, second] = [new MediaStream(), new MediaStream()];
    const root = await render(<Video stream={first} />);
    const element = document.querySelector("video");
    expect(element?.srcObject).toBe(first);
    await act(async () => root.render(<Video stream={second} />));
    expect(element?.srcObject).toBe(second);
    await act(async () => root.render(<Video stream={undefined} />));
    expect(element?.srcObject).toBe(null);
    await act(async () => root.render(<Video stream={first} />));
    await unmount(root);
    expect(element?.srcObject).toBe(null);
  });
});
