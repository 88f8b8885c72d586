/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What strategy/look.h asks of a call's last pictures, asked of a single one: its
 * prompt, its picture's size, its boxes. Nothing is kept of it.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "eval/relevance/providers.h"
#include "eval/relevance/regions.h"
#include "media/film.h"
#include "media/image.h"
#include "model/client.h"

#define FPS 2 /* of the looks that the prompt tells of */
#define RETRIES 2
#define SHOWN_REPLY 300 /* bytes of it in a message */

struct model {
    struct dvb_profile *profile;
    char *prompt; /* with slots */
};

/* The picture as the model is sent it. */
struct sent {
    char *dir, *path; /* owned; NULL before it is there */
    bool video;
    struct dvb_region_scale scale;
};

static void close_model(void *state)
{
    struct model *m = state;
    if (!m)
        return;
    dvb_profile_free(&m->profile);
    free(m->prompt);
    free(m);
}

/* A key that is missing is told before anything is made. */
static int find_model(struct model *m, const struct dvb_provider_settings *s, struct dvb_err *err)
{
    char *key = NULL;
    int ret = dvb_profile_find(s->look_model, s->models_file, &m->profile, err);
    if (!ret)
        ret = dvb_profile_key(m->profile, &key, err);
    free(key);
    return ret;
}

static int open_model(const struct dvb_provider_settings *s, void **state, struct dvb_err *err)
{
    *state = NULL;
    if (!s->look_model)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "the provider 'model' needs a model to ask (--look-model): a profile's "
                        "name or FORMAT:MODEL@BASE_URL");
    struct model *m = dvb_calloc(1, sizeof(*m));
    int ret = find_model(m, s, err);
    if (!ret)
        ret = dvb_regions_prompt_load(s->prompts, &m->prompt, err);
    if (ret)
        close_model(m);
    else
        *state = m;
    return ret;
}

static int write_film(AVFrame *frame, const char *path, struct dvb_err *err)
{
    struct dvb_recipe recipe;
    struct dvb_rate_result result;
    struct dvb_film *film;
    dvb_recipe_default(&recipe);
    const struct dvb_film_settings settings = { .path = path,
                                                .recipe = &recipe.original,
                                                .fps = { FPS, 1 } };
    frame->pts = 0;
    int ret = dvb_film_open(&settings, &film, err);
    if (!ret)
        ret = dvb_film_put(film, frame, err);
    if (!ret)
        ret = dvb_film_finish(film, 1000000 / FPS, &result, err);
    dvb_film_close(&film);
    return ret;
}

/* The smaller of two limits, of which 0 is none. */
static int64_t both(int64_t a, int64_t b)
{
    return !a ? b : !b ? a : a < b ? a : b;
}

/* As eval samples pictures, and within what the profile says; a video has the sample's size. */
static int write_picture(const struct dvb_profile *p, const AVFrame *frame, struct sent *sent,
                         struct dvb_err *err)
{
    struct dvb_recipe recipe;
    dvb_recipe_default(&recipe);
    int64_t pixels = sent->video ? 0 : p->max_pixels;
    struct dvb_size size = dvb_size_within(frame->width, frame->height,
                                           both(pixels, recipe.sample.max_pixels));
    sent->scale = (struct dvb_region_scale){ p->boxes, size.w, size.h };
    int quality = (int)both(p->jpeg_quality, recipe.sample.jpeg_quality);
    AVFrame *scaled = dvb_frame_scale(frame, size.w, size.h);
    if (!scaled)
        return dvb_fail_nomem(err);
    int ret = sent->video ? write_film(scaled, sent->path, err)
                          : dvb_image_write_jpeg(scaled, quality, sent->path, err);
    av_frame_free(&scaled);
    return ret;
}

static int make_sent(const struct dvb_profile *p, const AVFrame *frame, struct sent *sent,
                     struct dvb_err *err)
{
    *sent = (struct sent){ .video = p->send == DVB_SEND_VIDEO };
    int ret = dvb_tmp_dir("devibench-look", &sent->dir, err);
    if (ret)
        return ret;
    sent->path = dvb_path_join(sent->dir, sent->video ? "clip.mp4" : "frame.jpg");
    return write_picture(p, frame, sent, err);
}

static void sent_release(struct sent *s)
{
    if (s->dir)
        dvb_remove_tree(s->dir, NULL);
    free(s->dir);
    free(s->path);
}

static int ask(const struct model *m, const struct sent *sent, const char *words,
               struct dvb_reply *reply, struct dvb_err *err)
{
    const char *const frame = sent->path;
    struct dvb_client_settings settings;
    struct dvb_client *client;
    dvb_client_settings_default(&settings);
    settings.max_retries = RETRIES;
    int ret = dvb_client_open(&settings, &client, err);
    if (ret)
        return ret;
    char *prompt = dvb_regions_prompt_fill(m->prompt, &sent->scale, 1.0 / FPS, words);
    json_t *schema = dvb_regions_schema();
    const struct dvb_ask a = {
        .profile = m->profile,
        .prompt = prompt,
        .frames = sent->video ? NULL : &frame,
        .n_frames = sent->video ? 0 : 1,
        .video = sent->video ? sent->path : NULL,
        .schema = schema,
        .schema_name = "regions",
    };
    ret = dvb_client_ask(client, &a, reply, err);
    json_decref(schema);
    free(prompt);
    dvb_client_close(&client);
    return ret;
}

static int fail(const struct model *m, const char *what, const char *text, struct dvb_err *err)
{
    return dvb_fail(err, DVB_FAULT_SERVICE, EIO, "%s at %s %s: %.*s", m->profile->model,
                    m->profile->base_url, what, (int)dvb_utf8_cut(text, SHOWN_REPLY), text);
}

static int read_reply(const struct model *m, const struct sent *sent, const struct dvb_reply *reply,
                      struct dvb_regions *out, struct dvb_err *err)
{
    const char *text = reply->text ? reply->text : "";
    if (reply->status == DVB_REPLY_ERROR) /* its text names model and address */
        return dvb_fail(err, DVB_FAULT_SERVICE, EIO, "it could not be asked where to look: %s",
                        text);
    if (reply->status == DVB_REPLY_REFUSED)
        return fail(m, "refused to say where to look", text, err);
    if (!dvb_regions_parse(text, &sent->scale, out))
        return fail(m, "replied without a list of regions", text, err);
    for (int d = 1; d < DVB_REGION_DROPS; d++)
        if (out->dropped[d])
            dvb_warn("%s: regions dropped: %ld %s", m->profile->name, out->dropped[d],
                     dvb_region_drop_names[d]);
    dvb_debug("%s: %d regions, %ld tokens in, %ld out, %.6f USD", m->profile->name, out->n,
              reply->tokens_in, reply->tokens_out, reply->cost_usd);
    return 0;
}

static int find_regions(const struct model *m, const struct dvb_relevance_query *q,
                        struct dvb_regions *out, struct dvb_err *err)
{
    struct dvb_reply reply = { 0 };
    struct sent sent;
    int ret = make_sent(m->profile, q->frame, &sent, err);
    if (!ret)
        ret = ask(m, &sent, q->words, &reply, err);
    if (!ret)
        ret = read_reply(m, &sent, &reply, out, err);
    dvb_reply_release(&reply);
    sent_release(&sent);
    return ret;
}

static int map_model(void *state, const struct dvb_relevance_query *q, struct dvb_map *out,
                     struct dvb_err *err)
{
    struct dvb_regions found = { 0 };
    *out = (struct dvb_map){ 0 };
    if (q->words && *q->words) { /* else nothing was said, and nobody is asked */
        int ret = find_regions(state, q, &found, err);
        if (ret)
            return ret;
    }
    dvb_regions_map(found.v, found.n, q->frame->width, q->frame->height, out);
    return 0;
}

static json_t *model_identity(const void *state)
{
    const struct model *m = state;
    char hex[DVB_HASH_LEN + 1];
    dvb_regions_prompt_hash(m->prompt, m->profile->boxes, hex);
    json_t *j = dvb_json_pack("{s:s, s:o, s:s}", "provider", "model", "identity",
                              dvb_profile_identity(m->profile), "prompt", hex);
    if (m->profile->boxes != DVB_BOXES_THOUSANDTHS)
        json_object_set_new(j, "boxes", json_string(dvb_boxes_names[m->profile->boxes]));
    return j;
}

const struct dvb_provider dvb_provider_model = {
    .name = "model",
    .description = "boxes that a model returns, asked about one picture",
    .asks = true,
    .open = open_model,
    .map = map_model,
    .identity = model_identity,
    .close = close_model,
};
