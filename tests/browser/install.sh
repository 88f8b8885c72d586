#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `tests/browser/install.sh BUILD`: what the browser tests need, as far as it can be had:
# Debian's chromium and npm where no such programs are there, and two packages of
# package-lock.json into BUILD/browser. Never fails: the tests say that they are skipped, and why.
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1/browser" && cd "$1/browser" || exit 0
rm -f missing
cannot() {
    echo "$*" > missing
    echo "browser tests will be skipped: $*" >&2
    exit 0
}
for program in chromium npm; do
    command -v $program > /dev/null || sh "$here/../install.sh" $program ||
        cannot "$program could not be installed"
done
cmp -s "$here/package-lock.json" package-lock.json && [ -d node_modules ] && exit 0
rm -rf node_modules
cp "$here/package.json" "$here/package-lock.json" .
PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --ignore-scripts --no-audit --no-fund --loglevel=error \
    --fetch-retries=1 --fetch-timeout=30000 > npm.log 2>&1 < /dev/null || {
    rm -rf node_modules package-lock.json
    cat npm.log >&2
    cannot "npm could not install playwright-core and axe-core"
}
