import { describe, expect, test } from "vitest";
import { breaches } from "./floors/rules.ts";
import { readRepository, readSource } from "./floors/source.ts";
import { orderSubjects } from "./floors/subjects.ts";

test("the floors hold: every file imports and uses only what is below it", () => {
  const sources = readRepository();
  expect(sources.length).toBeGreaterThan(50);
  // Its name begins like that of a folder that a build makes.
  expect(sources.map(({ path }) => path)).toContain("packages/tooling/bin/lib/distribution.mjs");
  expect(breaches(sources)).toEqual([]);
});

const CLIENT = "packages/client/src";

test("the subjects of the client import each other in one direction", () => {
  const { order, inCycles } = orderSubjects(CLIENT, readRepository());
  expect(inCycles).toEqual([]);
  expect(order[0]).toBe("words");
});

test("a cycle of subjects is found, with the imports that make it", () => {
  const sources = [
    readSource(`${CLIENT}/call/a.ts`, 'import type { B } from "../media/b.ts";'),
    readSource(`${CLIENT}/media/b.ts`, 'import "../words/c.ts";'),
  ];
  expect(orderSubjects(CLIENT, sources)).toEqual({ order: ["words", "media", "call"], inCycles: [] });
  const back = readSource(`${CLIENT}/media/b.ts`, 'import "../call/recovery/d.ts";');
  expect(orderSubjects(CLIENT, [...sources, back]).inCycles).toEqual([
    `call → media: ${CLIENT}/call/a.ts imports ../media/b.ts`,
    `media → call: ${CLIENT}/media/b.ts imports ../call/recovery/d.ts`,
  ]);
});

/** The breaches that a file of this content at this place would add to an otherwise sound house. */
function planted(path: string, text: string): readonly string[] {
  const sound = [
    readSource(
      "packages/client/src/peer/lasting-peer.browser.ts",
      'import Peer from "simple-peer";\nexport { Peer };\n',
    ),
    readSource(
      "packages/client/src/signaling/socket-io-socket.browser.ts",
      'export { io } from "socket.io-client";\n',
    ),
    readSource(
      "packages/client/src/signaling/polling-transport.browser.ts",
      'export { Fetch } from "socket.io-client";\n',
    ),
  ];
  expect(breaches(sound)).toEqual([]);
  return breaches([...sound.filter((source) => source.path !== path), readSource(path, text)]);
}

describe("the floors are watched: a planted breach is found", () => {
  const server = "signaling-server/src";
  const client = "packages/client/src";
  test.each([
    // Packages
    ["packages/time/src/a.ts", 'import "@serendip/protocol";'],
    ["packages/protocol/src/a.ts", 'import type { Clock } from "@serendip/time";'],
    [`${client}/a.ts`, 'import "signaling-server";'],
    [`${client}/a.ts`, 'import "../../../signaling-server/src/domain/room.ts";'],
    [`${server}/service/a.ts`, 'import type { VideoChat } from "@serendip/client";'],
    ["signaling-server/test/a.test.ts", 'import "@serendip/client";'],
    ["web-client/src/a.tsx", 'import "signaling-server/config";'],
    ["bench/src/a.ts", 'import "web-client";'],
    [`${client}/a.ts`, 'import "@serendip/settings-file/likely";'],
    ["web-client/src/a.ts", 'import { readEnvFile } from "@serendip/settings-file";'],
    // Layers
    [`${server}/domain/a.ts`, 'import type { Log } from "../ports.ts";'],
    [`${server}/domain/a.ts`, 'import "../store/memory-lobby-store.ts";'],
    [`${server}/ports.ts`, 'export type { Lobby } from "./service/lobby.ts";'],
    [`${server}/store/a.ts`, 'import "../service/lobby.ts";'],
    [`${server}/service/a.ts`, 'import "../store/memory-lobby-store.ts";'],
    [`${server}/service/a.ts`, 'import "../edge/socket-courier.ts";'],
    [`${server}/service/a.ts`, 'const late = () => import("../edge/socket-courier.ts");'],
    [`${server}/edge/a.ts`, 'import "../store/memory-lobby-store.ts";'],
    [`${server}/edge/a.ts`, 'import "../app.ts";'],
    [`${server}/app.ts`, 'import "./main.ts";'],
    [`${server}/elsewhere/a.ts`, "export const a = 1;"],
    [`${client}/call/a.machine.ts`, 'import type { PeerLink } from "../peer/peer-link.port.ts";'],
    [`${client}/call/a.machine.ts`, 'import "./a.ts";'],
    [`${client}/words/a.ts`, 'import "../call/a.machine.ts";'],
    [`${client}/api/video-chat.ts`, 'import "../media/user-media.browser.ts";'],
    [`${client}/media/user-media.browser.ts`, 'import "../api/video-chat.ts";'],
    [`${client}/media/media-source.port.ts`, 'import "./local-media.ts";'],
    [`${client}/index.ts`, 'export * from "./api/create-video-chat.browser.ts";'],
    // Libraries
    [`${client}/peer/peer.ts`, 'import Peer from "simple-peer"; export { Peer };'],
    [`${client}/peer/other-link.browser.ts`, 'import "simple-peer";'],
    [`${client}/signaling/other-socket.browser.ts`, 'import { io } from "socket.io-client"; export { io };'],
    [`${client}/signaling/socket-io-socket.browser.ts`, "export const nothing = 1;"],
    [`${server}/service/a.ts`, 'import { Server } from "socket.io"; export { Server };'],
    [`${server}/service/a.ts`, 'import fastify from "fastify"; export { fastify };'],
    [`${client}/a.ts`, 'import { useState } from "react"; export { useState };'],
    [
      `${client}/signaling/signaling.ts`,
      'import * as z from "zod/mini"; export const Welcome = z.object({});',
    ],
    [
      `${server}/edge/a.ts`,
      'import { startCoturn } from "@serendip/tooling/coturn"; export { startCoturn };',
    ],
    // Browser
    ["packages/time/src/a.ts", 'import "node:timers";'],
    ["web-client/src/a.tsx", 'import type { Stats } from "node:fs";'],
    // Purity
    [`${server}/domain/a.ts`, "export const now = () => Date.now();"],
    [`${server}/domain/a.ts`, "export const at = () => new Date();"],
    [`${server}/domain/a.ts`, "export const pick = () => Math.random();"],
    [`${server}/domain/a.ts`, "export const pick = async () => 1;"],
    [`${server}/domain/a.ts`, "export const pick = (): Promise<number> | undefined => undefined;"],
    [`${server}/domain/a.ts`, 'import { join } from "node:path"; export { join };'],
    [`${server}/domain/a.ts`, "export const port = process.env['PORT'];"],
    [`${server}/service/a.ts`, "setTimeout(() => {}, 1);"],
    [`${server}/store/a.ts`, "export const id = crypto.randomUUID();"],
    [`${client}/call/a.machine.ts`, "export const width = () => window.innerWidth;"],
    [`${client}/call/a.machine.ts`, "export const peer = () => new RTCPeerConnection();"],
    [`${client}/call/a.machine.ts`, "export type Own = { readonly stream: MediaStream };"],
    [`${client}/call/a.ts`, "export const width = () => window.innerWidth;"],
    [`${client}/peer/a.ts`, "export const peer = () => new RTCPeerConnection();"],
    [`${client}/api/video-chat.ts`, "export const wait = () => setTimeout(() => {}, 5);"],
    // Payloads
    [`${client}/a.ts`, "export const read = (text: string) => JSON.parse(text) as { a: 1 };"],
    [`${server}/service/a.ts`, "export const read = (text: string) => <{ a: 1 }>JSON.parse(text);"],
    // Size
    [`${server}/domain/a.ts`, "\n".repeat(301)],
  ])("%s: %s", (path, text) => {
    expect(planted(path, text)).not.toEqual([]);
  });

  test.each([
    [
      `${server}/domain/a.ts`,
      "export const at = (dates: { Date: number }) => dates.Date; // setTimeout, Promise",
    ],
    [`${server}/domain/a.ts`, 'export const text = "await fetch(window)";'],
    [
      `${server}/service/a.ts`,
      'import type { LobbyStore } from "../store/lobby-store.ts"; export type { LobbyStore };',
    ],
    [`${server}/edge/a.ts`, "export const read = (text: string) => JSON.parse(text) as unknown;"],
    ["signaling-server/test/a.test.ts", 'import { io } from "socket.io-client"; export { io };'],
  ])("and only a breach: %s: %s", (path, text) => {
    expect(planted(path, text)).toEqual([]);
  });
});
