import type { ReactNode } from "react";

// Drawn for this product on a 24-unit grid; decorative, because every button also has words.
const PATHS = {
  camera: (
    <>
      <rect x="2.5" y="6" width="13" height="12" rx="3" />
      <path d="m15.5 10.5 6-3.2v9.4l-6-3.2" />
    </>
  ),
  "camera-off": (
    <>
      <path d="M6 6h6.5a3 3 0 0 1 3 3v3.5M15.5 15.5a3 3 0 0 1-3 2.5h-7a3 3 0 0 1-3-3V9a3 3 0 0 1 1.4-2.5" />
      <path d="m15.5 10.5 6-3.2v9.4l-3.4-1.8M2.5 2.5l19 19" />
    </>
  ),
  microphone: (
    <>
      <rect x="9" y="2.5" width="6" height="11" rx="3" />
      <path d="M5.5 11a6.5 6.5 0 0 0 13 0M12 17.5v4" />
    </>
  ),
  "microphone-off": (
    <>
      <path d="M9 8.5v2a3 3 0 0 0 4.6 2.5M15 10.2V5.5a3 3 0 0 0-5.9-.8" />
      <path d="M5.5 11a6.5 6.5 0 0 0 10.3 5.3M18.4 12.4c.1-.5.1-.9.1-1.4M12 17.5v4M2.5 2.5l19 19" />
    </>
  ),
  settings: (
    <>
      <path d="M4 7h9M19 7h1M4 17h1M11 17h9" />
      <circle cx="16" cy="7" r="2.6" />
      <circle cx="8" cy="17" r="2.6" />
    </>
  ),
  next: (
    <>
      <path d="M5 5.5v13l9.5-6.5z" />
      <path d="M18.5 5.5v13" />
    </>
  ),
  stop: <rect x="5.5" y="5.5" width="13" height="13" rx="2.5" />,
  warning: (
    <>
      <path d="M12 3.5 2.5 20h19z" />
      <path d="M12 10v4.5M12 17.2v.1" />
    </>
  ),
  "switch-camera": (
    <>
      <path d="M4 9.5A2.5 2.5 0 0 1 6.5 7H8l1.5-2.5h5L16 7h1.5A2.5 2.5 0 0 1 20 9.5v7a2.5 2.5 0 0 1-2.5 2.5h-11A2.5 2.5 0 0 1 4 16.5z" />
      <path d="M8.8 12.5a3.3 3.3 0 0 1 6-1.400M15.2 13.5a3.3 3.3 0 0 1-6 1.400" />
      <path d="m15.2 8.9-.2 2.400-2.300-.3M8.8 17.1l.2-2.400 2.300.3" />
    </>
  ),
  sound: (
    <>
      <path d="M4 9.5v5h3.5L12 19V5L7.5 9.5z" />
      <path d="M15.5 9a4.2 4.2 0 0 1 0 6M18.5 6a8.5 8.5 0 0 1 0 12" />
    </>
  ),
  shield: (
    <>
      <path d="M12 2.8 4.5 5.6v5.6c0 4.7 3.1 8.3 7.5 10 4.4-1.7 7.5-5.3 7.5-10V5.6z" />
      <path d="m8.8 11.8 2.3 2.3 4.2-4.4" />
    </>
  ),
  person: (
    <>
      <circle cx="12" cy="8" r="4" />
      <path d="M4 20.5c1-4 4-6 8-6s7 2 8 6" />
    </>
  ),
  "full-screen": <path d="M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5" />,
  "full-screen-off": <path d="M9 4v5H4M20 9h-5V4M15 20v-5h5M4 15h5v5" />,
  check: <path d="m4.5 12.5 5 5 10-11" />,
  cross: <path d="m5.5 5.5 13 13M18.5 5.5l-13 13" />,
  question: <path d="M8.5 9a3.5 3.5 0 1 1 5.6 2.8c-1.3 1-2.1 1.6-2.1 3.2M12 18.5v.1" />,
  dash: <path d="M6 12h12" />,
  clock: (
    <>
      <circle cx="12" cy="12" r="8.5" />
      <path d="M12 7v5l3.5 2" />
    </>
  ),
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {PATHS[name]}
    </svg>
  );
}

/** Two circles that meet. */
export function BrandMark() {
  return (
    <svg className="brand-mark" viewBox="2 6 28 20" aria-hidden="true" focusable="false">
      <circle className="brand-one" cx="11.5" cy="16" r="9" />
      <circle className="brand-other" cx="20.5" cy="16" r="9" />
    </svg>
  );
}
