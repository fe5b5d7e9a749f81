import { CONNECTION } from "../connection-text.ts";

/** Leads to the page that looks for what is wrong. */
export function CheckLink({
  newTab = false,
  className = "link",
}: {
  readonly newTab?: boolean;
  readonly className?: string;
}) {
  return (
    <a className={className} href="./check/" {...(newTab ? { target: "_blank", rel: "noopener" } : {})}>
      {CONNECTION.check}
      {newTab && <span className="visually-hidden"> {CONNECTION.newTab}</span>}
    </a>
  );
}
