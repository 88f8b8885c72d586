/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whatever the words of a plot, in its script they are strings: nothing of them stands
   outside quotes, and no string goes over a line. Whatever gnuplot writes, what
   comes out is an SVG without anything that could run or ask for something. */
#include <expat.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "reports/plot_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int truth)
{
    if (!truth)
        abort();
}

static void XMLCALL on_start(void *user, const char *element, const char **atts)
{
    (void)user;
    must(!!strcmp(element, "script") && !!strcmp(element, "a") && !!strcmp(element, "image") &&
         !!strcmp(element, "style") && !!strcmp(element, "foreignObject"));
    for (; *atts; atts += 2) {
        must(strncmp(atts[0], "on", 2) != 0 && !!strcmp(atts[0], "style"));
        must(!!strcmp(atts[0], "href") || !strncmp(atts[1], "#fuzz-m", 7));
        must(!strstr(atts[1], "url("));
    }
}

static void try_svg(const struct dvb_plot *p, const char *text, size_t size)
{
    char *svg;
    if (dvb_plot_svg_clean(text, size, p, false, &svg, NULL))
        return;
    XML_Parser parser = XML_ParserCreate("UTF-8");
    XML_SetStartElementHandler(parser, on_start);
    must(XML_Parse(parser, svg, (int)strlen(svg), 1) == XML_STATUS_OK);
    XML_ParserFree(parser);
    free(svg);
}

/* With the strings taken out, the script is the same for any words. */
static char *bare(const char *script)
{
    char *out = dvb_calloc(strlen(script) + 1, 1), *to = out;
    bool quoted = false;
    for (const char *p = script; *p; p++) {
        must(!quoted || (unsigned char)*p >= ' ');
        if (*p == '\'')
            quoted = !quoted;
        else if (!quoted)
            *to++ = *p;
    }
    must(!quoted);
    return out;
}

static void try_words(struct dvb_plot p, const char *words)
{
    p.title = p.desc = p.source = p.x.label = p.y.label = p.apart_label = words;
    char *script = dvb_plot_script(&p, DVB_PLOT_TO_SVG, NULL), *rest = bare(script);
    must(!strpbrk(rest, "`\"!@"));
    must(!strstr(rest, "system") && !strstr(rest, "load") && !strstr(rest, "call"));
    free(rest);
    free(script);
    must(!dvb_plot_check(&p, NULL));
    char *json = dvb_plot_json_text(&p), *csv = dvb_plot_csv_text(&p);
    must(json && csv);
    free(json);
    free(csv);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = dvb_calloc(size + 1, 1);
    memcpy(text, data, size);
    const struct dvb_plot_point point = { 1, 1, 0.5, 2 }, bar = { 0, 1, 0.5, 2 };
    struct dvb_plot_series series = { .label = text, .points = &point, .n = 1, .apart = &point };
    const char *names[] = { text };
    const struct dvb_plot_rule rule = { .at = 1, .label = text };
    const struct dvb_plot_note note = { 1, 1, text };
    struct dvb_plot p = { .name = "fuzz",
                          .title = "t",
                          .desc = "d",
                          .series = &series,
                          .n_series = 1,
                          .rules = &rule,
                          .n_rules = 1,
                          .notes = &note,
                          .n_notes = 1 };
    try_svg(&p, text, size);
    try_words(p, text);
    series.points = &bar;
    series.apart = NULL;
    p.categories = names;
    p.n_categories = 1;
    p.n_rules = p.n_notes = 0;
    for (int kind = DVB_PLOT_BARS; kind <= DVB_PLOT_RINGS; kind++) {
        p.kind = (enum dvb_plot_kind)kind;
        try_words(p, text);
    }
    free(text);
    return 0;
}
