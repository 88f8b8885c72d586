# SPDX-License-Identifier: GPL-3.0-or-later
# The whole build over a clip with text, asked of the OCR baseline; the same
# command again asks nothing; another number of jobs gives the same bytes.
. "$TOP/tests/lib.sh"
make_text_clip clip.mp4
start_reader
build() { # WORKSPACE JOBS
    devibench build --videos clip.mp4 --workspace "$1" --jobs "$2" \
        --generator "openai:reader-eng@$READER" --verifier "openai:reader-latin@$READER" \
        --bitrate 24k --segment 3 --every 3 --json > "$1.json" || exit 1
}
build one 1
build two 2
cp one.json first.json
build one 1
for field in segments generated accepted verified; do
    n=$(json_field first.json $field)
    [ "$n" -gt 0 ] && echo "$field: some" || echo "$field: none"
    [ "$n" = "$(json_field one.json $field)" ] || echo "$field differs in the second run"
    [ "$n" = "$(json_field two.json $field)" ] || echo "$field differs with two jobs"
done
echo "made again: $(json_field one.json made), failed: $(json_field one.json failed)"
[ "$(json_field one.json cached)" = "$(json_field first.json made)" ] && echo "all from the store"
for ws in one two; do
    devibench export --workspace $ws --out $ws.csv
    (cd $ws && find renditions -type f | sort | xargs sha256sum) > $ws.sums
done
cmp one.csv two.csv && cmp one.sums two.sums && echo "same bytes for any number of jobs"
