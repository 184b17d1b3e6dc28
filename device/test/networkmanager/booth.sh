#!/bin/sh
# Runs COMMAND in a machine of its own, for real-booth.ts: all that NetworkManager needs to run, the files of
# device/os, a venue and a phone, which WORLD (cables.sh, or radio/radios.sh) joins to the booth.
# Nothing outside is touched, and everything ends with this process.
# usage: unshare --mount --net --pid --fork --mount-proc --kill-child sh booth.sh FOLDER OS_FOLDER WORLD COMMAND...
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$1
os=$2
world=$3
shift 3

mount --make-rprivate /
mount -t sysfs -o ro sysfs /sys # NetworkManager takes devices that no udev announces only in a container
for path in /run/dbus /run/netns /etc/netns /run/NetworkManager /var/lib/NetworkManager /etc/NetworkManager /etc/polkit-1/rules.d; do
  mkdir -p "$path"
  mount -t tmpfs tmpfs "$path"
done

# The user of the booth, whom the polkit rule is about.
for file in passwd group; do cp "/etc/$file" "$folder/$file"; done
echo 'photomaton:x:5999:5999::/nonexistent:/usr/sbin/nologin' >>"$folder/passwd"
echo 'photomaton:x:5999:' >>"$folder/group"
for file in passwd group; do mount --bind "$folder/$file" "/etc/$file"; done

mkdir -p /etc/NetworkManager/conf.d /etc/NetworkManager/dnsmasq-shared.d /etc/netns/phone
cp "$os/dnsmasq.conf" /etc/NetworkManager/dnsmasq-shared.d/photomaton.conf
cp "$os/networkmanager.conf" /etc/NetworkManager/conf.d/photomaton.conf
cp "$os/polkit.rules" /etc/polkit-1/rules.d/50-photomaton.rules
cat >/etc/NetworkManager/conf.d/test.conf <<'CONF'
[main]
plugins=keyfile
no-auto-default=interface-name:eth0,interface-name:wlan0
dns=none
[connectivity]
uri=http://10.9.0.1/check_network_status.txt
[connection]
ipv4.dhcp-timeout=5
ipv6.ra-timeout=3
CONF
: >/etc/netns/phone/resolv.conf

ip link set lo up
for there in venue phone; do
  ip netns add "$there"
  ip -n "$there" link set lo up
done
nft -f "$os/hotspot.nft"
nft -f "$os/hotspot.nft" # once more changes nothing

exec 3>&1 >"$folder/log" 2>&1
dbus-daemon --system --nofork --nopidfile &
while ! [ -S /run/dbus/system_bus_socket ]; do sleep 0.02; done
/usr/lib/polkit-1/polkitd --no-debug &
# Makes `lan`, which is the venue's own network.
. "$world"
ip -n venue addr add 10.9.0.1/24 dev lan
ip netns exec venue dnsmasq --keep-in-foreground --conf-file=/dev/null --bind-dynamic \
  --interface=lan --dhcp-range=10.9.0.100,10.9.0.200 --interface=tether --dhcp-range=192.168.42.100,192.168.42.200 --no-ping --leasefile-ro --pid-file= --user=root --no-resolv &
"$@" >&3 2>&3 3>&-
