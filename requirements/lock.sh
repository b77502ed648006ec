#!/bin/sh
# Pins every dependency with its hashes, for every platform and Python that we support; names no registry.
set -eu
uv=${1:-uv}
compile() {
  out=$1
  shift
  "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
    --no-annotate "$@" --output-file "requirements/$out.txt" pyproject.toml
}
compile dev --extra cloud --group dev
compile cloud --extra cloud --group build --constraint requirements/dev.txt
compile bench --group bench --constraint requirements/dev.txt
