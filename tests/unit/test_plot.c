/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plots: what is written of them, and that hostile names stay names. Drawing needs
   gnuplot; programs that take its name show what goes wrong with it. */
#include <errno.h>
#include <expat.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/csv.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "reports/plot_internal.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static const double ladder[] = { 200, 400, 910, 3150 };
static const struct dvb_plot_point curve[] = {
    { 200, 0.31, 0.25, 0.37 },
    { 400, 1 / 3.0, 0.3, 0.4 },
    DVB_PLOT_POINT(910, NAN),
    { 3150, 0.75, 0.7, 0.8 },
};
static const struct dvb_plot_point original = { 0, 0.9, 0.85, 0.95 };
static const struct dvb_plot_rule guess = { .at = 0.25, .label = "guessing 25%" };

/* Names that would do something if anything took them for more than names. */
static const char *const hostile[] = {
    "a'; system('touch pwned1'); set label '",
    "`touch pwned2`",
    "$(touch pwned3) @macro {/Bold x} _sub^sup \\n \\",
    "line\nsystem('touch pwned4')\nset label 'x",
    "\"; !touch pwned5\r\n!touch pwned6",
    "<script>alert(1)</script><b onclick='x'>&amp;]]>",
    "\xe2\x80\xaegnp.exe \xe2\x81\xa6 \x01\x1b[31m \x7f \xff\xfe \xef\xbf\xbf",
    "%s%n%d%% 50%",
};

static struct dvb_plot xy_plot(const char *name, const struct dvb_plot_series *series, size_t n)
{
    return (struct dvb_plot){
        .name = name,
        .title = "Accuracy against bitrate",
        .desc = "Accuracy of one model.",
        .source = "Data set 1234; made for a test.",
        .x = { .label = "Bitrate", .unit = "kbps", .log = true, .ticks = ladder, .n_ticks = 4 },
        .y = { .label = "Accuracy", .percent = true, .min = 0, .max = 1 },
        .series = series,
        .n_series = n,
        .apart_label = "original",
        .rules = &guess,
        .n_rules = 1,
    };
}

static const struct dvb_plot_series one_curve = {
    .label = "model, uniform", .points = curve, .n = COUNT(curve), .apart = &original
};

static char *load(const char *path, size_t *len)
{
    char *data;
    struct dvb_err err;
    assert_int_equal(dvb_read_file(path, 1 << 24, &data, len, &err), 0);
    return data;
}

static bool with_gnuplot(struct dvb_plotter *g)
{
    if (!dvb_plotter_init(g, NULL))
        return true;
    print_message("skip: gnuplot is not installed\n");
    return false;
}

/* What an SVG is made of, as any XML reader sees it. */
struct svg_seen {
    const char *name;
    char *text; /* all character data, a line for each element */
    FILE *f;
    int elements, titles, markers, uses;
};

static void XMLCALL seen_start(void *user, const char *element, const char **atts)
{
    static const char *const allowed[] = { "svg",     "title",    "desc",   "style",
                                           "g",       "path",     "text",   "tspan",
                                           "defs",    "use",      "circle", "rect",
                                           "polygon", "polyline", "line",   "ellipse" };
    struct svg_seen *s = user;
    bool known = false;
    for (size_t i = 0; i < COUNT(allowed); i++)
        known = known || !strcmp(element, allowed[i]);
    if (!known)
        fail_msg("element %s", element);
    s->elements++;
    s->titles += !strcmp(element, "title");
    s->uses += !strcmp(element, "use");
    for (; *atts; atts += 2) {
        size_t len = strlen(s->name);
        if (!strncmp(atts[0], "on", 2) || !strcmp(atts[0], "style") || strchr(atts[0], ':'))
            fail_msg("attribute %s", atts[0]);
        if (!strcmp(atts[0], "href") && (atts[1][0] != '#' || strncmp(atts[1] + 1, s->name, len)))
            fail_msg("a reference to %s", atts[1]);
        if (!strcmp(atts[0], "id") && strncmp(atts[1], s->name, len) != 0)
            fail_msg("an id %s", atts[1]);
        assert_null(strstr(atts[1], "url("));
    }
}

static void XMLCALL seen_end(void *user, const char *element)
{
    (void)element;
    fputc('\n', ((struct svg_seen *)user)->f);
}

static void XMLCALL seen_text(void *user, const char *s, int len)
{
    fwrite(s, 1, (size_t)len, ((struct svg_seen *)user)->f);
}

static struct svg_seen look_at(const char *svg, const char *name)
{
    struct svg_seen s = { .name = name };
    size_t len;
    s.f = open_memstream(&s.text, &len);
    XML_Parser p = XML_ParserCreate("UTF-8");
    XML_SetUserData(p, &s);
    XML_SetElementHandler(p, seen_start, seen_end);
    XML_SetCharacterDataHandler(p, seen_text);
    if (XML_Parse(p, svg, (int)strlen(svg), 1) != XML_STATUS_OK)
        fail_msg("line %lu: %s", (unsigned long)XML_GetCurrentLineNumber(p),
                 XML_ErrorString(XML_GetErrorCode(p)));
    XML_ParserFree(p);
    fclose(s.f);
    return s;
}

static void text_is_cleaned(void **state)
{
    (void)state;
    static const struct {
        const char *in, *want;
    } table[] = {
        { NULL, "" },
        { "  plain \t text\n", "plain text" },
        { "a\x01\x1b"
          "b\x7f",
          "ab" },
        { "\xe2\x80\xae"
          "abc\xe2\x81\xa9\xe2\x80\x8f",
          "abc" },
        { "caf\xc3\xa9 \xff", "caf\xc3\xa9 \xef\xbf\xbd" },
        { "x\xef\xbf\xbfy\xef\xbb\xbfz", "xyz" },
        { "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81", "e\xcc\x81\xcc\x81" },
        { "\xe2\x80\xa8one\xe2\x80\xa9two", "one two" },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        char *got = dvb_plot_clean(table[i].in);
        assert_string_equal(got, table[i].want);
        free(got);
    }
}

static void text_is_cut_and_wrapped(void **state)
{
    (void)state;
    char *cut = dvb_plot_cut("abcdefgh", 8);
    assert_string_equal(cut, "abcdefgh");
    free(cut);
    cut = dvb_plot_cut("abc defgh", 5);
    assert_string_equal(cut, "abc\xe2\x80\xa6");
    free(cut);
    cut = dvb_plot_cut("\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad", 5); /* two columns each */
    assert_string_equal(cut, "\xe4\xb8\xad\xe4\xb8\xad\xe2\x80\xa6");
    free(cut);

    char *line[DVB_PLOT_MAX_LINES];
    static const char *const want[] = { "one two", "three", "verylon\xe2\x80\xa6" };
    assert_int_equal(dvb_plot_wrap("one two three verylongword", 8, 3, line), 3);
    for (int i = 0; i < 3; i++) {
        assert_string_equal(line[i], want[i]);
        free(line[i]);
    }
    assert_int_equal(dvb_plot_wrap(" \n", 8, 3, line), 0);
    assert_int_equal(dvb_plot_wrap("\xe4\xb8\xad\xe4\xb8\xad", 1, 4, line), 2);
    for (int i = 0; i < 2; i++)
        free(line[i]);
}

static void axes_are_scaled(void **state)
{
    (void)state;
    struct dvb_plot_scale s;
    struct dvb_plot p = xy_plot("t", &one_curve, 1);
    dvb_plot_scale_x(&p, 400, 0.2, &s);
    assert_true(s.log && s.lo < 200 && s.edge > 3150 && s.hi > s.edge);
    assert_true(s.apart > s.edge && s.apart < s.hi);
    assert_int_equal(s.n_ticks, 4);
    assert_true(fabs(dvb_plot_at(&s, s.edge) - 0.8) < 1e-9);
    dvb_plot_scale_y(&p, 200, &s);
    assert_true(s.lo == 0 && s.hi == 1);
    assert_int_equal(s.n_ticks, 6);
    assert_true(!signbit(s.ticks[0]));

    static const double close[] = { 1000, 1010, 1020, 2000 };
    p.x.ticks = close;
    dvb_plot_scale_x(&p, 400, 0, &s);
    assert_true(s.named[0] && !s.named[1] && !s.named[2] && s.named[3]);
}

static int keep_row(void *user, const struct dvb_csv_row *row, struct dvb_err *err)
{
    (void)err;
    json_t *fields = json_array();
    for (size_t i = 0; i < row->n; i++)
        json_array_append_new(fields, json_string(row->field[i]));
    json_array_append_new(user, fields);
    return 0;
}

/* A field of the CSV says what the member of the JSON does. */
static void check_same(json_t *fields, size_t i, json_t *point, const char *member)
{
    const char *text = json_string_value(json_array_get(fields, i));
    json_t *v = json_object_get(point, member);
    if (json_is_null(v))
        assert_string_equal(text, "");
    else
        assert_true(strtod(text, NULL) == json_number_value(v));
}

static void csv_and_json_say_the_same(void **state)
{
    (void)state;
    struct dvb_plot_series series[] = { one_curve, one_curve };
    series[1].label = hostile[3];
    series[1].apart = NULL;
    struct dvb_plot p = xy_plot("same", series, 2);
    assert_int_equal(dvb_plot_write_data(&p, ".", NULL), 0);
    json_t *j, *rows = json_array();
    assert_int_equal(dvb_json_load("same.json", &j, NULL), 0);
    assert_int_equal(dvb_csv_read("same.csv", NULL, keep_row, rows, NULL), 0);
    assert_int_equal(json_array_size(rows), 1 + 2 * COUNT(curve) + 1);
    size_t row = 1;
    for (size_t i = 0; i < 2; i++) {
        json_t *s = json_array_get(json_object_get(j, "series"), i);
        assert_string_equal(dvb_json_get_str(s, "label"), series[i].label);
        for (size_t k = 0; k < COUNT(curve); k++, row++) {
            json_t *point = json_array_get(json_object_get(s, "points"), k);
            json_t *fields = json_array_get(rows, row);
            assert_string_equal(json_string_value(json_array_get(fields, 0)), series[i].label);
            check_same(fields, 1, point, "x");
            check_same(fields, 2, point, "y");
            check_same(fields, 3, point, "lo");
            check_same(fields, 4, point, "hi");
        }
        json_t *apart = json_object_get(s, "apart");
        if (!series[i].apart) {
            assert_null(apart);
            continue;
        }
        assert_string_equal(json_string_value(json_array_get(json_array_get(rows, row), 1)),
                            "apart");
        check_same(json_array_get(rows, row++), 2, apart, "y");
    }
    json_decref(rows);
    json_decref(j);
}

static void wrong_plots_are_refused(void **state)
{
    (void)state;
    struct dvb_plot p = xy_plot("t", &one_curve, 1);
    struct dvb_err err;
    assert_int_equal(dvb_plot_check(&p, &err), 0);
    p.name = "../t";
    assert_int_equal(dvb_plot_check(&p, &err), -EINVAL);
    p.name = "t";
    p.y.unit = "kbps";
    assert_int_equal(dvb_plot_check(&p, &err), -EINVAL);
    assert_non_null(strstr(err.msg, "percents"));
    p.y.unit = NULL;
    struct dvb_plot_point bad = { 1, 2, 3, 4 };
    struct dvb_plot_series s = { .label = "s", .points = &bad, .n = 1 };
    p.series = &s;
    assert_int_equal(dvb_plot_check(&p, &err), -EINVAL);
    assert_non_null(strstr(err.msg, "outside its band"));
    bad = (struct dvb_plot_point)DVB_PLOT_POINT(1, 2);
    p.kind = DVB_PLOT_BARS;
    assert_int_equal(dvb_plot_check(&p, &err), -EINVAL);
    static const char *const names[] = { "only" };
    p.categories = names;
    p.n_categories = 1;
    assert_int_equal(dvb_plot_check(&p, &err), -EINVAL);
    assert_non_null(strstr(err.msg, "category"));
    bad.x = 0;
    assert_int_equal(dvb_plot_check(&p, &err), 0);
    assert_int_equal(dvb_plot_write_data(&p, "./no-such-folder", &err), -ENOENT);
}

/* Every kind of plot, all its words hostile. */
static struct dvb_plot hostile_plot(enum dvb_plot_kind kind, const char *name)
{
    static struct dvb_plot_series series[COUNT(hostile)];
    static struct dvb_plot_point points[COUNT(hostile)], apart[COUNT(hostile)];
    static struct dvb_plot_note notes[COUNT(hostile)];
    static struct dvb_plot_rule rules[COUNT(hostile)];
    for (size_t i = 0; i < COUNT(hostile); i++) {
        points[i] = (struct dvb_plot_point){ (double)i, 1 + (double)i, 1, 9 };
        apart[i] = points[i];
        notes[i] = (struct dvb_plot_note){ (double)i, 2, hostile[i] };
        rules[i] =
            (struct dvb_plot_rule){ .vertical = i % 2, .at = (double)i + 1, .label = hostile[i] };
    }
    for (size_t i = 0; i < COUNT(hostile); i++)
        series[i] = (struct dvb_plot_series){
            .label = hostile[i], .points = points, .n = COUNT(hostile), .whiskers = i % 2
        };
    bool xy = kind == DVB_PLOT_XY;
    if (xy)
        series[0].apart = apart;
    return (struct dvb_plot){
        .name = name,
        .kind = kind,
        .title = hostile[0],
        .desc = hostile[5],
        .source = hostile[3],
        .x = { .label = hostile[1], .unit = xy ? hostile[4] : NULL },
        .y = { .label = hostile[2], .unit = hostile[5] },
        .series = series,
        .n_series = COUNT(hostile),
        .categories = xy ? NULL : hostile,
        .n_categories = xy ? 0 : COUNT(hostile),
        .apart_label = hostile[1],
        .notes = notes,
        .n_notes = xy ? COUNT(hostile) : 0,
        .rules = rules,
        .n_rules = xy ? COUNT(hostile) : 0,
        .values = true,
    };
}

static void nothing_was_run(void)
{
    for (int i = 1; i <= 6; i++) {
        char name[16];
        snprintf(name, sizeof(name), "pwned%d", i);
        if (!access(name, F_OK))
            fail_msg("%s was made: a name was run", name);
    }
}

/* Entries that differ in what the middle of a line would lose are told apart. */
static void legends_take_two_lines(void **state)
{
    (void)state;
#define MODEL "Qwen3-VL-235B-A22B-Instruct (vllm)"
#define REST ",delay=30ms,jitter=10ms,queue=packets:100"
    static const struct dvb_plot_point at = { 1, 0.5, 0.4, 0.6 };
    static const char *const labels[] = { MODEL ", wait over loss=0.01" REST,
                                          MODEL ", wait over loss=0.05" REST, "uniform",
                                          MODEL MODEL MODEL MODEL " and its end" };
    static const char *const want[][2] = { { MODEL ", wait over", "loss=0.01" REST },
                                           { MODEL ", wait over", "loss=0.05" REST },
                                           { "uniform", NULL },
                                           { NULL, NULL } };
    struct dvb_plot_series series[COUNT(labels)];
    for (size_t i = 0; i < COUNT(labels); i++)
        series[i] = (struct dvb_plot_series){ .label = labels[i], .points = &at, .n = 1 };
    const struct dvb_plot p = {
        .name = "legend", .kind = DVB_PLOT_XY, .series = series, .n_series = COUNT(labels)
    };
    struct dvb_plot_layout l, one;
    struct dvb_plot shorter = p;
    shorter.n_series = 1;
    dvb_plot_layout_init(&l, &p);
    dvb_plot_layout_init(&one, &shorter);
    assert_int_equal(l.legend_columns, 1);
    /* 2, 2, 1 and 1 lines beside 2 */
    assert_true(fabs(l.h - one.h - 4 * DVB_PLOT_LINE_PX) < 1e-9);
    for (size_t i = 0; i < COUNT(labels); i++) {
        char *line[DVB_PLOT_MAX_LINES];
        int n = dvb_plot_legend_lines(&l, labels[i], line);
        assert_int_equal(n, want[i][1] ? 2 : 1);
        for (int k = 0; k < n; k++) {
            if (want[i][k])
                assert_string_equal(line[k], want[i][k]);
            else
                assert_non_null(strstr(line[k], " and its end"));
            free(line[k]);
        }
    }
    dvb_plot_layout_release(&l);
    dvb_plot_layout_release(&one);
}

static void hostile_names_stay_names(void **state)
{
    (void)state;
    static const char *const names[] = { "h-xy", "h-bars", "h-stacked", "h-rings" };
    struct dvb_plotter g;
    struct dvb_err err;
    if (!with_gnuplot(&g))
        skip();
    for (int kind = DVB_PLOT_XY; kind <= DVB_PLOT_RINGS; kind++) {
        struct dvb_plot p = hostile_plot((enum dvb_plot_kind)kind, names[kind]);
        if (dvb_plot_write_data(&p, ".", &err) || dvb_plot_draw(&g, &p, ".", &err))
            fail_msg("%s", err.msg);
        nothing_was_run();
        char *file = dvb_asprintf("%s.svg", p.name), *svg = load(file, NULL);
        struct svg_seen s = look_at(svg, p.name);
        assert_int_equal(s.titles, 1);
        /* the legend, or the ring's: whole where there is room for it */
        assert_non_null(strstr(s.text, "`touch pwned2`"));
        assert_non_null(strstr(s.text, "%s%n%d%% 50%"));
        assert_non_null(strstr(s.text, "<script>alert(1)</script>"));
        assert_null(strstr(svg, "<script"));
        assert_null(strstr(svg, "\xe2\x80\xae"));
        free(s.text);
        free(svg);
        free(file);
    }
    dvb_plotter_release(&g);
}

/* The script that goes with the data is a picture's too, also for those who draw it by hand. */
static void the_script_draws_by_itself(void **state)
{
    (void)state;
    struct dvb_plotter g;
    struct dvb_err err;
    if (!with_gnuplot(&g))
        skip();
    struct dvb_plot p = hostile_plot(DVB_PLOT_XY, "by-hand");
    assert_int_equal(dvb_plot_write_data(&p, ".", &err), 0);
    assert_int_equal(system("gnuplot by-hand.gp > by-hand.log 2>&1"), 0);
    assert_true(dvb_is_file("by-hand.pdf"));
    nothing_was_run();
    dvb_plotter_release(&g);
}

static void equal_plots_are_equal_files(void **state)
{
    (void)state;
    static const char *const kinds[] = { "svg", "pdf", "gp", "csv", "json" };
    struct dvb_plotter g;
    if (!with_gnuplot(&g))
        skip();
    assert_int_equal(dvb_mkdirs("first", NULL), 0);
    assert_int_equal(dvb_mkdirs("second", NULL), 0);
    struct dvb_plot p = xy_plot("equal", &one_curve, 1);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(dvb_plot_write_data(&p, i ? "second" : "first", NULL), 0);
        assert_int_equal(dvb_plot_draw(&g, &p, i ? "second" : "first", NULL), 0);
    }
    for (size_t i = 0; i < COUNT(kinds); i++) {
        size_t n, m;
        char *a = dvb_asprintf("first/equal.%s", kinds[i]), *x = load(a, &n);
        char *b = dvb_asprintf("second/equal.%s", kinds[i]), *y = load(b, &m);
        assert_int_equal(n, m);
        assert_memory_equal(x, y, n);
        for (size_t k = 0; k + 13 < n; k++) /* two runs within a second would look equal */
            assert_false(!memcmp(x + k, "CreationDate", 12));
        free(x);
        free(y);
        free(a);
        free(b);
    }
    dvb_plotter_release(&g);
}

static void svg_for_pages(void **state)
{
    (void)state;
    struct dvb_plotter g;
    char *svg;
    if (!with_gnuplot(&g))
        skip();
    struct dvb_plot p = xy_plot("inline", &one_curve, 1);
    assert_int_equal(dvb_plot_svg(&g, &p, &svg, NULL), 0);
    assert_false(strncmp(svg, "<svg ", 5));
    assert_null(strstr(svg, "<style"));
    assert_non_null(strstr(svg, "<title id=\"inline-title\">Accuracy against bitrate</title>"));
    assert_non_null(strstr(svg, "<desc id=\"inline-desc\">Accuracy of one model.</desc>"));
    struct svg_seen s = look_at(svg, "inline");
    assert_non_null(strstr(s.text, "\noriginal\n"));
    assert_non_null(strstr(s.text, "\nguessing 25%\n"));
    assert_non_null(strstr(s.text, "\nBitrate (kbps)\n"));
    assert_non_null(strstr(s.text, "\n3150\n"));
    assert_int_equal(s.uses, 3 + 1 + 1 + 1); /* points, the one apart, the legend's; a definition */
    free(s.text);
    free(svg);
    dvb_plotter_release(&g);
}

static void nothing_to_draw_is_drawn(void **state)
{
    (void)state;
    struct dvb_plotter g;
    char *svg;
    struct dvb_err err;
    if (!with_gnuplot(&g))
        skip();
    static const struct dvb_plot_point none[] = { DVB_PLOT_POINT(0, NAN), DVB_PLOT_POINT(0, -5) };
    static const char *const names[] = { "only" };
    struct dvb_plot_series s = { .label = "none", .points = none, .n = 1 };
    struct dvb_plot p = xy_plot("nothing", &s, 1);
    p.n_rules = 0;
    for (int kind = DVB_PLOT_XY; kind <= DVB_PLOT_RINGS; kind++) {
        p.kind = (enum dvb_plot_kind)kind;
        p.categories = kind ? names : NULL;
        p.n_categories = kind ? 1 : 0;
        if (dvb_plot_svg(&g, &p, &svg, &err))
            fail_msg("%s", err.msg);
        assert_non_null(strstr(svg, ">no data<"));
        free(svg);
    }
    p.kind = DVB_PLOT_XY; /* values that a logarithmic axis does not have */
    p.n_categories = 0;
    p.y = (struct dvb_plot_axis){ .log = true };
    s.n = 2;
    assert_int_equal(dvb_plot_svg(&g, &p, &svg, NULL), 0);
    assert_non_null(strstr(svg, ">no data<"));
    free(svg);
    dvb_plotter_release(&g);
}

/* A program in gnuplot's place. */
static struct dvb_plotter pretend(const char *script)
{
    char *text = dvb_asprintf("#!/bin/sh\n%s\n", script);
    assert_int_equal(dvb_mkdirs("bin", NULL), 0);
    assert_int_equal(dvb_write_file("bin/gnuplot", text, strlen(text), NULL), 0);
    assert_int_equal(chmod("bin/gnuplot", 0755), 0);
    free(text);
    return (struct dvb_plotter){ .path = dvb_strdup("bin/gnuplot"), .seconds = 20 };
}

static void check_failure(const char *script, double seconds, int want, const char *words)
{
    struct dvb_plotter g = pretend(script);
    struct dvb_plot p = xy_plot("fails", &one_curve, 1);
    struct dvb_err err = { 0 };
    char *svg;
    if (seconds > 0)
        g.seconds = seconds;
    assert_int_equal(dvb_plot_svg(&g, &p, &svg, &err), want);
    assert_null(svg);
    assert_int_equal(err.fault, DVB_FAULT_SERVICE);
    if (!strstr(err.msg, words))
        fail_msg("'%s' does not say '%s'", err.msg, words);
    dvb_plotter_release(&g);
}

static void failures_are_told(void **state)
{
    (void)state;
    check_failure("exec sleep 1000", 0.2, -ETIMEDOUT, "longer than 0.2 seconds");
    check_failure("echo 'line 3: no such terminal' >&2; exit 4", 0, -EIO,
                  "figure fails: gnuplot failed with code 4: line 3: no such terminal");
    check_failure("kill -9 $$", 0, -EIO, "signal 9");
    check_failure("exit 0", 0, -EIO, "wrote nothing");
    check_failure("echo '<svg><g>'", 0, -EIO, "gnuplot's SVG, line 2");
    check_failure("yes '<g>' | head -100; yes '</g>' | head -100", 0, -EIO, "too deeply");
    struct dvb_plotter g = { .path = dvb_strdup("bin/no-such-program"), .seconds = 1 };
    struct dvb_plot p = xy_plot("t", &one_curve, 1);
    char *svg;
    assert_int_equal(dvb_plot_svg(&g, &p, &svg, NULL), -ENOENT);
    dvb_plotter_release(&g);
}

static void what_pictures_may_not_hold_is_dropped(void **state)
{
    (void)state;
    static const char bad[] =
        "<svg onload='a()'><script>a()</script><style>b</style><image href='x'/>"
        "<a xlink:href='javascript:a()' xmlns:xlink='x'><text>lost</text></a>"
        "<foreignObject><text>lost</text></foreignObject>"
        "<defs><rect id='gpPt4' width='2'/><rect id='gpPt5' width='2'/><rect id='other'/></defs>"
        "<g fill='url(#x)' onclick='a()'><path d='M0,0' style='x' stroke='rgb( 13, 98,254)'/></g>"
        "<use xlink:href='#gpPt4' xmlns:xlink='x'/><use href='http://example.org/x'/>"
        "<text x='1' font-size='url(x)'>kept &lt;b&gt;</text></svg>";
    struct dvb_plot p = xy_plot("bad", &one_curve, 1);
    char *svg;
    assert_int_equal(dvb_plot_svg_clean(bad, strlen(bad), &p, false, &svg, NULL), 0);
    struct svg_seen s = look_at(svg, "bad");
    assert_null(strstr(svg, "lost"));
    assert_null(strstr(svg, "a()"));
    assert_null(strstr(svg, "bad-m5"));
    assert_non_null(strstr(svg, "<rect id=\"bad-m4\" width=\"2\">"));
    assert_non_null(strstr(svg, "<path d=\"M0,0\" stroke=\"#0d62fe\" class=\"plot-s-1\">"));
    assert_non_null(strstr(svg, "<text x=\"1\">kept &lt;b&gt;</text>"));
    assert_int_equal(s.uses, 1);
    free(s.text);
    free(svg);
}

static void secrets_do_not_reach_gnuplot(void **state)
{
    (void)state;
    struct dvb_plotter g = pretend("env > seen-by-gnuplot");
    struct dvb_plot p = xy_plot("t", &one_curve, 1);
    char *svg;
    setenv("SOME_API_KEY", "sk-very-secret", 1);
    assert_int_equal(dvb_plot_svg(&g, &p, &svg, NULL), -EIO);
    unsetenv("SOME_API_KEY");
    char *seen = load("seen-by-gnuplot", NULL);
    assert_non_null(strstr(seen, "LC_ALL=C.UTF-8"));
    assert_null(strstr(seen, "very-secret"));
    free(seen);
    dvb_plotter_release(&g);
}

static void without_gnuplot(void **state)
{
    (void)state;
    char *path = dvb_strdup(getenv("PATH"));
    struct dvb_plotter g;
    struct dvb_err err;
    assert_int_equal(dvb_mkdirs("empty", NULL), 0);
    setenv("PATH", "empty", 1);
    assert_int_equal(dvb_plotter_init(&g, &err), -ENOENT);
    assert_int_equal(err.fault, DVB_FAULT_SERVICE);
    assert_non_null(strstr(err.msg, "gnuplot-nox"));
    struct dvb_plot p = xy_plot("alone", &one_curve, 1);
    assert_int_equal(dvb_plot_write_data(&p, ".", &err), 0);
    assert_true(dvb_is_file("alone.csv") && dvb_is_file("alone.json") && dvb_is_file("alone.gp"));
    setenv("PATH", path, 1);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_cleaned),
        cmocka_unit_test(text_is_cut_and_wrapped),
        cmocka_unit_test(legends_take_two_lines),
        cmocka_unit_test(axes_are_scaled),
        cmocka_unit_test(csv_and_json_say_the_same),
        cmocka_unit_test(wrong_plots_are_refused),
        cmocka_unit_test(hostile_names_stay_names),
        cmocka_unit_test(the_script_draws_by_itself),
        cmocka_unit_test(equal_plots_are_equal_files),
        cmocka_unit_test(svg_for_pages),
        cmocka_unit_test(nothing_to_draw_is_drawn),
        cmocka_unit_test(failures_are_told),
        cmocka_unit_test(what_pictures_may_not_hold_is_dropped),
        cmocka_unit_test(secrets_do_not_reach_gnuplot),
        cmocka_unit_test(without_gnuplot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
