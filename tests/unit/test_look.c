/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asking where to look in what was received: each round's pictures are those of the stream that the
   last round's answers gave, and none is later than its look. The maker numbers its frames; the
   model answers every request with another box. What it writes in pixels is read so. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/hash.h"
#include "base/log.h"
#include "eval/strategy/context.h"
#include "media/image.h"
#include "tests/unit/fake_server.h"
#include "tests/unit/media_maker.h"

enum { W = 320, H = 192, FPS = 10, SECONDS = 5, LOOKS = 8, ROUNDS = 3, REPLIES = 64 };

/* Of the prompt before it had a slot for boxes: recipes name it so. */
#define PROMPT_BEFORE "21faccdb27d6dc49d8a60408a5f1b3243b653281a21f3c44b7b42f88b5a7794a"

static struct fake_server server;
static struct dvb_err err;
#define OK(call)                                                                                   \
    do {                                                                                           \
        err = (struct dvb_err){ 0 };                                                               \
        if ((call) != 0)                                                                           \
            fail_msg("%s: %s", #call, err.msg);                                                    \
    } while (0)

static struct dvb_region box_of(int reply)
{
    int x = 30 * reply % 900, y = 5 * reply;
    return (struct dvb_region){ x, y, x + 100, y + 200 };
}

static int start(void **state)
{
    (void)state;
    json_t *list = json_array();
    av_log_set_level(AV_LOG_QUIET);
    for (int i = 0; i < REPLIES; i++) {
        struct dvb_region b = box_of(i);
        char *text = dvb_asprintf("{\"regions\": [{\"box\": [%g, %g, %g, %g], \"frame\": 3}]}",
                                  b.x0, b.y0, b.x1, b.y1);
        json_array_append_new(list, dvb_json_pack("{s:s}", "text", text));
        free(text);
    }
    json_t *script = dvb_json_pack("{s:o, s:[{s:s}], s:[{s:s}]}", "m", list, "corner", "text",
                                   "[[0, 700, 200, 1000]]", "nothing", "text", "[]");
    /* By what it was told of the pictures. */
    json_object_set_new(script, "pixels",
                        dvb_json_pack("[{s:s, s:s}, {s:s, s:s}, {s:s, s:s}]", "contains",
                                      " pixels of the pictures, which are 320 wide and 192 high;",
                                      "text", "[[0, 134, 64, 200], [0, 0, 350, 10]]", "contains",
                                      " pixels of the pictures, which are 160 wide and 96 high;",
                                      "text", "[[0, 67, 32, 96], [170, 0, 180, 10]]", "contains",
                                      "thousandths", "text", "[[0, 134, 64, 192]]"));
    char *text = dvb_json_canon(script);
    OK(dvb_write_file("script.json", text, strlen(text), &err));
    free(text);
    json_decref(script);
    maker_make(&(struct maker){
        .path = "v.mp4", .w = W, .h = H, .frames = FPS * SECONDS, .fps = FPS, .options = "crf=4" });
    dvb_log_set_level(DVB_LOG_ERROR);
    return 0;
}

/* One strategy for one clip, asked of a model that has said nothing yet. */
struct world {
    struct dvb_workspace *ws;
    struct dvb_asker *asker;
    struct dvb_segment segment;
    struct dvb_recipe recipe;
    struct dvb_used_strategy strategy;
    struct dvb_stream_job job;
    int64_t shown;
    /* What a request was about, in order. */
    char *asked[REPLIES];
    int n_asked;
};

static void open_workspace(struct world *w)
{
    const struct dvb_video video = { .name = (char *)"v",
                                     .path = (char *)"v.mp4",
                                     .hash = (char *)"h",
                                     .width = W,
                                     .height = H,
                                     .fps = FPS,
                                     .duration = SECONDS };
    OK(dvb_remove_tree("ws", &err));
    OK(dvb_workspace_open("ws", &w->ws, &err));
    w->segment.length_ms = SECONDS * 1000;
    OK(dvb_store_put_video(w->ws->store, &video, &w->segment.video, &err));
    OK(dvb_store_put_segment(w->ws->store, &w->segment, &w->segment.id, &err));
}

static void open_model(struct world *w, const char *model, const char *fields)
{
    static const char *const args[] = { "--script", "script.json", "--vllm", NULL };
    const struct dvb_asker_settings settings = { .seed = 1 };
    assert_true(fake_server_start(&server, args));
    char *text = dvb_asprintf("{\"%s\": {\"wire\": \"openai\", \"base_url\": \"%s\", \"model\": "
                              "\"%s\", \"concurrency\": 1%s}}",
                              model, server.url, model, fields);
    OK(dvb_write_file("models.json", text, strlen(text), &err));
    free(text);
    OK(dvb_asker_open(w->ws, &settings, &w->asker, &err));
    OK(dvb_asker_model(w->asker, model, "models.json", &w->job.model, &err));
}

/* With more fields of the model's profile. */
static void show_with(struct world *w, const char *model, const char *fields, const char *strategy)
{
    const struct dvb_strategy_settings settings = { 0 };
    open_workspace(w);
    open_model(w, model, fields);
    dvb_recipe_default(&w->recipe);
    w->recipe.degraded.bitrate = 6000;
    w->recipe.sample.fps = 1;
    w->job.ws = w->ws;
    w->job.segment = &w->segment;
    w->job.recipe = &w->recipe;
    w->job.words = "Which number is it?";
    OK(dvb_strategy_open(strategy, &settings, &w->strategy, &err));
    assert_true(w->strategy.by_words && w->strategy.by_model);
    OK(w->strategy.kind->prepare(&w->strategy, w->asker, &w->job, 1, 1, &err));
    OK(w->strategy.kind->render(&w->strategy, &w->job, &w->shown, &err));
}

static void show(struct world *w, const char *model, const char *strategy)
{
    show_with(w, model, "", strategy);
}

static void release(struct world *w)
{
    w->strategy.kind->forget(w->job.prepared);
    dvb_strategy_close(&w->strategy);
    dvb_asker_close(&w->asker);
    dvb_workspace_close(&w->ws);
    fake_server_stop(&server);
    while (w->n_asked)
        free(w->asked[--w->n_asked]);
}

/* A rendition with its recipe and detail read. */
struct view {
    struct dvb_rendition r;
    json_t *recipe, *detail;
};

static void get(const struct world *w, int64_t id, struct view *v)
{
    OK(dvb_store_get_rendition(w->ws->store, id, &v->r, &err));
    v->recipe = json_loads(v->r.recipe, 0, NULL);
    v->detail = json_loads(v->r.detail, 0, NULL);
}

static void drop(struct view *v)
{
    json_decref(v->recipe);
    json_decref(v->detail);
    dvb_rendition_release(&v->r);
}

static long count(const struct world *w, const char *kind)
{
    struct view v;
    long n = 0;
    struct dvb_err none;
    for (int64_t id = 1; !dvb_store_get_rendition(w->ws->store, id, &v.r, &none); id++) {
        n += !strcmp(v.r.kind, kind);
        dvb_rendition_release(&v.r);
    }
    return n;
}

/* The stream with pictures at the looks' times that the answers of that round gave; 0: with nothing
   known. */
static void find_stream(const struct world *w, int round, struct view *v)
{
    for (int64_t id = 1;; id++) {
        get(w, id, v);
        const json_t *map = json_object_get(v->recipe, "map");
        bool flat = json_object_size(map) == 1;
        double fps = dvb_json_get_num(json_object_get(v->recipe, "sample"), "fps", 0);
        if (!strcmp(v->r.kind, "degraded") && fps == 2 &&
            (round ? dvb_json_get_num(map, "round", -1) == round : flat))
            return;
        drop(v);
    }
}

static void find_look(const struct world *w, const struct view *stream, int last, struct view *v)
{
    for (int64_t id = 1;; id++) {
        get(w, id, v);
        const json_t *pictures = json_object_get(v->recipe, "pictures");
        if (!strcmp(v->r.kind, "look") &&
            json_equal(json_object_get(v->recipe, "of"), stream->recipe) &&
            json_integer_value(json_array_get(pictures, 1)) == last)
            return;
        drop(v);
    }
}

static char *picture(const struct world *w, const struct view *v, int i, size_t *len)
{
    char *path = dvb_asprintf("%s/%s/frame-%04d.jpg", w->ws->dir, v->r.path, i + 1), *data;
    OK(dvb_read_file(path, 1 << 20, &data, len, &err));
    free(path);
    return data;
}

/* Up to three pictures of the stream, the last of them the newest at the look's time. */
static void check_pictures(const struct world *w, const struct view *stream,
                           const struct view *look, int last)
{
    int n = last < 2 ? last + 1 : 3;
    assert_int_equal(look->r.n_frames, n);
    for (int i = 0; i < n; i++) {
        size_t len, same_len;
        double at = (last - n + 1 + i) * 0.5 + 0.25;
        AVFrame *f;
        char *data = picture(w, look, i, &len),
             *same = picture(w, stream, last - n + 1 + i, &same_len);
        assert_int_equal(len, same_len);
        assert_memory_equal(data, same, len);
        OK(dvb_image_decode(data, len, 1 << 20, &f, &err));
        assert_int_equal(maker_number(f), (int)(at * FPS));
        av_frame_free(&f);
        free(data);
        free(same);
    }
}

/* Which reply it was that a look got: the same pictures are not asked about again. */
static int reply_to(struct world *w, const struct view *look)
{
    const char *hash = dvb_json_get_str(look->detail, "frames_hash");
    for (int i = 0; i < w->n_asked; i++)
        if (!strcmp(w->asked[i], hash))
            return i;
    assert_true(w->n_asked < REPLIES);
    w->asked[w->n_asked] = dvb_strdup(hash);
    return w->n_asked++;
}

/* Checks the looks of a round; the hash is of the timeline that follows from its answers. */
static void check_round(struct world *w, const struct view *stream, bool hold,
                        char hex[DVB_HASH_LEN + 1])
{
    struct dvb_timeline t = { .form = DVB_FORM_BOX, .gamma = 2, .glide = true };
    for (int i = 0; i < LOOKS; i++) {
        struct view look;
        find_look(w, stream, i, &look);
        check_pictures(w, stream, &look, i);
        struct dvb_region box = box_of(reply_to(w, &look));
        if (hold && !i)
            dvb_timeline_add_boxes(&t, 0, &box, 1);
        dvb_timeline_add_boxes(&t, i * 0.5 + 0.25 + 1.5, &box, 1);
        drop(&look);
    }
    dvb_timeline_hash(&t, hex);
    dvb_timeline_release(&t);
}

static void check_shown(const struct world *w, int round, const char *hex)
{
    struct view shown;
    get(w, w->shown, &shown);
    const json_t *map = json_object_get(shown.recipe, "map");
    assert_int_equal(dvb_json_get_num(map, "round", -1), round);
    assert_string_equal(dvb_json_get_str(map, "offsets"), hex);
    drop(&shown);
}

static void rounds(struct world *w, const char *strategy, int n)
{
    char hex[DVB_HASH_LEN + 1];
    show(w, "m", strategy);
    for (int round = 0; round < n; round++) {
        struct view stream;
        find_stream(w, round, &stream);
        const json_t *map = json_object_get(stream.recipe, "map");
        if (round)
            assert_string_equal(dvb_json_get_str(map, "offsets"), hex);
        check_round(w, &stream, false, hex);
        drop(&stream);
    }
    check_shown(w, n, hex);
    assert_int_equal(count(w, "look"), n * LOOKS);
    assert_int_equal(count(w, "degraded"), n + 1);
    assert_int_equal(count(w, "original"), 0);
    json_t *stats = fake_server_stats(&server);
    assert_int_equal(dvb_json_get_num(stats, "requests", -1), w->n_asked);
    if (n > 1)
        assert_true(w->n_asked > LOOKS + 4); /* rounds see other pictures */
    json_decref(stats);
    release(w);
}

static void each_round_sees_what_the_last_one_gave(void **state)
{
    (void)state;
    struct world w = { 0 };
    rounds(&w, "context:model:2:received:size=source", ROUNDS);
}

static void rounds_can_stop_earlier(void **state)
{
    (void)state;
    struct world w = { 0 };
    rounds(&w, "context:model:2:received:rounds=1:size=source", 1);
}

static void originals_are_looked_at_once(void **state)
{
    (void)state;
    struct world w = { 0 };
    struct view stream;
    char hex[DVB_HASH_LEN + 1];
    show(&w, "m", "context:model:2:size=source");
    int64_t id = 1;
    for (get(&w, id, &stream); strcmp(stream.r.kind, "original"); get(&w, ++id, &stream))
        drop(&stream);
    check_round(&w, &stream, true, hex);
    check_shown(&w, 1, hex);
    assert_int_equal(count(&w, "look"), LOOKS);
    assert_int_equal(count(&w, "degraded"), 1);
    drop(&stream);
    release(&w);
}

/* Macroblocks from the left and the top, and in all, of the window that was shown. */
static void check_window(const struct world *w, int x, int y, int cols, int rows)
{
    struct view shown;
    get(w, w->shown, &shown);
    const json_t *window = json_object_get(json_object_get(shown.recipe, "how"), "window");
    const int want[] = { x, y, cols, rows }, all[] = { W / 16, H / 16 };
    for (size_t i = 0; i < 4; i++)
        assert_true(fabs(json_number_value(json_array_get(window, i)) * all[i % 2] - want[i]) <
                    1e-6);
    drop(&shown);
}

static void a_region_is_where_the_boxes_are(void **state)
{
    (void)state;
    /* Of 20 x 12 macroblocks the box of "corner" has the lower left 4 x 4. */
    static const struct {
        const char *model, *strategy;
        int x, y, cols, rows, looks;
    } rows[] = {
        { "corner", "crop:model:0.04", 0, 8, 4, 2, LOOKS },
        { "corner", "layers:model:0.25:fps=1:lead=flat", 0, 6, 10, 6, 4 },
        { "nothing", "crop:model:0.25", 5, 3, 10, 6, LOOKS },
        { "nothing", "crop:model:0.25:received:size=source", 5, 3, 10, 6, LOOKS },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct world w = { 0 };
        show(&w, rows[i].model, rows[i].strategy);
        check_window(&w, rows[i].x, rows[i].y, rows[i].cols, rows[i].rows);
        assert_int_equal(count(&w, "look"), rows[i].looks);
        release(&w);
    }
}

/* The box of "corner" in pixels of the pictures as they are sent: of 320 x 192, of 160 x 96 where
   the model takes no larger ones, of a video. Read as thousandths, the same reply is elsewhere. */
static void pixels_are_those_of_what_is_sent(void **state)
{
    (void)state;
    static const struct {
        const char *fields;
        int y;
        const char *boxes;
    } rows[] = {
        { ", \"boxes\": \"pixels\"", 8, "pixels" },
        { ", \"boxes\": \"pixels\", \"max_pixels\": 15360", 8, "pixels" },
        { ", \"boxes\": \"pixels\", \"max_pixels\": 15360, \"send\": \"video\"", 8, "pixels" },
        { ", \"boxes\": \"thousandths\"", 1, NULL },
        { "", 1, NULL },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct world w = { 0 };
        struct view shown;
        show_with(&w, "pixels", rows[i].fields, "crop:model:0.04");
        check_window(&w, 0, rows[i].y, 4, 2);
        get(&w, w.shown, &shown);
        const json_t *by = json_object_get(json_object_get(shown.recipe, "how"), "provider");
        const char *boxes = dvb_json_get_str(by, "boxes");
        assert_true(rows[i].boxes ? boxes && !strcmp(boxes, rows[i].boxes) : !boxes);
        if (!rows[i].boxes)
            assert_string_equal(dvb_json_get_str(by, "prompt"), PROMPT_BEFORE);
        drop(&shown);
        release(&w);
    }
}

/* The region is that of the clip as it goes on, not of its first look alone: "m" moves its box to
   the right and down. */
static void a_region_follows_the_clip(void **state)
{
    (void)state;
    struct world w = { 0 };
    show(&w, "m", "crop:model:0.04:lead=flat");
    struct view shown;
    get(&w, w.shown, &shown);
    const json_t *how = json_object_get(shown.recipe, "how"),
                 *window = json_object_get(how, "window"), *by = json_object_get(how, "provider");
    assert_true(json_number_value(json_array_get(window, 0)) > 0);
    assert_string_equal(dvb_json_get_str(by, "provider"), "model");
    assert_string_equal(dvb_json_get_str(by, "look"), "original");
    assert_string_equal(dvb_json_get_str(by, "lead"), "flat");
    assert_non_null(json_object_get(by, "identity"));
    assert_non_null(json_object_get(by, "prompt"));
    assert_non_null(json_object_get(by, "words"));
    drop(&shown);
    release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_round_sees_what_the_last_one_gave),
        cmocka_unit_test(rounds_can_stop_earlier),
        cmocka_unit_test(originals_are_looked_at_once),
        cmocka_unit_test(a_region_is_where_the_boxes_are),
        cmocka_unit_test(pixels_are_those_of_what_is_sent),
        cmocka_unit_test(a_region_follows_the_clip),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
