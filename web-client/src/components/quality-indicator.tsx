import type { CallQuality, QualityLevel } from "@serendip/client";
import { useId, useState } from "react";
import { QUALITY, QUALITY_NEWS, qualityFigures } from "../connection-text.ts";
import { useAnnouncement } from "./announcements.tsx";

/** How the call goes: three bars, words when it goes badly, and figures for who points at it or presses it. */
export function QualityIndicator({ quality }: { readonly quality: CallQuality | undefined }) {
  const [pressed, setPressed] = useState(false);
  const [hovered, setHovered] = useState(false);
  const details = useId();
  const open = pressed || hovered;
  useAnnouncement(quality && QUALITY_NEWS[quality.level]);
  const close = () => {
    setPressed(false);
    setHovered(false);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button in it does the same; here the pointer may rest on the figures
    <div
      className="quality"
      data-level={quality?.level}
      onPointerEnter={(event) => setHovered(event.pointerType === "mouse")}
      onPointerLeave={() => setHovered(false)}
      onKeyDown={(event) => {
        if (event.key === "Escape") close();
      }}
      onBlur={() => setPressed(false)}
    >
      {quality && (
        <button
          type="button"
          className="quality-button"
          aria-expanded={open}
          aria-controls={details}
          onClick={() => setPressed(!pressed)}
        >
          <Bars level={quality.level} />
          <span className={quality.level === "good" ? "visually-hidden" : undefined}>
            {QUALITY[quality.level].label}
          </span>
        </button>
      )}
      {quality && (
        <div className="quality-details" id={details} hidden={!open}>
          <p>{QUALITY[quality.level].advice}</p>
          <dl>
            {qualityFigures(quality).map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </div>
      )}
    </div>
  );
}

const FILLED: Record<QualityLevel, number> = { good: 3, poor: 1, stalled: 0 };

function Bars({ level }: { readonly level: QualityLevel }) {
  return (
    <svg className="bars" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {[0, 1, 2].map((bar) => (
        <rect
          key={bar}
          data-filled={bar < FILLED[level]}
          x={4 + bar * 6}
          y={14 - bar * 5}
          width="4"
          height={6 + bar * 5}
          rx="1"
        />
      ))}
      {level === "stalled" && <path d="M4 3.5l7 7M11 3.5l-7 7" />}
    </svg>
  );
}
