/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figures of a board, and plots that come from files. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "reports/figures.h"

#define T(text) ((char *)(text))
#define MODELS 10
#define QUESTIONS 8

/* A board of one set: an original and two rates; model i is right in i of 10 at 200 kbps,
   i + 0.5 at 400, and on the original a half more again; the first has no original. */
struct world {
    struct dvb_board b;
    struct dvb_board_set set;
    struct dvb_board_view views[4];
    struct dvb_board_cell cells[4 * MODELS];
    struct dvb_board_stat stats[4 * MODELS];
    struct dvb_board_model models[MODELS];
    struct dvb_board_question questions[QUESTIONS];
    char names[MODELS][20];
    char *tasks[3];
};

static struct dvb_share share_of(double v)
{
    return (struct dvb_share){ .n = 20, .clusters = 4, .share = v, .ci = { v - 0.04, v + 0.04 } };
}

static void add_cell(struct world *w, int model, int view, double right)
{
    size_t i = w->set.n_cells++;
    w->stats[i] = (struct dvb_board_stat){ .task = -1, .share = share_of(right) };
    w->stats[i].has_loss = view == 1 || view == 2;
    w->stats[i].loss = share_of(1 - right);
    w->cells[i] = (struct dvb_board_cell){
        .model = model, .view = view, .stats = &w->stats[i], .n_stats = 1
    };
}

static void make_world(struct world *w, int models)
{
    memset(w, 0, sizeof(*w));
    w->views[0] = (struct dvb_board_view){ .strategy = T("uniform"),
                                           .sampling = T("{\"fps\":2}"),
                                           .original = -1 };
    for (int i = 1; i < 4; i++)
        w->views[i] = w->views[0];
    w->views[1].bitrate = 400000;
    w->views[2].bitrate = 200000;
    w->views[1].original = w->views[2].original = 0;
    w->views[3].baseline = true;
    w->views[3].strategy = T("blind");
    for (int m = 0; m < models; m++) {
        snprintf(w->names[m], sizeof(w->names[m]), "model %d", m);
        w->models[m].label = w->names[m];
        if (m)
            add_cell(w, m, 0, (m + 1) / 20.0 + 0.05);
        add_cell(w, m, 1, m / 20.0 + 0.075);
        add_cell(w, m, 2, m / 20.0 + 0.05);
        add_cell(w, m, 3, 0.25);
    }
    w->tasks[0] = T("counting"); /* as the published sets have it, in another case */
    w->tasks[1] = T("");
    w->tasks[2] = T("<b>");
    for (int i = 0; i < QUESTIONS; i++)
        w->questions[i] = (struct dvb_board_question){ .task = i % 4 ? 0 : 1 + i / 4 % 2,
                                                       .n_options = 4,
                                                       .answer = i < 6 ? 1 : i - 6,
                                                       .multi_frame = i == 3 };
    w->set.label = T("a set");
    w->set.tasks = w->tasks;
    w->set.n_tasks = 3;
    w->set.questions = w->questions;
    w->set.n_questions = QUESTIONS;
    w->set.n_videos = 4;
    w->set.views = w->views;
    w->set.n_views = 4;
    w->set.cells = w->cells;
    w->set.funnel =
        (struct dvb_board_funnel){ .known = true, .generated = 40, .accepted = 16, .verified = 8 };
    w->b.sets = &w->set;
    w->b.n_sets = 1;
    w->b.models = w->models;
    w->b.n_models = (size_t)models;
    w->b.stats.confidence = 0.95;
}

static const struct dvb_plot *find(const struct dvb_figure_list *list, const char *name)
{
    for (size_t i = 0; i < list->n; i++)
        if (!strcmp(list->v[i].plot.name, name))
            return &list->v[i].plot;
    return NULL;
}

#define check_near(a, b) assert_true(fabs((a) - (b)) < 1e-12)

static void accuracy_against_bitrate(void **state)
{
    (void)state;
    struct world w;
    struct dvb_figure_list list = { 0 };
    make_world(&w, 2);
    w.models[1].ocr = true;
    w.models[1].label = T("OCR baseline (model 1)");
    dvb_figures_of_board(&w.b, &list);
    for (size_t i = 0; i < list.n; i++)
        assert_int_equal(dvb_plot_check(&list.v[i].plot, NULL), 0);
    const struct dvb_plot *p = find(&list, "accuracy");
    assert_int_equal(p->n_series, 2);
    assert_string_equal(p->series[0].label, "model 0");
    assert_string_equal(p->series[1].label, "OCR baseline (model 1)");
    assert_int_equal(p->series[1].n, 2); /* rising, without the baseline */
    check_near(p->series[1].points[0].x, 200);
    check_near(p->series[1].points[0].y, 0.1);
    check_near(p->series[1].points[0].lo, 0.06);
    check_near(p->series[1].points[1].x, 400);
    check_near(p->series[1].points[1].y, 0.125);
    assert_null(p->series[0].apart);
    check_near(p->series[1].apart->y, 0.15);
    assert_int_equal(p->x.n_ticks, 2);
    check_near(p->rules[0].at, 0.25);
    assert_non_null(strstr(p->desc, "OCR baseline (model 1): 10.0% at 200 kbps, 12.5% at 400 kbps, "
                                    "15.0% on the original."));
    p = find(&list, "sensitivity");
    check_near(p->series[1].points[0].y, 0.9);
    assert_null(p->series[1].apart);
    check_near(p->rules[0].at, 0.08);
    dvb_figures_release(&list);
}

static void many_curves_go_into_several_figures(void **state)
{
    (void)state;
    struct world w;
    struct dvb_figure_list list = { 0 };
    make_world(&w, MODELS);
    dvb_figures_of_board(&w.b, &list);
    assert_null(find(&list, "accuracy"));
    assert_int_equal(find(&list, "accuracy-1")->n_series, DVB_FIGURE_CURVES);
    assert_int_equal(find(&list, "accuracy-2")->n_series, MODELS - DVB_FIGURE_CURVES);
    assert_string_equal(find(&list, "accuracy-2")->series[0].label, "model 8");
    dvb_figures_release(&list);
}

static void strategies_and_samplings_are_curves(void **state)
{
    (void)state;
    struct world w;
    struct dvb_figure_list list = { 0 };
    make_world(&w, 2);
    w.views[1].strategy = T("context");
    w.views[2].sampling = T("{\"fps\":1}");
    dvb_figures_of_board(&w.b, &list);
    const struct dvb_plot *p = find(&list, "accuracy");
    assert_int_equal(p->n_series, 4);
    assert_string_equal(p->series[0].label, "model 0, context, 2 fps");
    assert_string_equal(p->series[1].label, "model 0, uniform, 1 fps");
    dvb_figures_release(&list);
}

static void builders_are_marked(void **state)
{
    (void)state;
    struct world w;
    struct dvb_figure_list list = { 0 };
    make_world(&w, 2);
    size_t built[6] = { 0, 0, 0, 0, 3, 0 };
    w.set.built = built;
    dvb_figures_of_board(&w.b, &list);
    const struct dvb_plot *p = find(&list, "accuracy");
    assert_string_equal(p->series[0].label, "model 0");
    assert_string_equal(p->series[1].label, "model 1 \xe2\x80\xa0");
    assert_non_null(strstr(p->source, "had a part in making"));
    dvb_figures_release(&list);
}

static void sets_beside_the_published_ones(void **state)
{
    (void)state;
    struct world w;
    struct dvb_figure_list list = { 0 };
    make_world(&w, 2);
    dvb_figures_of_board(&w.b, &list);
    const struct dvb_plot *p = find(&list, "funnel");
    check_near(p->series[0].points[0].y, 0.4);
    check_near(p->series[0].points[1].y, 0.5);
    check_near(p->series[0].points[2].y, 0.2);
    assert_true(p->series[0].points[1].lo > 0.25 && p->series[0].points[1].hi < 0.75);
    check_near(p->series[1].points[0].y, 0.252);
    check_near(p->series[1].points[1].y, 0.577);
    check_near(p->series[1].points[2].y, 0.146);

    p = find(&list, "letters");
    check_near(p->series[0].points[1].y, 7.0 / 8);
    check_near(p->series[1].points[1].y, 446.0 / 1074); /* always B: 41.5% */
    check_near(p->rules[0].at, 0.25);

    p = find(&list, "tasks");
    double sum[3] = { 0 };
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < p->series[i].n; k++)
            sum[i] += p->series[i].points[k].y;
    check_near(sum[0], QUESTIONS);
    check_near(sum[1], 1074);
    check_near(sum[2], 1968);
    assert_string_equal(p->categories[3], "Counting");
    check_near(p->series[0].points[3].y, 6);
    assert_string_equal(p->categories[6], "none given");
    assert_string_equal(p->categories[7], "other");

    p = find(&list, "frames");
    check_near(p->series[0].points[1].y, 1);
    check_near(p->series[1].points[1].y, 163);
    dvb_figures_release(&list);
}

static void what_is_not_known_is_no_figure(void **state)
{
    (void)state;
    struct world w;
    struct dvb_figure_list list = { 0 };
    make_world(&w, 2);
    w.set.n_cells = 0;
    w.set.funnel.known = false;
    for (int i = 0; i < QUESTIONS; i++)
        w.questions[i].answer = -1, w.questions[i].multi_frame = false;
    dvb_figures_of_board(&w.b, &list);
    assert_int_equal(list.n, 1);
    assert_string_equal(list.v[0].plot.name, "tasks");
    dvb_figures_release(&list);
    w.set.n_questions = 0;
    dvb_figures_of_board(&w.b, &list);
    assert_int_equal(list.n, 0);
    dvb_figures_release(&list);
}

static char *text_of(const char *path)
{
    char *text;
    assert_int_equal(dvb_read_file(path, 1 << 24, &text, NULL, NULL), 0);
    return text;
}

/* What was written is read, and written again to the byte. */
static void plots_go_through_files(void **state)
{
    (void)state;
    struct world w;
    struct dvb_figure_list list = { 0 }, again = { 0 };
    struct dvb_err err;
    make_world(&w, 2);
    dvb_figures_of_board(&w.b, &list);
    dvb_mkdirs("first", NULL);
    dvb_mkdirs("second", NULL);
    for (size_t i = 0; i < list.n; i++) {
        const struct dvb_plot *p = &list.v[i].plot;
        assert_int_equal(dvb_plot_write_data(p, "first", NULL), 0);
        char *path = dvb_asprintf("first/%s.json", p->name);
        if (dvb_figures_load(path, &again, &err))
            fail_msg("%s", err.msg);
        assert_int_equal(dvb_plot_write_data(&again.v[i].plot, "second", NULL), 0);
        static const char *const kinds[] = { "json", "csv", "gp" };
        for (int k = 0; k < 3; k++) {
            char *one = dvb_asprintf("first/%s.%s", p->name, kinds[k]), *a = text_of(one);
            char *two = dvb_asprintf("second/%s.%s", p->name, kinds[k]), *b = text_of(two);
            assert_string_equal(a, b);
            free(a);
            free(b);
            free(one);
            free(two);
        }
        free(path);
    }
    assert_int_equal(dvb_figures_load("first/tasks.json", &again, NULL), 0);
    assert_string_equal(again.v[again.n - 1].plot.name, "tasks-2");
    dvb_figures_release(&again);
    dvb_figures_release(&list);
}

static void wrong_files_are_refused(void **state)
{
    (void)state;
    static const char good[] =
        "{\"schema_version\":1,\"name\":\"n\",\"title\":\"t\",\"desc\":\"d\",\"kind\":\"xy\","
        "\"x\":{},\"y\":{},\"series\":[{\"look\":\"line\",\"points\":[{\"x\":1,\"y\":2}]}]}";
    static const struct {
        const char *from, *to, *words;
    } table[] = {
        { "\"schema_version\":1", "\"schema_version\":9", "schema_version: expected 1" },
        { "\"title\":\"t\"", "\"title\":7", "title: expected a string" },
        { "\"xy\"", "\"pie\"", "kind: expected one of its words" },
        { "\"y\":2", "\"y\":\"2\"", "p.json: series[0].points[0].y: expected a number or null" },
        { "\"series\":[", "\"rules\":3,\"series\":[", "rules: expected an array" },
        { "\"name\":\"n\"", "\"name\":\"../n\"", "the name does not consist of" },
        { "\"y\":2", "\"y\":2,\"lo\":3,\"hi\":4", "outside its band" },
        { "\"xy\"", "\"bars\"", "no categories" },
        { "\"look\":\"line\"", "\"look\":\"arrow\"", "look: expected" },
    };
    struct dvb_figure_list list = { 0 };
    struct dvb_err err;
    assert_int_equal(dvb_write_file("p.json", good, strlen(good), NULL), 0);
    assert_int_equal(dvb_figures_load("p.json", &list, &err), 0);
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        const char *at = strstr(good, table[i].from);
        char *bad = dvb_asprintf("%.*s%s%s", (int)(at - good), good, table[i].to,
                                 at + strlen(table[i].from));
        assert_int_equal(dvb_write_file("p.json", bad, strlen(bad), NULL), 0);
        assert_int_equal(dvb_figures_load("p.json", &list, &err), -EINVAL);
        assert_int_equal(err.fault, DVB_FAULT_INPUT);
        assert_int_equal(strncmp(err.msg, "p.json: ", 8), 0);
        if (!strstr(err.msg, table[i].words))
            fail_msg("'%s' does not say '%s'", err.msg, table[i].words);
        free(bad);
    }
    assert_int_equal(list.n, 1);
    dvb_figures_release(&list);
}

static void without_gnuplot_there_are_numbers(void **state)
{
    (void)state;
    struct world w;
    struct dvb_site_figure *f;
    size_t n;
    struct dvb_figures_settings none = { 0 };
    char *path = dvb_strdup(getenv("PATH"));
    make_world(&w, 2);
    dvb_mkdirs("empty", NULL);
    dvb_log_set_level(DVB_LOG_ERROR);
    setenv("PATH", "empty", 1);
    assert_int_equal(dvb_figures_write(&none, &w.b, ".", &f, &n, NULL), 0);
    setenv("PATH", path, 1);
    dvb_log_set_level(DVB_LOG_INFO);
    assert_int_equal(n, 6);
    for (size_t i = 0; i < n; i++) {
        assert_null(f[i].svg);
        assert_null(f[i].pdf);
        assert_true(dvb_is_file(f[i].csv) && dvb_is_file(f[i].json));
        free(f[i].title);
        free(f[i].caption);
        free(f[i].desc);
        free(f[i].csv);
        free(f[i].json);
    }
    free(f);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accuracy_against_bitrate),
        cmocka_unit_test(many_curves_go_into_several_figures),
        cmocka_unit_test(strategies_and_samplings_are_curves),
        cmocka_unit_test(builders_are_marked),
        cmocka_unit_test(sets_beside_the_published_ones),
        cmocka_unit_test(what_is_not_known_is_no_figure),
        cmocka_unit_test(plots_go_through_files),
        cmocka_unit_test(wrong_files_are_refused),
        cmocka_unit_test(without_gnuplot_there_are_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
