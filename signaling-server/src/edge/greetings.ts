/** How many refused hellos one connection may say; a page that got a better token needs one or two. */
const REFUSALS = 5;

/** Sees to it that each connection says hello once: a second one would be a second person behind the same connection. */
export interface Greetings {
  /** False: this connection has been let in, is being looked at, or was refused too often. */
  begin(connection: object): boolean;
  /** The hello was refused, so the connection may try again. */
  refused(connection: object): void;
}

export function createGreetings(): Greetings {
  const refusals = new WeakMap<object, number>();
  const greeted = new WeakSet<object>();
  return {
    begin(connection) {
      if (greeted.has(connection) || (refusals.get(connection) ?? 0) >= REFUSALS) return false;
      greeted.add(connection);
      return true;
    },
    refused(connection) {
      greeted.delete(connection);
      refusals.set(connection, (refusals.get(connection) ?? 0) + 1);
    },
  };
}
