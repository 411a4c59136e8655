#!/usr/bin/env bash
# A machine behind a firewall table, and the world before it, in two network namespaces of their own:
#   unshare -rn peers_wall.sh PYTHON TABLE.nft OWN_ADDRESSES WORLD_ADDRESSES PROBES
# Addresses and probes are words in one argument; a probe is SOURCE/PROTOCOL/DESTINATION/PORT. Prints the probes that
# came through, one a line.
set -euo pipefail
python=$1 table=$2 own=$3 world=$4 probes=$5
here=$(dirname "$0")

ip link set lo up
unshare -n sleep 60 &
outside=$!
trap 'kill $outside' EXIT
until [ "$(readlink /proc/$outside/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done
ip link add wall0 type veth peer name wall1 netns $outside
ip link set wall0 up
for address in $own; do ip addr add "$address/32" dev wall0; done
nsenter -t $outside -n ip link set wall1 up
for address in $world; do
    nsenter -t $outside -n ip addr add "$address/32" dev wall1
    ip route add "$address/32" dev wall0
done
for address in $own; do nsenter -t $outside -n ip route add "$address/32" dev wall1; done
nft -f "$table"
exec 3< <(exec "$python" "$here/peers_wall.py" listen $probes)
read -r listener <&3
trap 'kill $outside $listener' EXIT
nsenter -t $outside -n "$python" "$here/peers_wall.py" knock $probes
