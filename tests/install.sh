#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Install the Debian packages named that are missing. Does nothing, and needs no
# rights, when all are there.
set -eu
missing=
for p in "$@"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$p" 2>/dev/null | grep -qx installed || missing="$missing $p"
done
[ -n "$missing" ] || exit 0
command -v apt-get >/dev/null || {
    echo "These Debian packages (or your system's equivalents) are needed:$missing" >&2
    exit 1
}
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
[ -z "$sudo" ] || command -v sudo > /dev/null || {
    echo "These Debian packages are needed, and only root can install them:$missing" >&2
    exit 1
}
echo "installing:$missing" >&2
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086
{ $sudo apt-get update -qq && $sudo apt-get install -y -qq --no-install-recommends $missing; } \
    > "$log" 2>&1 < /dev/null || {
    cat "$log" >&2
    echo "could not install:$missing" >&2
    exit 1
}
