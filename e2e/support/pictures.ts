import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FRAMES = 30;

/** A colour as video carries it (ITU-R BT.601): brightness and two colour differences, 0–255. */
interface Colour {
  readonly y: number;
  readonly u: number;
  readonly v: number;
}

interface Scene {
  readonly width: number;
  readonly height: number;
  /** The colour at a place of a frame; x and y in 0…1, `beat` in 0…1 over the second that is repeated. */
  readonly at: (x: number, y: number, beat: number) => Colour;
}

const WHITE: Colour = { y: 235, u: 128, v: 128 };

/** One colour with a moving bar, so that it is plain *who* is seen. */
const flat = (colour: Colour): Scene => ({
  width: 320,
  height: 240,
  at: (x, _y, beat) => (x >= beat * 0.85 && x < beat * 0.85 + 0.12 ? WHITE : colour),
});

/** A person in front of a wall, nodding a little: for pictures that people look at. */
const portrait = (wall: Colour, skin: Colour, shirt: Colour): Scene => ({
  width: 640,
  height: 480,
  at: (x, y, beat) => {
    const nod = Math.sin(beat * 2 * Math.PI) * 0.01;
    const inside = (cx: number, cy: number, rx: number, ry: number) =>
      ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1;
    if (inside(0.5, 0.37 + nod, 0.115, 0.2)) return skin;
    if (inside(0.5, 0.34 + nod, 0.135, 0.22)) return { ...shirt, y: shirt.y * 0.5 };
    if (inside(0.5, 0.98, 0.27, 0.4)) return shirt;
    if (inside(0.5, 0.6 + nod, 0.06, 0.14)) return { ...skin, y: skin.y * 0.9 };
    return { ...wall, y: wall.y * (1.1 - 0.35 * x - 0.2 * y) };
  },
});

const SCENES = {
  red: flat({ y: 82, u: 90, v: 240 }),
  blue: flat({ y: 41, u: 240, v: 110 }),
  dawn: portrait({ y: 190, u: 112, v: 148 }, { y: 165, u: 108, v: 152 }, { y: 90, u: 140, v: 110 }),
  dusk: portrait({ y: 120, u: 142, v: 116 }, { y: 120, u: 112, v: 150 }, { y: 150, u: 104, v: 160 }),
} as const satisfies Record<string, Scene>;

/** What a person's fake camera can show. */
export type Picture = keyof typeof SCENES;

function frame({ width, height, at }: Scene, index: number): Buffer {
  const beat = index / FRAMES;
  const luma = Buffer.alloc(width * height);
  const [u, v] = [Buffer.alloc(luma.length / 4), Buffer.alloc(luma.length / 4)];
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const colour = at(column / width, row / height, beat);
      luma[row * width + column] = colour.y;
      if (row % 2 || column % 2) continue;
      const chroma = (row / 2) * (width / 2) + column / 2;
      u[chroma] = colour.u;
      v[chroma] = colour.v;
    }
  }
  return Buffer.concat([Buffer.from("FRAME\n"), luma, u, v]);
}

/** Writes one YUV4MPEG2 file per picture into `folder`, 30 frames a second for one second; Chromium repeats it. */
export function writePictures(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, scene] of Object.entries(SCENES)) {
    const header = Buffer.from(`YUV4MPEG2 W${scene.width} H${scene.height} F30:1 Ip A1:1 C420jpeg\n`);
    const frames = Array.from({ length: FRAMES }, (_, index) => frame(scene, index));
    writeFileSync(join(folder, `${name}.y4m`), Buffer.concat([header, ...frames]));
  }
}
