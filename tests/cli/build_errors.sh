# SPDX-License-Identifier: GPL-3.0-or-later
# Calls that fail are no wrong answers: the same command asks them again, and
# only them. A key that is not accepted stops at once and shows nowhere.
. "$TOP/tests/lib.sh"
ffmpeg -v error -y -f lavfi -i "testsrc=s=160x90:r=10:d=2" a.mp4 || exit 1
ffmpeg -v error -y -f lavfi -i "testsrc2=s=160x90:r=10:d=2" b.mp4 || exit 1

q() { # TEXT
    printf '{\\"question\\": \\"%s\\", \\"options\\": [\\"red\\", \\"green\\", \\"blue\\", \\"white\\"], ' "$1"
    printf '\\"answer\\": \\"blue\\", \\"task_type\\": \\"Counting\\", \\"frames\\": \\"single\\"}'
}
list() { # QUESTION...
    printf '{"text": "{\\"questions\\": ['
    q "$1"
    shift
    for text; do printf ', '; q "$text"; done
    printf ']}"}'
}
repeat() { # N REPLY
    for _ in $(seq "$1"); do printf '%s' "$2"; done
}
# As often as a question is asked in one run.
failures=$(repeat 6 '{"status": 500, "headers": {"retry-after-ms": "1"}, "error": {"message": "down"}},')
on() { # QUESTION REPLIES: only for this question
    printf '%s' "$2" | sed "s/{\"\(text\|status\)/{\"contains\": \"$1\", \"\1/g"
}
right='{"text": "blue"},' wrong='{"text": "red"},'
cat > script.json <<END
{"gen": [$(list One? Two? Three? Four?), $failures $(list Five?)],
 "fil": [$(on One? "$right$wrong") $(on Two? "$right$failures$wrong") $(on Three? "$failures$right$right")
         $(on Four? "$right$wrong") $(on Five? "$right$wrong") {"contains": "never", "text": ""}],
 "ver": [$(on One? "$failures$right") $(on Two? "$right") $(on Four? "$right") $(on Five? "$right")
         {"contains": "never", "text": ""}]}
END
start_fake script.json
profile() { # NAME
    printf '"%s": {"wire": "openai", "base_url": "%s", "model": "%s", "concurrency": 1}' "$1" "$FAKE" "$1"
}
echo "{$(profile gen), $(profile fil), $(profile ver)}" > models.json
build() {
    devibench build --videos a.mp4 b.mp4 --workspace ws --models-file models.json --generator gen \
        --filter fil --verifier ver --segment 2 --every 2 --bitrate 60k "$@" 2>&1
    echo "exit code $?"
}
show() { grep -E '^(generated|accepted|verified|valid|undecided|calls|error|exit)' | sed "s|http://[^ ]*|URL|"; }
echo "== services down for a while"
build | show
echo "requests: gen $(requests gen) fil $(requests fil) ver $(requests ver)"
echo "== the same command"
build | show
echo "requests: gen $(requests gen) fil $(requests fil) ver $(requests ver)"
echo "== once more"
build | show
sqlite3 ws/devibench.db "SELECT step, status, count(*), sum(attempts) FROM call GROUP BY step, status"

echo "== two builds in one workspace"
devibench build --videos a.mp4 --workspace ws --until verify --generator "openai:hang@$FAKE" \
    --verifier "openai:ok@$FAKE" --segment 2 --every 2 > hang.log 2>&1 &
hanging=$!
started="$started $hanging"
i=0
until [ "$(requests hang)" = 1 ] || [ $i -gt 100 ]; do i=$((i + 1)); sleep 0.1; done
build | sed "s/process $hanging,/process N,/"
kill -9 $hanging
wait $hanging 2> killed.log
build | show

echo "== a key that is not accepted"
export DEVIBENCH_TEST_KEY=sk-planted-0123456789abcdef
cat > keyed.json <<END
{"barred": {"wire": "openai", "base_url": "$FAKE", "model": "bad-key", "key_env": "DEVIBENCH_TEST_KEY",
            "concurrency": 1}, $(profile gen), $(profile ver)}
END
for role in generator filter; do
    case $role in
    generator) models="--generator barred --filter gen" ;;
    filter) models="--generator gen --filter barred" ;;
    esac
    before=$(requests)
    devibench build -v --videos a.mp4 b.mp4 --workspace ws --models-file keyed.json $models --verifier ver \
        --segment 2 --every 2 --bitrate 60k > $role.log 2>&1
    echo "exit code $?, $(($(requests) - before)) request"
    show < $role.log | sed 's/^error.*key was not accepted.*/error: key was not accepted/'
done
grep -rlF planted . | grep -v '^./fake' && echo "the key is in these files"
grep -rlF 'Bearer' ws ./*.log && echo "a header is in these files"
exit 0
