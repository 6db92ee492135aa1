import type { Recipe } from "../recipe.ts";

/** Stands in for `node:24-bookworm-slim`: bash for health checks, certificates, and the user node with id 1000. */
export const node: Recipe = {
  name: "node",
  mainPackage: undefined,
  packages: [
    "base-files",
    "base-passwd",
    "bash",
    "ca-certificates",
    "coreutils",
    "dash",
    "findutils",
    "grep",
    "libc-bin",
    "libstdc++6",
    "sed",
  ],
  finish: `
install -m 755 "$NODE_BINARY" usr/local/bin/node
ln -s node usr/local/bin/nodejs
add_user node 1000 1000 /home/node /bin/bash
mkdir -p home/node etc/ssl/certs
chown 1000:1000 home/node
cat usr/share/ca-certificates/mozilla/*.crt > etc/ssl/certs/ca-certificates.crt
cat > usr/local/bin/docker-entrypoint.sh <<'SCRIPT'
#!/bin/sh
set -e
# As in the official image: options, and files that cannot be run by themselves, are for node.
if [ "\${1#-}" != "\${1}" ] || [ -z "$(command -v "\${1}")" ] || { [ -f "\${1}" ] && ! [ -x "\${1}" ]; }; then
  set -- node "$@"
fi
exec "$@"
SCRIPT
chmod 755 usr/local/bin/docker-entrypoint.sh
`,
  changes: ['ENTRYPOINT ["docker-entrypoint.sh"]', 'CMD ["node"]'],
};
