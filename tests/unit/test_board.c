/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Boards: places and ties, what counts, what is compared, names without their makers. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "reports/exchange.h"
#include "reports/load.h"

static struct dvb_err err;

#define OK(call)                                                                                   \
    do {                                                                                           \
        if (call)                                                                                  \
            fail_msg("%s", err.msg);                                                               \
    } while (0)

/* A board as leaderboard.json has it: 40 questions of 20 videos, models that saw the original
   and 100 kbps. outcomes[model * 2 + view]. */
#define QUESTIONS 40

static char *questions_text(void)
{
    char *list = dvb_strdup("");
    for (int i = 0; i < QUESTIONS; i++) {
        char *longer = dvb_asprintf("%s%s{\"key\":\"%016x\",\"task\":%d,\"video\":%d,"
                                    "\"multi_frame\":false}",
                                    list, i ? "," : "", i + 1, i % 2, i / 2);
        free(list);
        list = longer;
    }
    return list;
}

#define NUMBERS                                                                                    \
    "{\"task_type\":null,\"n\":1,\"videos\":1,\"correct\":1,\"accuracy\":1,\"se\":null,\"ci\":[0," \
    "1],"                                                                                          \
    "\"wilson\":[0,1],\"refused\":0,\"unparsed\":0,\"missing\":0,\"excluded\":0,"                  \
    "\"sensitivity\":null}"

static void read_board(struct dvb_board *b, const char *const *outcomes, int models)
{
    char *questions = questions_text(), *list = dvb_strdup(""), *cells = dvb_strdup("");
    for (int i = 0; i < models * 2; i++) {
        char *more = dvb_asprintf("%s%s{\"label\":\"m%d\",\"name\":\"m%d\",\"ocr_baseline\":false,"
                                  "\"profile\":{}}",
                                  list, i ? "," : "", i / 2, i / 2);
        if (i % 2 == 0) {
            free(list);
            list = more;
        } else {
            free(more);
        }
        more = dvb_asprintf("%s%s{\"name\":\"c\",\"model\":\"m%d\",\"view\":%d,\"run\":0,"
                            "\"whole\":true,\"stats\":[" NUMBERS "],\"outcomes\":%s%s%s}",
                            cells, i ? "," : "", i / 2, i % 2, outcomes[i] ? "\"" : "",
                            outcomes[i] ? outcomes[i] : "null", outcomes[i] ? "\"" : "");
        free(cells);
        cells = more;
    }
    char *text = dvb_asprintf(
        "{\"schema\":\"devibench leaderboard\",\"schema_version\":1,\"prompts\":[],\"runs\":[{"
        "\"id\":1,\"command\":\"eval\",\"started\":\"2026\",\"seed\":0}],\"models\":[%s],\"sets\":["
        "{"
        "\"hash\":\"%064d\",\"stage\":\"verified\",\"answers\":\"choice\",\"videos\":%d,\"tasks\":["
        "\"a\",\"b\"],\"questions\":[%s],\"views\":[{\"label\":\"o\",\"bitrate_kbps\":null,"
        "\"strategy\":\"uniform\",\"baseline\":false,\"clips\":0,\"rates_missed\":0},{\"label\":"
        "\"d\","
        "\"bitrate_kbps\":100,\"strategy\":\"uniform\",\"baseline\":false,\"clips\":0,"
        "\"rates_missed\":0}],\"cells\":[%s]}]}",
        list, 7, QUESTIONS / 2, questions, cells);
    dvb_board_init(b);
    OK(dvb_board_parse("test", text, strlen(text), b, &err));
    free(text);
    free(questions);
    free(list);
    free(cells);
}

#define TIMES10(s) s s s s s s s s s s
#define ALL TIMES10("1111")
#define MOST TIMES10("1101")
#define HALF TIMES10("1100")
#define FEW TIMES10("0001")
#define NONE TIMES10("0000")

static const struct dvb_board_cell *cell(const struct dvb_board *b, int model, int view)
{
    const struct dvb_board_cell *c = dvb_board_find(&b->sets[0], model, view);
    assert_non_null(c);
    return c;
}

static void test_places(void **state)
{
    (void)state;
    struct dvb_board b;
    /* m0 and m1 are alike; m2 is far behind; m3 behind that. */
    static const char *const outcomes[] = { ALL, HALF, ALL, HALF, FEW, NONE, NONE, NONE };
    read_board(&b, outcomes, 4);
    OK(dvb_board_score(&b, &err));
    assert_int_equal(cell(&b, 0, 0)->rank, 1);
    assert_int_equal(cell(&b, 0, 0)->ties, 1);
    assert_int_equal(cell(&b, 1, 0)->rank, 1);
    assert_int_equal(cell(&b, 2, 0)->rank, 3); /* numbered by who stands before */
    assert_int_equal(cell(&b, 2, 0)->ties, 0);
    assert_int_equal(cell(&b, 3, 0)->rank, 4);
    assert_int_equal(cell(&b, 2, 1)->rank, 3); /* both of 0: they tie */
    assert_int_equal(cell(&b, 2, 1)->ties, 1);
    assert_int_equal(cell(&b, 3, 1)->rank, 3);
    /* 6 pairs saw each view, and each model saw two things: 4 more. */
    assert_int_equal(b.sets[0].n_pairs, 2 * 6 + 4);
    const struct dvb_board_stat *s = dvb_board_stat_of(cell(&b, 0, 1), -1);
    assert_true(s->share.share == 0.5 && s->has_loss && s->loss.count == QUESTIONS / 2);
    assert_true(s->share.clusters == QUESTIONS / 2);
    assert_non_null(dvb_board_stat_of(cell(&b, 0, 1), 1));
    assert_null(dvb_board_stat_of(cell(&b, 0, 1), 2));
    dvb_board_release(&b);
}

/* Holm takes the pairs of one view together, so what others saw does not matter. */
static void test_families(void **state)
{
    (void)state;
    struct dvb_board b;
    static const char *const outcomes[] = { ALL, MOST, MOST, MOST, HALF, MOST };
    read_board(&b, outcomes, 3);
    OK(dvb_board_score(&b, &err));
    for (size_t i = 0; i < b.sets[0].n_pairs; i++) {
        const struct dvb_board_pair *p = &b.sets[0].pairs[i];
        assert_true(p->holm_p >= p->s.t_p);
        assert_true(isnan(p->s.bootstrap_p));
        if (p->family == 1)
            assert_true(p->s.diff == 0 && p->holm_p == 1);
        if (p->family < 0)
            assert_int_equal(b.sets[0].cells[p->a].model, b.sets[0].cells[p->b].model);
    }
    dvb_board_release(&b);
}

static void test_statuses(void **state)
{
    (void)state;
    struct dvb_board b;
    static const char *const outcomes[] = { TIMES10("1ru-"), TIMES10("1x0-") };
    read_board(&b, outcomes, 1);
    OK(dvb_board_score(&b, &err));
    const struct dvb_board_stat *s = dvb_board_stat_of(cell(&b, 0, 0), -1);
    assert_true(s->share.n == 30 && s->share.count == 10);
    assert_true(s->refused == 10 && s->unparsed == 10 && s->missing == 10 && !s->excluded);
    s = dvb_board_stat_of(cell(&b, 0, 1), -1);
    assert_true(s->share.n == 20 && s->excluded == 10 && s->missing == 10);
    assert_true(s->loss.n == 20 && s->loss.count == 0);
    dvb_board_release(&b);
}

/* Numbers without outcomes stay as they are, and are compared with nothing. */
static void test_numbers_only(void **state)
{
    (void)state;
    struct dvb_board b;
    static const char *const outcomes[] = { NULL, NULL, ALL, HALF };
    read_board(&b, outcomes, 2);
    OK(dvb_board_score(&b, &err));
    assert_int_equal(cell(&b, 0, 0)->rank, 0);
    assert_true(cell(&b, 0, 0)->stats[0].share.n == 1);
    assert_int_equal(cell(&b, 1, 0)->rank, 1);
    assert_int_equal(b.sets[0].n_pairs, 1);
    dvb_board_release(&b);
}

static void test_merge(void **state)
{
    (void)state;
    struct dvb_board b, other;
    static const char *const one[] = { ALL, HALF };
    static const char *const two[] = { ALL, FEW, MOST, FEW };
    read_board(&b, one, 1);
    read_board(&other, one, 1);
    OK(dvb_board_merge(&b, &other, &err));
    assert_int_equal(b.n_models, 1);
    assert_int_equal(b.sets[0].n_cells, 2);
    assert_int_equal(other.n_sets, 0);
    read_board(&other, two, 2); /* m0 differs at 100 kbps */
    OK(dvb_board_merge(&b, &other, &err));
    assert_int_equal(b.n_sets, 1);
    assert_int_equal(b.n_models, 3);
    assert_int_equal(b.sets[0].n_cells, 6);
    assert_string_equal(b.models[0].label, "m0 (test 3)");
    assert_string_equal(b.models[1].label, "m0 (test)");
    assert_string_equal(b.models[2].label, "m1");
    OK(dvb_board_score(&b, &err));
    dvb_board_release(&b);
}

static void test_anonymous(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        { "openai:qwen@http://lab.example:8000/v1", "qwen" },
        { "openai:a/b@https://h/v1, openai:c@http://h", "a/b, c" },
        { "see https://h/x now", "see [address] now" },
        { "--videos /home/me/v -w ~/ws ../up", "--videos [path] -w [path] [path]" },
        { "plain words, 1/2 of them", "plain words, 1/2 of them" },
        { "", "" },
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        char *out = dvb_anonymous_text(texts[i][0]);
        assert_string_equal(out, texts[i][1]);
        free(out);
    }
    static const char *const strategies[][2] = {
        { "uniform", "uniform" },
        { "context:model:openai:qwen@http://lab:80/v1", "context:model:openai:qwen" },
        { "context:file:/data/alice/map.json", "context:file:[path]" },
        { "context:file:maps/1", "context:file:[path]" },
        { "/x", "[path]" },
        { "context:model:2", "context:model:2" },
        { "wait over loss=0.05,delay=30ms", "wait over loss=0.05,delay=30ms" },
        { "wait over trace=up.trace", "wait over trace=[file]" },
        { "framerate:2 over loss=0.1,trace=a of b.trace,seed=2",
          "framerate:2 over loss=0.1,trace=[file],seed=2" },
        { "context:model by Qwen/Qwen3-VL", "context:model by Qwen/Qwen3-VL" },
        { "context:model:3 by best of all", "context:model:3 by best of all" },
        { "crop:clip:0.3 of mobileclip-s0, patch 64", "crop:clip:0.3 of mobileclip-s0, patch 64" },
        { "context:embed of jina/clip-v2", "context:embed of jina/clip-v2" },
        { "context:file:3 of gaze of alice.csv", "context:file:3 of [file]" },
        { "context:inverse-past of a, patch 1.json, patch 8",
          "context:inverse-past of [file], patch 8" },
        { "context:detail, patch 64", "context:detail, patch 64" },
        { "context:file:/data/my maps/m.json", "context:file:[path]" },
    };
    for (size_t i = 0; i < sizeof(strategies) / sizeof(*strategies); i++) {
        char *out = dvb_anonymous_strategy(strategies[i][0]);
        assert_string_equal(out, strategies[i][1]);
        free(out);
    }
}

/* Strategies that differ in the name of a file alone are not mixed up. */
static void test_anonymous_files(void **state)
{
    (void)state;
    static const char *const outcomes[] = { ALL, HALF };
    static const struct {
        const char *strategy, *sampling, *anonymous;
    } rows[] = {
        { "context:file of a.json", "{\"fps\":1}", "context:file of [file]" },
        { "context:file of a.json", "{\"fps\":2}", "context:file of [file]" },
        { "context:file of b.json", "{\"fps\":1}", "context:file of [file] (2)" },
        { "context:file of c.json", "{\"fps\":1}", "context:file of [file] (3)" },
        { "wait over trace=c.json", "{\"fps\":1}", "wait over trace=[file]" },
    };
    enum { N = sizeof(rows) / sizeof(*rows) };
    struct dvb_board b;
    read_board(&b, outcomes, 1);
    struct dvb_board_set *s = &b.sets[0];
    s->views = dvb_realloc(s->views, s->n_views + N, sizeof(*s->views));
    free(s->renditions);
    s->renditions = NULL;
    for (size_t i = 0; i < N; i++)
        s->views[s->n_views++] = (struct dvb_board_view){ .bitrate = 100000,
                                                          .strategy = dvb_strdup(rows[i].strategy),
                                                          .sampling = dvb_strdup(rows[i].sampling),
                                                          .original = -1 };
    dvb_board_anonymise(&b);
    size_t seen = 0;
    for (size_t i = 0; i < s->n_views; i++)
        if (strcmp(s->views[i].strategy, "uniform"))
            assert_string_equal(s->views[i].strategy, rows[seen++].anonymous);
    assert_int_equal(seen, N);
    dvb_board_release(&b);
}

/* Prices and places do not make another model; what is asked for does. */
static void test_fingerprint(void **state)
{
    (void)state;
    char *a = dvb_model_fingerprint(
        "{\"model\":\"m\",\"base_url\":\"x\",\"price_in\":1,\"fps\":2}");
    char *b = dvb_model_fingerprint(
        "{\"fps\":2,\"model\":\"m\",\"base_url\":\"y\",\"note\":\"n\"}");
    char *c = dvb_model_fingerprint("{\"fps\":1,\"model\":\"m\"}");
    assert_string_equal(a, b);
    assert_string_not_equal(a, c);
    free(a);
    free(b);
    free(c);
    a = dvb_model_fingerprint("not JSON");
    assert_string_equal(a, "{}");
    free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),          cmocka_unit_test(test_families),
        cmocka_unit_test(test_statuses),        cmocka_unit_test(test_numbers_only),
        cmocka_unit_test(test_merge),           cmocka_unit_test(test_anonymous),
        cmocka_unit_test(test_anonymous_files), cmocka_unit_test(test_fingerprint),
    };
    return cmocka_run_group_tests_name("board", tests, NULL, NULL);
}
