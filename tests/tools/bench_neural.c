/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Relevance on one core: the provider clip with a picture encoder of TinyCLIP's size in 32 and
 * in 8 bits (`make_onnx vit`, `vit-int8`; random weights cost the same time as trained ones),
 * and PP-OCR's detector. `bench_neural VIT VIT_INT8`: maps of a 1080p frame.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "eval/relevance/relevance.h"
#include "neural/ocr_models.h"
#include "neural/onnx.h"

#define WANTED 2.0 /* maps a second: how often a model looks at a video */
#define ROUNDS 3

static _Noreturn void die(const struct dvb_err *err)
{
    fprintf(stderr, "bench_neural: %s\n", err->msg);
    exit(1);
}

/* Detail at every scale, like a camera's; 1920x1080. */
static AVFrame *make_frame(void)
{
    AVFrame *f = av_frame_alloc();
    f->format = AV_PIX_FMT_YUV420P;
    f->width = 1920;
    f->height = 1080;
    if (av_frame_get_buffer(f, 0))
        exit(1);
    for (int p = 0; p < 3; p++)
        for (int y = 0; y < f->height >> (p > 0); y++)
            for (int x = 0; x < f->width >> (p > 0); x++)
                f->data[p][y * f->linesize[p] + x] =
                    (uint8_t)(16 + ((x * 7 ^ y * 13) + (x >> 3) * (y >> 4)) % 200);
    return f;
}

/* All work is done in this thread; its processor time is what one core needs, also while
   other programs run. */
static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Seconds for a map of a new frame, and of that frame for other words. */
struct took {
    double first, again;
};

static double time_one(const struct dvb_provider *p, void *state, const AVFrame *f,
                       const char *words, struct dvb_map *out)
{
    const struct dvb_relevance_query q = { .frame = f, .video = "bench", .words = words };
    struct dvb_err err = { 0 };
    double from = now();
    dvb_map_release(out);
    if (p->map(state, &q, out, &err))
        die(&err);
    return now() - from;
}

/* The best of a few, after one that warms up; each time the frame is another. */
static struct took time_map(const struct dvb_provider *p, const struct dvb_provider_settings *s,
                            AVFrame *f, struct dvb_map *out)
{
    struct took best = { 1e9, 1e9 };
    struct dvb_err err = { 0 };
    void *state;
    if (p->open(s, &state, &err))
        die(&err);
    for (int i = 0; i <= ROUNDS; i++) {
        f->data[0][0] = (uint8_t)i;
        double first = time_one(p, state, f, "the blue car", out);
        double again = time_one(p, state, f, "the red car", out);
        best.first = i && first < best.first ? first : best.first;
        best.again = i && again < best.again ? again : best.again;
    }
    p->close(state);
    return best;
}

static const int patches[] = { 360, 0, 180, 120 };
#define N_GRIDS (sizeof(patches) / sizeof(*patches))

static void bench_clip(const char *folder, const char *bits, AVFrame *f,
                       struct dvb_map maps[N_GRIDS])
{
    const struct dvb_provider *p;
    struct dvb_err err = { 0 };
    if (dvb_provider_find("clip", &p, &err))
        die(&err);
    for (size_t i = 0; i < N_GRIDS; i++) {
        const struct dvb_provider_settings s = { .models = folder, .patch = patches[i] };
        struct took took = time_map(p, &s, f, &maps[i]);
        int n = maps[i].rows * maps[i].cols;
        printf("clip   %s %2d x %2d patches%s %5.0f ms a frame %6.1f ms a patch %6.2f fps  %s, "
               "%.0f ms for other words\n",
               bits, maps[i].rows, maps[i].cols, patches[i] ? "          " : " (default)",
               1e3 * took.first, 1e3 * took.first / n, 1 / took.first,
               1 / took.first >= WANTED ? "2 fps met" : "2 fps not met", 1e3 * took.again);
    }
}

/* How far two maps of one grid lie apart, and over how much both range. */
static void compare(const struct dvb_map *a, const struct dvb_map *b)
{
    float apart = 0, lo = 1, hi = -1;
    for (int i = 0; i < a->rows * a->cols; i++) {
        apart = fmaxf(apart, fabsf(a->rho[i] - b->rho[i]));
        lo = fminf(lo, a->rho[i]);
        hi = fmaxf(hi, a->rho[i]);
    }
    printf("clip   8 bits change rho by %.4f at most, of maps from %.4f to %.4f\n", (double)apart,
           (double)lo, (double)hi);
}

static void bench_text(AVFrame *f)
{
    const struct dvb_provider_settings s = { 0 };
    const struct dvb_provider *p;
    struct dvb_err err = { 0 };
    struct dvb_map m = { 0 };
    char *folder = dvb_ocr_models_folder();
    if (!folder) {
        printf("text   not timed: it needs 'make ocr-models'\n");
        return;
    }
    free(folder);
    if (dvb_provider_find("text", &p, &err))
        die(&err);
    double took = time_map(p, &s, f, &m).first;
    printf("text   PP-OCR's detector at 960 pixels %3.0f ms a frame %24.2f fps  %s\n", 1e3 * took,
           1 / took, 1 / took >= WANTED ? "2 fps met" : "2 fps not met");
    dvb_map_release(&m);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: bench_neural VIT_FOLDER VIT_INT8_FOLDER\n");
        return 2;
    }
    if (!dvb_onnx_available()) {
        printf("relevance by networks: not timed, built without ONNX Runtime\n");
        return 0;
    }
    AVFrame *f = make_frame();
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("relevance of a %dx%d frame, processor time on one core, best of %d\n", f->width,
           f->height, ROUNDS);
    struct dvb_map full[N_GRIDS] = { { 0 } }, quantised[N_GRIDS] = { { 0 } };
    bench_clip(argv[1], "float", f, full);
    bench_clip(argv[2], "int8 ", f, quantised);
    compare(&full[N_GRIDS - 1], &quantised[N_GRIDS - 1]);
    for (size_t i = 0; i < N_GRIDS; i++) {
        dvb_map_release(&full[i]);
        dvb_map_release(&quantised[i]);
    }
    bench_text(f);
    av_frame_free(&f);
    return 0;
}
