# For booth.sh: a cable (eth0) to the venue, and a second one that stands for the radio (wlan0) to a phone.
ip link add eth0 type veth peer name lan netns venue
ip link add wlan0 type veth peer name radio netns phone
