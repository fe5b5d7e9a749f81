import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const WIDTH = 320;
const HEIGHT = 240;
const FRAMES = 30;

/** What a person's fake camera shows: one colour with a moving bar, so that it is plain *who* is seen. */
export const COLOURS = {
  red: { y: 82, u: 90, v: 240 },
  blue: { y: 41, u: 240, v: 110 },
  green: { y: 145, u: 54, v: 34 },
  grey: { y: 126, u: 128, v: 128 },
} as const;
export type Colour = keyof typeof COLOURS;

function frame(colour: Colour, index: number): Buffer {
  const { y, u, v } = COLOURS[colour];
  const luma = Buffer.alloc(WIDTH * HEIGHT, y);
  const left = Math.floor((index / FRAMES) * (WIDTH - 40));
  for (let row = 0; row < HEIGHT; row += 1) luma.fill(235, row * WIDTH + left, row * WIDTH + left + 40);
  const chroma = (WIDTH / 2) * (HEIGHT / 2);
  return Buffer.concat([Buffer.from("FRAME\n"), luma, Buffer.alloc(chroma, u), Buffer.alloc(chroma, v)]);
}

/** Writes one YUV4MPEG2 file per colour into `folder`, 30 frames a second for one second; Chromium repeats it. */
export function writePictures(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const colour of Object.keys(COLOURS) as Colour[]) {
    const header = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F30:1 Ip A1:1 C420jpeg\n`);
    const frames = Array.from({ length: FRAMES }, (_, index) => frame(colour, index));
    writeFileSync(join(folder, `${colour}.y4m`), Buffer.concat([header, ...frames]));
  }
}
