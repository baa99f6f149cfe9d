#!/usr/bin/env bash
# Install the peers that the benches measure against into the folder $1; then set
# VIRTAAMA_BENCH_PEERS to it. node-red-contrib-re-postgres, the PostgreSQL node of the registry, needs
# pg 6, which no longer connects on a current Node.js; so the flow uses pg 8 from a function node.
set -euo pipefail
folder=$(realpath -m "${1:?the folder to install into}")
mkdir -p "$folder"
cd "$folder"
npm install --no-audit --no-fund node-red@4 pg@8
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet mqtt-processor==0.1.0
