# SPDX-License-Identifier: GPL-3.0-or-later
# The checks of tests/lint.sh that need no tools must find what they look for.
set -u
mkdir -p tree/tests tree/devibench/base tree/devibench/media tree/devibench/store tree/devibench/model \
    tree/devibench/workspace tree/pipeline tree/eval/score tree/reports tree/reader tree/prompts tree/build
cp -r "$TOP/tests/lint.sh" "$TOP/tests/lint" tree/tests
cd tree || exit 1

licensed() { # FILE LINE...
    f=$1
    shift
    echo '/* SPDX-License-Identifier: GPL-3.0-or-later */' > "$f"
    printf '%s\n' "$@" >> "$f"
}
lint() {
    sh tests/lint.sh build "$@" | sed 's/ [0-9]* s$//'
}

for h in base/a media/m store/s model/w workspace/k cmd; do licensed devibench/$h.h; done
for h in pipeline/p eval/e eval/score/s reports/r reader/d; do licensed $h.h; done
# Every arrow that is allowed.
licensed devibench/base/a.c '#include <stdio.h>' '#include "base/a.h"' '#include "a.h"'
licensed devibench/media/m.c '#include "media/m.h"' '#include "base/a.h"' '#include "../base/a.h"'
licensed devibench/workspace/k.c '#include "store/s.h"' '#include "media/m.h"' '#include "model/w.h"'
licensed pipeline/p.c '#include "p.h"' '#include "workspace/k.h"' '#include "revision.h"'
licensed eval/e.c '#include "eval/score/s.h"' '#include "store/s.h"'
licensed reports/r.c '#include "store/s.h"' '#include "workspace/k.h"' '#include "eval/score/s.h"'
licensed reader/d.c '#include "reader/d.h"' '#include "media/m.h"'
licensed devibench/cmd_x.c '#include "cmd.h"' '#include "pipeline/p.h"' '#include "eval/e.h"'
licensed tests/t.c '#include "pipeline/p.h"' '#include "eval/e.h"'
echo '== a sound tree'
lint arrows spdx words scripts sizes
echo "exit $?"

# One arrow of each forbidden kind.
licensed devibench/base/up.c '' '#include "media/m.h"'
licensed devibench/media/side.c '# include "../store/s.h"'
licensed devibench/model/side.c '#include <media/m.h>'
licensed devibench/store/up.c '#include "workspace/k.h"'
licensed devibench/workspace/up.c '#include "pipeline/p.h"'
licensed pipeline/side.c '#include "eval/score/s.h"'
licensed eval/side.c '#include "../pipeline/p.h"'
licensed eval/score/side.c '#include "../../reports/r.h"'
licensed reports/up.c '#include "cmd.h"'
licensed reader/side.c '#include "store/s.h"'
licensed devibench/cmd_up.c '#include "reader/d.h"'
mkdir devibench/extra && licensed devibench/extra/x.c '#include "base/a.h"'
echo '== arrows'
lint arrows

echo 'int x;' > devibench/base/bare.c
printf 'all:\n' > Makefile
printf 'echo\n' > tests/bare.sh
printf '/*\n\n\n * SPDX-License-Identifier: GPL-3.0-or-later */\n' > eval/late.h
echo 'text needs none' > prompts/p.txt
echo '== licences'
lint spdx

{
    echo '/* SPDX-License-Identifier: GPL-3.0-or-later */'
    echo 'static const int table[] = {'
    i=0
    while [ $i -lt 150 ]; do echo "    $i,"; i=$((i + 1)); done
    printf '};\n\nint long_one(int a,\n             int b)\n{\n'
    while [ $i -lt 247 ]; do echo '    a += b;'; i=$((i + 1)); done
    printf '    return a;\n}\n\nint short_one(void)\n{\n'
    while [ $i -lt 340 ]; do echo '    ;'; i=$((i + 1)); done
    echo '}'
} > eval/sizes.c
awk 'BEGIN { print "/* SPDX-License-Identifier: GPL-3.0-or-later */"; for (i = 0; i < 700; i++) print "" }' > eval/tall.h
echo '== sizes'
lint sizes

rm -f eval/sizes.c
licensed eval/words.c '/* see ../shared/x */' '/* fetched from https://www.npmjs''.com/x */' \
    'const char *p = "/wor''k/main/x";' '/* written by a sub''agent */' '/* a session of RTP, and $work/x */'
licensed tests/fine.c '/* $TOP/../shared is looked for by tests */'
echo '== words'
lint words

echo 'if true; then' > tests/broken.sh
printf '#!/bin/bash\na=(1 2)\n' > tests/bash.sh
echo '== scripts'
lint scripts | sed 's/: Syntax.*/: .../; s/: [0-9]*: /: /'
sh tests/lint.sh build scripts > /dev/null
echo "exit $?"
