# SPDX-License-Identifier: GPL-3.0-or-later
# Sets of every format, their videos in every layout, missing at first and there later.
. "$TOP/tests/lib.sh"
set -e
crlf() { sed 's/$/\r/'; }
{ printf '\357\273\277'; crlf << 'END'
sample_folder,start_time,question,options,standard_answer,task_type
sample_1,0,"Which <b>word</b>, ""EXIT"" or so?",A) a B) b C) c D) d,B,Text-Rich Understanding
sample_2,1,Wer spricht über 字幕?,A) 1  B) 2,A,Counting
sample_1,0,"Which <b>word</b>, ""EXIT"" or so?",A) a B) b C) c D) d,B,Text-Rich Understanding
END
} > v1.csv
{ printf '\357\273\277'; crlf << 'END'
sample_id,start_time,question,std_answer,Frame,task_type
3,0,What colour?,yellow ,Multi,Attribute Perception
END
} > v2.csv
cat > real.json << 'END'
[{"time": "[0:00:00 - 0:00:10]", "video_path": "./videos/sample_1_real.mp4", "questions": [
  {"task_type": "Counting", "question": "How many?", "time_stamp": "00:00:02", "answer": "B",
   "options": ["A. 1", "B. 2"], "required_ability": "working memory"}]}]
END
cat > sqa.json << 'END'
[[{"video_path": "./videos/sample_1_sqa.mp4", "questions": [
  {"task_type": "S", "question": "Who?", "time_stamp": "0:01", "answer": "A", "options": ["x", "y"]},
  {"task_type": "S", "question": "And now?", "time_stamp": "0:02", "answer": "B", "options": ["x", "y"]}]}]]
END
cat > hf.csv << 'END'
question_id,task_type,question,time_stamp,ground_truth_time_stamp,ground_truth_output
Proactive Output_sample_1_1,Proactive Output,Output "it".,0:01,0:02,it
END
sed -i 's/Output "it"\./"Output ""it""."/' hf.csv
# Different content, so that none is taken for another.
video() { # FILE LUMA
    mkdir -p "$(dirname "$1")"
    ffmpeg -v error -y -f lavfi -i "color=c=0x${2}${2}${2}:s=64x48:r=5:d=3" -c:v libx264 -threads 1 "$1"
}
echo "-- without videos"
devibench import --in v1.csv v2.csv real.json sqa.json hf.csv --workspace ws 2>&1
echo "-- some of them"
video all/sample_1/video.mp4 20
video all/sample_3_real.mp4 40
video all/sqa/sample_1/video.mp4 60
devibench import --in v1.csv v2.csv real.json sqa.json hf.csv --videos all --workspace ws --json
echo "-- all"
video "all/Proactive Output_1-25/sample_1/video.mp4" 80
video all/real/sample_2.mp4 a0
devibench import -q --in v1.csv v2.csv real.json sqa.json hf.csv --videos all --workspace ws
sqlite3 ws/devibench.db "SELECT count(*), count(DISTINCT key), max(idx) FROM question"
sqlite3 ws/devibench.db "SELECT position, line, row, v.name, g.start_ms, g.length_ms
    FROM run_question rq JOIN question q ON q.id = question JOIN segment g ON g.id = q.segment
    JOIN video v ON v.id = g.video WHERE run = 3 ORDER BY position"
sqlite3 ws/devibench.db "SELECT name, replace(path, '$PWD/', '') FROM video ORDER BY name"
echo "-- shown and written"
devibench show --workspace ws | cut -c 18-
devibench export --workspace ws --format jsonl
echo "-- and back"
for f in v1 v2; do
    devibench import -q --in $f.csv --workspace $f > /dev/null
done
devibench export --workspace v1 | cmp - v1.csv
devibench export --workspace v2 --format devibench-v2 | cmp - v2.csv
devibench export --workspace ws --format jsonl > all.jsonl
devibench import -q --format jsonl --in all.jsonl --workspace back
devibench export --workspace back --format jsonl | cmp - all.jsonl
echo "-- what does not fit"
devibench export --workspace ws 2>&1 > /dev/null | sed 's/question [0-9a-f]*/question KEY/' || true
devibench export --workspace v1 --format devibench-v2 2>&1 > /dev/null |
    sed 's/question [0-9a-f]*/question KEY/' || true
