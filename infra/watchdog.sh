#!/bin/bash
# On the primary node: powers it off, which ends the cluster, once no Spark step has run for so many
# seconds, or the node is so old, whoever was to end it. EMR's own end of idle clusters takes a way
# to its public endpoint, which a private network does not have; this takes nothing.
#   watchdog IDLE_SECONDS MOST_SECONDS [LOOK_SECONDS [COMMAND…]]
set -uo pipefail
idle=$1 most=$2 look=${3:-15}
shift $(( $# < 3 ? $# : 3 ))
driver=${VERGER_DRIVER:-org\.apache\.spark\.deploy\.SparkSubmit}
SECONDS=0
busy=0
while (( SECONDS < most && SECONDS - busy < idle )); do
  if pgrep --full "$driver" > /dev/null; then
    busy=$SECONDS
  fi
  sleep "$look"
done
echo "nobody needs this cluster: last busy after $busy s, now $SECONDS s old"
(( $# )) || set -- systemctl poweroff
exec "$@"
