import type { ImageLook } from "./facts.ts";

/** Whether an engine has an image that is named as in Docker: no tag means `latest`, no registry means Docker Hub. */
export function hasImage(there: readonly ImageLook[], ref: string): boolean {
  const withTag = /[:@][^/]*$/.test(ref) ? ref : `${ref}:latest`;
  const short = withTag.replace(/^(docker\.io\/)?(library\/)?/, "");
  return there.some(
    ({ id, names }) => id === ref || names.includes(withTag) || names.includes(short),
  );
}
