#!/bin/bash
# Bootstrap action of every EMR node: installs the locked Python packages from S3, offline.
#   bootstrap.sh s3://bucket/prefix/wheels/<digest>
set -euo pipefail
wheels=$(mktemp -d)
aws s3 cp --recursive --only-show-errors "$1" "$wheels"
sudo python3.11 -m venv /opt/verger
sudo /opt/verger/bin/python -m pip install --quiet --no-index --find-links "$wheels" \
  --require-hashes --requirement "$wheels/requirements.txt"
rm -rf "$wheels"
