# SPDX-License-Identifier: GPL-3.0-or-later
# The direction of calls: which room's headers a room may include. Arguments are
# C files, -v list=FILE names every C file of the project, one a line.
BEGIN {
    allowed["base"] = "base"
    allowed["media"] = "media base"
    allowed["model"] = "model base"
    allowed["neural"] = "neural base"
    allowed["store"] = "store base"
    allowed["workspace"] = "workspace store media model base"
    allowed["pipeline"] = "pipeline workspace store media model base"
    allowed["score"] = "score base"
    allowed["eval"] = "eval score workspace store media model neural base"
    allowed["reports"] = "reports score workspace store media model base"
    allowed["reader"] = "reader media neural base"
    allowed["cmd"] = "cmd pipeline eval score reports workspace store media model neural base"
    while ((getline f < list) > 0)
        exists[f] = 1
}

function room(path,    part, n) {
    n = split(path, part, "/")
    if (path ~ /^eval\/score\//)
        return "score"
    if (part[1] != "devibench")
        return part[1]
    return n == 2 ? "cmd" : part[2]
}

# "a/b/../c" -> "a/c"
function normal(path,    part, n, i, depth, out) {
    n = split(path, part, "/")
    depth = 0
    for (i = 1; i <= n; i++) {
        if (part[i] == "..")
            depth--
        else if (part[i] != "." && part[i] != "")
            kept[++depth] = part[i]
    }
    out = ""
    for (i = 1; i <= depth; i++)
        out = out (i > 1 ? "/" : "") kept[i]
    return out
}

# As the compiler looks: beside the file, then -Idevibench, then -I. ;
# "" for headers of the system and generated ones.
function resolve(file, header,    try, dir) {
    dir = file
    sub(/[^\/]*$/, "", dir)
    try = normal(dir header)
    if (try in exists)
        return try
    try = normal("devibench/" header)
    if (try in exists)
        return try
    try = normal(header)
    return try in exists ? try : ""
}

/^[ \t]*#[ \t]*include[ \t]*["<]/ {
    from = room(FILENAME)
    if (from == "tests")
        next
    header = $0
    sub(/^[^"<]*["<]/, "", header)
    sub(/[">].*/, "", header)
    target = resolve(FILENAME, header)
    if (target == "")
        next
    to = room(target)
    if (!(from in allowed)) {
        print FILENAME ":" FNR ": " from " is no room of the architecture"
        bad = 1
    } else if (index(" " allowed[from] " ", " " to " ") == 0) {
        print FILENAME ":" FNR ": " from " includes " target "; it may include only " allowed[from]
        bad = 1
    }
}

END { exit bad }
