/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "eval/matrix.h"

static struct dvb_profile profiles[2] = { { .name = (char *)"one" }, { .name = (char *)"two" } };
static const struct dvb_used_model used[2] = { { .profile = &profiles[0], .id = 1 },
                                               { .profile = &profiles[1], .id = 2 } };
static const struct dvb_used_model *const models[] = { &used[0], &used[1] };
static const struct dvb_used_strategy strategies[] = {
    { .kind = &dvb_strategy_uniform, .name = (char *)"uniform" },
    { .kind = &dvb_strategy_uniform, .name = (char *)"other" },
    { .kind = &dvb_strategy_uniform, .name = (char *)"own", .by_model = true },
};
static const struct dvb_sampling samplings[] = { { .fps = 2, .max_pixels = 602112 },
                                                 { .frames = 4, .max_pixels = 0 } };
static const struct dvb_baseline *const baselines[] = { &dvb_baseline_letter, &dvb_baseline_blind,
                                                        &dvb_baseline_frame };

static void check_names(const struct dvb_matrix *m, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n && i < m->n_cells; i++)
        assert_string_equal(m->cells[i].name, names[i]);
    assert_int_equal(m->n_cells, n);
}

static void test_cells(void **state)
{
    (void)state;
    const int64_t bitrates[] = { 200000, 1500000, 0 };
    const struct dvb_matrix_sides sides = { models, 2,         bitrates, 3,         strategies,
                                            2,      baselines, 3,        samplings, 1 };
    static const char *const names[] = {
        "one 200k uniform", "one 1500k uniform", "one original",      "one 200k other",
        "one 1500k other",  "two 200k uniform",  "two 1500k uniform", "two original",
        "two 200k other",   "two 1500k other",   "constant letter",   "one blind",
        "two blind",        "one frame",         "two frame",
    };
    struct dvb_matrix m;
    dvb_matrix_make(&sides, &m);
    check_names(&m, names, sizeof(names) / sizeof(*names));
    /* two rates by two strategies, the original, three baselines */
    assert_int_equal(m.n_views, 8);
    assert_int_equal(m.cells[0].view, m.cells[5].view);
    assert_int_not_equal(m.cells[0].view, m.cells[3].view);
    assert_null(m.cells[10].model);
    assert_string_equal(dvb_view_strategy(&m.views[m.cells[0].view]), "uniform");
    assert_string_equal(dvb_view_strategy(&m.views[m.cells[2].view]), "uniform");
    assert_string_equal(dvb_view_strategy(&m.views[m.cells[3].view]), "other");
    assert_string_equal(dvb_view_strategy(&m.views[m.cells[11].view]), "blind");
    assert_int_equal(dvb_matrix_original(&m, 0), 2);
    assert_int_equal(dvb_matrix_original(&m, 4), 2);
    assert_int_equal(dvb_matrix_original(&m, 9), 7);
    assert_int_equal(dvb_matrix_original(&m, 7), 7);
    assert_int_equal(dvb_matrix_original(&m, 10), -1);
    dvb_matrix_release(&m);
    assert_int_equal(m.n_cells, 0);
}

static void test_samplings(void **state)
{
    (void)state;
    const int64_t bitrates[] = { 0, 200000 };
    const struct dvb_matrix_sides sides = { models,        1, bitrates,  2, strategies, 1,
                                            &baselines[1], 1, samplings, 2 };
    static const char *const names[] = {
        "one original 2fps 602112px",
        "one 200k uniform 2fps 602112px",
        "one original 4frames 0px",
        "one 200k uniform 4frames 0px",
        "one blind",
    };
    struct dvb_matrix m;
    dvb_matrix_make(&sides, &m);
    check_names(&m, names, sizeof(names) / sizeof(*names));
    assert_int_equal(dvb_matrix_original(&m, 1), 0);
    assert_int_equal(dvb_matrix_original(&m, 3), 2);
    dvb_matrix_release(&m);
}

static void test_doubles(void **state)
{
    (void)state;
    const int64_t bitrates[] = { 200000, 200000, 0, 0 };
    const struct dvb_used_strategy twice[] = { strategies[0], strategies[0] };
    const struct dvb_matrix_sides sides = {
        models, 1, bitrates, 4, twice, 2, NULL, 0, samplings, 1
    };
    struct dvb_matrix m;
    dvb_matrix_make(&sides, &m);
    assert_int_equal(m.n_cells, 2);
    assert_int_equal(m.n_views, 2);
    dvb_matrix_release(&m);
    const struct dvb_matrix_sides none = { NULL, 0, NULL, 0, NULL, 0, NULL, 0, samplings, 1 };
    dvb_matrix_make(&none, &m);
    assert_int_equal(m.n_cells, 0);
    dvb_matrix_release(&m);
}

static void test_no_original(void **state)
{
    (void)state;
    const int64_t bitrates[] = { 200000 };
    const struct dvb_matrix_sides sides = { models,        1, bitrates,  1, strategies, 1,
                                            &baselines[2], 1, samplings, 1 };
    struct dvb_matrix m;
    dvb_matrix_make(&sides, &m);
    assert_int_equal(dvb_matrix_original(&m, 0), -1); /* a baseline is none */
    dvb_matrix_release(&m);
}

/* Who sees fewer pictures has a shuffled view of its own; who sees video has the common one. */
static void test_eyes(void **state)
{
    (void)state;
    struct dvb_profile p[4] = { { .name = (char *)"a", .fps = 2 },
                                { .name = (char *)"b", .fps = 2, .max_frames = 4 },
                                { .name = (char *)"c", .fps = 2, .max_frames = 4 },
                                { .name = (char *)"d", .fps = 2, .send = DVB_SEND_VIDEO } };
    struct dvb_used_model m4[4];
    const struct dvb_used_model *list[4];
    for (int i = 0; i < 4; i++) {
        m4[i] = (struct dvb_used_model){ .profile = &p[i], .id = i + 1 };
        list[i] = &m4[i];
    }
    const struct dvb_baseline *const two[] = { &dvb_baseline_shuffled, &dvb_baseline_black };
    const struct dvb_matrix_sides sides = { list, 4, NULL, 0, NULL, 0, two, 2, samplings, 1 };
    struct dvb_matrix m;
    dvb_matrix_make(&sides, &m);
    assert_int_equal(m.n_cells, 8);
    assert_int_not_equal(m.cells[0].view, m.cells[1].view);
    assert_int_equal(m.cells[1].view, m.cells[2].view);
    assert_int_not_equal(m.cells[3].view, m.cells[0].view);
    assert_null(m.views[m.cells[3].view].eyes);
    for (int i = 5; i < 8; i++)
        assert_int_equal(m.cells[i].view, m.cells[4].view);
    dvb_matrix_release(&m);
}

/* What depends on who looks is shown to nobody else. */
static void test_by_model(void **state)
{
    (void)state;
    const int64_t bitrates[] = { 200000, 0 };
    const struct dvb_matrix_sides sides = { models, 2,    bitrates, 2,         &strategies[1],
                                            2,      NULL, 0,        samplings, 1 };
    static const char *const names[] = { "one 200k other", "one original", "one 200k own",
                                         "two 200k other", "two original", "two 200k own" };
    struct dvb_matrix m;
    dvb_matrix_make(&sides, &m);
    check_names(&m, names, sizeof(names) / sizeof(*names));
    assert_int_equal(m.n_views, 4);
    assert_int_equal(m.cells[0].view, m.cells[3].view);
    assert_int_not_equal(m.cells[2].view, m.cells[5].view);
    assert_ptr_equal(m.views[m.cells[2].view].viewer, &used[0]);
    assert_ptr_equal(m.views[m.cells[5].view].viewer, &used[1]);
    assert_null(m.views[m.cells[0].view].viewer);
    dvb_matrix_release(&m);
}

static void test_bitrate_text(void **state)
{
    (void)state;
    static const struct {
        int64_t bitrate;
        const char *text;
    } rows[] = { { 0, "original" },     { 200000, "200k" },   { 1500, "1.5k" },
                 { 1000000, "1M" },     { 1500000, "1500k" }, { 910000, "910k" },
                 { 10500000, "10.5M" }, { 25000000, "25M" } };
    char buf[32];
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        dvb_bitrate_text(rows[i].bitrate, buf, sizeof(buf));
        assert_string_equal(buf, rows[i].text);
    }
}

static void test_sampling_json(void **state)
{
    (void)state;
    static const char *const texts[] = { "{\"fps\":2.0,\"frames\":null,\"max_pixels\":602112}",
                                         "{\"fps\":null,\"frames\":4,\"max_pixels\":null}" };
    for (int i = 0; i < 2; i++) {
        json_t *j = dvb_sampling_json(&samplings[i]);
        char *text = json_dumps(j, JSON_COMPACT | JSON_SORT_KEYS);
        assert_string_equal(text, texts[i]);
        free(text);
        json_decref(j);
    }
}

static void test_find(void **state)
{
    (void)state;
    struct dvb_err err = { 0 };
    const struct dvb_strategy_settings settings = { 0 };
    static const char *const wrong[] = { "unifor", "uniforms", "", ":", "uniform:", "uniform:3" };
    struct dvb_used_strategy s;
    const struct dvb_baseline *b;
    assert_int_equal(dvb_strategy_open("uniform", &settings, &s, &err), 0);
    assert_ptr_equal(s.kind, &dvb_strategy_uniform);
    assert_string_equal(s.name, "uniform");
    assert_false(s.by_words || s.by_model);
    dvb_strategy_close(&s);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        assert_true(dvb_strategy_open(wrong[i], &settings, &s, &err) < 0);
        assert_int_equal(err.fault, DVB_FAULT_USAGE);
        assert_null(s.kind);
        assert_null(s.name);
    }
    for (const struct dvb_baseline *const *p = dvb_baselines; *p; p++) {
        assert_int_equal(dvb_baseline_find((*p)->name, &b, &err), 0);
        assert_ptr_equal(b, *p);
        assert_true((*p)->asks ? (*p)->blind == !(*p)->render : (*p)->answer != NULL);
    }
    assert_true(dvb_baseline_find("", &b, &err) < 0);
    assert_non_null(strstr(err.msg, "letter, blind, frame, shuffled, black"));
}

/* Only settings that change what the strategy shows stand in its name. */
static void test_names(void **state)
{
    (void)state;
    struct dvb_profile asked = { .name = (char *)"vllm", .model = (char *)"me/big" };
    struct dvb_profile in_place = { .name = (char *)"openai:me/big@http://host:1/v1",
                                    .model = (char *)"me/big" };
    const struct dvb_used_model look = { .profile = &asked }, other = { .profile = &in_place };
    const struct dvb_call_network network = { .words = "loss=0.05,delay=30ms" }, wordless = { 0 };
    const struct dvb_strategy_settings none = { .network = &wordless },
                                       all = { .provider = { .models = "x", .patch = 64 },
                                               .look_model = &look,
                                               .network = &network },
                                       place = { .look_model = &other };
    const struct {
        const char *given;
        const struct dvb_strategy_settings *settings;
        const char *more;
    } rows[] = {
        { "uniform", &all, "" },
        { "flat", &all, "" },
        { "wait", &all, " over loss=0.05,delay=30ms" },
        { "framerate:10:keyint=0", &all, " over loss=0.05,delay=30ms" },
        { "wait:4", &none, "" },
        { "context:model:3", &all, " by vllm" },
        { "crop:model:0.5", &place, " by me/big" },
        { "layers:model", &none, "" },
        { "context:detail", &all, ", patch 64" },
        { "crop", &all, ", patch 64" },
        { "layers:inverse-centre:0.3", &all, ", patch 64" },
        { "context:random:3:box", &none, "" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct dvb_used_strategy s;
        struct dvb_err err;
        if (dvb_strategy_open(rows[i].given, rows[i].settings, &s, &err))
            fail_msg("%s: %s", rows[i].given, err.msg);
        assert_string_equal(s.given, rows[i].given);
        assert_memory_equal(s.name, s.given, strlen(s.given));
        assert_string_equal(s.name + strlen(s.given), rows[i].more);
        dvb_strategy_close(&s);
        assert_null(s.name);
        assert_null(s.given);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells),        cmocka_unit_test(test_samplings),
        cmocka_unit_test(test_doubles),      cmocka_unit_test(test_no_original),
        cmocka_unit_test(test_bitrate_text), cmocka_unit_test(test_sampling_json),
        cmocka_unit_test(test_find),         cmocka_unit_test(test_by_model),
        cmocka_unit_test(test_eyes),         cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
