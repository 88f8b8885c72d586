/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gnuplot's SVG, made fit for a page: read by expat, written anew from what is on
 * the lists below. Groups that hold nothing are left out, as are markers that no
 * plot uses, so a figure stays small.
 */
#include <ctype.h>
#include <errno.h>
#include <expat.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "reports/plot_internal.h"

#define MAX_DEPTH 64
#define MAX_MARKERS 64 /* gnuplot has 16 */

struct cleaner {
    const char *name;
    FILE *out;
    int depth, skip;          /* elements open; the depth from which all is left out, or 0 */
    char *pending[MAX_DEPTH]; /* start tags of groups that nothing was written in yet */
    bool silent[MAX_DEPTH];   /* the element's tags are not written */
    int n_pending;            /* of the innermost open elements */
    bool text;                /* within <text> */
    bool broken;              /* deeper than MAX_DEPTH */
    bool collecting;          /* first reading: which markers are used */
    bool used[MAX_MARKERS];
    int of[MAX_MARKERS]; /* marker that a marker is made of, or -1 */
    int in_marker;       /* whose definition this is, or -1 */
};

static bool on_list(const char *s, const char *const *list)
{
    for (; *list; list++)
        if (!strcmp(s, *list))
            return true;
    return false;
}

static const char *const elements[] = { "g",       "path",     "text", "tspan", "defs",
                                        "use",     "circle",   "rect", "line",  "ellipse",
                                        "polygon", "polyline", NULL };
static const char *const holders[] = { "g", "defs", "text", NULL }; /* nothing without content */
static const char *const attributes[] = { "x",
                                          "y",
                                          "width",
                                          "height",
                                          "cx",
                                          "cy",
                                          "r",
                                          "rx",
                                          "ry",
                                          "x1",
                                          "x2",
                                          "y1",
                                          "y2",
                                          "d",
                                          "points",
                                          "transform",
                                          "fill-opacity",
                                          "stroke-opacity",
                                          "opacity",
                                          "stroke-width",
                                          "stroke-linecap",
                                          "stroke-linejoin",
                                          "stroke-dasharray",
                                          "font-size",
                                          "font-weight",
                                          "font-style",
                                          "text-anchor",
                                          "shape-rendering",
                                          NULL };
static const char *const paints[] = { "fill", "stroke", "color", NULL };

/* Colours that the style sheet knows, by the names of its classes. */
static const struct {
    const char *colour, *name;
} known[] = {
    { DVB_PLOT_INK, "ink" },   { "#000000", "ink" },        { DVB_PLOT_SOFT, "soft" },
    { DVB_PLOT_GRID, "grid" }, { DVB_PLOT_MUTED, "muted" },
};

static void put_escaped(FILE *f, const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        const char *as = s[i] == '&'   ? "&amp;"
                         : s[i] == '<' ? "&lt;"
                         : s[i] == '>' ? "&gt;"
                         : s[i] == '"' ? "&quot;"
                                       : NULL;
        if (as)
            fputs(as, f);
        else
            fputc(s[i], f);
    }
}

/* "rgb(  0, 114, 178)", "#0072b2", "black" -> "#0072b2"; "" for what is no colour. */
static void read_colour(const char *s, char hex[8])
{
    unsigned r, g, b;
    hex[0] = '\0';
    if (!strcmp(s, "black"))
        snprintf(hex, 8, "#000000");
    else if (!strcmp(s, "white"))
        snprintf(hex, 8, "#ffffff");
    else if ((sscanf(s, "rgb( %3u , %3u , %3u )", &r, &g, &b) == 3 && r < 256 && g < 256 &&
              b < 256) ||
             (strlen(s) == 7 && sscanf(s, "#%2x%2x%2x", &r, &g, &b) == 3))
        snprintf(hex, 8, "#%02x%02x%02x", r, g, b);
}

/* " fill=..." as it is for programs without style sheets; the class after "plot-f-". */
static void put_paint(FILE *f, char *classes, size_t size, const char *what, const char *value)
{
    char hex[8], name[12] = "";
    if (!strcmp(value, "none") || !strcmp(value, "currentColor")) {
        fprintf(f, " %s=\"%s\"", what, value);
        return;
    }
    read_colour(value, hex);
    if (!*hex)
        return;
    for (size_t i = 0; i < sizeof(known) / sizeof(*known) && !*name; i++)
        if (!strcmp(hex, known[i].colour))
            snprintf(name, sizeof(name), "%s", known[i].name);
    for (int i = 0; i < DVB_PLOT_COLOURS && !*name; i++)
        if (!strcmp(hex, dvb_plot_light[i]))
            snprintf(name, sizeof(name), "%d", i + 1);
    fprintf(f, " %s=\"%s\"", what, hex);
    size_t len = strlen(classes);
    if (*name)
        snprintf(classes + len, size - len, "%splot-%c-%s", len ? " " : "", *what, name);
}

/* Of values: numbers, words, paths; nothing that could name another place. */
static bool plain(const char *value)
{
    for (const char *p = value; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr(" \t\n+-.,()%", *p))
            return false;
    return !strstr(value, "url");
}

static const char *attribute(const char **atts, const char *name)
{
    for (; *atts; atts += 2)
        if (!strcmp(atts[0], name))
            return atts[1];
    return NULL;
}

/* Number of gnuplot's marker in "gpPt7" or "#gpPt7"; -1: of none. */
static int marker(const char *id)
{
    int n;
    if (!id)
        return -1;
    id += *id == '#';
    return sscanf(id, "gpPt%2d", &n) == 1 && n >= 0 && n < MAX_MARKERS ? n : -1;
}

static const char *reference(const char **atts)
{
    const char *href = attribute(atts, "xlink:href");
    return href ? href : attribute(atts, "href");
}

static void put_start(FILE *f, const struct cleaner *c, const char *element, const char **atts)
{
    char classes[64] = "";
    fprintf(f, "<%s", element);
    int own = marker(attribute(atts, "id")), other = marker(reference(atts));
    if (own >= 0)
        fprintf(f, " id=\"%s-m%d\"", c->name, own);
    if (other >= 0)
        fprintf(f, " href=\"#%s-m%d\"", c->name, other);
    for (; *atts; atts += 2)
        if (on_list(atts[0], paints))
            put_paint(f, classes, sizeof(classes), atts[0], atts[1]);
        else if (on_list(atts[0], attributes) && plain(atts[1]) && strcmp(atts[1], "butt") != 0 &&
                 strcmp(atts[1], "miter") != 0) /* what it is anyway */
            fprintf(f, " %s=\"%s\"", atts[0], atts[1]);
    if (*classes)
        fprintf(f, " class=\"%s\"", classes);
}

static char *start_tag(const struct cleaner *c, const char *element, const char **atts)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    if (!f)
        return NULL;
    put_start(f, c, element, atts);
    fputc('>', f);
    fclose(f);
    return text;
}

/* What waits for content has some now. */
static void flush(struct cleaner *c)
{
    for (int i = c->depth - c->n_pending; i < c->depth; i++) {
        if (c->pending[i])
            fputs(c->pending[i], c->out);
        free(c->pending[i]);
        c->pending[i] = NULL;
    }
    c->n_pending = 0;
}

static bool unused(const struct cleaner *c, const char **atts)
{
    const char *id = attribute(atts, "id");
    int n = marker(id);
    return id && (!strcmp(id, "gpDot") || (n >= 0 && !c->used[n]));
}

static void collect(struct cleaner *c, const char *element, const char **atts)
{
    int own = marker(attribute(atts, "id"));
    int other = !strcmp(element, "use") ? marker(reference(atts)) : -1;
    if (own >= 0)
        c->of[own] = other;
    else if (other >= 0)
        c->used[other] = true;
}

static void XMLCALL on_start(void *user, const char *element, const char **atts)
{
    struct cleaner *c = user;
    int at = c->depth++;
    if (c->collecting) {
        collect(c, element, atts);
        return;
    }
    if (c->depth > MAX_DEPTH)
        c->broken = true;
    if (c->skip || c->broken)
        return;
    c->pending[at] = NULL;
    c->silent[at] = !strcmp(element, "svg");
    bool use = !strcmp(element, "use") && marker(reference(atts)) < 0;
    if ((!on_list(element, elements) && !c->silent[at]) || use || unused(c, atts)) {
        c->skip = c->depth;
        return;
    }
    c->text = c->text || !strcmp(element, "text");
    if (c->silent[at] || on_list(element, holders)) {
        c->pending[at] = c->silent[at] ? NULL : start_tag(c, element, atts);
        c->n_pending++;
        return;
    }
    c->depth--;
    flush(c);
    c->depth++;
    put_start(c->out, c, element, atts);
    fputc('>', c->out);
}

static void XMLCALL on_end(void *user, const char *element)
{
    struct cleaner *c = user;
    int at = --c->depth;
    if (c->collecting || c->broken)
        return;
    if (c->skip) {
        if (c->skip == c->depth + 1)
            c->skip = 0;
        return;
    }
    if (!strcmp(element, "text"))
        c->text = false;
    if (c->n_pending) { /* nothing came */
        free(c->pending[at]);
        c->pending[at] = NULL;
        c->n_pending--;
    } else if (!c->silent[at]) {
        fprintf(c->out, "</%s>", element);
    }
}

static void XMLCALL on_text(void *user, const char *s, int len)
{
    struct cleaner *c = user;
    if (!c->text || c->skip || c->collecting || c->broken)
        return;
    flush(c);
    put_escaped(c->out, s, (size_t)len);
}

static int read_svg(struct cleaner *c, const char *svg, size_t len, struct dvb_err *err)
{
    XML_Parser parser = XML_ParserCreate("UTF-8");
    if (!parser)
        return dvb_fail_nomem(err);
    XML_SetUserData(parser, c);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    int ret = 0;
    if (len > 0x7fffffff || XML_Parse(parser, svg, (int)len, 1) != XML_STATUS_OK)
        ret = dvb_fail(err, DVB_FAULT_SERVICE, EIO, "gnuplot's SVG, line %lu: %s",
                       (unsigned long)XML_GetCurrentLineNumber(parser),
                       XML_ErrorString(XML_GetErrorCode(parser)));
    else if (c->broken)
        ret = dvb_fail(err, DVB_FAULT_SERVICE, EIO, "gnuplot's SVG is nested too deeply");
    XML_ParserFree(parser);
    return ret;
}

/* Markers are made of others, at most three deep. */
static void use_parts(struct cleaner *c)
{
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < MAX_MARKERS; i++)
            if (c->used[i] && c->of[i] >= 0)
                c->used[c->of[i]] = true;
}

static void put_clean(FILE *f, const char *s)
{
    char *clean = dvb_plot_clean(s);
    put_escaped(f, clean, strlen(clean));
    free(clean);
}

static void put_head(FILE *f, const struct dvb_plot *p, bool alone)
{
    struct dvb_plot_layout l;
    dvb_plot_layout_init(&l, p);
    fprintf(f,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" viewBox=\"0 0 %.0f %.0f\" "
            "width=\"%.0f\" height=\"%.0f\" font-family=\"sans-serif\" role=\"img\" "
            "aria-labelledby=\"%s-title %s-desc\">\n",
            l.w, l.h, l.w, l.h, p->name, p->name);
    dvb_plot_layout_release(&l);
    fprintf(f, "<title id=\"%s-title\">", p->name);
    put_clean(f, p->title);
    fprintf(f, "</title>\n<desc id=\"%s-desc\">", p->name);
    put_clean(f, p->desc);
    fputs("</desc>\n", f);
    if (alone)
        fprintf(f, "<style>:root{color-scheme:light dark}\n%s</style>\n", dvb_plot_css());
}

static char *write_svg(struct cleaner *c, const char *svg, size_t len, const struct dvb_plot *p,
                       bool alone, struct dvb_err *err)
{
    char *text = NULL;
    size_t size;
    c->out = open_memstream(&text, &size);
    if (!c->out) {
        dvb_fail_nomem(err);
        return NULL;
    }
    put_head(c->out, p, alone);
    int ret = read_svg(c, svg, len, err);
    for (int i = 0; i < MAX_DEPTH; i++)
        free(c->pending[i]);
    fputs("\n</svg>\n", c->out);
    if (fclose(c->out) && !ret)
        ret = dvb_fail_nomem(err);
    if (!ret)
        return text;
    free(text);
    return NULL;
}

/* gnuplot leaves ">" as it is, and XML forbids "]]>" in text. Heap; NULL without memory. */
static char *escape_ends(const char *svg, size_t len, size_t *n)
{
    char *text = NULL;
    FILE *f = open_memstream(&text, n);
    if (!f)
        return NULL;
    for (size_t i = 0; i < len; i++)
        if (i + 3 <= len && !memcmp(svg + i, "]]>", 3)) {
            fputs("]]&gt;", f);
            i += 2;
        } else {
            fputc(svg[i], f);
        }
    if (!fclose(f))
        return text;
    free(text);
    return NULL;
}

int dvb_plot_svg_clean(const char *svg, size_t len, const struct dvb_plot *p, bool alone,
                       char **out, struct dvb_err *err)
{
    struct cleaner first = { .name = p->name, .collecting = true };
    *out = NULL;
    for (int i = 0; i < MAX_MARKERS; i++)
        first.of[i] = -1;
    char *legal = escape_ends(svg, len, &len);
    if (!legal)
        return dvb_fail_nomem(err);
    int ret = read_svg(&first, legal, len, err);
    if (ret) {
        free(legal);
        return ret;
    }
    use_parts(&first);
    struct cleaner c = { .name = p->name };
    memcpy(c.used, first.used, sizeof(c.used));
    struct dvb_err why = { 0 };
    *out = write_svg(&c, legal, len, p, alone, &why);
    free(legal);
    if (*out)
        return 0;
    if (err)
        *err = why;
    return -why.code;
}

#define PAINTS(name)                                                                               \
    ".plot-f-" name "{fill:var(--plot-" name ")}.plot-s-" name "{stroke:var(--plot-" name ")}"     \
    ".plot-c-" name "{color:var(--plot-" name ")}\n"

const char *dvb_plot_css(void)
{
    return ":root{--plot-ink:#1a1a1a;--plot-soft:#555555;--plot-grid:#d8d8d8;--plot-muted:#808080;"
           "--plot-1:#0d62fe;--plot-2:#d27409;--plot-3:#0aa568;--plot-4:#e43d46;--plot-5:#2d4b61;"
           "--plot-6:#b76aad;--plot-7:#7b3c02;--plot-8:#2b01e3}\n"
           "@media (prefers-color-scheme:dark){:root{--plot-ink:#eeeeee;--plot-soft:#b8b8b8;"
           "--plot-grid:#3c3f44;--plot-muted:#8f8f8f;--plot-1:#3376fd;--plot-2:#ac6b4e;"
           "--plot-3:#41f7bc;--plot-4:#f94016;--plot-5:#bfdeff;--plot-6:#dd2e9e;--plot-7:#f6d36c;"
           "--plot-8:#b598f5}}\n" PAINTS("ink") PAINTS("soft") PAINTS("grid") PAINTS("muted")
               PAINTS("1") PAINTS("2") PAINTS("3") PAINTS("4") PAINTS("5") PAINTS("6") PAINTS("7")
                   PAINTS("8");
}
