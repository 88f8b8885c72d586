# SPDX-License-Identifier: GPL-3.0-or-later
# A report says what `devibench eval --json` said, to the last digit: cells, task types,
# sensitivity, differences. A second evaluation joins the first; a trial with --limit does not
# make a set of its own; free answers do, with what the judge wrote.
. "$TOP/tests/lib.sh"
ffmpeg -v error -y -f lavfi -i "testsrc=s=160x90:r=10:d=2" a.mp4 || exit 1
ffmpeg -v error -y -f lavfi -i "testsrc2=s=160x90:r=10:d=2" b.mp4 || exit 1
ffmpeg -v error -y -f lavfi -i "smptebars=s=160x90:r=10:d=2" c.mp4 || exit 1
q() { # TEXT TASK
    printf '{\\"question\\": \\"%s\\", \\"options\\": [\\"red\\", \\"green\\", \\"blue\\", \\"white\\"], ' "$1"
    printf '\\"answer\\": \\"blue\\", \\"task_type\\": \\"%s\\", \\"frames\\": \\"single\\"}' "$2"
}
set_of() { # NUMBERS
    printf '{"text": "{\\"questions\\": ['
    sep=
    for i; do
        task=Counting
        [ $((i % 3)) -ne 0 ] || task='Spatial Understanding'
        printf '%s' "$sep"; q "Word $i?" "$task"; sep=', '
    done
    printf ']}"}'
}
right='"text": "blue"' wrong='"text": "The answer is red, I <b>think</b>."' refusal='"refusal": "I cannot help with that."'
on() { # QUESTION REPLY..., in the order of the cells
    word=$1
    shift
    for reply; do printf '{"contains": "Question: Word %s?", %s},' "$word" "$reply"; done
}
never='{"contains": "never", "text": ""}'
cat > script.json <<END
{"gen": [$(set_of 1 2 3 4), $(set_of 5 6 7 8), $(set_of 9 10 11 12)],
 "fil": [$(for i in 1 2 3 4 5 6 7 8 9 10 11 12; do on $i "$right" "$wrong"; done) $never],
 "ver": [{$right}],
 "one": [$(for i in 1 2 5 9; do on $i "$wrong" "$right"; done) $(for i in 3 6 10 11; do on $i "$right" "$right"; done)
         $(for i in 4 7 8 12; do on $i "$refusal" "$wrong"; done) $never],
 "two": [$(for i in 1 2 5 9 4 7; do on $i "$wrong" "$right"; done) $(for i in 3 6 8 10 11 12; do on $i "$wrong" "$wrong"; done) $never],
 "fre": [{$wrong}],
 "jud": [{"text": "The reference says blue; <i>red</i> is something else.\nIncorrect"}]}
END
start_fake script.json
profile() { # NAME
    printf '"%s": {"wire": "openai", "base_url": "%s", "model": "%s", "concurrency": 1, "price_out": 10}' \
        "$1" "$FAKE" "$1"
}
echo "{$(profile gen), $(profile fil), $(profile ver), $(profile one), $(profile two), $(profile fre), $(profile jud)}" > models.json
devibench build --videos a.mp4 b.mp4 c.mp4 --workspace ws --models-file models.json --generator gen \
    --filter fil --verifier ver --segment 2 --every 2 --bitrate 20k | grep -E '^(generated|verified)'
devibench eval -w ws --models-file models.json --bitrates 20k,original --models one --limit 1 > /dev/null 2>&1
devibench eval -w ws --models-file models.json --bitrates 20k,original --models one,two --baselines letter --json > eval.json 2> err
echo "exit code $?"
devibench report -w ws -o site | sed 's/set [0-9a-f]*/set HASH/; s/manner [0-9a-f]*/manner HASH/; s/[0-9.]* MB/N MB/'
sql() { sqlite3 -separator ' ' :memory: "CREATE TABLE e AS SELECT readfile('eval.json') AS j; CREATE TABLE r AS SELECT readfile('site/leaderboard.json') AS j; $1"; }
share="o->>'n', o->>'videos', printf('%.10g', o->>'se'), printf('%.10g', o->>'\$.ci[0]'), printf('%.10g', o->>'\$.ci[1]'),
    printf('%.10g', o->>'\$.wilson[0]'), printf('%.10g', o->>'\$.wilson[1]')"
echo "-- cells"
sql "SELECT coalesce(o->>'bitrate_kbps', 'original'), o->>'strategy', coalesce(o->>'model', ''), coalesce(o->>'task_type', 'all'),
     o->>'correct', o->>'refused', o->>'unparsed', printf('%.10g', o->>'accuracy'), printf('%.10g', o->>'measured_kbps'), $share
     FROM (SELECT value AS o FROM e, json_each(j, '\$.cells'))" | sed 's/ always [A-D] / /; s/letter  */letter /' | sort > x
sql "SELECT coalesce(c->>'bitrate_kbps', 'original'), c->>'strategy', coalesce(c->>'model', ''), coalesce(o->>'task_type', 'all'),
     o->>'correct', o->>'refused', o->>'unparsed', printf('%.10g', o->>'accuracy'),
     printf('%.10g', json_extract(v, '\$[' || (c->>'view') || '].measured_kbps')), $share
     FROM (SELECT c.value AS c, t.value AS o, j->'\$.sets[0].views' AS v FROM r, json_each(j, '\$.sets[0].cells') c,
           json_each(c.value, '\$.stats') t)" | sed 's/letter  */letter /' | sort > y
diff x y && wc -l < x
echo "-- sensitivity"
sql "SELECT o->>'bitrate_kbps', o->>'model', coalesce(o->>'task_type', 'all'), o->>'lost', printf('%.10g', o->>'value'), $share
     FROM (SELECT value AS o FROM e, json_each(j, '\$.sensitivity'))" | sort > x
sql "SELECT c->>'bitrate_kbps', c->>'model', coalesce(t->>'task_type', 'all'), o->>'lost', printf('%.10g', o->>'value'), $share
     FROM (SELECT c.value AS c, t.value AS t, t.value->'sensitivity' AS o FROM r, json_each(j, '\$.sets[0].cells') c,
           json_each(c.value, '\$.stats') t) WHERE o->>'n' IS NOT NULL AND c->>'bitrate_kbps' IS NOT NULL" | sort > y
diff x y && wc -l < x
echo "-- differences"
# a and b may stand the other way round.
pair="printf('%.10g', abs(o->>'diff')), printf('%.10g', o->>'se'), printf('%.10g', o->>'t_p'), printf('%.10g', o->>'mcnemar_p'),
    printf('%.10g', o->>'detectable'), printf('%.10g', abs((o->>'\$.ci[0]') + (o->>'\$.ci[1]')))"
sql "SELECT o->>'n', o->>'videos', $pair FROM (SELECT value AS o FROM r, json_each(j, '\$.sets[0].pairs'))" | sort -u > y
sql "SELECT o->>'n', o->>'videos', $pair FROM (SELECT value AS o FROM e, json_each(j, '\$.pairs'))" | sort -u > x
comm -13 x y | sed 's/^/not in eval: /'
wc -l < y
echo "-- who made the questions is marked"
devibench eval -w ws --models-file models.json --bitrates 20k --models fil --exclude-builders > /dev/null 2>&1
devibench report -w ws -o site > /dev/null
grep -o '<bdi>[a-z]*</bdi> <abbr[^>]*>builder' site/index.html | sort -u
sql "SELECT c.value->>'model', c.value->>'\$.stats[0].n', c.value->>'\$.stats[0].excluded' FROM r, json_each(j, '\$.sets[0].cells') c
     WHERE c.value->>'model' = 'fil'"
echo "-- free answers and the judge's words"
devibench eval -w ws --models-file models.json --bitrates original --models fre --answers free --judge jud > /dev/null 2>&1
devibench report -w ws -o site | sed 's/set [0-9a-f]*/set HASH/; s/manner [0-9a-f]*/manner HASH/; s/[0-9.]* MB/N MB/'
grep -h -o '<dt>[^/]*</dt><dd><bdi>.*' site/question/set-2-*.html | sed 's/, \(&lt;\)*[0-9.]* s</, N s</' | sort | uniq -c | sed 's/^ *//'
sed 's/<[^>]*>//g' site/set-2.html | grep -o 'judged by [a-z]*'
