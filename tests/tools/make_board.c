/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * make_board DIR MODELS RATES QUESTIONS [KIND]: a workspace as a build and an evaluation
 * leave it, for tests and the bench of `devibench report`. KIND:
 *   plain    (the default) what is answered follows skill, rate and difficulty
 *   hostile  every text is full of markup, scripts, controls and turned writing, and one
 *            option is of 10,000 letters
 *   pictures plain, and the first clips have pictures; the lowest rate has a QP map, the next
 *            kept a window of the picture
 *   half     the evaluation was stopped half way
 *   build    nothing was evaluated yet
 * But for that there are no pictures on the disk.
 */
#include <libavutil/frame.h>
#include <libavutil/pixfmt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/text.h"
#include "media/image.h"
#include "workspace/workspace.h"

#define T(text) ((char *)(text)) /* the store only borrows what it is given */
#define PER_VIDEO 5

static struct dvb_err err;

static void must(int ret)
{
    if (ret) {
        fprintf(stderr, "make_board: %s\n", err.msg);
        exit(1);
    }
}

struct world {
    struct dvb_workspace *ws;
    int64_t models, rates, questions; /* rates without the original */
    bool hostile, half, pictures;
    int64_t prompt, build, run, generator;
    int64_t *question, *segment; /* [question] */
    int64_t *rendition;          /* [question * (rates + 1) + rate]; the original is the last */
    double *ease;                /* [question] */
};

static const char attack[] =
    "</td></script><script>alert(1)</script><img src=x onerror=alert(2)>\" onmouseover=\"alert(3)"
    "\" '><style>*{display:none}</style><!-- <bdi> &lt;b&gt; \xe2\x80\xaeright to left\xe2\x81\xa6 "
    "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \x1b[31m\x07\r\x7f \xc2\x9b \xff\xc0\xbc <base href=//x> "
    "<meta http-equiv=refresh content=0> javascript:alert(4) {{7*7}} ${7*7} ]]> --!> "
    "\xf0\x9f\x98\x80\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa9 e\xcc\x81\xcc\x81\xcc\x81";
#define LONG 10000

/* What says where bits went: the first rate has a map, the second kept a window. */
static const char map[] =
    "{\"width\":320,\"height\":180,\"map\":{\"grid\":{\"square\":64,"
    "\"columns\":5,\"tenths\":[0,20,40,80,90,10,-60,-90,80,90,0,20,40,80,90]}}}";
static const char window[] = "{\"how\":{\"window\":[0.25,0.1,0.5,0.5]}}";

#define PICTURED 3 /* clips with pictures */
#define N_FRAMES 10

/* The text itself, or one that tries to break out; i keeps them apart. Heap. */
static char *words(const struct world *w, const char *text, int64_t i)
{
    return w->hostile ? dvb_asprintf("%s %s %lld", text, attack, (long long)i)
                      : dvb_asprintf("%s %lld", text, (long long)i);
}

static int64_t rate_of(int64_t i)
{
    return 100000 * (i + 1);
}

/* A picture of squares, the coarser the lower the rate; the shade tells pictures apart. */
static void write_picture(const char *path, int64_t square, int shade)
{
    AVFrame *f = av_frame_alloc();
    f->width = 320;
    f->height = 180;
    f->format = AV_PIX_FMT_YUV420P;
    f->color_range = AVCOL_RANGE_MPEG;
    if (av_frame_get_buffer(f, 0) < 0)
        exit(1);
    for (int p = 0; p < 3; p++)
        for (int y = 0; y < (p ? 90 : 180); y++)
            for (int x = 0; x < (p ? 160 : 320); x++)
                f->data[p][y * f->linesize[p] + x] =
                    p ? 128 : (uint8_t)(40 + shade + ((x / square + y / square) % 2) * 120);
    must(dvb_image_write_jpeg(f, 90, path, &err));
    av_frame_free(&f);
}

static void write_pictures(const struct world *w, const char *path, int64_t rate)
{
    char *dir = dvb_path_join(w->ws->dir, path);
    must(dvb_mkdirs(dir, &err));
    for (int i = 0; i < N_FRAMES; i++) {
        char *file = dvb_asprintf("%s/frame-%04d.jpg", dir, i + 1);
        write_picture(file, 4 * (w->rates + 1 - rate), 6 * i);
        free(file);
    }
    free(dir);
}

static int64_t put_rendition(struct world *w, int64_t q, int64_t rate)
{
    bool original = rate == w->rates;
    char *path = dvb_asprintf("renditions/%lld-%lld", (long long)q, (long long)rate);
    char *hash = dvb_asprintf("h%lld", (long long)rate);
    const struct dvb_rendition r = { .segment = w->segment[q],
                                     .kind = original ? T("original") : T("degraded"),
                                     .recipe = w->pictures && rate == 1 ? T(window) : T("{}"),
                                     .detail = w->pictures && rate == 0 ? T(map) : NULL,
                                     .recipe_hash = hash,
                                     .path = path,
                                     .hash = T("00"),
                                     .n_frames = N_FRAMES,
                                     .bitrate_kbps = original ? 0 : (double)rate_of(rate) / 1000,
                                     .met = true };
    int64_t id;
    must(dvb_store_put_rendition(w->ws->store, &r, &id, &err));
    if (w->pictures && q < PICTURED)
        write_pictures(w, path, rate);
    free(path);
    free(hash);
    return id;
}

static int64_t put_call(struct world *w, int64_t model, const char *step, const char *reply,
                        enum dvb_call_status status)
{
    static int64_t serial;
    char hash[DVB_HASH_LEN + 1];
    snprintf(hash, sizeof(hash), "%064lld", (long long)++serial);
    const struct dvb_call c = { .request_hash = hash,
                                .model = model,
                                .prompt = w->prompt,
                                .step = T(step),
                                .status = status,
                                .reply = T(reply),
                                .tokens_in = 900,
                                .tokens_out = 40,
                                .cost_usd = 0.0002,
                                .latency_s = 0.5 + (double)(serial % 100) / 100,
                                .attempts = 1 };
    int64_t id;
    must(dvb_store_put_call(w->ws->store, &c, &id, &err));
    return id;
}

static int64_t put_video(struct world *w, int64_t i)
{
    char *hash = dvb_asprintf("v%lld", (long long)i), *name = words(w, "video", i);
    const struct dvb_video v = { .name = name,
                                 .path = T("/home/someone/videos/v.mp4"),
                                 .hash = hash,
                                 .width = 1280,
                                 .height = 720,
                                 .fps = 25,
                                 .duration = 60 };
    int64_t id;
    must(dvb_store_put_video(w->ws->store, &v, &id, &err));
    free(hash);
    free(name);
    return id;
}

static void put_question(struct world *w, int64_t i, int64_t video, int64_t call)
{
    static const char *const tasks[] = { "Text-Rich Understanding", "Spatial Understanding",
                                         "Counting" };
    const struct dvb_segment seg = { .video = video,
                                     .start_ms = i % PER_VIDEO * 10000,
                                     .length_ms = 5000 };
    must(dvb_store_put_segment(w->ws->store, &seg, &w->segment[i], &err));
    for (int64_t rate = 0; rate <= w->rates; rate++)
        w->rendition[i * (w->rates + 1) + rate] = put_rendition(w, i, rate);
    struct dvb_question q = { .segment = w->segment[i],
                              .call = call,
                              .index = (int)i,
                              .text = words(w, "What does the sign say in place", i),
                              .n_options = 4,
                              .answer = (int)(i % 4),
                              .task_type = w->hostile && i % 3 == 0 ? T(attack) : T(tasks[i % 3]),
                              .multi_frame = i % 2,
                              .origin = T("generated") };
    for (int k = 0; k < 4; k++)
        q.options[k] = words(w, "option", k);
    if (w->hostile && !i) {
        q.options[3] = dvb_realloc(q.options[3], LONG + 1, 1);
        memset(q.options[3], 'x', LONG);
        q.options[3][LONG] = '\0';
    }
    must(dvb_store_put_question(w->ws->store, &q, &w->question[i], &err));
    must(dvb_store_put_run_question(w->ws->store, w->build, w->question[i], &err));
    static const char *const steps[] = { "original", "degraded", "verify" };
    for (int k = 0; k < 3; k++) {
        const struct dvb_verdict v = {
            .run = w->build,
            .question = w->question[i],
            .step = T(steps[k]),
            .model = w->generator,
            .rendition = w->rendition[i * (w->rates + 1) + (k == 1 ? 0 : w->rates)],
            .answer = k == 1 ? -1 : q.answer,
            .correct = k != 1
        };
        must(dvb_store_put_verdict(w->ws->store, &v, &err));
    }
    free(q.text);
    for (int k = 0; k < 4; k++)
        free(q.options[k]);
}

static int64_t put_model(struct world *w, int64_t i)
{
    char *name = words(w, "model", i);
    char *profile = dvb_asprintf(
        "{\"base_url\":\"https://secret-host.example/v1\",\"model\":\"m%lld"
        "\",\"price_in\":1,\"wire\":\"openai\",\"temperature\":0}",
        (long long)i);
    int64_t id;
    must(dvb_store_put_model(w->ws->store, name, profile, &id, &err));
    free(name);
    free(profile);
    return id;
}

static void put_build(struct world *w)
{
    const struct dvb_run r = {
        .command = T("build"),
        .line = T("devibench build --videos /home/someone/videos --workspace ws"),
        .versions = T("{\"devibench\":\"0.1.0\",\"revision\":\"abc1234\"}"),
        .settings = T("{\"generator\":\"openai:m0@https://secret-host.example/v1\",\"recipes\":"
                      "{\"degraded\":{\"degraded\":{\"bitrate\":100000}}}}"),
    };
    int64_t video = 0;
    must(dvb_store_put_run(w->ws->store, &r, &w->build, &err));
    w->generator = put_model(w, 0);
    int64_t call = put_call(w, w->generator, "generate", "{}", DVB_CALL_OK);
    struct dvb_rng rng;
    dvb_rng_init(&rng, 7, "make_board");
    for (int64_t i = 0; i < w->questions; i++) {
        if (i % PER_VIDEO == 0)
            video = put_video(w, i / PER_VIDEO);
        w->ease[i] = dvb_rng_unit(&rng);
        put_question(w, i, video, call);
    }
    must(dvb_store_finish_run(w->ws->store, w->build, &err));
}

/* A letter and, for every third answer, some words. Heap. */
static char *reply_of(const struct world *w, int64_t serial, int option)
{
    if (serial % 3)
        return dvb_asprintf("%c", 'A' + option);
    char *text = words(w, "The sign in the middle of the picture can be read well enough: it says",
                       serial);
    char *reply = dvb_asprintf("%s\nAnswer: %c", text, 'A' + option);
    free(text);
    return reply;
}

static void put_result(struct world *w, int64_t cell, int64_t model, int64_t m, int64_t rate,
                       int64_t q)
{
    static int64_t serial;
    struct dvb_rng rng;
    char *label = dvb_asprintf("%lld/%lld/%lld", (long long)m, (long long)rate, (long long)q);
    dvb_rng_init(&rng, 7, label);
    free(label);
    double skill = 0.3 + 0.5 * (double)(m * 17 % 50) / 50;
    double seen = (double)(rate + 1) / (double)(w->rates + 1);
    bool right = dvb_rng_unit(&rng) < skill * (0.3 + 0.7 * seen) + 0.3 * (w->ease[q] - 0.5);
    bool refused = !right && dvb_rng_below(&rng, 10) == 0;
    int option = (int)((q + (right ? 0 : 1 + dvb_rng_below(&rng, 3))) % 4);
    char *reply = reply_of(w, ++serial, option);
    const struct dvb_result_row r = {
        .cell = cell,
        .question = w->question[q],
        .rendition = w->rendition[q * (w->rates + 1) + rate],
        .call = put_call(w, model, "eval", reply, refused ? DVB_CALL_REFUSED : DVB_CALL_OK),
        .answer = refused ? -1 : option,
        .score = right,
    };
    must(dvb_store_put_result(w->ws->store, &r, &err));
    free(reply);
}

static void put_eval(struct world *w)
{
    const struct dvb_run r = {
        .command = T("eval"),
        .line = T("devibench eval --workspace /home/someone/ws --models m"),
        .versions = T("{\"devibench\":\"0.1.0\",\"revision\":\"abc1234\"}"),
        .seed = 1,
        .settings = T("{\"set\":1,\"questions\":\"verified\",\"answers\":\"choice\",\"judge\":null,"
                      "\"exclude_builders\":false,\"prompts\":{}}"),
    };
    must(dvb_store_put_run(w->ws->store, &r, &w->run, &err));
    for (int64_t q = 0; q < w->questions; q++)
        must(dvb_store_put_run_question(w->ws->store, w->run, w->question[q], &err));
    int64_t n = w->models * (w->rates + 1);
    int64_t *cells = dvb_calloc((size_t)n, sizeof(*cells)), *ids = dvb_calloc((size_t)w->models, 8);
    for (int64_t i = 0; i < n; i++) {
        int64_t m = i / (w->rates + 1), rate = i % (w->rates + 1);
        if (!rate)
            ids[m] = put_model(w, m);
        const struct dvb_cell_row c = { .run = w->run,
                                        .index = (int)i,
                                        .model = ids[m],
                                        .bitrate = rate == w->rates ? 0 : rate_of(rate),
                                        .strategy = "uniform",
                                        .sampling = "{\"fps\":2.0,\"frames\":null}" };
        must(dvb_store_put_cell(w->ws->store, &c, &cells[i], &err));
    }
    for (int64_t q = 0; q < (w->half ? w->questions / 2 : w->questions); q++)
        for (int64_t i = 0; i < n; i++)
            put_result(w, cells[i], ids[i / (w->rates + 1)], i / (w->rates + 1), i % (w->rates + 1),
                       q);
    if (!w->half)
        must(dvb_store_finish_run(w->ws->store, w->run, &err));
    free(cells);
    free(ids);
}

int main(int argc, char **argv)
{
    struct world w = { 0 };
    const char *kind = argc == 6 ? argv[5] : "plain";
    if (argc < 5 || argc > 6 || !dvb_parse_int(argv[2], &w.models) ||
        !dvb_parse_int(argv[3], &w.rates) || !dvb_parse_int(argv[4], &w.questions)) {
        fprintf(stderr, "usage: make_board DIR MODELS RATES QUESTIONS [plain|hostile|half|build|"
                        "pictures]\n");
        return 2;
    }
    size_t n = (size_t)w.questions + 1;
    w.hostile = !strcmp(kind, "hostile");
    w.half = !strcmp(kind, "half");
    w.pictures = !strcmp(kind, "pictures");
    w.question = dvb_calloc(n, sizeof(*w.question));
    w.segment = dvb_calloc(n, sizeof(*w.segment));
    w.rendition = dvb_calloc(n * ((size_t)w.rates + 1), sizeof(*w.rendition));
    w.ease = dvb_calloc(n, sizeof(*w.ease));
    must(dvb_workspace_open(argv[1], &w.ws, &err));
    must(dvb_store_put_prompt(w.ws->store, "answer", "Look.", &w.prompt, &err));
    must(dvb_store_begin(w.ws->store, &err));
    put_build(&w);
    if (strcmp(kind, "build"))
        put_eval(&w);
    must(dvb_store_end(w.ws->store, true, &err));
    dvb_workspace_close(&w.ws);
    free(w.question);
    free(w.segment);
    free(w.rendition);
    free(w.ease);
    return 0;
}
