#!/bin/bash
# Bootstrap action of every EMR node: installs the locked Python packages and the published code from
# S3, offline, and compiles what workers will run. On the primary node it also starts the watchdog.
#   bootstrap.sh s3://…/wheels/<digest> s3://…/code/<digest> IDLE_SECONDS MOST_SECONDS REGION
set -euo pipefail
wheels=$1 code=$2 idle=$3 most=$4
# Without one, S3 may be asked at its global address, out of a private network's reach.
[[ -z ${5:-} ]] || export AWS_DEFAULT_REGION=$5
place=${VERGER_PLACE:-/opt/verger}
info=${VERGER_INSTANCE_INFO:-/mnt/var/lib/info/instance.json}

downloaded=$(mktemp -d)
aws s3 cp --recursive --only-show-errors "$wheels" "$downloaded/wheels"
aws s3 cp --recursive --only-show-errors "$code" "$downloaded/code"

# Amazon Linux keeps its packages in the region's own S3, which a private network reaches, too.
command -v python3.11 > /dev/null || sudo dnf install --quiet --assumeyes python3.11
sudo python3.11 -m venv "$place"
sudo "$place/bin/python" -m pip install --quiet --no-index --find-links "$downloaded/wheels" \
  --require-hashes --requirement "$downloaded/wheels/requirements.txt"

# Installed, not shipped with each step: compiled code is then found again, by every worker.
sudo "$place/bin/python" -m zipfile -e "$downloaded/code/verger.zip" \
  "$place/lib/python3.11/site-packages"
sudo install --directory --mode=1777 "$place/numba"
NUMBA_CACHE_DIR="$place/numba" "$place/bin/python" -m verger.vocabulary.warm_up

if grep --quiet '"isMaster": *true' "$info"; then
  sudo install --mode=755 "$downloaded/code/watchdog.sh" "$place/bin/watchdog"
  sudo systemd-run --quiet --unit=verger-watchdog "$place/bin/watchdog" "$idle" "$most"
fi
rm -rf "$downloaded"
