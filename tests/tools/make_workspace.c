/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * make_workspace DIR: a small workspace as a build leaves it, for tests of the
 * commands that read one. Two videos, two runs; flat grey frames whose
 * brightness says which one it is: original 60 + 12 i, degraded 40 + 6 i.
 */
#include <libavutil/frame.h>
#include <libavutil/pixfmt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "media/image.h"
#include "workspace/workspace.h"

#define T(text) ((char *)(text)) /* the store only borrows what it is given */
#define N_FRAMES 10

static struct dvb_err err;

static void must(int ret)
{
    if (ret) {
        fprintf(stderr, "make_workspace: %s\n", err.msg);
        exit(1);
    }
}

struct world {
    struct dvb_workspace *ws;
    int64_t filter, verifier, prompt, run;
    int64_t video[2], segment[3], original[3], degraded[3];
};

static void write_frame(const char *path, int w, int h, int luma)
{
    AVFrame *f = av_frame_alloc();
    f->width = w;
    f->height = h;
    f->format = AV_PIX_FMT_YUV420P;
    f->color_range = AVCOL_RANGE_MPEG;
    if (av_frame_get_buffer(f, 0) < 0)
        exit(1);
    for (int p = 0; p < 3; p++)
        memset(f->data[p], p ? 128 : luma, (size_t)f->linesize[p] * (size_t)(p ? h / 2 : h));
    must(dvb_image_write_jpeg(f, 95, path, &err));
    av_frame_free(&f);
}

static int64_t put_rendition(struct world *w, int segment, bool degraded)
{
    char *path = dvb_asprintf("renditions/%d/%s", segment, degraded ? "degraded" : "original");
    char *dir = dvb_path_join(w->ws->dir, path);
    must(dvb_mkdirs(dir, &err));
    for (int i = 0; i < N_FRAMES; i++) {
        char *file = dvb_asprintf("%s/frame-%04d.jpg", dir, i + 1);
        write_frame(file, degraded ? 32 : 64, degraded ? 18 : 36,
                    degraded ? 40 + 6 * i : 60 + 12 * i);
        free(file);
    }
    const struct dvb_rendition r = {
        .segment = w->segment[segment],
        .kind = degraded ? T("degraded") : T("original"),
        .recipe = degraded ? T("{\"bitrate\":20000}") : T("{}"),
        .recipe_hash = degraded ? T("d") : T("o"),
        .path = path,
        .hash = T("00"),
        .n_frames = N_FRAMES,
        .video = degraded,
        .bitrate_kbps = degraded ? 19.75 : 0,
        .met = degraded,
        .detail = degraded ? T("{\"width\":32,\"height\":18,\"mean_qp\":44.25}") : NULL,
    };
    int64_t id;
    must(dvb_store_put_rendition(w->ws->store, &r, &id, &err));
    free(path);
    free(dir);
    return id;
}

static void put_media(struct world *w)
{
    static const char *const names[] = { "sample_1/video.mp4", "talks/a.mkv" };
    static const char *const hashes[] = { "aa", "bb" };
    for (int i = 0; i < 2; i++) {
        char *path = dvb_path_join("/videos", names[i]);
        const struct dvb_video v = { .name = T(names[i]),
                                     .path = path,
                                     .hash = T(hashes[i]),
                                     .width = 64,
                                     .height = 36,
                                     .fps = 25,
                                     .duration = 30 };
        must(dvb_store_put_video(w->ws->store, &v, &w->video[i], &err));
        free(path);
    }
    static const int64_t start[] = { 10000, 20000, 12500 };
    for (int i = 0; i < 3; i++) {
        const struct dvb_segment seg = { .video = w->video[i == 2],
                                         .start_ms = start[i],
                                         .length_ms = 5000 };
        must(dvb_store_put_segment(w->ws->store, &seg, &w->segment[i], &err));
        w->original[i] = put_rendition(w, i, false);
        w->degraded[i] = put_rendition(w, i, true);
    }
}

static int64_t put_call(struct world *w, const char *step, int64_t model,
                        enum dvb_call_status status, const char *reply)
{
    static int serial;
    char hash[DVB_HASH_LEN + 1];
    snprintf(hash, sizeof(hash), "%064d", ++serial);
    const struct dvb_call c = { .request_hash = hash,
                                .model = model,
                                .prompt = w->prompt,
                                .step = T(step),
                                .status = status,
                                .reply = T(reply),
                                .usage = T("{\"prompt_tokens\":7}"),
                                .cost_usd = 0.000125,
                                .latency_s = 0.25,
                                .attempts = serial == 3 ? 2 : 1 };
    int64_t id;
    must(dvb_store_put_call(w->ws->store, &c, &id, &err));
    return id;
}

/* right: 'y', 'n', or 'r' for a refusal; 0 for a step not taken. */
static void put_verdict(struct world *w, int64_t question, int segment, const char *step,
                        int64_t model, char right)
{
    if (!right)
        return;
    static const char *const replies[] = { "Answer: B", "Answer: C", "I can\033[2Jnot tell." };
    int kind = right == 'y' ? 0 : right == 'n' ? 1 : 2;
    const struct dvb_verdict v = {
        .run = w->run,
        .question = question,
        .step = T(step),
        .model = model,
        .call = put_call(w, step, model, kind == 2 ? DVB_CALL_REFUSED : DVB_CALL_OK, replies[kind]),
        .rendition = strcmp(step, "degraded") ? w->original[segment] : w->degraded[segment],
        .answer = kind == 2 ? -1 : kind + 1,
        .correct = right == 'y',
    };
    must(dvb_store_put_verdict(w->ws->store, &v, &err));
}

static void put_question(struct world *w, int segment, int64_t call, int index, const char *text,
                         const char *const options[4], const char *right)
{
    struct dvb_question q = { .segment = w->segment[segment],
                              .call = call,
                              .index = index,
                              .text = T(text),
                              .n_options = 4,
                              .answer = 1,
                              .task_type = T("Text-Rich Understanding"),
                              .multi_frame = index % 2,
                              .origin = T("generated") };
    for (int i = 0; i < 4; i++)
        q.options[i] = T(options[i]);
    int64_t id;
    must(dvb_store_put_question(w->ws->store, &q, &id, &err));
    must(dvb_store_put_run_question(w->ws->store, w->run, id, &err));
    size_t steps = strlen(right);
    put_verdict(w, id, segment, "original", w->filter, steps > 0 ? right[0] : 0);
    put_verdict(w, id, segment, "degraded", w->filter, steps > 1 ? right[1] : 0);
    put_verdict(w, id, segment, "verify", w->verifier, steps > 2 ? right[2] : 0);
}

static void put_questions(struct world *w)
{
    static const char *const plain[] = { "36", "38", "63", "83" };
    static const char *const odd[] = { "plan A) only", "see B) above", "N.Y.", "a, \"b\"" };
    int64_t call = put_call(w, "generate", w->filter, DVB_CALL_OK,
                            "{\"questions\": [\n  {\"question\": \"Which number is on the shirt?\""
                            ", \"options\": [\"36\", \"38\", \"63\", \"83\"]}]}\n\033[31mred");
    put_question(w, 0, call, 0, "Which number is on the shirt?", plain, "yny");
    put_question(w, 0, call, 1, "Which line of the sign, \"EXIT\" or so, is red?", odd, "yry");
    put_question(w, 1, call, 2, "Which year is\nshown?", plain, "ynn");
    put_question(w, 1, call, 3, "Which word?", plain, "yyy");
    put_question(w, 2, call, 4,
                 "Wer spricht \xc3\xbc"
                 "ber \xe5\xad\x97\xe5\xb9\x95?",
                 plain, "yny");
    put_question(w, 2, call, 5, "Which tool?", plain, "");
}

static void put_run(struct world *w)
{
    const struct dvb_run r = { .command = T("build"),
                               .line = T("devibench build"),
                               .versions = T("{}"),
                               .settings = T("{}") };
    must(dvb_store_put_run(w->ws->store, &r, &w->run, &err));
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: make_workspace DIR\n");
        return 2;
    }
    struct world w = { 0 };
    must(dvb_workspace_open(argv[1], &w.ws, &err));
    must(dvb_store_put_model(w.ws->store, "reader-eng", "{}", &w.filter, &err));
    must(dvb_store_put_model(w.ws->store, "reader-latin", "{}", &w.verifier, &err));
    must(dvb_store_put_prompt(w.ws->store, "generate", "Look.", &w.prompt, &err));
    must(dvb_store_begin(w.ws->store, &err));
    put_media(&w);
    put_run(&w); /* an earlier one, with nothing in it */
    put_run(&w);
    put_questions(&w);
    must(dvb_store_end(w.ws->store, true, &err));
    dvb_workspace_close(&w.ws);
    return 0;
}
