# SPDX-License-Identifier: GPL-3.0-or-later
# What a build will cost, said before anything is sent; a limit on it; what was spent.
. "$TOP/tests/lib.sh"
ffmpeg -v error -y -f lavfi -i "testsrc=s=320x180:r=10:d=4" a.mp4 || exit 1
ffmpeg -v error -y -f lavfi -i "testsrc2=s=320x180:r=10:d=4" b.mp4 || exit 1

q() { # TEXT
    printf '{\\"question\\": \\"%s\\", \\"options\\": [\\"red\\", \\"green\\", \\"blue\\", \\"white\\"], ' "$1"
    printf '\\"answer\\": \\"blue\\", \\"task_type\\": \\"Counting\\", \\"frames\\": \\"single\\"}'
}
usage() { printf '"usage": {"prompt_tokens": %s, "completion_tokens": %s}' "$1" "$2"; }
unread='{\"choices\": [], \"usage\": {\"prompt_tokens\": 100, \"completion_tokens\": 10}}'
# On the first question of each clip the filter is right on the original only: it is asked in turn.
only=$(for _ in 1 2 3 4; do
    printf '{"contains": "One?", "text": "blue", %s}, {"contains": "One?", "text": "red", %s}, ' \
        "$(usage 150 5)" "$(usage 150 5)"
done)
cat > script.json <<END
{"gen": [{"text": "{\\"questions\\": [$(q One?), $(q Two?)]}", $(usage 1500 200)}],
 "fil": [$only {"text": "blue", $(usage 150 5)}],
 "ver": [{"text": "blue", $(usage 500 5)}],
 "bad": [{"raw": "$unread"}, {"raw": "$unread"}, {"text": "blue", $(usage 150 5)}, {"raw": "$unread"}]}
END
start_fake script.json
# price_in 10 and price_out 100: a token in is 0.00001 USD
priced='"price_in": 10, "price_out": 100' formula='"tokens": "openai-patches"'
profile() { # NAME MODEL FIELDS
    printf '"%s": {"wire": "openai", "base_url": "%s", "model": "%s", "max_tokens": 1000, %s}' \
        "$1" "$FAKE" "$2" "$3"
}
cat > models.json <<END
{$(profile gen gen "$priced, $formula"),
 $(profile fil fil "$priced, $formula, \"concurrency\": 1"), $(profile ver ver "$priced, $formula"),
 $(profile bad bad "$priced, $formula"), $(profile blind fil "$priced"), $(profile free fil "$formula"),
 $(profile small fil "$priced, $formula, \"max_pixels\": 20000"),
 $(profile coarse fil "$priced, $formula, \"jpeg_quality\": 40"),
 $(profile within fil "$priced, $formula, \"max_pixels\": 57600, \"jpeg_quality\": 95")}
END
build() {
    devibench build --videos a.mp4 b.mp4 --workspace ws --models-file models.json --generator gen \
        --filter fil --verifier ver --segment 2 --every 2 --bitrate 60k "$@"
    echo "exit code $?"
}
spent() { sqlite3 ws/devibench.db "SELECT printf('%.5f', sum(cost_usd)), sum(attempts) FROM call"; }

echo "== before there is a workspace"
build --dry-run
ls -d ws 2>&1
build --dry-run --questions 3 --limit 2 --json
build --dry-run --limit 1 --until generate
echo "requests: $(requests)"

echo "== a limit too low for one question"
build --max-cost 0.1 2>&1 | grep -v ^letters
echo "requests: $(requests)"

echo "== a limit that is reached in the filter"
# A generated list may cost 0.12, and costs 0.035; an answer may cost 0.10, and costs 0.002.
build --max-cost 0.25 > stop.log 2> stop.err
tail -n 1 stop.log
grep -c 'stopped by --max-cost 0.25: 0\.[0-9]* USD are spent, the next question could cost up to 0\.10' stop.err
spent | awk -F '|' '{ print ($1 <= 0.25 && $1 > 0.14) ? "within the limit" : $0 }'
[ "$(requests)" = "$(spent | cut -d '|' -f 2)" ] && echo "every request is stored"
grep -E '^undecided' stop.log | sed 's/  *[0-9]*  */ N /'

echo "== what is left"
build --dry-run --json > left.json
answered=$(sqlite3 ws/devibench.db "SELECT count(*) FROM call WHERE step <> 'generate'")
awk -v n="$answered" '/"(stored|calls)"/ { gsub(/[^0-9]/, "", $2); if (++i > 2 && i < 7) sum += $2; if (i % 2 == 1 && i > 2 && i < 7) old += $2 }
    END { print "filter: " sum " in all, " (old == n ? "those that are answered" : old) " from the store" }' left.json
json_field left.json questions_per_clip_from

echo "== the same command with a limit that suffices"
build --max-cost 10 | grep -v ^letters
echo "requests: $(requests)"
build --dry-run
build --max-cost 0.01 | tail -n 8

echo "== attempts that were billed, and could not be read"
devibench build --videos a.mp4 --workspace billed --models-file models.json --generator gen --filter bad \
    --verifier ver --segment 2 --every 2 --limit 1 --bitrate 60k --until filter > billed.log 2>&1
echo "exit code $?"
# One of four gets the one good reply: which, is not the point, as all are under way at once.
sqlite3 billed/devibench.db "SELECT status, attempts, tokens_in, tokens_out, printf('%.5f', cost_usd)
    FROM call WHERE status = 'error'"

echo "== pictures within a model's limits"
only() { # MODEL: the filter's
    devibench build --videos a.mp4 --workspace ws --models-file models.json --generator gen --filter "$1" \
        --verifier ver --segment 2 --every 2 --limit 1 --bitrate 60k --until filter 2>&1 |
        sed -n 's/ failed;.*/ failed/; s/^calls  *//p'
}
only within # sees what fil saw
only small
only coarse
find ws/renditions -name '*-q*' | sed 's|.*/\([a-z]*\)-[0-9a-f]*/|\1 |' | sort
ffprobe -v error -show_entries stream=width,height -of csv=p=0 \
    "$(find ws/renditions -path '*original*x106-q90/frame-0001.jpg')"
before=$(find ws/renditions -path '*-q*' -name '*.jpg' -exec stat -c '%i %Y' {} + | sort)
only small # from the store; nothing is made again
[ "$before" = "$(find ws/renditions -path '*-q*' -name '*.jpg' -exec stat -c '%i %Y' {} + | sort)" ] &&
    echo "made once"

echo "== what cannot be"
build --max-cost 1 --filter blind 2>&1
build --dry-run --filter blind --limit 1 --first 1 | sed -n '/^original/p'
build --dry-run --filter free --limit 1 --first 1 | sed -n '/^original/p'
build --dry-run --offline 2>&1
build --max-cost -1 2>&1
build --preset quick 2>&1
build --tune "" --until collect | tail -n 1
