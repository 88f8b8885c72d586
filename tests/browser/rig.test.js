// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';
// Each check of rig.js, on a page that is fine and on pages that are not.
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { after, before, test } = require('node:test');
const rig = require('./rig.js');

const policy = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'">';
const head = `<!doctype html><html lang="en"><meta charset="utf-8"><title>t</title>`;
let browser;
before(async () => { browser = await rig.launch(); });
after(async () => { await browser.close(); });

async function show(name, html, options) {
  fs.writeFileSync(`${name}.html`, head + html);
  const page = await rig.open(browser, options);
  await rig.visit(page, path.resolve(`${name}.html`));
  return page;
}

const fine = `<style>a:focus{outline:2px solid}</style><main><h1>Title</h1>
<p style="width:100px;overflow-wrap:anywhere">${'words '.repeat(20)}</p>
<div style="overflow-x:auto" tabindex="0"><div style="width:2000px">wide</div></div>
<p><a href="fine.html#end">a link</a></p>
<span style="position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)">for readers</span>
<svg width="100" height="50" role="img" aria-label="s"><text x="10" y="20">ok</text></svg>
<p id="end">end</p></main>`;

test('a fine page has nothing to complain of', async () => {
  const page = await show('fine', policy + fine, { size: 'phone' });
  assert.deepStrictEqual(page.complaints, []);
  assert.deepStrictEqual(await rig.accessibility(page), []);
  assert.deepStrictEqual(await rig.layout(page), []);
  const keys = await rig.keyboard(page);
  assert.deepStrictEqual(keys.problems, []);
  assert.deepStrictEqual(keys.names, ['div wide', 'a a link']);
  fs.mkdirSync('site', { recursive: true });
  fs.writeFileSync('site/index.html', `${head}<a href="two.html#x">two</a>`);
  fs.writeFileSync('site/two.html', `${head}<p id="x"><a href="index.html">one</a>`);
  assert.deepStrictEqual(await rig.crawl(page, path.resolve('site')),
    { pages: ['index.html', 'two.html'], bad: [] });
});

async function complains(name, html, words) {
  const page = await show(name, html);
  await page.waitForTimeout(200);
  assert.match(page.complaints.join('\n'), words);
}

test('what runs or asks is noticed', async () => {
  await complains('alert', '<script>alert(7)</script>', /dialog: 7/);
  await complains('throw', '<script>throw new Error("x")</script>', /script error: x/);
  await complains('log', '<script>console.error("y")</script>', /console error: y/);
  await complains('policy', `${policy}<img src=x onerror="alert(1)">`, /policy (img-src|script-src)/);
  await complains('remote', '<img src="http://127.0.0.1:9/x.png">', /request: http:/);
  await complains('missing', '<img src="no-such-file.png">', /not loaded/);
  await complains('popup', '<script>open("about:blank")</script>', /request|window opened/);
});

test('what cannot be read is found by axe', async () => {
  const page = await show('axe', '<body style="background:#fff"><p style="color:#bbb">pale</p><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">');
  const found = (await rig.accessibility(page)).join('\n');
  assert.match(found, /color-contrast/);
  assert.match(found, /image-alt/);
});

async function found(name, html, words, size) {
  const page = await show(name, html, { size });
  assert.match((await rig.layout(page)).join('\n'), words);
}

test('text that is cut, covered or outside is found', async () => {
  await found('wide', '<div style="width:600px">x</div>', /page is \d+ px wide/, 'phone');
  await found('long', `<p>${'x'.repeat(500)}</p>`, /page is|outside/);
  await found('left', '<p style="position:absolute;left:-20px">words</p>', /outside the window/);
  await found('cut', '<p style="width:50px;overflow:hidden;white-space:nowrap">many words here</p>', /cut off/);
  await found('low', '<p style="height:20px;overflow:hidden;width:80px">many words here and there</p>', /cut off/);
  await found('over', '<p>one</p><p style="margin-top:-30px">two</p>', /on each other: "one"/);
  await found('svg', '<svg width="50" height="50"><text x="30" y="20">long words</text></svg>', /cut off/);
  await found('svg2', '<svg width="150" height="50"><text x="3" y="20">long</text><text x="9" y="22">words</text></svg>', /on each other/);
});

test('what the keyboard does not reach is found', async () => {
  const page = await show('keys', '<style>.n:focus{outline:none}</style><a href="#x">one</a><a class="n" href="#y">two</a><button tabindex="-1">three</button><div id="d" tabindex="0" onfocus="this.blur()">four</div>');
  const keys = await rig.keyboard(page);
  assert.match(keys.problems.join('\n'), /focus is not shown on a two/);
  assert.match(keys.problems.join('\n'), /not reached: div four/);
  assert.doesNotMatch(keys.problems.join('\n'), /three/);
});

test('links that lead nowhere are found', async () => {
  const page = await rig.open(browser);
  fs.mkdirSync('bad', { recursive: true });
  fs.writeFileSync('bad/index.html', `${head}<a href="none.html">1</a><a href="index.html#none">2</a><a href="http://example.org/">3</a><a href="javascript:alert(1)">4</a><a href="../fine.html">5</a>`);
  const { bad } = await rig.crawl(page, path.resolve('bad'));
  assert.match(bad.join('\n'), /dead link: none.html/);
  assert.match(bad.join('\n'), /no place #none/);
  assert.match(bad.join('\n'), /a link to http:/);
  assert.match(bad.join('\n'), /a link to javascript:/);
  assert.match(bad.join('\n'), /out of the folder/);
});
