// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';
// The site of `devibench report` in a browser: made from workspaces whose texts try to
// break out, with pictures, and as a first user has it.
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
});
after(async () => { if (browser) await browser.close(); });

for (const site of kinds)
  test(`every link of the ${site} site leads somewhere`, async () => {
    const page = await rig.open(browser);
    const { pages, bad } = await rig.crawl(page, path.resolve(site));
    pagesOf[site] = pages;
    assert.deepStrictEqual(bad, []);
    assert.deepStrictEqual(page.complaints, []);
    assert.ok(pages.length > 8, `${pages.length} pages`);
    await page.context().close();
  });

test('nothing of a hostile text runs or becomes markup', async () => {
  const page = await rig.open(browser);
  for (const name of pagesOf.hostile) {
    await rig.visit(page, at('hostile', name));
    const odd = await page.evaluate(() => {
      for (const d of document.querySelectorAll('details')) d.open = true;
      const scripts = [...document.scripts].map((s) => s.getAttribute('src')).filter((s) => !/^(\.\.\/)?site\.js$/.test(s));
      const styles = [...document.querySelectorAll('style, base, iframe, object, embed, form, meta[http-equiv=refresh]')].map((e) => e.outerHTML);
      const handlers = [...document.querySelectorAll('*')].filter((e) => [...e.attributes].some((a) => a.name.startsWith('on') || /javascript:/i.test(a.name === 'href' || a.name === 'src' ? a.value : ''))).map((e) => e.outerHTML.slice(0, 200));
      // Turned writing would show other words than are there.
      const turned = /[\u202a-\u202e\u2066-\u2069]/.test(document.body.textContent);
      return { scripts, styles, handlers, turned };
    });
    assert.deepStrictEqual(odd, { scripts: [], styles: [], handlers: [], turned: false }, name);
    for (const e of await page.$$('h1, th, summary, .options li')) await e.dispatchEvent('mouseover');
  }
  assert.deepStrictEqual(page.complaints, []);
  await page.context().close();
});

test('hostile texts are shown as they are', async () => {
  const page = await rig.open(browser);
  await rig.visit(page, at('hostile', pagesOf.hostile.find((p) => p.startsWith('question/'))));
  const text = await page.evaluate(() => document.body.textContent);
  assert.ok(text.includes('<script>alert(1)</script><img src=x onerror=alert(2)>'));
  assert.ok(text.includes('{{7*7}} ${7*7} ]]>'));
  await page.context().close();
});

test('figures are pictures that were loaded', async () => {
  if (!fs.existsSync('hostile/figures/accuracy.svg')) return; // no gnuplot here
  const page = await rig.open(browser);
  for (const site of ['plain', 'hostile']) {
    await rig.visit(page, at(site, 'figures.html'));
    const images = await page.$$('figure.plot img');
    assert.ok(images.length >= 5);
    for (const image of images) {
      await image.scrollIntoViewIfNeeded();
      await image.evaluate((e) => e.decode());
      assert.ok(await image.evaluate((e) => e.naturalWidth > 400 && e.alt.length > 20));
    }
  }
  // By themselves, where their text is text: nothing cut, nothing on each other.
  for (const site of ['plain', 'hostile'])
    for (const file of fs.readdirSync(`${site}/figures`).filter((f) => f.endsWith('.svg'))) {
      fs.writeFileSync('one.html', `<!doctype html><html lang="en"><title>t</title><meta charset="utf-8"><style>body{margin:0}</style>${fs.readFileSync(`${site}/figures/${file}`, 'utf8')}`);
      await rig.visit(page, path.resolve('one.html'));
      assert.deepStrictEqual(await rig.layout(page), [], file);
    }
  assert.deepStrictEqual(page.complaints, []);
  await page.context().close();
});

// What the page's table of conditions shows, as text.
async function conditions(page) {
  return page.evaluate(() => {
    const heads = [...document.querySelectorAll('#t-conditions thead th')].map((e) => e.textContent.trim());
    return [...document.querySelectorAll('#t-conditions tbody tr')].filter((r) => !r.hidden && r.checkVisibility())
      .map((r) => Object.fromEntries([...r.cells].map((c, i) => [heads[i], c.textContent.trim()])));
  });
}

const close = (text, value, digits, what) =>
  assert.ok(Math.abs(parseFloat(text) - value) <= 0.5001 * 10 ** -digits, `${what}: the page says ${text}, the JSON ${value}`);

function checkRow(row, cell) {
  const s = cell.stats.find((t) => t.task_type === null);
  const [right, lo, hi] = row['Right, %'].match(/[\d.]+/g);
  close(right, 100 * s.accuracy, 1, cell.name);
  close(lo, 100 * s.ci[0], 1, cell.name);
  close(hi, 100 * s.ci[1], 1, cell.name);
  assert.strictEqual(Number(row.n), s.n);
  assert.strictEqual(Number(row.Refused), s.refused);
  assert.strictEqual(Number(row.Unread), s.unparsed);
  assert.strictEqual(Number(row.Missing), s.missing);
  close(row.Seconds, cell.latency_s, 2, cell.name);
  close(row[Object.keys(row).find((h) => h.startsWith('USD'))], 1000 * cell.cost_usd / s.n, 2, cell.name);
  assert.strictEqual(parseInt(row.Place, 10), cell.rank);
  assert.strictEqual(row.Place.endsWith('='), cell.ties > 0);
  if (s.sensitivity) close(row['Lost, %'], 100 * s.sensitivity.value, 1, cell.name);
}

const find = (cells, row) => cells.filter((c) => row.Model.replace(/ builder$/, '') === c.model && row.Strategy === c.strategy &&
  row.kbps === (c.bitrate_kbps === null ? 'original' : String(c.bitrate_kbps)));

test('numbers on the page are those of leaderboard.json, also after filters', async () => {
  const cells = JSON.parse(fs.readFileSync('plain/leaderboard.json', 'utf8')).sets[0].cells.filter((c) => !c.baseline);
  const page = await rig.open(browser);
  await rig.visit(page, at('plain', 'index.html'));
  const check = async (wanted, most) => {
    const rows = await conditions(page);
    assert.strictEqual(rows.length, Math.min(wanted.length, most || 1e9));
    for (const row of rows) {
      const found = find(wanted, row);
      assert.strictEqual(found.length, 1, JSON.stringify(row));
      checkRow(row, found[0]);
    }
    return rows;
  };
  await check(cells);
  await page.locator('.filters').getByLabel('Bitrate').selectOption({ label: '200 kbps' });
  assert.strictEqual((await check(cells.filter((c) => c.bitrate_kbps === 200))).length, 5);
  await page.locator('.filters').getByLabel('Model').fill('MODEL 3');
  await check(cells.filter((c) => c.bitrate_kbps === 200 && c.model === 'model 3'));
  await page.locator('.filters').getByLabel('Bitrate').selectOption({ label: 'All' });
  await check(cells.filter((c) => c.model === 'model 3'));
  await page.locator('.filters').getByLabel('Model').fill('no such model');
  await check([]);
  await page.locator('.filters').getByLabel('Model').fill('');
  await page.locator('#t-conditions').getByRole('button', { name: 'Right, %' }).click();
  const right = (await check(cells)).map((r) => parseFloat(r['Right, %']));
  assert.deepStrictEqual(right, [...right].sort((a, b) => b - a));
  assert.deepStrictEqual(page.complaints, []);
  await page.context().close();
});

test('task types have the numbers of leaderboard.json', async () => {
  const set = JSON.parse(fs.readFileSync('plain/leaderboard.json', 'utf8')).sets[0];
  const page = await rig.open(browser);
  for (const name of pagesOf.plain.filter((p) => /^task-\d+\.html$/.test(p))) {
    await rig.visit(page, at('plain', name));
    const task = await page.evaluate(() => document.querySelector('[aria-current=page]:not(header *)').textContent.trim());
    assert.ok(set.tasks.includes(task), task);
    for (const row of await conditions(page)) {
      const [cell] = find(set.cells, row);
      const s = cell.stats.find((t) => t.task_type === task);
      close(row['Right, %'], 100 * s.accuracy, 1, `${cell.name}, ${task}`);
      assert.strictEqual(Number(row.n), s.n);
    }
  }
  await page.context().close();
});

test('everything is there without scripts', async () => {
  const page = await rig.open(browser, { js: false });
  const cells = JSON.parse(fs.readFileSync('plain/leaderboard.json', 'utf8')).sets[0].cells;
  await rig.visit(page, at('plain', 'index.html'));
  assert.strictEqual((await conditions(page)).length, cells.filter((c) => !c.baseline).length);
  assert.strictEqual(await page.locator('.filters:visible').count(), 0);
  await page.locator('nav a', { hasText: 'Questions' }).first().click();
  await page.locator('main a[href^="question/"]').first().click();
  await page.locator('summary').first().click();
  assert.ok(await page.locator('details dd').first().isVisible());
  const seen = pagesOf.pictures.find((p) => p.startsWith('question/'));
  await rig.visit(page, at('pictures', seen));
  assert.ok(await page.locator('figure img').count() >= 3);
  assert.deepStrictEqual(page.complaints, []);
  await page.context().close();
});

test('the keyboard reaches all that can be used, and shows where it is', async () => {
  const page = await rig.open(browser);
  for (const [site, name] of [['plain', 'index.html'], ['plain', 'questions.html'], ['plain', 'about.html'],
    ['pictures', pagesOf.pictures.find((p) => p.startsWith('question/'))]]) {
    await rig.visit(page, at(site, name));
    const { names, problems } = await rig.keyboard(page);
    assert.deepStrictEqual(problems, [], name);
    assert.match(names[0], /^a Skip/);
    if (name === 'index.html') {
      assert.ok(names.some((n) => n.startsWith('select ')), names.join('\n'));
      assert.ok(names.some((n) => n.startsWith('input ')), names.join('\n'));
    }
  }
  // A filter set by keys alone.
  await rig.visit(page, at('plain', 'index.html'));
  await page.locator('.filters').getByLabel('Model').focus();
  await page.keyboard.type('model 2');
  assert.strictEqual((await conditions(page)).length, 5);
  await page.context().close();
});

test('two pictures are compared by the slider', async () => {
  const page = await rig.open(browser);
  for (const name of pagesOf.pictures.filter((p) => p.startsWith('question/'))) {
    await rig.visit(page, at('pictures', name));
    if (await page.locator('.compare').count()) break;
  }
  assert.strictEqual(await page.locator('.stage img').count(), 2);
  const [a, b] = await page.$$eval('.stage img', (l) => l.map((e) => [e.getAttribute('src'), e.naturalWidth]));
  assert.notStrictEqual(a[0], b[0]);
  assert.ok(a[1] > 0 && b[1] > 0);
  const slider = page.locator('.compare input[type=range]');
  const cut = () => page.$eval('.stage img + img', (e) => getComputedStyle(e).clipPath);
  const before = await cut();
  await slider.focus();
  for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowRight');
  assert.notStrictEqual(await cut(), before);
  await page.locator('.compare').screenshot({ path: path.join(shots, 'pictures-compare.png') });
  assert.deepStrictEqual(page.complaints, []);
  await page.context().close();
});

test('printed, the page shows its tables without what only a screen can do', async () => {
  const page = await rig.open(browser, { media: 'print' });
  await rig.visit(page, at('plain', 'index.html'));
  assert.strictEqual(await page.locator('.filters:visible, th button:visible:not(th button)').count(), 0);
  assert.ok((await conditions(page)).length > 0);
  await page.context().close();
});
