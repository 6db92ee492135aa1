/** By this line an executable is known for one of ours. */
const MARK = "# Fallback Pulumi plugin. It was made at set-up; fallback.json says of what.";

/** Whether the text of an executable is a wrapper of ours. */
export function isWrapper(text: string): boolean {
  return text.includes(MARK);
}

/**
 * The shell script that the engine starts. It finds its bundle from its own place, through links and
 * in paths with blanks, and starts no other process on the way.
 *
 * @param node absolute path of the Node binary
 * @param bundle path of the bundle, relative to the script's folder
 * @param env variables to set for the bundle
 */
export function wrapperScript(
  node: string,
  bundle: string,
  env: Readonly<Record<string, string>>,
): string {
  const variables = Object.entries(env).map(([name, value]) => `export ${name}=${quote(value)}`);
  return [
    "#!/bin/sh",
    MARK,
    "self=$0",
    'while [ -L "$self" ]; do',
    '  link=$(readlink "$self")',
    "  case $link in /*) self=$link ;; *) self=${self%/*}/$link ;; esac",
    "done",
    "case $self in */*) ;; *) self=./$self ;; esac",
    `node=${quote(node)}`,
    'if [ ! -x "$node" ]; then',
    '  echo "$0: there is no Node at $node any more; run npm run setup again" >&2',
    "  exit 1",
    "fi",
    ...variables,
    `exec "$node" "\${self%/*}/${bundle}" "$@"`,
    "",
  ].join("\n");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
