# SPDX-License-Identifier: GPL-3.0-or-later
# 'devibench models': the table, the JSON, the sources, and where keys show.
export XDG_CONFIG_HOME="$PWD"
unset VLLM_API_KEY LLAMA_API_KEY ANTHROPIC_API_KEY GEMINI_API_KEY DASHSCOPE_API_KEY
export OPENAI_API_KEY=sk-planted-0123456789abcdef

echo '== table'
devibench models

echo '== formats'
devibench models formats
devibench models formats --json | grep -c '"description":'

echo '== formulas'
devibench models formulas
devibench models formulas --json | grep -c '"description":'

echo '== user file and --models-file'
mkdir devibench
cat > devibench/models.json <<'END'
{"vllm": {"wire": "openai", "base_url": "http://127.0.0.1:8000/v1", "model": "mine"},
 "zoo": {"wire": "openai", "base_url": "https://zoo.example/v1", "model": "z", "key_env": "ZOO_KEY"}}
END
cat > top.json <<'END'
{"zoo": {"wire": "openai", "base_url": "http://gpu.lan:8000/v1", "model": "top", "allow_http": true}}
END
devibench models list --models-file top.json | grep -E '^(vllm|zoo) '
ZOO_KEY=x devibench models | grep -E '^zoo '

echo '== json'
devibench models --json > models.json || exit 1
grep -c '"name":' models.json
grep -E '"(command|schema_version)"' models.json
if grep -r planted . ; then echo 'the key is in the output'; exit 1; fi

echo '== errors'
try() { "$@" 2>&1; echo "exit $?"; }
try devibench models check
try devibench models --models-file missing.json
echo '{"a": {"wire": "openai", "base_url": "https://h/v1", "model": "m", "temprature": 1}}' > bad.json
try devibench models --models-file bad.json
echo '{"a": {"wire": "openai", "base_url": "https://h/v1", "model": "m", "key_env": "sk-planted-1"}}' > bad.json
try devibench models --models-file bad.json
