import { memoryLobbyStore } from "../../src/store/memory-lobby-store.ts";
import { distantLobbyStore, seededRandom } from "./distant-lobby-store.ts";
import { lobbyStoreContract } from "./lobby-store-contract.ts";

let started = 0;

lobbyStoreContract("a distant store", async ({ clock, settings }) => {
  started += 1;
  const kernel = memoryLobbyStore({ clock, settings, instanceId: `run${started}` });
  return distantLobbyStore(kernel, seededRandom(started));
});
