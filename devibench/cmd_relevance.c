/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/mem.h"
#include "cmd.h"
#include "eval/relevance/picture.h"
#include "eval/relevance/qp.h"
#include "eval/relevance/relevance.h"
#include "media/clip.h"

struct settings {
    double at, gamma, base;
    const char *question, *provider, *out, *name;
    const char *models, *file, *endpoint, *look_model, *prompts, *models_file;
    int form;
    int64_t patch, seed;
};

#define AT(member) offsetof(struct settings, member)

static const struct dvb_opt opts[] = {
    { "at", 0, DVB_OPT_NUM, AT(at), "S", "0", 0, 1e7,
      .help = "The time, in seconds from the first frame; the newest frame by then is taken" },
    { "question", 0, DVB_OPT_STR, AT(question), "TEXT", "",
      .help = "What the user says; nothing, if not given" },
    { "provider", 'p', DVB_OPT_STR, AT(provider), "NAME", "detail",
      .help = "Who says what is relevant; inverse-NAME is the opposite" },
    { "out", 'o', DVB_OPT_STR, AT(out), "PICTURE.png",
      .help = "Draw the map over the frame, the words, and the QP of each part" },
    { "form", 0, DVB_OPT_CHOICE, AT(form), "FORM", "plain", .choices = dvb_form_names,
      .help = "How QP follows from relevance: equation 2 as it is, with relevance stretched over "
              "the frame first, or with the box form's limits" },
    { "gamma", 0, DVB_OPT_NUM, AT(gamma), "G", "3", DVB_GAMMA_LEAST, DVB_GAMMA_MOST,
      .help = "Equation 2's exponent" },
    { "base-qp", 0, DVB_OPT_NUM, AT(base), "QP", "0", 0, 51,
      .help = "Show what an encoder with this base QP would use; 0: the equation's own QP" },
    { "model-dir", 0, DVB_OPT_STR, AT(models), "DIR",
      .help = "ONNX export, for providers that run one" },
    { "file", 0, DVB_OPT_STR, AT(file), "FILE",
      .help = "Maps or boxes as JSON, or gaze points as CSV, for the provider file" },
    { "endpoint", 0, DVB_OPT_STR, AT(endpoint), "ENDPOINT",
      .help = "FORMAT:MODEL@BASE_URL or FORMAT:PROFILE with FORMAT vllm, jina or voyage, for the "
              "provider embed" },
    { "look-model", 0, DVB_OPT_STR, AT(look_model), "MODEL",
      .help = "Whom the provider model asks where to look: a profile (devibench models) or "
              "openai:NAME@BASE_URL" },
    { "prompts", 0, DVB_OPT_STR, AT(prompts), "DIR",
      .help = "Folder with regions.txt in place of the built-in prompt of the provider model" },
    { "models-file", 0, DVB_OPT_STR, AT(models_file), "FILE", .help = "More model profiles" },
    { "video-name", 0, DVB_OPT_STR, AT(name), "NAME",
      .help = "What a file calls the video; if not given, its file's name" },
    { "patch", 0, DVB_OPT_INT, AT(patch), "PIXELS", "0", 0, DVB_PATCH_MOST,
      .help = "Side of a patch; 0: the provider's own" },
    { "seed", 0, DVB_OPT_INT, AT(seed), "N", "1", 0, 9e15, .help = "Of the provider random" },
    { NULL },
};

/* What is found and shown. */
struct look {
    const struct settings *s;
    const char *path, *name;
    const struct dvb_provider *provider;
    void *state;
    AVFrame *frame;
    struct dvb_map map;
    float *qp; /* of each macroblock */
    int qp_rows, qp_cols;
    int best; /* cell of the highest rho */
};

/* At one frame a second the first tick's frame is the newest at or before the start. */
static int take_frame(struct look *k, struct dvb_err *err)
{
    const struct dvb_clip_settings c = { .start = k->s->at, .fps = 1 };
    struct dvb_clip *clip;
    int ret = dvb_clip_open(k->path, &c, &clip, err);
    if (ret)
        return ret;
    ret = dvb_clip_next(clip, &k->frame, err);
    if (!ret)
        ret = dvb_fail(err, DVB_FAULT_INPUT, ENOENT, "%s: no frame at %g s", k->path, k->s->at);
    dvb_clip_close(&clip);
    return ret < 0 ? ret : 0;
}

/* Most of all a file without --provider file: another map than was meant would be drawn. */
static int check_given(const struct dvb_provider *p, const struct dvb_provider_settings *s,
                       struct dvb_err *err)
{
    static const struct {
        unsigned what;
        const char *option, *for_whom;
    } given[] = {
        { DVB_TAKES_MODELS, "--model-dir", "clip and text" },
        { DVB_TAKES_FILE, "--file", "file and past" },
        { DVB_TAKES_ENDPOINT, "--endpoint", "embed" },
        { DVB_TAKES_LOOK_MODEL, "--look-model", "model" },
        { DVB_TAKES_PROMPTS, "--prompts", "model" },
        { DVB_TAKES_PATCH, "--patch", "all but model" },
    };
    unsigned wrong = dvb_provider_given(s) & ~dvb_provider_takes(p);
    for (size_t i = 0; i < sizeof(given) / sizeof(*given); i++)
        if (wrong & given[i].what)
            return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                            "%s is for --provider %s; the provider is '%s'", given[i].option,
                            given[i].for_whom, p->name);
    return 0;
}

static int make_map(struct look *k, struct dvb_err *err)
{
    const struct settings *s = k->s;
    const struct dvb_provider_settings p = { .models = s->models,
                                             .file = s->file,
                                             .endpoint = s->endpoint,
                                             .look_model = s->look_model,
                                             .prompts = s->prompts,
                                             .models_file = s->models_file,
                                             .patch = (int)s->patch,
                                             .seed = (uint64_t)s->seed };
    const struct dvb_relevance_query q = {
        .frame = k->frame, .at = s->at, .video = k->name, .words = s->question
    };
    int ret = dvb_provider_find_any(s->provider, &k->provider, err);
    if (ret)
        return dvb_err_prefix(err, "--provider");
    ret = check_given(k->provider, &p, err);
    if (!ret)
        ret = dvb_provider_open(k->provider, &p, &k->state, err);
    if (!ret)
        ret = k->provider->map(k->state, &q, &k->map, err);
    if (!ret)
        ret = dvb_map_check(&k->map, k->provider->name, err);
    if (!ret)
        k->best = dvb_relevance_peak(&k->map);
    return ret;
}

/* By the equation, or as an encoder of that base QP has it: offsets on top, at most 51. */
static float qp_of(const struct settings *s, double rho, double least)
{
    double offset = (double)dvb_qp_offset(rho, (enum dvb_form)s->form, s->gamma, least);
    if (s->base > 0)
        return (float)fmin(51, s->base + offset);
    return (float)(s->form == DVB_FORM_BOX ? 26 + offset : dvb_qp_of(rho, s->gamma));
}

static void make_qp(struct look *k)
{
    int w = k->frame->width, h = k->frame->height;
    size_t cells = (size_t)k->map.rows * (size_t)k->map.cols;
    struct dvb_map shown;
    double least = 51;
    k->qp_rows = (h + 15) / 16;
    k->qp_cols = (w + 15) / 16;
    k->qp = dvb_calloc((size_t)k->qp_rows * (size_t)k->qp_cols, sizeof(*k->qp));
    dvb_map_init(&shown, k->map.rows, k->map.cols);
    memcpy(shown.rho, k->map.rho, cells * sizeof(*shown.rho));
    if (k->s->form == DVB_FORM_STRETCHED)
        dvb_map_stretch(&shown);
    dvb_map_blocks(&shown, w, h, k->qp);
    for (int i = 0; i < k->qp_rows * k->qp_cols; i++)
        least = fmin(least, dvb_qp_of((double)k->qp[i], k->s->gamma));
    for (int i = 0; i < k->qp_rows * k->qp_cols; i++)
        k->qp[i] = qp_of(k->s, (double)k->qp[i], least);
    dvb_map_release(&shown);
}

static int draw(const struct look *k, struct dvb_size *size, struct dvb_err *err)
{
    const struct settings *s = k->s;
    char base[40] = "";
    if (s->base > 0)
        snprintf(base, sizeof(base), ", base QP %g", s->base);
    char *caption = dvb_asprintf("%s, %.2f s \xc2\xb7 %s \xc2\xb7 %d \xc3\x97 %d cells \xc2\xb7 "
                                 "\xce\xb3 %g, %s%s",
                                 k->name, s->at, k->provider->name, k->map.cols, k->map.rows,
                                 s->gamma, dvb_form_names[s->form], base);
    char *words = dvb_utf8_clean(s->question);
    char *clean = dvb_utf8_clean(caption);
    const struct dvb_relevance_picture p = {
        .frame = k->frame, .map = &k->map, .qp = k->qp, .words = words, .caption = clean
    };
    int ret = dvb_relevance_draw(&p, s->out, size, err);
    free(words);
    free(clean);
    free(caption);
    return ret;
}

static json_t *numbers(const float *v, int n, double unit)
{
    json_t *list = json_array();
    for (int i = 0; i < n; i++)
        json_array_append_new(list, json_real(round((double)v[i] / unit) * unit));
    return list;
}

/* Of the cell, in pixels of the frame. */
static double centre_of(int cell, int cells, int side)
{
    return (cell + 0.5) * side / cells;
}

static json_t *look_json(const struct look *k)
{
    const struct settings *s = k->s;
    const struct dvb_map *m = &k->map;
    int row = k->best / m->cols, col = k->best % m->cols;
    json_t *qp = dvb_json_pack("{s:s, s:f, s:f, s:i, s:i, s:o}", "form", dvb_form_names[s->form],
                               "gamma", s->gamma, "base", s->base, "rows", k->qp_rows, "cols",
                               k->qp_cols, "qp", numbers(k->qp, k->qp_rows * k->qp_cols, 0.01));
    json_t *max = dvb_json_pack("{s:i, s:i, s:f, s:f, s:f}", "row", row, "col", col, "rho",
                                round((double)m->rho[k->best] * 1e6) / 1e6, "x",
                                centre_of(col, m->cols, k->frame->width), "y",
                                centre_of(row, m->rows, k->frame->height));
    return dvb_json_pack("{s:o, s:f, s:o, s:o, s:i, s:i, s:i, s:i, s:o, s:o, s:o, s:o}", "video",
                         dvb_json_str(k->name), "at", s->at, "words", dvb_json_str(s->question),
                         "provider", k->provider->identity(k->state), "width", k->frame->width,
                         "height", k->frame->height, "rows", m->rows, "cols", m->cols, "rho",
                         numbers(m->rho, m->rows * m->cols, 1e-6), "max", max, "macroblocks", qp,
                         "picture", dvb_json_str(s->out));
}

static void range_of(const float *v, int n, double *least, double *most)
{
    *least = *most = (double)v[0];
    for (int i = 1; i < n; i++) {
        *least = fmin(*least, (double)v[i]);
        *most = fmax(*most, (double)v[i]);
    }
}

static void print_text(const struct look *k, const struct dvb_size *size)
{
    const struct dvb_map *m = &k->map;
    double least, most;
    range_of(m->rho, m->rows * m->cols, &least, &most);
    int row = k->best / m->cols, col = k->best % m->cols;
    printf("%s at %g s by %s, %d rows of %d cells: relevance %.3f to %.3f", k->name, k->s->at,
           k->provider->name, m->rows, m->cols, least, most);
    if (most > least)
        printf(", highest in row %d, column %d, at pixel %.0f, %.0f", row + 1, col + 1,
               centre_of(col, m->cols, k->frame->width), centre_of(row, m->rows, k->frame->height));
    range_of(k->qp, k->qp_rows * k->qp_cols, &least, &most);
    printf("\nQP %.1f to %.1f in %d x %d macroblocks (%s, gamma %g)\n", least, most, k->qp_cols,
           k->qp_rows, dvb_form_names[k->s->form], k->s->gamma);
    if (k->s->out)
        printf("%s: %d x %d\n", k->s->out, size->w, size->h);
}

static int look(struct look *k, struct dvb_size *size, struct dvb_err *err)
{
    int ret = make_map(k, err);
    if (ret)
        return ret;
    make_qp(k);
    return k->s->out ? draw(k, size, err) : 0;
}

static int check(const struct settings *s, struct dvb_err *err)
{
    size_t len = s->out ? strlen(s->out) : 0;
    if (!s->out || (len > 4 && !strcasecmp(s->out + len - 4, ".png")))
        return 0;
    return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                    "--out: found '%s', expected a name ending in .png", s->out);
}

static int run(const struct dvb_invocation *inv, void *settings, struct dvb_err *err)
{
    const struct settings *s = settings;
    const char *slash = strrchr(inv->args[0], '/');
    struct look k = { .s = s, .path = inv->args[0] };
    struct dvb_size size = { 0 };
    k.name = s->name ? s->name : slash ? slash + 1 : inv->args[0];
    int ret = check(s, err);
    if (!ret)
        ret = take_frame(&k, err);
    if (!ret)
        ret = look(&k, &size, err);
    if (!ret && inv->common->json)
        dvb_cmd_print_json(inv->command, look_json(&k));
    else if (!ret)
        print_text(&k, &size);
    dvb_provider_close(k.provider, k.state);
    dvb_map_release(&k.map);
    free(k.qp);
    av_frame_free(&k.frame);
    return ret;
}

static const char *const examples[] = {
    "devibench relevance street.mp4 --at 12 --question 'Which bus is it?' --provider clip "
    "--model-dir mobileclip --out bus.png",
    "devibench relevance shelf.mp4 --question 'What does the milk cost?' --provider model \\\n"
    "      --look-model openai:reader-eng@http://127.0.0.1:8099/v1 --form box --out shelf.png",
    "devibench relevance talk.mp4 --provider file --file gaze.csv --at 3 --json",
    NULL,
};

const struct dvb_command dvb_cmd_relevance = {
    .name = "relevance",
    .args = "VIDEO",
    .min_args = 1,
    .max_args = 1,
    .summary = "Draw which parts of a frame matter to the user's words, and the QP that follows",
    .details =
        "Shows what context-aware streaming would do with one frame. Relevance lies from -1 to 1; "
        "QP = 51 * (1 - ((relevance + 1) / 2) ^ gamma). The picture has relevance on the left and "
        "QP on the right.\n\n"
        "Providers: clip (a dual encoder's ONNX export, --model-dir), text (PP-OCR's text "
        "detector: --model-dir, or what 'make ocr-models' fetched), file (maps or boxes as JSON, "
        "gaze points as CSV), embed (a multimodal embedding endpoint; the key is read from "
        "VLLM_API_KEY, JINA_API_KEY or VOYAGE_API_KEY, or the profile's variable), model (the "
        "boxes "
        "that --look-model returns when it is shown this frame alone, as the first look of "
        "context:model of 'devibench eval' is, which has --form box; asked anew each time), detail "
        "(where "
        "the picture has fine detail, whatever the words), past (the mean of a JSON file's entries "
        "before the frame: where earlier questions looked), and for comparison centre, random and "
        "inverse-NAME.\n\n"
        "A JSON file is {\"schema_version\": 1, \"videos\": {NAME: [ENTRY, ..]}}; an entry holds "
        "from \"at\" (seconds) until the next, the first one also before, and has \"rows\", "
        "\"cols\" and \"rho\" (numbers "
        "from -1 to 1, row by row) or \"boxes\" ([x0, y0, x1, y1], 0 to 1000), and may have "
        "\"words\" that it is for; at, rows, cols and rho of --json make one. A CSV file has the "
        "columns video, t, x and y: seconds, and 0 to 1 of width and height; the last half "
        "second counts, and where it has no point the newest, before all of them the first.",
    .examples = examples,
    .opts = opts,
    .settings_size = sizeof(struct settings),
    .run = run,
};
