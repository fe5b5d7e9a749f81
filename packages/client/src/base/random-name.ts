/** 128 bit in the alphabet of ids, so that no two engines make the same request id. */
export function randomName(random: () => number): string {
  return Array.from({ length: 4 }, () => Math.floor(random() * 2 ** 32).toString(36)).join("");
}
