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
echo "installing:$missing" >&2
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq
# shellcheck disable=SC2086
$sudo apt-get install -y -qq --no-install-recommends $missing >&2
