# SPDX-License-Identifier: GPL-3.0-or-later
try() { echo "\$ devibench eval $*"; devibench eval "$@" 2>&1 | sed 's/([^)]*)/(...)/'; }
code() { devibench eval "$@" > /dev/null 2>&1; echo "exit $?"; }
m=openai:m@http://127.0.0.1:1/v1
try
code
try -w nowhere --models $m
code -w nowhere --models $m
[ -e nowhere ] && echo "nowhere was made"
make_workspace ws
try -w ws
try -w ws --models ''
try -w ws --models nobody
try -w ws --models $m --bitrates 200k,fast
code -w ws --models $m --bitrates 200k,fast
try -w ws --models $m --bitrates 999
try -w ws --models $m --size 161x90
try -w ws --models $m --size wide
try -w ws --models $m --strategies uniform,magic
try -w ws --models $m --baselines letter,crystal-ball
try -w ws --models $m --sample-fps 2,0
try -w ws --models $m --sample-frames 1.5
try -w ws --models $m --sample-pixels -1
try -w ws --models $m --answers free
try -w ws --models $m --judge $m
try -w ws --models $m --answers free --judge $m --baselines letter
try -w ws --models $m --set 99
try -w ws --models $m --bitrates original
code -w ws --models $m --bitrates original
try -w ws --models $m --strategies context:centre --relevance-file maps.json --relevance-patch 64 --look-model $m
mkdir prompts
echo 'What? {{question}}' > prompts/answer.txt
try -w ws --models $m --prompts prompts
sqlite3 ws/devibench.db "SELECT count(*) FROM run WHERE command = 'eval'"
