/** A moving picture of nobody in particular, as a stream; stands in for a camera. */
export function pictureStream(look: "self" | "partner"): MediaStream {
  const canvas = document.createElement("canvas");
  canvas.width = 640;
  canvas.height = 480;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser cannot draw on a canvas.");
  const paint = () => paintPerson(context, look);
  paint();
  // A captured canvas sends a frame only when something was drawn.
  window.setInterval(paint, FRAME_MS);
  return canvas.captureStream(1_000 / FRAME_MS);
}

const FRAME_MS = 100;

const LOOKS = {
  self: { wall: ["#b9c7d6", "#6f8aa3"], skin: "#c68e6b", hair: "#2b2320", shirt: "#3f5d4e" },
  partner: { wall: ["#e9d3b4", "#a9825a"], skin: "#8d5a3c", hair: "#191514", shirt: "#34507a" },
} as const;

function paintPerson(context: CanvasRenderingContext2D, look: keyof typeof LOOKS): void {
  const { wall, skin, hair, shirt } = LOOKS[look];
  const gradient = context.createLinearGradient(0, 0, 640, 480);
  gradient.addColorStop(0, wall[0]);
  gradient.addColorStop(1, wall[1]);
  context.fillStyle = gradient;
  context.fillRect(0, 0, 640, 480);
  ellipse(context, { x: 320, y: 500, width: 190, height: 160, fill: shirt });
  ellipse(context, { x: 320, y: 345, width: 46, height: 70, fill: skin });
  ellipse(context, { x: 320, y: 205, width: 112, height: 128, fill: hair });
  ellipse(context, { x: 320, y: 240, width: 92, height: 116, fill: skin });
}

interface Ellipse {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly fill: string;
}

function ellipse(context: CanvasRenderingContext2D, { x, y, width, height, fill }: Ellipse): void {
  context.beginPath();
  context.ellipse(x, y, width, height, 0, 0, 2 * Math.PI);
  context.fillStyle = fill;
  context.fill();
}
