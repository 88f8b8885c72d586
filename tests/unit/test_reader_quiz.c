/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading real pixels, following words, writing questions about them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/text.h"
#include "media/image.h"
#include "reader/choice.h"
#include "reader/distractor.h"
#include "reader/picture.h"
#include "reader/quiz.h"
#include "reader/regions.h"
#include "reader/track.h"

static struct dvb_ocr *ocr;           /* English, opened once */
static struct dvb_luma *board, *dull; /* a picture of text, and the same beyond reading */
static struct dvb_reading *sharp, *blurred;

static struct dvb_luma *load(const char *name)
{
    const char *top = getenv("TOP");
    char *path = dvb_asprintf("%s/tests/fixtures/reader/%s", top ? top : ".", name), *data;
    size_t len;
    struct dvb_err err;
    AVFrame *frame = NULL;
    if (dvb_read_file(path, 1 << 20, &data, &len, &err) ||
        dvb_image_decode(data, len, 1 << 20, &frame, &err)) {
        fprintf(stderr, "%s\n", err.msg);
        return NULL;
    }
    struct dvb_luma *l = dvb_luma_from_frame(frame);
    av_frame_free(&frame);
    free(data);
    free(path);
    return l;
}

static struct dvb_luma *copy(const struct dvb_luma *l)
{
    return dvb_luma_crop(l, (struct dvb_box){ 0, 0, l->w, l->h });
}

static struct dvb_luma *degraded(const struct dvb_luma *l)
{
    struct dvb_luma *small = dvb_luma_scale(l, (struct dvb_box){ 0, 0, l->w, l->h }, 120, 68);
    struct dvb_luma *big = dvb_luma_scale(small, (struct dvb_box){ 0, 0, 120, 68 }, l->w, l->h);
    dvb_luma_free(&small);
    return big;
}

static struct dvb_reading *read_frames(struct dvb_luma *const *frames, int n)
{
    struct dvb_reading *r;
    struct dvb_err err;
    if (dvb_reading_make(ocr, frames, n, NULL, &r, &err))
        fail_msg("%s", err.msg);
    return r;
}

static int open_all(void **state)
{
    (void)state;
    struct dvb_err err;
    if (dvb_ocr_tesseract.open("eng", &ocr, &err)) {
        fprintf(stderr, "%s\n", err.msg);
        return -1;
    }
    board = load("board.png");
    if (!board)
        return -1;
    dull = degraded(board);
    sharp = read_frames(&board, 1);
    blurred = read_frames(&dull, 1);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    dvb_ocr_close(&ocr);
    dvb_reading_free(&sharp);
    dvb_reading_free(&blurred);
    dvb_luma_free(&board);
    dvb_luma_free(&dull);
    return 0;
}

static void blank(struct dvb_luma *l, struct dvb_box b, int grey)
{
    for (int y = b.y0; y < b.y1; y++)
        memset(l->px + (size_t)y * (size_t)l->w + b.x0, grey, (size_t)dvb_box_w(b));
}

static void test_transcript(void **state)
{
    (void)state;
    char *text = dvb_transcript(sharp);
    assert_string_equal(text,
                        "Central Station\n14:25\nPlatform:\nSeven North\nDestination:\n"
                        "Valencia\nCarriage:\n4711\n"
                        "Please keep your luggage with you at all times\nTickets\nLost property");
    free(text);
}

static void test_regions(void **state)
{
    (void)state;
    json_t *doc = dvb_regions_json(sharp, NULL), *list = json_object_get(doc, "regions");
    bool found = false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *region = json_array_get(list, i), *box = json_object_get(region, "box");
        int v[4];
        for (size_t k = 0; k < 4; k++)
            v[k] = (int)json_integer_value(json_array_get(box, k));
        assert_true(v[0] >= 0 && v[0] < v[2] && v[2] <= 1000 && v[1] < v[3] && v[3] <= 1000);
        if (strcmp(json_string_value(json_object_get(region, "text")), "Lost property"))
            continue;
        found = true; /* drawn at x 470..607, y 310..328 of 640x360 */
        assert_in_range(v[0], 725, 740);
        assert_in_range(v[1], 855, 875);
        assert_in_range(v[2], 940, 955);
        assert_in_range(v[3], 900, 920);
    }
    assert_true(found);
    json_decref(doc);
}

/* What somebody's words are about, joined by '|'. The instructions before them say nothing. */
static void test_words(void **state)
{
    (void)state;
    static const struct {
        const char *words, *texts;
    } rows[] = {
        { "What is written next to \"Platform:\"?", "Platform:|Seven North" },
        { "Which text stands directly below \"Destination:\"?", "Destination:|Carriage:" },
        { "Which text stands directly above \"Destination:\"?", "Platform:|Destination:" },
        { "Which word is missing in the line \"keep your ___ with you\"?",
          "Please keep your luggage with you at all times" },
        { "What time is shown?", "14:25" },
        { "Which of these texts is shown in the lower right of the picture?", "Lost property" },
    };
    static const char instructions[] = "Say what is \"Central Station\", at the bottom.\n\n";
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char *prompt = dvb_asprintf("%s%s\n", instructions, rows[i].words);
        json_t *doc = dvb_regions_json(sharp, prompt), *list = json_object_get(doc, "regions");
        char got[256] = "";
        for (size_t k = 0; k < json_array_size(list); k++)
            snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s", k ? "|" : "",
                     json_string_value(json_object_get(json_array_get(list, k), "text")));
        if (strcmp(got, rows[i].texts))
            fail_msg("%s: %s", rows[i].words, got);
        json_decref(doc);
        free(prompt);
    }
    /* Nothing named, or nothing found of it: all text. */
    static const char *const all[] = { "What do you see?", "Where is \"Wonderful Copenhagen\"?" };
    json_t *doc = dvb_regions_json(sharp, NULL);
    for (int i = 0; i < 2; i++) {
        json_t *same = dvb_regions_json(sharp, all[i]);
        assert_true(json_equal(doc, same));
        json_decref(same);
    }
    json_decref(doc);
}

/* Unchanged frames share a page; a change costs one small reading, and the
   rest of the page is kept. */
static void test_only_changes_are_read(void **state)
{
    (void)state;
    struct dvb_luma *frames[4] = { copy(board), copy(board), copy(board), copy(board) };
    for (int i = 2; i < 4; i++)
        blank(frames[i], (struct dvb_box){ 180, 120, 300, 150 }, 0xe0); /* "Valencia" goes */
    struct dvb_reading *r = read_frames(frames, 4);
    assert_int_equal(r->n_pages, 2);
    assert_int_equal(r->page_of[1], 0);
    assert_int_equal(r->page_of[2], 1);
    assert_int_equal(dvb_reading_first_frame(r, 1), 2);
    assert_int_equal(dvb_reading_last_frame(r, 1), 3);
    assert_int_equal(r->runs, 2);
    assert_int_equal(r->pages[1].n, r->pages[0].n - 1);
    struct dvb_tracks t;
    size_t sure = 0;
    dvb_tracks_init(&t, r);
    for (size_t i = 0; i < t.n; i++) {
        bool gone = !strcmp(t.v[i].word->text, "Valencia");
        assert_int_equal(t.v[i].first_frame, 0);
        assert_int_equal(t.v[i].last_frame, gone ? 1 : 3);
        assert_int_equal(t.v[i].frames, gone ? 2 : 4);
        sure += t.v[i].sure;
    }
    assert_true(sure + 3 >= t.n); /* the title bar is read by one pass only */
    dvb_tracks_release(&t);
    dvb_reading_free(&r);
    for (int i = 0; i < 4; i++)
        dvb_luma_free(&frames[i]);
}

static void test_changes(void **state)
{
    (void)state;
    struct dvb_luma *other = copy(board);
    size_t n;
    free(dvb_luma_changes(board, other, &n));
    assert_int_equal(n, 0);
    blank(other, (struct dvb_box){ 100, 60, 110, 70 }, 0);
    blank(other, (struct dvb_box){ 600, 350, 640, 360 }, 0);
    struct dvb_box *boxes = dvb_luma_changes(board, other, &n);
    assert_int_equal(n, 2);
    assert_true(boxes[0].x0 <= 100 && boxes[0].x1 >= 110 && boxes[0].x1 <= 120);
    assert_int_equal(boxes[1].x1, 640);
    assert_int_equal(boxes[1].y1, 360);
    free(boxes);
    dvb_luma_free(&other);
}

/* A handle that has read other things in the meantime gives the same words. */
static void test_reading_is_repeatable(void **state)
{
    (void)state;
    struct dvb_reading *again = read_frames(&board, 1);
    assert_int_equal(sharp->pages[0].n, again->pages[0].n);
    for (size_t i = 0; i < again->pages[0].n; i++) {
        assert_string_equal(sharp->pages[0].words[i].text, again->pages[0].words[i].text);
        assert_true(sharp->pages[0].words[i].conf == again->pages[0].words[i].conf);
    }
    dvb_reading_free(&again);
}

static void test_tiny_pictures(void **state)
{
    (void)state;
    static const struct {
        int w, h;
    } sizes[] = { { 1, 1 }, { 2, 2 }, { 1, 400 }, { 4000, 2 }, { 12, 12 }, { 9, 3000 } };
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        struct dvb_luma *l = dvb_luma_scale(board, (struct dvb_box){ 0, 0, board->w, board->h },
                                            sizes[i].w, sizes[i].h);
        struct dvb_reading *r = read_frames(&l, 1);
        assert_int_equal(r->n_frames, 1);
        dvb_reading_free(&r);
        dvb_luma_free(&l);
    }
}

/* Frames of different sizes in one request. */
static void test_sizes_differ(void **state)
{
    (void)state;
    struct dvb_luma *half = dvb_luma_crop(board, (struct dvb_box){ 0, 0, 640, 120 });
    struct dvb_luma *frames[] = { board, half, half, board };
    struct dvb_reading *r = read_frames(frames, 4);
    assert_int_equal(r->n_pages, 3);
    assert_int_equal(r->pages[1].h, 120);
    assert_int_equal(r->pages[2].n, r->pages[0].n);
    const struct dvb_box places[] = { { 0, 300, 640, 350 } };
    struct dvb_reading *at;
    struct dvb_err err;
    assert_int_equal(dvb_reading_make_at(ocr, frames, 4, places, 1, NULL, &at, &err), 0);
    char *text = dvb_page_text(&at->pages[0], 0, at->pages[0].n);
    assert_string_equal(text, "Tickets Lost property"); /* and nothing above it */
    free(text);
    dvb_reading_free(&at);
    dvb_reading_free(&r);
    dvb_luma_free(&half);
}

static void test_cancel(void **state)
{
    (void)state;
    atomic_bool stop = true;
    struct dvb_reading *r = (struct dvb_reading *)1;
    struct dvb_err err;
    assert_int_equal(dvb_reading_make(ocr, &board, 1, &stop, &r, &err), -ECANCELED);
    assert_null(r);
}

/* ---- questions ---- */

static struct dvb_quiz make_quiz(uint64_t seed)
{
    struct dvb_quiz quiz;
    dvb_quiz_make(sharp, blurred, ocr, seed, &quiz);
    return quiz;
}

static char *prompt_of(const struct dvb_question *q)
{
    return dvb_asprintf("%s\nA) %s\nB) %s\nC) %s\nD) %s", q->text, q->options[0], q->options[1],
                        q->options[2], q->options[3]);
}

static void check_question(const struct dvb_question *q)
{
    static const char *const forbidden[] = { "half",  "side by side", "degraded", "quality",
                                             "sharp", "blurr",        "bitrate",  "compress" };
    for (size_t i = 0; i < sizeof(forbidden) / sizeof(*forbidden); i++)
        if (strstr(q->text, forbidden[i]))
            fail_msg("'%s' says '%s'", q->text, forbidden[i]);
    assert_int_equal(q->text[strlen(q->text) - 1], '?');
    for (int i = 0; i < DVB_QUIZ_OPTIONS; i++)
        for (int k = 0; k < i; k++)
            if (dvb_text_same(q->options[i], q->options[k]))
                fail_msg("'%s': option '%s' twice", q->text, q->options[i]);
}

/* Every question can be answered from the sharp picture, none from the other. */
static void test_questions(void **state)
{
    (void)state;
    struct dvb_quiz quiz = make_quiz(7);
    assert_in_range(quiz.n, 8, DVB_QUIZ_MAX);
    for (int i = 0; i < quiz.n; i++) {
        struct dvb_question *q = &quiz.v[i];
        check_question(q);
        char *prompt = prompt_of(q);
        struct dvb_choice c;
        assert_true(dvb_choice_parse(prompt, &c));
        if (dvb_choice_answer(&c, sharp) != q->answer)
            fail_msg("not answered from the sharp picture: %s", prompt);
        if (dvb_choice_answer(&c, blurred) == q->answer)
            fail_msg("answered from the degraded picture: %s", prompt);
        dvb_choice_release(&c);
        free(prompt);
    }
    dvb_quiz_release(&quiz);
}

/* Looking at the sharp picture's places alone finds as little in the dull one. */
static void test_places_of_interest(void **state)
{
    (void)state;
    size_t n;
    struct dvb_box *places = dvb_quiz_places(sharp, &n);
    struct dvb_reading *at;
    struct dvb_err err;
    struct dvb_quiz quiz;
    assert_true(n > 3);
    assert_int_equal(dvb_reading_make_at(ocr, &dull, 1, places, n, NULL, &at, &err), 0);
    dvb_quiz_make(sharp, at, ocr, 7, &quiz);
    assert_in_range(quiz.n, 8, DVB_QUIZ_MAX);
    dvb_quiz_release(&quiz);
    dvb_reading_free(&at);
    free(places);
}

static char *quiz_text(uint64_t seed)
{
    struct dvb_quiz quiz = make_quiz(seed);
    json_t *j = dvb_quiz_json(&quiz);
    char *text = json_dumps(j, JSON_COMPACT);
    json_decref(j);
    dvb_quiz_release(&quiz);
    return text;
}

static void test_questions_depend_on_seed_alone(void **state)
{
    (void)state;
    char *a = quiz_text(7), *b = quiz_text(7), *c = quiz_text(8);
    assert_string_equal(a, b);
    assert_string_not_equal(a, c);
    free(a);
    free(b);
    free(c);
}

/* What the right half shows as well is not asked about. */
static void test_nothing_to_ask(void **state)
{
    (void)state;
    struct dvb_quiz quiz;
    dvb_quiz_make(sharp, sharp, ocr, 1, &quiz);
    assert_int_equal(quiz.n, 0);
    dvb_quiz_release(&quiz);
}

static void test_halves(void **state)
{
    (void)state;
    struct dvb_luma *wide = dvb_luma_crop(board, (struct dvb_box){ 0, 0, 101, 10 });
    for (int x = 0; x < 101; x++)
        wide->px[x] = (uint8_t)x;
    struct dvb_pictures pair = { &wide, 1 }, half;
    assert_true(dvb_pictures_half(&pair, 0, &half));
    assert_int_equal(half.v[0]->w, 50);
    assert_int_equal(half.v[0]->px[49], 49);
    dvb_pictures_release(&half);
    assert_true(dvb_pictures_half(&pair, 1, &half));
    assert_int_equal(half.v[0]->px[0], 51);
    assert_int_equal(half.v[0]->px[49], 100);
    dvb_pictures_release(&half);
    dvb_luma_free(&wide);
}

static void test_thin(void **state)
{
    (void)state;
    for (int n = 1; n < 12; n++) {
        struct dvb_pictures p = { dvb_calloc((size_t)n, sizeof(*p.v)), n };
        for (int i = 0; i < n; i++) {
            p.v[i] = dvb_luma_crop(board, (struct dvb_box){ 0, 0, 1, 1 });
            p.v[i]->px[0] = (uint8_t)i;
        }
        dvb_pictures_thin(&p, 4);
        assert_int_equal(p.n, n < 4 ? n : 4);
        assert_int_equal(p.v[0]->px[0], 0);
        for (int i = 1; i < p.n; i++)
            assert_true(p.v[i]->px[0] > p.v[i - 1]->px[0]);
        assert_true(p.v[p.n - 1]->px[0] >= n - 1 - n / 4);
        dvb_pictures_release(&p);
    }
}

/* ---- wrong options ---- */

static bool knows(void *user, const char *word)
{
    (void)user;
    return !strcmp(word, "defect") || !strcmp(word, "formal");
}

static bool visible(void *user, const char *text)
{
    return user && dvb_text_same(user, text);
}

static void test_distractors(void **state)
{
    (void)state;
    static const char *const answers[] = { "Normal",
                                           "Detect Displays",
                                           "1024 x 768 (4:3)",
                                           "18:38",
                                           "junell.net",
                                           "OFF",
                                           "2007",
                                           "bash",
                                           "42%",
                                           "W\xc3\xb6rter" };
    for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++)
        for (uint64_t seed = 0; seed < 20; seed++) {
            const struct dvb_word_oracle oracle = { knows, visible, NULL };
            struct dvb_rng rng;
            char *out[DVB_DISTRACTORS];
            dvb_rng_init(&rng, seed, "test");
            if (!dvb_distractors_make(answers[i], &oracle, &rng, out))
                fail_msg("none for %s", answers[i]);
            for (int k = 0; k < DVB_DISTRACTORS; k++) {
                assert_false(dvb_text_same(out[k], answers[i]));
                for (int m = 0; m < k; m++)
                    assert_false(dvb_text_same(out[k], out[m]));
                int h, min;
                if (i == 3) /* still a time of day */
                    assert_true(sscanf(out[k], "%d:%d", &h, &min) == 2 && h < 24 && min < 60);
            }
            for (int k = 0; k < DVB_DISTRACTORS; k++)
                free(out[k]);
        }
}

static void test_distractors_avoid_the_clip(void **state)
{
    (void)state;
    char defect[] = "Defect";
    bool seen = false;
    for (uint64_t seed = 0; seed < 10; seed++) {
        struct dvb_rng rng;
        char *out[DVB_DISTRACTORS];
        const struct dvb_word_oracle shown = { knows, visible, defect };
        const struct dvb_word_oracle free_of_it = { knows, visible, NULL };
        dvb_rng_init(&rng, seed, "test");
        assert_true(dvb_distractors_make("Detect", &shown, &rng, out));
        for (int k = 0; k < DVB_DISTRACTORS; k++) {
            assert_string_not_equal(out[k], defect);
            free(out[k]);
        }
        assert_true(dvb_distractors_make("Detect", &free_of_it, &rng, out));
        for (int k = 0; k < DVB_DISTRACTORS; k++) {
            seen |= !strcmp(out[k], defect); /* dictionary words come first */
            free(out[k]);
        }
    }
    assert_true(seen);
}

/* As devibench-reader itself: four threads per page would wait for each other. */
static void hold_to_one_thread(char **argv)
{
    const char *limit = getenv("OMP_THREAD_LIMIT");
    if ((!limit || strcmp(limit, "1")) && !setenv("OMP_THREAD_LIMIT", "1", 1))
        execv("/proc/self/exe", argv);
}

int main(int argc, char **argv)
{
    (void)argc;
    hold_to_one_thread(argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transcript),
        cmocka_unit_test(test_regions),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_only_changes_are_read),
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_reading_is_repeatable),
        cmocka_unit_test(test_tiny_pictures),
        cmocka_unit_test(test_sizes_differ),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_questions),
        cmocka_unit_test(test_places_of_interest),
        cmocka_unit_test(test_questions_depend_on_seed_alone),
        cmocka_unit_test(test_nothing_to_ask),
        cmocka_unit_test(test_halves),
        cmocka_unit_test(test_thin),
        cmocka_unit_test(test_distractors),
        cmocka_unit_test(test_distractors_avoid_the_clip),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
