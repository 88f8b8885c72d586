/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Renditions made of another one's pictures, and the baselines that need them. The maker
   numbers its frames, so every picture says which one it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "eval/baseline/baseline.h"
#include "media/clip.h"
#include "media/image.h"
#include "tests/unit/media_maker.h"
#include "workspace/rendition.h"
#include "workspace/restage.h"
#include "workspace/sent.h"

#define N_FRAMES 8 /* 4 s at 2 pictures a second */

static struct dvb_err err;
#define OK(call)                                                                                   \
    do {                                                                                           \
        err = (struct dvb_err){ 0 };                                                               \
        if ((call) != 0)                                                                           \
            fail_msg("%s: %s", #call, err.msg);                                                    \
    } while (0)

struct world {
    struct dvb_workspace *ws;
    struct dvb_segment segment;
    int64_t original, with_video;
};

static int64_t render(struct world *w, bool video)
{
    struct dvb_recipe recipe;
    int64_t ids[DVB_KINDS];
    dvb_recipe_default(&recipe);
    recipe.original_video = video;
    OK(dvb_workspace_render(w->ws, &w->segment, &recipe, 1u << DVB_KIND_ORIGINAL, 0, ids, NULL,
                            &err));
    return ids[DVB_KIND_ORIGINAL];
}

static int setup(void **state)
{
    struct world *w = dvb_calloc(1, sizeof(*w));
    maker_make(&(struct maker){
        .path = "v.mp4", .w = 160, .h = 96, .frames = 40, .fps = 10, .options = "crf=4" });
    OK(dvb_remove_tree("ws", &err));
    OK(dvb_workspace_open("ws", &w->ws, &err));
    struct dvb_video video = { .name = (char *)"v",
                               .path = (char *)"v.mp4",
                               .hash = (char *)"h",
                               .width = 160,
                               .height = 96,
                               .fps = 10,
                               .duration = 4 };
    w->segment.length_ms = 4000;
    OK(dvb_store_put_video(w->ws->store, &video, &w->segment.video, &err));
    OK(dvb_store_put_segment(w->ws->store, &w->segment, &w->segment.id, &err));
    w->original = render(w, false);
    w->with_video = render(w, true);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    dvb_workspace_close(&w->ws);
    free(w);
    return 0;
}

static AVFrame *load(const struct world *w, int64_t rendition, int i)
{
    struct dvb_rendition r;
    OK(dvb_store_get_rendition(w->ws->store, rendition, &r, &err));
    char *path = dvb_asprintf("%s/%s/frame-%04d.jpg", w->ws->dir, r.path, i + 1), *data;
    size_t len;
    AVFrame *f;
    OK(dvb_read_file(path, 1 << 20, &data, &len, &err));
    OK(dvb_image_decode(data, len, 1 << 20, &f, &err));
    free(data);
    free(path);
    dvb_rendition_release(&r);
    return f;
}

static int number_of(const struct world *w, int64_t rendition, int i)
{
    AVFrame *f = load(w, rendition, i);
    int n = maker_number(f);
    av_frame_free(&f);
    return n;
}

static void check_count(const struct world *w, int64_t rendition, int n, bool video)
{
    struct dvb_rendition r;
    OK(dvb_store_get_rendition(w->ws->store, rendition, &r, &err));
    assert_int_equal(r.n_frames, n);
    assert_int_equal(r.video, video);
    json_t *detail = json_loads(r.detail, 0, NULL);
    assert_non_null(dvb_json_get_str(detail, "frames_hash"));
    assert_int_equal(dvb_json_get_str(detail, "video_hash") != NULL, video);
    json_decref(detail);
    dvb_rendition_release(&r);
}

static void test_order(void **state)
{
    struct world *w = *state;
    static const int order[] = { 3, 0, 3, 7 };
    const struct dvb_restage how = { .kind = "picked", .pictures = order, .n = 4 };
    int64_t id;
    OK(dvb_workspace_restage(w->ws, w->original, &how, &id, &err));
    check_count(w, id, 4, false);
    for (int i = 0; i < 4; i++)
        assert_int_equal(number_of(w, id, i), number_of(w, w->original, order[i]));
}

/* Found again, made again where a file is gone, another one by another recipe. */
static void test_made_once(void **state)
{
    struct world *w = *state;
    static const int order[] = { 1 };
    json_t *recipe = dvb_json_pack("{s:i}", "seed", 5);
    struct dvb_restage how = { .kind = "once", .pictures = order, .n = 1 };
    int64_t first, second;
    OK(dvb_workspace_restage(w->ws, w->original, &how, &first, &err));
    OK(dvb_workspace_restage(w->ws, w->original, &how, &second, &err));
    assert_int_equal(first, second);
    struct dvb_rendition r;
    OK(dvb_store_get_rendition(w->ws->store, first, &r, &err));
    char *dir = dvb_path_join(w->ws->dir, r.path), *file = dvb_path_join(dir, "frame-0001.jpg");
    assert_true(dvb_is_file(file));
    OK(dvb_remove_tree(dir, &err));
    OK(dvb_workspace_restage(w->ws, w->original, &how, &second, &err));
    assert_int_equal(first, second);
    assert_true(dvb_is_file(file));
    how.recipe = recipe;
    OK(dvb_workspace_restage(w->ws, w->original, &how, &second, &err));
    assert_int_not_equal(first, second);
    free(file);
    free(dir);
    dvb_rendition_release(&r);
    json_decref(recipe);
}

static void test_frame(void **state)
{
    struct world *w = *state;
    int64_t id;
    OK(dvb_baseline_frame.render(w->ws, w->original, NULL, 1, &id, &err));
    check_count(w, id, 1, false);
    assert_int_equal(number_of(w, id, 0), number_of(w, w->original, N_FRAMES / 2));
}

static void test_black(void **state)
{
    struct world *w = *state;
    int64_t id;
    OK(dvb_baseline_black.render(w->ws, w->original, NULL, 1, &id, &err));
    check_count(w, id, N_FRAMES, false);
    for (int i = 0; i < N_FRAMES; i++) {
        AVFrame *f = load(w, id, i);
        assert_int_equal(f->width, 160);
        assert_int_equal(f->height, 96);
        for (int y = 0; y < f->height; y++)
            for (int x = 0; x < f->width; x++)
                assert_in_range(f->data[0][y * f->linesize[0] + x], 15, 17);
        av_frame_free(&f);
    }
}

static void test_shuffled(void **state)
{
    struct world *w = *state;
    int64_t id, again, other;
    OK(dvb_baseline_shuffled.render(w->ws, w->original, NULL, 1, &id, &err));
    OK(dvb_baseline_shuffled.render(w->ws, w->original, NULL, 1, &again, &err));
    OK(dvb_baseline_shuffled.render(w->ws, w->original, NULL, 2, &other, &err));
    assert_int_equal(id, again);
    assert_int_not_equal(id, other);
    check_count(w, id, N_FRAMES, false);
    int moved = 0, differ = 0;
    unsigned seen = 0;
    for (int i = 0; i < N_FRAMES; i++) {
        int n = number_of(w, id, i);
        moved += n != number_of(w, w->original, i);
        differ += n != number_of(w, other, i);
        for (int k = 0; k < N_FRAMES; k++)
            if (n == number_of(w, w->original, k))
                seen |= 1u << k;
    }
    assert_int_equal(seen, (1u << N_FRAMES) - 1); /* all are there */
    assert_true(moved > 0);
    assert_true(differ > 0);
}

/* What reaches a model that takes fewer pictures than were sampled: the pictures of the original
   that it would have seen, once each, in another order, and all that is shown is sent. */
static void check_limits(struct world *w, const struct dvb_profile *eyes, int n)
{
    struct dvb_rendition original, r;
    int64_t id, again, black;
    OK(dvb_store_get_rendition(w->ws->store, w->original, &original, &err));
    assert_int_equal(dvb_sent_count(eyes, &original), n);
    OK(dvb_baseline_shuffled.render(w->ws, w->original, eyes, 1, &id, &err));
    OK(dvb_baseline_shuffled.render(w->ws, w->original, eyes, 1, &again, &err));
    assert_int_equal(id, again);
    check_count(w, id, n, false);
    OK(dvb_store_get_rendition(w->ws->store, id, &r, &err));
    assert_int_equal(dvb_sent_count(eyes, &r), n);
    unsigned seen = 0, wanted = 0;
    int moved = 0;
    for (int i = 0; i < n; i++) {
        int pick = dvb_sent_pick(i, n, N_FRAMES);
        wanted |= 1u << pick;
        moved += number_of(w, id, i) != number_of(w, w->original, pick);
        for (int k = 0; k < N_FRAMES; k++)
            if (number_of(w, id, i) == number_of(w, w->original, k))
                seen |= 1u << k;
    }
    assert_int_equal(seen, wanted);
    assert_true(n < 2 || moved > 0);
    dvb_rendition_release(&r);
    OK(dvb_baseline_black.render(w->ws, w->original, eyes, 1, &black, &err));
    OK(dvb_store_get_rendition(w->ws->store, black, &r, &err));
    assert_int_equal(dvb_sent_count(eyes, &r), n);
    dvb_rendition_release(&r);
    dvb_rendition_release(&original);
}

static void test_limits(void **state)
{
    static const struct dvb_profile three = { .max_frames = 3, .fps = 2 }, slow = { .fps = 1 },
                                    both = { .max_frames = 3, .fps = 1 },
                                    one = { .max_frames = 1, .fps = 2 };
    check_limits(*state, &three, 3);
    check_limits(*state, &slow, 4);
    check_limits(*state, &both, 3);
    check_limits(*state, &one, 1);
    /* Limits that change nothing give the rendition that all others share. */
    struct world *w = *state;
    static const struct dvb_profile wide = { .max_frames = 100, .fps = 30 };
    int64_t all, same;
    OK(dvb_baseline_shuffled.render(w->ws, w->original, NULL, 1, &all, &err));
    OK(dvb_baseline_shuffled.render(w->ws, w->original, &wide, 1, &same, &err));
    assert_int_equal(all, same);
}

/* Models that take video get one, as long as the original's pictures last. */
static void test_video(void **state)
{
    struct world *w = *state;
    int64_t id;
    OK(dvb_baseline_frame.render(w->ws, w->with_video, NULL, 1, &id, &err));
    check_count(w, id, 1, true);
    struct dvb_rendition r;
    OK(dvb_store_get_rendition(w->ws->store, id, &r, &err));
    char *path = dvb_asprintf("%s/%s/clip.mp4", w->ws->dir, r.path);
    struct dvb_clip *clip;
    OK(dvb_clip_open(path, &(struct dvb_clip_settings){ 0 }, &clip, &err));
    AVFrame *f = NULL;
    int n = 0, ret;
    while ((ret = dvb_clip_next(clip, &f, &err)) > 0) {
        assert_int_equal(maker_number(f), number_of(w, w->original, N_FRAMES / 2));
        assert_int_equal(f->pts, 500000 * n);
        av_frame_free(&f);
        n++;
    }
    assert_int_equal(ret, 0);
    assert_int_equal(n, N_FRAMES);
    dvb_clip_close(&clip);
    free(path);
    dvb_rendition_release(&r);
}

static void test_nothing_to_take(void **state)
{
    struct world *w = *state;
    static const int order[] = { 0 };
    const struct dvb_restage how = { .kind = "none", .pictures = order, .n = 1 };
    int64_t id;
    assert_true(dvb_workspace_restage(w->ws, 4711, &how, &id, &err) < 0);
    assert_int_equal(id, 0);
    struct dvb_rendition r;
    OK(dvb_store_get_rendition(w->ws->store, w->original, &r, &err));
    char *path = dvb_path_join(w->ws->dir, r.path);
    OK(dvb_remove_tree(path, &err));
    assert_true(dvb_workspace_restage(w->ws, w->original, &how, &id, &err) < 0);
    assert_int_equal(err.fault, DVB_FAULT_INPUT);
    assert_non_null(strstr(err.msg, "frame-0001.jpg"));
    free(path);
    dvb_rendition_release(&r);
    w->original = render(w, false);
}

static void test_shuffle(void **state)
{
    (void)state;
    int a[6], b[6];
    for (int n = 0; n <= 6; n++)
        for (uint64_t seed = 0; seed < 50; seed++) {
            unsigned seen = 0;
            bool plain = true;
            dvb_baseline_shuffle(a, n, seed, "x");
            dvb_baseline_shuffle(b, n, seed, "x");
            for (int i = 0; i < n; i++) {
                assert_int_equal(a[i], b[i]);
                seen |= 1u << a[i];
                plain &= a[i] == i;
            }
            assert_int_equal(seen, (1u << n) - 1);
            assert_int_equal(plain, n < 2);
        }
}

static void test_letter(void **state)
{
    (void)state;
    struct dvb_run_question q[5] = { 0 };
    static const int answers[5] = { 2, 1, 2, 1, 0 };
    int options[5];
    for (int i = 0; i < 5; i++)
        q[i].q = (struct dvb_question){ .n_options = 4, .answer = answers[i] };
    assert_int_equal(dvb_baseline_best_letter(q, 5), 1); /* the first of two equal ones */
    assert_int_equal(dvb_baseline_best_letter(q, 3), 2);
    assert_int_equal(dvb_baseline_best_letter(q, 0), 0);
    q[1].q.n_options = 0;
    assert_int_equal(dvb_baseline_best_letter(q, 5), 2);
    dvb_baseline_letter.answer(q, 5, options);
    for (int i = 0; i < 5; i++)
        assert_int_equal(options[i], 2);
}

/* Pictures at a rate of their own: the recipe says so, and the video lasts accordingly. */
static void another_rate(void **state)
{
    const struct world *w = *state;
    const int pictures[] = { 5, DVB_RESTAGE_BLACK, 2 };
    const struct dvb_restage how = {
        .kind = "call", .pictures = pictures, .n = 3, .fps = 0.5, .video = DVB_RESTAGE_ONCE
    };
    struct dvb_rendition r, source;
    struct dvb_clip *clip;
    AVFrame *frame;
    int64_t id;
    int n = 0;
    OK(dvb_workspace_restage(w->ws, w->original, &how, &id, &err));
    OK(dvb_store_get_rendition(w->ws->store, id, &r, &err));
    OK(dvb_store_get_rendition(w->ws->store, w->original, &source, &err));
    json_t *recipe = json_loads(r.recipe, 0, NULL), *of = json_loads(source.recipe, 0, NULL);
    assert_true(dvb_json_get_num(json_object_get(recipe, "sample"), "fps", 0) == 0.5);
    assert_true(json_equal(json_object_get(recipe, "of"), of));
    assert_int_equal(r.n_frames, 3);
    char *path = dvb_asprintf("ws/%s/clip.mp4", r.path);
    const struct dvb_clip_settings whole = { 0 };
    OK(dvb_clip_open(path, &whole, &clip, &err));
    for (; dvb_clip_next(clip, &frame, &err) > 0; n++)
        av_frame_free(&frame);
    assert_int_equal(n, 3);
    assert_int_equal(dvb_clip_end(clip), 6000000);
    dvb_clip_close(&clip);
    free(path);
    json_decref(recipe);
    json_decref(of);
    dvb_rendition_release(&source);
    dvb_rendition_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),    cmocka_unit_test(test_made_once),
        cmocka_unit_test(test_frame),    cmocka_unit_test(test_black),
        cmocka_unit_test(test_shuffled), cmocka_unit_test(test_limits),
        cmocka_unit_test(test_video),    cmocka_unit_test(test_nothing_to_take),
        cmocka_unit_test(test_shuffle),  cmocka_unit_test(test_letter),
        cmocka_unit_test(another_rate),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
