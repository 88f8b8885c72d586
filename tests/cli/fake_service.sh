# SPDX-License-Identifier: GPL-3.0-or-later
# The server that other tests rely on refuses what the API reference does not allow.
cat > script.json <<'END'
{"m": [{"text": "one"}, {"schema": "questions", "text": "by schema"},
       {"contains": "magic", "text": "by prompt"}, {"text": "last"}]}
END
echo '{"questions": []}' > questions.json
fake_service --script script.json --until-eof > url < /dev/null; echo "exit $?"
mkfifo hold
fake_service --script script.json --until-eof > url < hold &
server=$!
exec 3> hold
trap 'exec 3>&-; kill $server 2>/dev/null' EXIT
for _ in 1 2 3 4 5 6 7 8 9 10; do [ -s url ] && break; sleep 0.1; done
url=$(cat url)
post() { curl -s --noproxy '*' -w ' %{http_code}\n' -H 'Content-Type: application/json' -d "$1" "$url/chat/completions" |
    sed -E 's/.*"content":("[^"]*").*\}( [0-9]+)$/\1\2/; s/.*"message":("[^}]*[^\\]"),"param".*\}( [0-9]+)$/\1\2/'; }
ask() { post "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"$1\"}]${2:+,$2}}"; }
part() { post "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[$1]}]}"; }
schema() { echo "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"$1\",\"strict\":true,\"schema\":$2}}"; }

echo '== script'
ask 'a magic word'
ask 'a magic word'
ask hello "$(schema questions '{"type":"object","properties":{},"required":[],"additionalProperties":false}')"
ask hello
ask hello
echo '== refused'
ask hello '"max_tokens":1,"max_completion_tokens":1'
ask hello '"temperature":3'
ask hello '"seed":"1"'
ask hello '"fps":2'
ask hello "$(schema 'bad name' '{}')"
ask hello "$(schema ok '{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}')"
ask hello "$(schema ok '{"type":"object","properties":{"a":{"type":"string"}},"required":[],"additionalProperties":false}')"
post '{"model":"m"}'
post '{"model":"m","messages":[]}'
post '{"model":"nobody","messages":[{"role":"user","content":"x"}]}'
post '{'
part '{"type":"text","text":"x","detail":"low"}'
part '{"type":"image_url","image_url":"data:image/jpeg;base64,/9j/2Q=="}'
part '{"type":"image_url","image_url":{"url":"data:image/jpeg;base64,AAAA"}}'
part '{"type":"image_url","image_url":{"url":"data:image/jpeg;base64,/9j/2"}}'
part '{"type":"video_url","video_url":{"url":"data:video/mp4;base64,AAAA"}}'
curl -s --noproxy '*' -o /dev/null -w '%{http_code}\n' -d '{}' "$url/chat/completions"
curl -s --noproxy '*' -o /dev/null -w '%{http_code}\n' "$url/chat/completions"
echo '== messages'
say() { # BODY [HEADER...]
    body=$1
    shift
    for h in "$@"; do set -- "$@" -H "$h"; shift; done
    curl -s --noproxy '*' -w ' %{http_code}\n' -H 'Content-Type: application/json' "$@" -d "$body" "$url/messages" |
        sed -E 's/.*"message":"([^"]*)".*\}( [0-9]+)$/\1\2/; s/.*"content":(.*),"id".*\}( [0-9]+)$/\1\2/'
}
v='anthropic-version: 2023-06-01'
ok='{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"hello"}]}'
say "$ok" "$v" 'x-api-key: k'
say "$ok"
say "$ok" 'anthropic-version: 2022-01-01'
say "$ok" "$v" 'Authorization: Bearer k'
say '{"model":"m","messages":[{"role":"user","content":"hello"}]}' "$v"
say '{"model":"m","max_tokens":5,"messages":[{"role":"system","content":"hello"}]}' "$v"
say '{"model":"m","max_tokens":5,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"AAAA"}}]}]}' "$v"
echo '== responses'
reply() { curl -s --noproxy '*' -w ' %{http_code}\n' -H 'Content-Type: application/json' -d "$1" "$url/responses" |
    sed -E 's/.*"text":("[^"]*").*\}( [0-9]+)$/\1\2/; s/.*"message":("[^}]*[^\\]"),"param".*\}( [0-9]+)$/\1\2/'; }
reply '{"model":"m","store":false,"input":"hello"}'
reply '{"model":"m","input":"hello"}'
reply '{"model":"m","store":false,"input":[{"role":"user","content":[{"type":"text","text":"hello"}]}]}'
reply '{"model":"m","store":false,"input":[{"role":"user","content":[{"type":"input_image","image_url":"data:image/jpeg;base64,/9j/2Q=="}]}]}'
curl -s --noproxy '*' -o /dev/null -w '%{http_code}\n' -H 'Content-Type: application/json' -d '{}' "$url/responses?key=k"
echo '== stats'
curl -s --noproxy '*' "${url%/v1}/stats" | sed -E 's/"connections":[0-9]+,//'
echo
