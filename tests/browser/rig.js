// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';
// Pages in a headless Chromium, and what can be said of a page: what it asked for, what it
// complained of, whether its text can be read. rig.test.js shows that each check fails
// where it should.
const fs = require('node:fs');
const path = require('node:path');
const { chromium } = require('playwright-core');
const axePath = require.resolve('axe-core/axe.min.js');

const sizes = {
  desktop: { width: 1280, height: 900 },
  phone: { width: 390, height: 844 },
};

function findBrowser() {
  for (const dir of (process.env.PATH || '').split(':'))
    for (const name of ['chromium', 'chromium-browser', 'google-chrome'])
      if (fs.existsSync(path.join(dir, name))) return path.join(dir, name);
  throw new Error('no chromium in PATH');
}

function launch() {
  return chromium.launch({
    executablePath: findBrowser(),
    args: ['--disable-gpu', '--disable-dev-shm-usage', '--font-render-hinting=none'],
  });
}

// A page that notes whatever should not happen in `page.complaints`.
async function open(browser, options = {}) {
  const { size = 'desktop', scheme = 'light', js = true, media } = options;
  const context = await browser.newContext({
    viewport: sizes[size],
    colorScheme: scheme,
    javaScriptEnabled: js,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const complaints = [];
  page.complaints = complaints;
  page.on('console', (m) => {
    if (m.type() === 'error' || m.type() === 'warning')
      complaints.push(`console ${m.type()}: ${m.text()}`);
  });
  page.on('pageerror', (e) => complaints.push(`script error: ${e.message}`));
  page.on('dialog', (d) => {
    complaints.push(`dialog: ${d.message()}`);
    d.dismiss();
  });
  page.on('popup', (p) => complaints.push(`window opened: ${p.url()}`));
  page.on('download', (d) => complaints.push(`download: ${d.url()}`));
  page.on('request', (r) => {
    if (!r.url().startsWith('file:') && !r.url().startsWith('data:image/'))
      complaints.push(`request: ${r.url().slice(0, 200)}`);
  });
  page.on('requestfailed', (r) => {
    // Pictures that were still on their way when the test went to another page.
    if (r.failure().errorText !== 'net::ERR_ABORTED') complaints.push(`not loaded: ${r.url().slice(0, 200)}`);
  });
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (e) =>
      console.error(`policy ${e.violatedDirective} broken by ${e.blockedURI}`));
  });
  if (media) await page.emulateMedia({ media });
  return page;
}

const fileUrl = (file) => require('node:url').pathToFileURL(file).href;

async function visit(page, file, hash = '') {
  await page.goto(fileUrl(file) + hash, { waitUntil: 'load' });
}

// WCAG 2 A and AA, by axe-core. One line for each thing found. colours: only what
// depends on these.
async function accessibility(page, colours = false) {
  // Not by a script element: the page's policy forbids those.
  await page.evaluate(fs.readFileSync(axePath, 'utf8'));
  const results = await page.evaluate((runOnly) =>
    window.axe.run(document, {
      runOnly,
      resultTypes: ['violations'],
      preload: false, // it would fetch style sheets, which the policy forbids
    }), colours ? ['color-contrast', 'link-in-text-block'] : ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']);
  const found = [];
  for (const v of results.violations)
    for (const n of v.nodes.slice(0, 5))
      found.push(`${v.id}: ${v.help}: ${n.target.join(' ')}: ${n.failureSummary}`.replace(/\s+/g, ' '));
  return found;
}

// What can be seen of the page's layout, computed in the page:
//   the page is wider than its window; something sticks out of it, other than inside what
//   scrolls; text is cut off; texts lie on each other.
async function layout(page) {
  return page.evaluate(() => {
    const found = [];
    const name = (e) => {
      const id = e.id ? `#${e.id}` : '';
      const cls = typeof e.className === 'string' && e.className ? `.${e.className.split(/\s+/).join('.')}` : '';
      return `${e.tagName.toLowerCase()}${id}${cls}`;
    };
    const root = document.scrollingElement || document.documentElement;
    const wide = document.documentElement.clientWidth;
    if (root.scrollWidth > wide + 1) found.push(`page is ${root.scrollWidth} px wide in ${wide}`);

    // For each element: what its text is clipped to, and whether it is seen at all.
    const scrolls = (v) => v === 'auto' || v === 'scroll';
    const hides = (v) => v === 'hidden' || v === 'clip';
    const seen = (e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true });
    const forReaders = (e) => {
      // The usual way to keep words for screen readers only: a box of a pixel.
      for (; e && e !== document.body; e = e.parentElement) {
        const r = e.getBoundingClientRect();
        const s = getComputedStyle(e);
        if (r.width <= 1.5 && r.height <= 1.5 && (hides(s.overflowX) || s.clipPath !== 'none')) return true;
      }
      return false;
    };
    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const e = node.parentElement;
      if (!node.data.trim() || !e || ['SCRIPT', 'STYLE', 'NOSCRIPT', 'OPTION', 'TITLE', 'TEMPLATE'].includes(e.tagName)) continue;
      if (e.closest('svg title, svg desc') || !seen(e) || forReaders(e)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const rects = e instanceof SVGElement ? [e.getBoundingClientRect()] : [...range.getClientRects()];
      // What is fixed or sticky may lie over the page: that is what it is for.
      let over = false;
      let clip = { left: -1e9, right: 1e9, top: -1e9, bottom: 1e9, scrolls: false };
      for (let a = e; a && a !== document.documentElement; a = a.parentElement) {
        const s = getComputedStyle(a);
        over = over || s.position === 'fixed' || s.position === 'sticky';
        const r = a.getBoundingClientRect();
        const svg = a.tagName === 'svg';
        if (scrolls(s.overflowX)) clip.scrolls = true;
        if (svg || (hides(s.overflowX) && !clip.scrolls)) {
          clip.left = Math.max(clip.left, r.left);
          clip.right = Math.min(clip.right, r.right);
        }
        if (svg || hides(s.overflowY)) {
          clip.top = Math.max(clip.top, r.top);
          clip.bottom = Math.min(clip.bottom, r.bottom);
        }
      }
      const words = node.data.trim().replace(/\s+/g, ' ').slice(0, 40);
      for (const r of rects) {
        // Wholly beyond the left edge: a link that shows when it is reached.
        if (r.width < 1 || r.height < 1 || r.right <= 0) continue;
        if (r.left < clip.left - 1.5 || r.right > clip.right + 1.5 || r.top < clip.top - 3 || r.bottom > clip.bottom + 3)
          found.push(`cut off: "${words}" in ${name(e)}`);
        if (!clip.scrolls && (r.left < -1.5 || r.right > wide + 1.5))
          found.push(`outside the window: "${words}" in ${name(e)} from ${Math.round(r.left)} to ${Math.round(r.right)}`);
        if (!over) texts.push({ r, e, node, words });
      }
    }
    // Neighbours in the order of their upper edges; lines of one text may touch.
    texts.sort((a, b) => a.r.top - b.r.top);
    for (let i = 0; i < texts.length; i++) {
      for (let k = i + 1; k < texts.length && texts[k].r.top < texts[i].r.bottom; k++) {
        const a = texts[i], b = texts[k];
        if (a.node === b.node) continue;
        const w = Math.min(a.r.right, b.r.right) - Math.max(a.r.left, b.r.left);
        const h = Math.min(a.r.bottom, b.r.bottom) - b.r.top;
        if (w > 2 && h > 0.35 * Math.min(a.r.height, b.r.height))
          found.push(`on each other: "${a.words}" (${name(a.e)}) and "${b.words}" (${name(b.e)})`);
      }
    }
    return [...new Set(found)].slice(0, 20);
  });
}

// What the Tab key reaches, in order; and what it should reach but does not, or reaches
// without showing it. Elements are named by what they say.
async function keyboard(page, limit = 400) {
  await page.evaluate(() => {
    if (document.activeElement) document.activeElement.blur();
    window.scrollTo(0, 0);
  });
  const reached = await page.evaluateHandle(() => new Set());
  const problems = [];
  const names = [];
  for (let i = 0; i < limit; i++) {
    await page.keyboard.press('Tab');
    const step = await page.evaluate((set) => {
      const e = document.activeElement;
      if (!e || e === document.body || set.has(e)) return null;
      set.add(e);
      const s = getComputedStyle(e);
      const shown = (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 1) || s.boxShadow !== 'none';
      return { name: `${e.tagName.toLowerCase()} ${(e.getAttribute('aria-label') || e.name || e.textContent || '').trim().slice(0, 40)}`, shown };
    }, reached);
    if (!step) break;
    names.push(step.name);
    if (!step.shown) problems.push(`focus is not shown on ${step.name}`);
  }
  const missed = await page.evaluate((set) => {
    const all = document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]');
    // Of radio buttons with one name the Tab key visits one.
    return [...all].filter((e) => !set.has(e) && !e.disabled && e.type !== 'radio' && e.tabIndex >= 0 && e.checkVisibility({ visibilityProperty: true }))
      .map((e) => `${e.tagName.toLowerCase()} ${(e.textContent || e.name || '').trim().slice(0, 40)}`);
  }, reached);
  if (names.length < limit) problems.push(...missed.map((m) => `not reached: ${m}`));
  return { names, problems: problems.slice(0, 20) };
}

// Pages of a folder that can be reached from its index.html, with links that lead nowhere.
async function crawl(page, folder, most = 1000) {
  const pages = ['index.html'];
  const bad = [];
  const ids = new Map();
  const wanted = [];
  for (let i = 0; i < pages.length && i < most; i++) {
    await visit(page, path.join(folder, pages[i]));
    const seen = await page.evaluate(() => ({
      ids: [...document.querySelectorAll('[id]')].map((e) => e.id),
      links: [...document.querySelectorAll('a[href]')].map((a) => a.getAttribute('href')),
    }));
    ids.set(pages[i], new Set(seen.ids));
    for (const href of seen.links) {
      const url = new URL(href, fileUrl(path.join(folder, pages[i])));
      if (url.protocol !== 'file:') {
        bad.push(`${pages[i]}: a link to ${href.slice(0, 80)}`);
        continue;
      }
      const to = path.relative(folder, require('node:url').fileURLToPath(url.origin === 'null' ? `file://${url.pathname}` : url));
      if (to.startsWith('..')) bad.push(`${pages[i]}: a link out of the folder: ${href}`);
      else if (!fs.existsSync(path.join(folder, to)) || !to) bad.push(`${pages[i]}: a dead link: ${href}`);
      else if (to.endsWith('.html')) {
        if (!pages.includes(to)) pages.push(to);
        if (url.hash) wanted.push([pages[i], to, decodeURIComponent(url.hash.slice(1))]);
      }
    }
  }
  for (const [from, to, id] of wanted)
    if (ids.has(to) && !ids.get(to).has(id)) bad.push(`${from}: no place #${id} in ${to}`);
  return { pages, bad: [...new Set(bad)].slice(0, 20) };
}

module.exports = { accessibility, crawl, keyboard, launch, layout, open, sizes, visit };
