# SPDX-License-Identifier: GPL-3.0-or-later
# A generator that always puts the right option second: the letters of what is
# verified come out even, for any seed.
. "$TOP/tests/lib.sh"
for i in 1 2; do
    ffmpeg -v error -y -f lavfi -i "testsrc=s=160x90:r=10:d=$((i + 1))" -ss $i $i.mp4 || exit 1
done
awk 'BEGIN {
    for (clip = 1; clip <= 2; clip++) {
        list = ""
        for (i = 1; i <= 30; i++)
            list = list (i > 1 ? ", " : "") "{\\\"question\\\": \\\"Clip " clip ", thing " i "?\\\"," \
                "\\\"options\\\": [\\\"red\\\", \\\"blue\\\", \\\"green\\\", \\\"white\\\"]," \
                "\\\"answer\\\": \\\"B\\\", \\\"task_type\\\": \\\"Counting\\\", \\\"frames\\\": \\\"single\\\"}"
        gen = gen (clip > 1 ? "," : "") "{\"text\": \"{\\\"questions\\\": [" list "]}\"}"
    }
    for (i = 0; i < 240; i++)
        fil = fil (i ? "," : "") "{\"text\": \"" (i % 2 ? "red" : "blue") "\"}"
    printf "{\"gen\": [%s], \"fil\": [%s], \"ver\": [{\"text\": \"blue\"}]}\n", gen, fil
}' > script.json
start_fake script.json
profile() { # NAME
    printf '"%s": {"wire": "openai", "base_url": "%s", "model": "%s", "concurrency": 1}' "$1" "$FAKE" "$1"
}
echo "{$(profile gen), $(profile fil), $(profile ver)}" > models.json
for seed in 1 2; do
    devibench build --videos 1.mp4 2.mp4 --workspace ws --models-file models.json \
        --generator gen --filter fil --verifier ver --segment 1 --every 10 --bitrate 60k --questions 30 \
        --seed $seed --json > $seed.json || exit 1
    echo "seed $seed: $(json_field $seed.json verified) verified"
    for letter in A B C D; do # seven blocks of four in each clip, and half a one
        n=$(json_field $seed.json $letter)
        if [ "$n" -ge 14 ] && [ "$n" -le 16 ]; then echo "$letter: a quarter"; else echo "$letter: $n of 60"; fi
    done
done
