#!/usr/bin/env bash
# Builds the pages.
#
# Usage: build.sh DIR

set -euo pipefail

LIMIT=10

# Prints an error
# and exits.
die() {
  echo "$1" >&2
  exit 1
}

function build_all {
  local dir="$1"
  for f in "$dir"/*; do
    echo "größe $f"
  done
}

function last () { tail -1 "$1"; }

main() (
  build_all "$@"
)

main "$@"
