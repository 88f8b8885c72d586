# SPDX-License-Identifier: GPL-3.0-or-later
set -e
make_workspace ws
devibench export --workspace ws --format jsonl --stage generated
