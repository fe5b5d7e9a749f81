import { Component, type ReactNode } from "react";
import { CRASH } from "../text.ts";

/** Shows words and a way on instead of an empty page when rendering fails. */
export class CrashGuard extends Component<{ readonly children: ReactNode }, { readonly crashed: boolean }> {
  override state = { crashed: false };

  static getDerivedStateFromError() {
    return { crashed: true };
  }

  override render() {
    if (!this.state.crashed) return this.props.children;
    return (
      <main className="problem-screen">
        <div className="problem" data-layout="screen">
          <div role="alert" className="problem-text">
            <h1>{CRASH.title}</h1>
            <p>{CRASH.detail}</p>
          </div>
          <div className="problem-actions">
            <button type="button" className="primary" onClick={() => window.location.reload()}>
              {CRASH.reload}
            </button>
          </div>
        </div>
      </main>
    );
  }
}
