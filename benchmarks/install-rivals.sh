#!/bin/sh
# Installs the native rivals of benchmarks/Maddness.Comparison on Debian: OpenBLAS, oneDNN and ONNX Runtime.
# The comparison runs without them, too, and lists them as missing. Run as root, or as a user who may sudo.
set -eu

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

as_root apt-get update
as_root apt-get install -y libopenblas0-pthread libdnnl2
command -v npm >/dev/null || as_root apt-get install -y npm

# The library is inside the package; its install script, which fetches one for GPUs, is not needed.
folder="$(dirname "$0")/rivals"
mkdir -p "$folder"
npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund onnxruntime-node
