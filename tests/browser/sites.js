// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';
// Sites of `devibench report` to look at, made in the current folder: as a first user has
// it (plain), from texts that try to break out (hostile), and with pictures; the latter two
// with strategies whose names say what they went over.
const path = require('node:path');
const { execFileSync } = require('node:child_process');

const long = {
  hostile: 'wait over loss=0.05,delay=150ms,jitter=10ms,queue=packets:100,trace=<i title="x">&amp;.trace',
  pictures: 'framerate:10:keyint=0 over loss=0.05,delay=150ms,jitter=10ms,queue=packets:100,overhead=40',
};
const kinds = { plain: [5, 4, 60], hostile: [3, 2, 12], pictures: [2, 2, 5] };

function makeSites() {
  for (const [kind, size] of Object.entries(kinds)) {
    execFileSync('make_board', [`ws-${kind}`, ...size, kind].map(String));
    if (long[kind])
      execFileSync('sqlite3', [`ws-${kind}/devibench.db`, `UPDATE cell SET strategy = '${long[kind]}' WHERE bitrate > 0 AND NOT baseline`]);
    execFileSync('devibench', ['report', '--workspace', `ws-${kind}`, '--out', kind, '--figures', '-q']);
  }
}

const at = (site, page) => path.resolve(site, page);

module.exports = { at, kinds: Object.keys(kinds), makeSites, shots: path.join(process.env.BUILD || '.', 'screenshots') };
