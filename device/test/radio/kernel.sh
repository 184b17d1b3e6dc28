#!/bin/sh
# Puts into FOLDER what qemu boots: Debian's kernel, which has radios that are played (mac80211_hwsim), its modules,
# and a first file system that does nothing but take this machine's files (init). Nothing is installed.
# usage: kernel.sh FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$1
rm -rf "$folder"
mkdir -p "$folder/first"
cd "$folder"

package=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: //p' | head -n 1)
# apt's own user may not write here, which it says.
apt-get download -qq "$package" 2>/dev/null
dpkg-deb -x linux-image-*.deb .
rm linux-image-*.deb
version=$(ls lib/modules)
busybox depmod -b "$folder" "$version"
cp "boot/vmlinuz-$version" kernel

# Of the modules those that the first file system loads, and what they need.
for name in virtio_pci 9pnet_virtio 9p overlay; do
  grep "/$name.ko:" "lib/modules/$version/modules.dep" | tr -d : | tr ' ' '\n'
done | sort -u | while read -r module; do
  install -D "lib/modules/$version/$module" "first/lib/modules/$version/$module"
done
busybox depmod -b "$folder/first" "$version"
install -D "$(command -v busybox)" first/bin/busybox
for file in $(ldd first/bin/busybox | grep -o '/[^ ]*'); do
  install -D "$file" "first$file"
done
install -D "$here/init" first/init
mkdir first/proc first/dev first/host first/written first/root
(cd first && find . | busybox cpio -o -H newc 2>/dev/null | gzip -1) >initrd.part
mv initrd.part initrd
