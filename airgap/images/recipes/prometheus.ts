import type { Recipe } from "../recipe.ts";

/** Stands in for `prom/prometheus`: user nobody, the same paths and flags, busybox's wget for the health check. */
export const prometheus: Recipe = {
  name: "prometheus",
  mainPackage: "prometheus",
  packages: [
    "base-files",
    "base-passwd",
    "busybox-static",
    "coreutils",
    "dash",
    "libc-bin",
    "prometheus",
  ],
  finish: `
link_busybox
ln -s /usr/bin/prometheus bin/prometheus
ln -s /usr/bin/promtool bin/promtool
# The time zones are there a second time, packed, for the pages that Prometheus shows.
rm -rf usr/share/javascript/moment-timezone/data/unpacked
rm -rf var/lib/prometheus etc/default/prometheus etc/init.d/prometheus
mkdir prometheus
cat > etc/prometheus/prometheus.yml <<'CONFIG'
scrape_configs:
  - job_name: prometheus
    static_configs:
      - targets: ["localhost:9090"]
CONFIG
chown -R 65534:65534 prometheus etc/prometheus
chmod g+w prometheus
`,
  changes: [
    "USER nobody",
    'ENTRYPOINT ["/bin/prometheus"]',
    'CMD ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]',
    "WORKDIR /prometheus",
    "VOLUME /prometheus",
    "EXPOSE 9090",
  ],
};
