# The machine with radios, from its first program on: mounts what a system has, runs the command of `folder`, says how
# that ended, and switches off.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
mount -t proc proc /proc
mount -t devtmpfs dev /dev
mkdir -p /dev/shm /dev/pts
mount -t tmpfs shm /dev/shm
mount -t devpts pts /dev/pts
mount -t tmpfs run /run
mkdir -p /run/lock
kernel=$(sed -n 's/.*kernel=\([^ ]*\).*/\1/p' /proc/cmdline)
folder=$(sed -n 's/.*folder=\([^ ]*\).*/\1/p' /proc/cmdline)
ln -sfn "$kernel/lib/modules" /lib/modules
ln -sf "$(command -v busybox)" /sbin/modprobe # for what the kernel asks for by itself
stty raw
echo 'radio: begins'
sh "$folder/command"
echo "radio: ended with $?"
busybox poweroff -f
