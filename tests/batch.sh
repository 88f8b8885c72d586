# SPDX-License-Identifier: GPL-3.0-or-later
# What the tests of batches share: three clips, models that answer by a script
# whatever the order in which they are asked. Source it after tests/lib.sh.

make_clips() {
    for hue in 0 120 240; do
        ffmpeg -v error -y -f lavfi -i "testsrc=s=160x90:r=10:d=2" -vf "hue=h=$hue" clip$hue.mp4 || exit 1
    done
}

# The generator writes four questions to each clip; all answers to one question are alike.
script() { # BATCHES, as a list of how they go
    q() { printf '{"question": "%s", "options": ["red", "green", "blue", "white"], "answer": "%s",
        "task_type": "Counting", "frames": "single"}' "$1" "$2"; }
    list=$(printf '{"questions": [%s, %s, %s, %s]}' "$(q 'Word 1?' blue)" "$(q 'Word 2?' red)" \
        "$(q 'Word 3?' green)" "$(q 'Word 4?' white)" | tr '\n' ' ' | sed 's/"/\\"/g')
    answers='{"contains": "Word 1?", "text": "blue"}, {"contains": "Word 2?", "text": "blue"},
        {"contains": "Word 3?", "text": "green"}, {"contains": "Word 4?", "refusal": "I cannot tell."}'
    printf '{"@batch": [%s], "gen": [{"text": "%s"}], "fil": [%s], "ver": [%s]}\n' \
        "$1" "$list" "$answers" "$answers"
}

# Writes models.json for a wire format; more fields may follow.
models() { # WIRE [FIELDS]
    case $1 in gemini) base=${FAKE}beta ;; *) base=$FAKE ;; esac
    for m in gen fil ver; do
        printf ', "%s": {"wire": "%s", "base_url": "%s", "model": "%s", "price_in": 1, "price_out": 10, "price_batch": 0.5%s}' \
            $m "$1" "$base" $m "${2:+, $2}"
    done | sed 's/^, /{/; s/$/}/' > models.json
}

build() { # WORKSPACE [OPTIONS]
    w=$1
    shift
    devibench build --videos clip*.mp4 --workspace "$w" --models-file models.json --generator gen \
        --filter fil --verifier ver --segment 2 --every 2 --bitrate 20k "$@"
}

# All that a workspace knows of its last run's questions.
outcome() { # WORKSPACE
    devibench export --workspace "$1" --stage generated --format jsonl
    sqlite3 "$1/devibench.db" "SELECT key, step, verdict.answer, correct FROM verdict JOIN question ON id = question
        WHERE run = (SELECT max(run) FROM verdict) ORDER BY key, step"
}

# Questions that the service has answered.
asked() { echo $(($(requests gen) + $(requests fil) + $(requests ver))); }
