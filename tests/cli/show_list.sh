# SPDX-License-Identifier: GPL-3.0-or-later
# The list of a run's questions: newest build, a stage, another run, as JSON.
set -e
make_workspace ws
devibench show --workspace ws
echo "-- verified"
devibench show --workspace ws --stage verified
echo "-- run 1"
devibench show --workspace ws --run 1 2>&1
echo "-- json"
devibench show --workspace ws --stage accepted --json | sed -n '1,5p;/"key"/p;/"stage"/p'
