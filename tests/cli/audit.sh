# SPDX-License-Identifier: GPL-3.0-or-later
. "$TOP/tests/lib.sh"
try() { echo "\$ devibench $*"; devibench "$@" 2>&1; echo "exit $?"; }
H=sample_folder,start_time,question,options,standard_answer,task_type
try audit
try audit --dataset a.csv --workspace ws
try audit --workspace ws --videos .
try audit --dataset none.csv
try audit --workspace none
echo "-- nothing wrong"
printf '%s\ns,1,q,A) x B) y,A,t\ns,2,q,A) x B) y,B,t\n' $H > a.csv
try audit --dataset a.csv
try audit --dataset a.csv --json
echo "-- every kind"
cat > a.csv << END
$H
s,1,Which brand is on the bag?,A) x B) y,A,t
s,1,Which brand is on the bag?,A) x B) y,A,t
s,1,Which brand is on the bag?,"A) x
B) z",B,t
s,1,Which brand is on the red bag?,"A) X. B) z C) <i>",A,t
s,2,What is the score?,A) 4-Feb B) 4:2 C) fly D) FLY,B,t
s,3,What is the score?,A) fly B) FLY!,E,t
s,4,What is the score?,A) 1 B) ,A,t
s,four,What is the score?,A) 1 B) 2,A,t
END
try audit --dataset a.csv
cat > b.json << 'END'
[{"video_path": "v", "time": "[0:12:00 - 0:13:00]", "questions": [
  {"task_type": "t", "question": "Output 'a'.", "time_stamp": "00:12450", "ground_truth_output": "b",
   "ground_truth_time_stamp": "0:13:00"},
  {"task_type": "t", "question": "q", "time_stamp": "1", "answer": "A", "options": ["A. x", "C. y"]}]}]
END
try audit --dataset b.json --json
echo "-- the same of a workspace"
devibench import -q --in a.csv --workspace ws > /dev/null
try audit --workspace ws
echo "-- of a build"
make_workspace built
try audit --workspace built --stage generated
echo "-- past the end"
ffmpeg -v error -y -f lavfi -i color=s=64x48:r=5:d=5 -c:v libx264 -threads 1 s.mp4
printf '%s\ns,0,q,A) x B) y,A,t\ns,2,q,A) x B) y,B,t\n' $H > a.csv
try audit --dataset a.csv --videos s.mp4
devibench import -q --in a.csv --videos s.mp4 --workspace ws
devibench audit --workspace ws | tail -n 1
