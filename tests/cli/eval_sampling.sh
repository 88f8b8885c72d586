# SPDX-License-Identifier: GPL-3.0-or-later
# How clips are sampled for models that take pictures, and that models which take video
# get video, in the baselines too.
. "$TOP/tests/lib.sh"
mkdir videos videos/sample_1
ffmpeg -v error -y -f lavfi -i "testsrc=s=160x90:r=10:d=6" videos/sample_1/video.mp4 || exit 1
cat > set.csv <<END
sample_folder,start_time,question,options,standard_answer,task_type
sample_1,0,What is it?,A) red B) green C) blue D) white,C,Counting
END
devibench import --in set.csv --videos videos --workspace ws 2> /dev/null
echo '{"pics": [{"text": "C"}], "film": [{"text": "C"}]}' > script.json
start_fake script.json --vllm
cat > models.json <<END
{"pics": {"wire": "openai", "base_url": "$FAKE", "model": "pics"},
 "film": {"wire": "openai", "base_url": "$FAKE", "model": "film", "send": "video"},
 "few": {"wire": "openai", "base_url": "$FAKE", "model": "pics", "max_frames": 5},
 "small": {"wire": "openai", "base_url": "$FAKE", "model": "pics", "max_pixels": 4096}}
END
eval_it() { devibench eval -w ws --models-file models.json --bitrates 20k,original --json "$@" > out.json || exit 1; }
echo "== pictures"
eval_it --models pics,small --sample-fps 1,2 --sample-frames 3 --sample-pixels 0,2304
sqlite3 ws/devibench.db "
    SELECT m.name, c.bitrate, c.strategy, c.sampling, r.n_frames, r.video FROM cell c
        JOIN result ON cell = c.id JOIN rendition r ON r.id = rendition JOIN model m ON m.id = c.model
        WHERE run = (SELECT max(id) FROM run) ORDER BY c.idx"
sqlite3 :memory: "SELECT json_array_length(j, '\$.sensitivity'), json_array_length(j, '\$.cells')
    FROM (SELECT readfile('out.json') AS j)"
echo "requests: $(requests pics)"
echo "== video"
eval_it --models film --baselines blind,frame,shuffled,black
sqlite3 ws/devibench.db "
    SELECT m.name, c.bitrate, c.strategy, r.kind, r.n_frames, r.video FROM cell c
        JOIN result ON cell = c.id LEFT JOIN rendition r ON r.id = rendition JOIN model m ON m.id = c.model
        WHERE run = (SELECT max(id) FROM run) ORDER BY c.idx"
for kind in original frame shuffled black; do
    for f in ws/renditions/*/*/$kind-*/clip.mp4; do
        echo "$kind: $(ffprobe -v error -count_frames -select_streams v -show_entries \
            stream=nb_read_frames:format=duration -of csv=p=0 "$f" | tr '\n' ' ')"
    done
done
echo "requests: $(requests film)"
echo "== a size of one's own"
eval_it --models film --size 80x46
sqlite3 ws/devibench.db "
    SELECT r.kind, r.detail->>'width', r.detail->>'height' FROM cell c JOIN result ON cell = c.id
        JOIN rendition r ON r.id = rendition WHERE run = (SELECT max(id) FROM run) ORDER BY c.idx"
echo "== a model that takes fewer pictures"
eval_it --models pics,few --baselines frame,shuffled,black
sqlite3 :memory: "SELECT c.value->>'model', c.value->>'bitrate_kbps', c.value->>'strategy', c.value->>'\$.pictures.sampled',
    c.value->>'\$.pictures.sent' FROM (SELECT readfile('out.json') AS j), json_each(j, '\$.cells') c WHERE c.value->>'task_type' IS NULL"
devibench eval -w ws --models-file models.json --models few --baselines shuffled | grep '^pictures'
