import type { Recipe } from "../recipe.ts";

/**
 * Stands in for `haproxy:3.2-alpine`: user 99, configuration in /usr/local/etc/haproxy. An import cannot set the stop
 * signal, which is SIGUSR1 in the official image, so a container that wants a graceful stop must name it itself.
 */
export const haproxy: Recipe = {
  name: "haproxy",
  mainPackage: "haproxy",
  packages: [
    "base-files",
    "base-passwd",
    "busybox-static",
    "coreutils",
    "dash",
    "haproxy",
    "libc-bin",
  ],
  finish: `
link_busybox
ln -s /usr/sbin/haproxy usr/local/sbin/haproxy
rm -rf etc/haproxy/haproxy.cfg
add_user haproxy 99 99 /var/lib/haproxy /bin/sh
mkdir -p usr/local/etc/haproxy var/lib/haproxy
ln -s /etc/haproxy/errors usr/local/etc/haproxy/errors
chown 99:99 var/lib/haproxy
cat > usr/local/bin/docker-entrypoint.sh <<'SCRIPT'
#!/bin/sh
set -e
# As in the official image: options are for haproxy, and it runs in master-worker mode without going to the background.
if [ "\${1#-}" != "$1" ]; then
  set -- haproxy "$@"
fi
if [ "$1" = haproxy ]; then
  shift
  set -- haproxy -W -db "$@"
fi
exec "$@"
SCRIPT
chmod 755 usr/local/bin/docker-entrypoint.sh
`,
  changes: [
    "USER haproxy",
    'ENTRYPOINT ["docker-entrypoint.sh"]',
    'CMD ["haproxy", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]',
    "WORKDIR /var/lib/haproxy",
  ],
};
