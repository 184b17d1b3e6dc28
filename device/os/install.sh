#!/bin/sh
# Makes a plain Debian 12 or newer, or Raspberry Pi OS, a photo booth: sudo device/os/install.sh
# Run again after an update, it changes what is different and nothing else; settings and photos stay as they are.
# DESTDIR=/some/root only puts the files there, for an image: no packages, users or services.
set -eu

os=$(cd "$(dirname "$0")" && pwd)
checkout=$(cd "$os/../.." && pwd)
root=${DESTDIR:-}

# Whatever is there, this is what has to be: unchanged files keep their times.
put() { # MODE FROM TO
  if ! cmp -s "$2" "$root$3"; then install -D -m "$1" "$2" "$root$3"; fi
}

packages() {
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends network-manager dnsmasq-base nftables polkitd wireless-regdb \
    wpasupplicant iw rfkill chromium cage xwayland curl ca-certificates nodejs npm ffmpeg opencv-data >/dev/null
}

users() {
  id photomaton >/dev/null 2>&1 || useradd --system --home-dir /var/lib/photomaton --shell /usr/sbin/nologin photomaton
  id photomaton-kiosk >/dev/null 2>&1 ||
    useradd --system --create-home --home-dir /var/lib/photomaton-kiosk --shell /usr/sbin/nologin photomaton-kiosk
  for group in video render input audio; do
    if getent group "$group" >/dev/null; then usermod -a -G "$group" photomaton-kiosk; fi
  done
  getent group plugdev >/dev/null || groupadd --system plugdev
}

# Every release has a folder of its own, called after its content, and a link points to the one that runs: a power
# cut leaves the old booth or the new one. So the folder gets its name when all of it is on the disk.
release() {
  list="LICENSE package.json package-lock.json tsconfig.json couch design-docs device portal"
  # shellcheck disable=SC2086 # a list of words
  pack() { tar -C "$checkout" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner \
    --exclude=node_modules --exclude=data --exclude=test --exclude=bench -cf - $list; }
  name=photomaton-$(pack | sha256sum | cut -c 1-12)
  release=$root/opt/$name
  if [ -e "$release" ]; then return; fi
  part=$release.part
  rm -rf "$part"
  mkdir -p "$part/bin"
  pack | tar -C "$part" -xf -
  if [ -z "$root" ]; then node_and_modules; fi
  sync
  mv "$part" "$release"
}

# Debian 12 has Node 18, which is too old: then npm brings one that is not.
node_and_modules() {
  node=$(command -v node || true)
  if [ -z "$node" ] || ! "$node" -e "const [a, b] = process.versions.node.split('.'); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)"; then
    npm install --silent --prefix "$part/node" node@22
    node=../node/node_modules/node/bin/node
  fi
  ln -s "$node" "$part/bin/node"
  (cd "$part" && PATH="$part/bin:$PATH" npm ci --silent --omit=dev)
}

switch() {
  ln -sfn "$name" "$root/opt/photomaton.next"
  mv -T "$root/opt/photomaton.next" "$root/opt/photomaton"
}

files() {
  for unit in "$os"/systemd/*.service; do put 644 "$unit" "/etc/systemd/system/$(basename "$unit")"; done
  put 644 "$os/chromium-policy.json" /etc/chromium/policies/managed/photomaton.json
  put 644 "$os/network/networkmanager.conf" /etc/NetworkManager/conf.d/photomaton.conf
  put 644 "$os/network/dnsmasq.conf" /etc/NetworkManager/dnsmasq-shared.d/photomaton.conf
  put 644 "$os/network/hotspot.nft" /etc/photomaton/hotspot.nft
  put 644 "$os/network/polkit.rules" /etc/polkit-1/rules.d/50-photomaton.rules
  # The installer's own from then on.
  if [ ! -e "$root/etc/photomaton/booth.env" ]; then put 600 "$os/booth.env" /etc/photomaton/booth.env; fi
}

services() {
  rfkill unblock wifi 2>/dev/null || true # a machine without a radio is a booth with a cable
  systemctl daemon-reload
  systemctl enable --quiet NetworkManager photomaton-hotspot photomaton-booth photomaton-kiosk
  systemctl reload-or-restart NetworkManager
  systemctl restart photomaton-hotspot photomaton-booth
  # It waits for the booth by itself.
  systemctl restart --no-block photomaton-kiosk
}

# What ran until now may still have read its files.
old_releases() {
  for old in "$root"/opt/photomaton-*; do
    if [ "$old" != "$release" ]; then rm -rf "$old"; fi
  done
}

# Says whether the booth runs. A small computer takes half a minute the first time.
outcome() {
  if curl -fsS --retry 60 --retry-delay 1 --retry-connrefused -o /dev/null http://127.0.0.1:8090/healthz 2>/dev/null; then
    echo "The booth is on this machine's screen. Its settings: /etc/photomaton/booth.env"
  else
    echo "The booth is installed, but does not answer. Why: journalctl -u photomaton-booth" >&2
    exit 1
  fi
}

if [ -z "$root" ] && [ "$(id -u)" != 0 ]; then
  echo "As root: sudo $0" >&2
  exit 1
fi
if [ -z "$root" ]; then
  packages
  users
fi
release
switch
files
sync
if [ -z "$root" ]; then services; fi
old_releases
if [ -z "$root" ]; then outcome; fi
