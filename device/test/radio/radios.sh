# For booth.sh, in a machine with three radios that are played: the booth's (wlan0), the venue's and the phone's. What
# one sends, the others hear; all the rest is as on air.
busybox modprobe mac80211_hwsim radios=3
iw phy phy1 set netns name venue
iw phy phy2 set netns name phone
wpa_supplicant -u -s &

ip -n venue link add lan type bridge
ip -n venue link set lan up
cat >"$folder/people" <<'PEOPLE'
* PEAP
"camille" MSCHAPV2 "Zitrone 9!" [2]
PEOPLE
certificates=$here/../certificates
psk='wpa_key_mgmt=WPA-PSK
wpa_passphrase=lavande2026'
# One radio of the venue, and a network for each thing that can be said of one.
{
  echo 'interface=wlan1
driver=nl80211
hw_mode=g
channel=1'
  network() { # NAME_IN_HEX SETTINGS
    printf 'bridge=lan\nssid2=%s\nutf8_ssid=1\nwpa=2\nrsn_pairwise=CCMP\n%s\n' "$1" "$2"
  }
  hex() { printf %s "$1" | od -An -tx1 | tr -d ' \n'; }
  network "$(hex 'Salle des fêtes')" "$psk"
  echo bss=wlan1_new
  network "$(hex 'WPA3 only')" 'wpa_key_mgmt=SAE
ieee80211w=2
sae_password=lavande2026'
  echo bss=wlan1_both
  network "$(hex 'WPA2 & WPA3')" 'wpa_key_mgmt=WPA-PSK SAE
ieee80211w=1
wpa_passphrase=lavande2026'
  echo bss=wlan1_hidden
  network "$(hex 'Coulisses')" "ignore_broadcast_ssid=1
$psk"
  echo bss=wlan1_open
  network "$(hex 'Mairie‑Public')" 'wpa=0'
  echo bss=wlan1_odd
  network 271f26ff00f09f8e89 "$psk"
  echo bss=wlan1_people
  network "$(hex 'Entreprise')" "wpa_key_mgmt=WPA-EAP
ieee8021x=1
eap_server=1
eap_user_file=$folder/people
ca_cert=$certificates/authority.pem
server_cert=$certificates/good.pem
private_key=$certificates/key.pem"
  echo bss=wlan1_deaf
  network "$(hex 'Sans adresse')" "bridge=
$psk"
} >"$folder/hostapd.conf"
ip netns exec venue hostapd "$folder/hostapd.conf" &
