/** Names that replace words of one description. */
export interface StandIns {
  /** The name for the word, always the same one: sections and streams are linked by equal names (RFC 5888, RFC 8830). */
  of(word: string): string;
}

/** @param sdp the description; a name is none of the words that it has already. */
export function openStandIns(sdp: string): StandIns {
  const names = new Map<string, string>();
  let taken: ReadonlySet<string> | undefined;
  let number = 0;
  const nextFree = (): string => {
    taken ??= new Set(sdp.match(/hidden\d+/g));
    do number += 1;
    while (taken.has(`hidden${number}`));
    return `hidden${number}`;
  };
  return {
    of(word) {
      const name = names.get(word) ?? nextFree();
      names.set(word, name);
      return name;
    },
  };
}
