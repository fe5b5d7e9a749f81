import type { Contestant } from "../contestants/contestant.ts";
import type { People } from "./person.ts";
import { serendipPeople } from "./serendip-person.ts";
import { socketIoPeople } from "./socket-io-person.ts";
import { wsPeople } from "./ws-person.ts";

/** People who speak what this server speaks. */
export function peopleOf({ kind }: Contestant, port: number): People {
  switch (kind) {
    case "serendip":
      return serendipPeople(port);
    case "socket.io":
      return socketIoPeople(port);
    case "ws":
      return wsPeople(port);
  }
}
