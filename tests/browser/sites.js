// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';
// Sites of `devibench report` to look at, made in the current folder: as a first user has
// it (plain), from texts that try to break out (hostile), and with pictures.
const path = require('node:path');
const { execFileSync } = require('node:child_process');

const kinds = { plain: [5, 4, 60], hostile: [3, 2, 12], pictures: [2, 2, 5] };

function makeSites() {
  for (const [kind, size] of Object.entries(kinds)) {
    execFileSync('make_board', [`ws-${kind}`, ...size, kind].map(String));
    execFileSync('devibench', ['report', '--workspace', `ws-${kind}`, '--out', kind, '--figures', '-q']);
  }
}

const at = (site, page) => path.resolve(site, page);

module.exports = { at, kinds: Object.keys(kinds), makeSites, shots: path.join(process.env.BUILD || '.', 'screenshots') };
