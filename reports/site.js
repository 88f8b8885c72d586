// SPDX-License-Identifier: GPL-3.0-or-later
// Comforts of the pages: sorting, filters, the slider over two pictures. Every page is
// whole without them.
"use strict";

// What a cell is sorted by: its number, or its text.
function keyOf(cell) {
    if (!cell) return "";
    const given = cell.dataset.v;
    const text = given !== undefined ? given : cell.textContent.trim();
    const number = Number(text);
    return text !== "" && !Number.isNaN(number) ? number : text.toLowerCase();
}

function compare(a, b) {
    if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
    return typeof a === "number" ? -1 : 1;
}

function sortBy(table, column, header) {
    const falling = header.getAttribute("aria-sort") === "ascending" ||
        (!header.hasAttribute("aria-sort") && header.classList.contains("n") &&
            !/^(place|n|kbps|p.*|seconds|usd.*|lost.*)$/i.test(header.textContent.trim()));
    const way = falling ? -1 : 1;
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row, place) => ({ row, place, key: keyOf(row.cells[column]) }));
    rows.sort((x, y) => {
        // What is not known stays at the end.
        const none = (typeof x.key !== "number" && x.key === "-") - (typeof y.key !== "number" && y.key === "-");
        return none || way * compare(x.key, y.key) || x.place - y.place;
    });
    for (const th of table.tHead.rows[0].cells) th.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", falling ? "descending" : "ascending");
    body.append(...rows.map((r) => r.row));
}

function makeSortable(table) {
    [...table.tHead.rows[0].cells].forEach((th, column) => {
        if (th.tagName !== "TH" || th.classList.contains("wt")) return;
        const button = document.createElement("button");
        button.type = "button";
        button.append(...th.childNodes);
        button.addEventListener("click", () => sortBy(table, column, th));
        th.append(button);
    });
}

function addField(box, label, field) {
    const wrap = document.createElement("label");
    wrap.append(label, field);
    box.append(wrap);
    return field;
}

function addChoice(box, label, values) {
    const select = document.createElement("select");
    select.add(new Option("All", ""));
    for (const [value, text] of values) select.add(new Option(text, value));
    if (values.length < 2) return select;
    return addField(box, label, select);
}

// Values of a data attribute of the rows, each with the text that `show` gives it.
function valuesOf(rows, name, show) {
    const seen = new Map();
    for (const row of rows)
        if (row.dataset[name] !== undefined && !seen.has(row.dataset[name]))
            seen.set(row.dataset[name], show(row.dataset[name]));
    return [...seen];
}

function makeFilters(box) {
    const table = document.getElementById(box.dataset.for);
    const rows = [...table.tBodies[0].rows];
    const rate = addChoice(box, "Bitrate", valuesOf(rows, "r", (v) => v === "0" ? "original" : `${v / 1000} kbps`));
    const strategy = addChoice(box, "Strategy", valuesOf(rows, "s", (v) => v));
    const words = document.createElement("input");
    words.type = "search";
    addField(box, rows.some((r) => r.dataset.r !== undefined) ? "Model" : "Words", words);
    const told = document.createElement("output");
    box.append(told);
    const apply = () => {
        let shown = 0;
        for (const row of rows) {
            const text = row.querySelector("th").textContent.toLowerCase();
            row.hidden = (rate.value !== "" && row.dataset.r !== rate.value) ||
                (strategy.value !== "" && row.dataset.s !== strategy.value) ||
                !text.includes(words.value.trim().toLowerCase());
            shown += !row.hidden;
        }
        told.value = `${shown} of ${rows.length}`;
    };
    for (const field of [rate, strategy, words]) field.addEventListener("input", apply);
    apply();
    box.hidden = false;
}

// One picture over the other; what is left of the cut is the first.
function makeCompare(section) {
    const figures = [...section.querySelectorAll("figure")];
    const views = [...new Set(figures.map((f) => f.dataset.view))];
    const times = [...new Set(figures.map((f) => f.dataset.time))];
    if (views.length < 2) return;
    const box = document.createElement("div");
    const tools = document.createElement("div");
    const stage = document.createElement("div");
    box.className = "compare";
    tools.className = "tools";
    stage.className = "stage";
    const pick = (label, values, at) => {
        const select = document.createElement("select");
        for (const v of values) select.add(new Option(v, v));
        select.selectedIndex = at;
        if (values.length > 1) addField(tools, label, select);
        return select;
    };
    const left = pick("Left", views, 0);
    const right = pick("Right", views, 1);
    const time = pick("Picture", times, 0);
    for (const option of time.options) option.text = String(Number(option.value) + 1);
    const images = [document.createElement("img"), document.createElement("img")];
    const cut = document.createElement("input");
    cut.type = "range";
    cut.value = "50";
    cut.setAttribute("aria-label", "Where the left picture ends");
    const show = () => {
        [left, right].forEach((select, i) => {
            const of = figures.filter((f) => f.dataset.view === select.value);
            const figure = of.find((f) => f.dataset.time === time.value) || of[0];
            const from = figure.querySelector("img");
            images[i].src = from.src;
            images[i].alt = from.alt;
            // The first picture's shape is the stage's.
            for (const side of ["width", "height"])
                if (i === 0) images[i].setAttribute(side, from.getAttribute(side));
        });
    };
    cut.addEventListener("input", () => stage.style.setProperty("--cut", `${cut.value}%`));
    for (const select of [left, right, time]) select.addEventListener("input", show);
    show();
    stage.append(...images);
    box.append(tools, stage, cut);
    section.querySelector("h2").after(box);
}

document.querySelectorAll("table.sortable").forEach(makeSortable);
document.querySelectorAll(".filters").forEach(makeFilters);
document.querySelectorAll(".pictures").forEach(makeCompare);
