import { memoryLobbyStore } from "../../src/store/memory-lobby-store.ts";
import { lobbyStoreContract } from "./lobby-store-contract.ts";

let started = 0;

lobbyStoreContract("the memory store", async ({ clock, settings }) => {
  started += 1;
  return memoryLobbyStore({ clock, settings, instanceId: `run${started}` });
});
