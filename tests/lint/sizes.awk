# SPDX-License-Identifier: GPL-3.0-or-later
# Lengths of functions and files, for sources in this project's format: a
# function's body stands between "{" and "}" in the first column.
# Prints "LENGTH function" lines for product code into -v lengths=FILE, and what
# is too long on stdout.
BEGIN { max_function = 100; max_file = 700 }

FNR == 1 { end_file(); file = FILENAME; signature = 0 }
{ lines = FNR }
/^[A-Za-z_].*\(/ && !/;$/ && !inside { signature = FNR; name = $0 }
/^\{$/ && signature { inside = 1 }
/^\}/ && inside {
    size = FNR - signature + 1
    sub(/\(.*/, "", name)
    sub(/.*[ *]/, "", name)
    if (size > max_function) {
        print file ":" signature ": function " name " has " size " lines, more than " max_function
        bad = 1
    }
    if (file !~ /^tests\//)
        print size, name > lengths
    inside = 0
    signature = 0
}
END { end_file(); exit bad }

function end_file() {
    if (file != "" && lines > max_file) {
        print file ":" lines ": the file has more than " max_file " lines"
        bad = 1
    }
}
