import type { Recipe } from "./recipe.ts";

/**
 * What every root file system needs after its packages were unpacked. No package's own scripts have run: users, /bin/sh
 * and the list of installed packages are made here. $1 is the root folder, PACKAGE_LIST a file for the packages' versions.
 */
export const commonFinish = `
set -eu
cd "$1"

# add_user NAME UID GID HOME SHELL
add_user() {
  echo "$1:x:$3:" >> etc/group
  echo "$1:x:$2:$3::$4:$5" >> etc/passwd
}

# Every program of busybox that no package brings.
link_busybox() {
  for applet in $(bin/busybox --list); do
    [ -e "bin/$applet" ] || [ -e "usr/bin/$applet" ] || [ -e "sbin/$applet" ] || [ -e "usr/sbin/$applet" ] ||
      ln -s busybox "bin/$applet"
  done
}

ln -sf dash bin/sh
cp usr/share/base-passwd/passwd.master etc/passwd
cp usr/share/base-passwd/group.master etc/group
echo "hosts: files dns" > etc/nsswitch.conf
mkdir -p usr/local/bin usr/local/sbin

# What dpkg would have noted, so that it, and scanners for known faults, see what is in the image.
for package in var/cache/apt/archives/*.deb; do
  dpkg-deb -f "$package" | sed '1a Status: install ok installed'
  echo
  dpkg-deb -W --showformat '\${Package}=\${Version}\\n' "$package" >> "$PACKAGE_LIST"
done > var/lib/dpkg/status

# Perl comes with the packages' installation scripts, which are not run; licences stay.
rm -rf usr/share/man usr/share/locale usr/share/info usr/share/lintian usr/share/initramfs-tools \\
  usr/share/perl usr/share/perl5 usr/lib/*/perl usr/lib/*/perl-base usr/lib/*/libperl* usr/bin/perl*
find usr/share/doc -type f ! -name copyright -delete
`;

/** The whole script of one image. */
export function finishScript(recipe: Recipe): string {
  return `${commonFinish}\n${recipe.finish}`;
}
