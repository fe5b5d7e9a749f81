import { useEffect } from "react";
import { BrandMark, Icon } from "../components/icons.tsx";
import type { ConfigProblem } from "../config.ts";
import { CONFIG_PROBLEM, PRODUCT } from "../text.ts";

/** The page cannot know where its signaling service is: a word for whoever came to chat, the rest for whoever runs it. */
export function ConfigProblemScreen({ problem: { kind, faults } }: { readonly problem: ConfigProblem }) {
  const { title, advice } = CONFIG_PROBLEM[kind];
  useEffect(() => {
    document.title = `${title} – ${PRODUCT.name}`;
  }, [title]);
  return (
    <div className="page" data-screen="problem">
      <header className="top">
        <span className="brand">
          <BrandMark />
          {PRODUCT.name}
        </span>
      </header>
      <main>
        <div className="problem-screen">
          <div className="problem" data-layout="screen">
            <Icon name="warning" />
            <div role="alert" className="problem-text">
              <h1>{title}</h1>
              <p>{advice}</p>
            </div>
            <div className="operator-note">
              <h2>{CONFIG_PROBLEM.operator}</h2>
              <ul>
                {faults.map((fault) => (
                  <li key={fault}>{fault}</li>
                ))}
              </ul>
            </div>
            <div className="problem-actions">
              <button type="button" className="primary" onClick={() => window.location.reload()}>
                {CONFIG_PROBLEM.reload}
              </button>
            </div>
          </div>
        </div>
      </main>
    </div>
  );
}
