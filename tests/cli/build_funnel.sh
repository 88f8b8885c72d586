# SPDX-License-Identifier: GPL-3.0-or-later
# The funnel, exactly, of a build whose models answer by a script; then the same
# command again, another seed and another prompt in the same workspace.
. "$TOP/tests/lib.sh"
for v in a b; do # they show the same, so what is asked about the one holds for the other
    ffmpeg -v error -y -f lavfi -i "testsrc=s=160x90:r=10:d=2" -metadata title=$v $v.mp4 || exit 1
done
ffmpeg -v error -y -f lavfi -i "testsrc2=s=160x90:r=10:d=2" c.mp4 || exit 1

colours='["red", "green", "blue", "white"]'
q() { # TEXT [OPTIONS] [ANSWER]
    printf '{"question": "%s", "options": %s, "answer": "%s", "task_type": "Counting", "frames": "single"}' \
        "$1" "${2:-$colours}" "${3:-blue}"
}
list() { # as a JSON string
    printf '{"questions": [%s]}' "$1" | sed 's/\\/\\\\/g; s/"/\\"/g'
}
questions=$(
    for i in 1 2 3 4 5 6 7 8; do q "Word $i?"; printf ', '; done
    q "Same?" '["red", "Red", "blue", "white"]'; printf ', '
    q "Absent?" "" yellow; printf ', '
    q "Few?" '["red", "blue", "white"]'; printf ', '
    q "What is in the left half?"; printf ', '
    q "Word 1?"
)
# ask QUESTION ORIGINAL DEGRADED VERIFY, as replies; the filter's come around three times
filter= verify=
ask() {
    for _ in 1 2 3; do
        for reply in "$2" "$3"; do filter="$filter{\"contains\": \"Question: Word $1?\", $reply},"; done
    done
    [ -z "$4" ] || verify="$verify{\"contains\": \"Question: Word $1?\", $4},"
}
right='"text": "blue"' wrong='"text": "The answer is red."' mumble='"text": "Hm, well."'
refusal='"refusal": "I cannot help with that."'
ask 1 "$right" "$wrong" "$right"      # the only one that is valid
ask 2 "$right" "$wrong" "$wrong"      # the verifier disagrees
ask 3 "$right" "$right"               # the degraded clip shows it too
ask 4 "$wrong" "$wrong"               # nobody can see it
ask 5 "$right" "$refusal" "$mumble"   # a refusal is not right; the verifier mumbles
ask 6 "$right" "$mumble"              # unparsed on the degraded clip proves nothing
ask 7 "$mumble" "$wrong"
ask 8 "$refusal" "$wrong"
cat > script.json <<END
{"gen": [{"text": "$(list "$questions")"}, {"text": "I see nothing that I could ask about."}],
 "fil": [${filter%,}], "ver": [${verify%,}]}
END
start_fake script.json
profile() { # NAME
    printf '"%s": {"wire": "openai", "base_url": "%s", "model": "%s", "concurrency": 1, "price_in": 1, "price_out": 10}' \
        "$1" "$FAKE" "$1"
}
echo "{$(profile gen), $(profile fil), $(profile ver)}" > models.json
build() {
    devibench build --videos a.mp4 b.mp4 c.mp4 --workspace ws --models-file models.json \
        --generator gen --filter fil --verifier ver --segment 2 --every 2 --bitrate 20k "$@"
}
echo "== first run"
build --json > first.json
grep -v -e rates_missed -e '"[ABCD]":' first.json # the letters depend on the server's port
echo "requests: gen $(requests gen) fil $(requests fil) ver $(requests ver)"
echo "== again"
build | grep -v -e '^rate missed' -e '^letters'
echo "requests: $(requests)"
sqlite3 ws/devibench.db "SELECT step, status, count(*) FROM call GROUP BY step, status"
echo "== another seed"
build --seed 2 --json > seed.json
grep -E '^ {2,4}"(generated|accepted|verified|failed)"' seed.json
echo "answers: $(($(json_field seed.json made) + $(json_field seed.json cached)))"
sqlite3 ws/devibench.db "
    SELECT run, count(*), count(DISTINCT text) FROM run_question JOIN question ON id = question GROUP BY run;
    SELECT sum(a.options <> b.options) > 3 FROM question a JOIN question b USING (call, idx) WHERE a.id < b.id;
    SELECT DISTINCT json_extract(options, '\$[' || answer || ']') FROM question"
echo "== another prompt, on which nothing is answered: earlier runs keep their verdicts"
mkdir prompts
echo '{{question}} {{options}}' > prompts/answer.txt
build --prompts prompts --until filter 2>&1 | grep -E 'accepted|undecided|^calls|error' | sed 's/. The last one.*//'
for run in 1 2 3 4; do
    sqlite3 ws/devibench.db "SELECT run, step, count(*), sum(correct) FROM verdict WHERE run = $run GROUP BY step"
done
