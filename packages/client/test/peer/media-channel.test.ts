import { LIMITS } from "@serendip/protocol";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { mediaChannel } from "../../src/peer/media-channel.browser.ts";

const ON = { camera: true, microphone: true };

function between(readyState: RTCDataChannelState) {
  const sent: string[] = [];
  const heard: unknown[] = [];
  let tooMuch = 0;
  const channel = { readyState, send: (text: string) => sent.push(text) };
  const words = mediaChannel({
    channel: () => channel as unknown as RTCDataChannel,
    onWord: (media) => heard.push(media),
    onTooMuch: () => {
      tooMuch += 1;
    },
  });
  return { sent, heard, channel, words, tooMuch: () => tooMuch };
}

describe("words about media", () => {
  it("[R9] are kept until the channel is open, the last one only", () => {
    const { sent, channel, words } = between("connecting");
    words.tell({ camera: false, microphone: true });
    words.tell(ON);
    expect(sent).toEqual([]);
    channel.readyState = "open";
    words.channelOpened();
    expect(sent).toEqual([JSON.stringify(ON)]);
    channel.readyState = "closing";
    words.tell(ON);
    expect(sent).toHaveLength(1);
  });

  it("[R9] say what is only paused, in the longest word as well, and to a page that knows nothing of it that it is off", () => {
    const { heard, sent, words } = between("open");
    const longest = { camera: false, microphone: false, cameraPaused: true, microphonePaused: true };
    words.tell(longest);
    expect(sent[0]?.length).toBeLessThanOrEqual(LIMITS.partnerMediaChars);
    for (const word of [longest, { ...ON, somethingNew: 1 }]) words.receive(JSON.stringify(word));
    expect(heard).toEqual([longest, ON]);
  });

  it.each([
    "",
    "{",
    "null",
    "7",
    '"on"',
    "[]",
    "{}",
    '{"camera":true}',
    '{"camera":"yes","microphone":true}',
    '{"camera":false,"microphone":true,"cameraPaused":"yes"}',
    `{"camera":true,"microphone":true,"more":"${"x".repeat(LIMITS.partnerMediaChars)}"}`,
    new ArrayBuffer(8),
    undefined,
    7,
  ])("[R9] [C76] ignores %s from a partner", (data) => {
    const { heard, words } = between("open");
    words.receive(data);
    expect(heard).toEqual([]);
    words.receive(JSON.stringify(ON));
    expect(heard).toEqual([ON]);
  });

  it("[R18] [C76] a partner who talks without end is not listened to without end", () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { heard, words, tooMuch } = between("open");
    const say = () => words.receive(JSON.stringify(ON));
    for (let word = 0; word < LIMITS.partnerMediaWords; word += 1) say();
    expect(tooMuch()).toBe(0);
    for (let word = 0; word < 100; word += 1) words.receive("chatter");
    expect(tooMuch()).toBe(100);
    expect(heard).toHaveLength(LIMITS.partnerMediaWords);
  });

  it("[R18] a partner whose device goes on and off all evening is listened to", () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { words, tooMuch } = between("open");
    for (let word = 0; word < 4 * LIMITS.partnerMediaWords; word += 1) {
      words.receive(JSON.stringify(ON));
      vi.advanceTimersByTime(1_000);
    }
    expect(tooMuch()).toBe(0);
  });
});
