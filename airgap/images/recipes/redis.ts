import type { Recipe } from "../recipe.ts";

/** Stands in for `redis:7.2-alpine`: the same user ids, so that a volume of one can be read by the other. */
export const redis: Recipe = {
  name: "redis",
  mainPackage: "redis-server",
  packages: [
    "base-files",
    "base-passwd",
    "busybox-static",
    "coreutils",
    "dash",
    "libc-bin",
    "redis-server",
  ],
  finish: `
link_busybox
rm -rf etc/redis var/lib/redis var/log/redis
for program in redis-server redis-cli redis-benchmark redis-check-aof redis-check-rdb; do
  ln -s "/usr/bin/$program" "usr/local/bin/$program"
done
add_user redis 999 1000 /home/redis /bin/sh
mkdir data
chown 999:1000 data
cat > usr/local/bin/docker-entrypoint.sh <<'SCRIPT'
#!/bin/sh
set -e
# As in the official image: options and configuration files are for redis-server, root gives way to the user redis,
# and what Redis writes is for that user alone.
if [ "\${1#-}" != "$1" ] || [ "\${1%.conf}" != "$1" ]; then
  set -- redis-server "$@"
fi
if [ "$1" = redis-server ] && [ "$(id -u)" = 0 ]; then
  find . ! -user redis -exec chown redis {} +
  exec chroot --userspec=redis:redis --skip-chdir / "$0" "$@"
fi
if [ "$(umask)" = 0022 ]; then
  umask 0077
fi
exec "$@"
SCRIPT
chmod 755 usr/local/bin/docker-entrypoint.sh
`,
  changes: [
    'ENTRYPOINT ["docker-entrypoint.sh"]',
    'CMD ["redis-server"]',
    "WORKDIR /data",
    "VOLUME /data",
    "EXPOSE 6379",
  ],
};
