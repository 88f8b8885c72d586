// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';
// Every kind of page of a site can be read: wide and narrow, light and dark, by axe-core's
// rules for WCAG 2 A and AA and by where the words lie. Screenshots are left in
// BUILD/screenshots for people to look at.
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { after, before, test } = require('node:test');
const rig = require('./rig.js');
const { at, kinds, makeSites, shots } = require('./sites.js');

let browser;
const pagesOf = {};

before(async () => {
  fs.mkdirSync(shots, { recursive: true });
  makeSites();
  browser = await rig.launch();
  for (const site of kinds)
    pagesOf[site] = fs.readdirSync(site, { recursive: true }).filter((p) => p.endsWith('.html')).sort();
});
after(async () => { if (browser) await browser.close(); });

// One page of each kind, of questions the first two; with pictures only these.
function some(site) {
  const pages = pagesOf[site];
  const questions = pages.filter((p) => p.startsWith('question/'));
  if (site === 'pictures') return questions.slice(0, 2);
  return [...pages.filter((p) => !p.startsWith('question/') && !/-\d+\.html$/.test(p)),
    ...pages.filter((p) => /^(task-1|questions-2)\.html$/.test(p)), ...questions.slice(0, 2)];
}

for (const site of kinds)
  for (const size of ['desktop', 'phone'])
    for (const scheme of ['light', 'dark'])
      test(`${site}, ${size}, ${scheme}: can be read`, async () => {
        const page = await rig.open(browser, { size, scheme });
        const found = [];
        for (const name of some(site)) {
          await rig.visit(page, at(site, name));
          for (const d of await page.$$('details')) await d.evaluate((e) => { e.open = true; });
          // The same words in another scheme lie in the same places.
          const what = scheme === 'light' ? await rig.layout(page) : [];
          what.push(...await rig.accessibility(page, scheme === 'dark'));
          found.push(...what.map((w) => `${name}: ${w}`));
          const file = `${site}-${name.replace(/\.html$/, '').replace(/\//g, '-')}-${size}-${scheme}.png`;
          await page.screenshot({ path: path.join(shots, file), fullPage: true });
        }
        assert.deepStrictEqual(found, []);
        assert.deepStrictEqual(page.complaints, []);
        await page.context().close();
      });
