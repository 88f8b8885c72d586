/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/recipe.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/asset.h"
#include "base/json.h"
#include "media/image.h"

#define MAX_RUNGS 32

const char *const dvb_kind_names[DVB_KINDS] = { "original", "degraded", "pair" };

static struct {
    struct rung {
        int64_t bitrate, pixels;
    } rungs[MAX_RUNGS]; /* from large to small */
    int n, version;
} ladder;

static void load_ladder(void)
{
    const struct dvb_asset *a = dvb_asset_find("data/ladder.json");
    json_t *doc = NULL, *rung;
    size_t i;
    if (!a || dvb_json_parse(a->data, a->len, a->path, &doc, NULL))
        abort(); /* compiled in: cannot be wrong at run time */
    ladder.version = (int)dvb_json_get_num(doc, "version", 0);
    json_array_foreach(json_object_get(doc, "rungs"), i, rung)
    {
        if (i == MAX_RUNGS)
            abort();
        ladder.rungs[ladder.n++] = (struct rung){
            .bitrate = (int64_t)dvb_json_get_num(rung, "bitrate", 0),
            .pixels = (int64_t)(dvb_json_get_num(rung, "width", 0) *
                                dvb_json_get_num(rung, "height", 0)),
        };
    }
    json_decref(doc);
}

static void need_ladder(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load_ladder);
}

bool dvb_ladder_size(int64_t bitrate, struct dvb_size src, int step, struct dvb_size *size)
{
    need_ladder();
    int i = 0;
    while (i < ladder.n - 1 && ladder.rungs[i].bitrate > bitrate)
        i++;
    *size = dvb_size_within(src.w, src.h, ladder.rungs[i].pixels);
    /* Rungs above a small source all give its own size: they are one step. */
    while (step > 0 && ++i < ladder.n) {
        struct dvb_size next = dvb_size_within(src.w, src.h, ladder.rungs[i].pixels);
        if (next.w < size->w || next.h < size->h)
            step--;
        *size = next;
    }
    return step == 0;
}

void dvb_recipe_default(struct dvb_recipe *r)
{
    *r = (struct dvb_recipe){
        .degraded = { .bitrate = 200000,
                      .mode = DVB_RATE_SEARCH,
                      .tolerance = 0.02,
                      .steer = 2,
                      .preset = "veryfast",
                      .tune = "zerolatency" },
        .original = { .crf = 18, .preset = "veryfast", .keyint = 250, .tolerance = 0.02 },
        .pair = { .crf = 21, .fps = 5, .preset = "ultrafast", .keyint = 250, .tolerance = 0.02 },
        .pair_max_pixels = 602112, /* 768 * 28 * 28: the most Qwen2.5-VL takes of a frame */
        .pair_video = true,
        .sample = { .fps = 2, .max_pixels = 602112, .jpeg_quality = 90 },
    };
}

static json_t *size_json(struct dvb_size s)
{
    return s.w > 0 ? dvb_json_pack("[ii]", s.w, s.h) : dvb_json_pack("s", "ladder");
}

/* Only what the bytes depend on: the CRF is not looked at when a rate is asked for. */
static json_t *encode_json(const struct dvb_encode_recipe *e)
{
    static const char *const modes[] = { "search", "abr" };
    json_t *j = dvb_json_pack("{s:f, s:s, s:s, s:i, s:i}", "fps", e->fps, "preset", e->preset,
                              "tune", e->tune, "bframes", e->bframes, "keyint", e->keyint);
    if (e->bitrate) {
        json_object_set_new(j, "bitrate", json_integer(e->bitrate));
        json_object_set_new(j, "mode", json_string(modes[e->mode]));
        json_object_set_new(j, "size", size_json(e->size));
        if (e->mode == DVB_RATE_SEARCH) {
            json_object_set_new(j, "tolerance", json_real(e->tolerance));
            json_object_set_new(j, "steer", json_real(e->steer));
        }
        if (e->size.w <= 0)
            json_object_set_new(j, "ladder", json_integer(ladder.version));
    } else {
        json_object_set_new(j, "crf", json_real(e->crf));
        if (e->size.w > 0)
            json_object_set_new(j, "size", size_json(e->size));
    }
    return j;
}

static json_t *sample_json(const struct dvb_sample_recipe *s)
{
    return dvb_json_pack("{s:f, s:I, s:i}", "fps", s->fps, "max_pixels", (json_int_t)s->max_pixels,
                         "jpeg_quality", s->jpeg_quality);
}

json_t *dvb_recipe_json(const struct dvb_recipe *r, enum dvb_kind kind)
{
    need_ladder();
    json_t *j = dvb_json_pack("{s:s, s:o}", "kind", dvb_kind_names[kind], "sample",
                              sample_json(&r->sample));
    if (kind == DVB_KIND_ORIGINAL && r->original_video)
        json_object_set_new(j, "original", encode_json(&r->original));
    if (kind == DVB_KIND_DEGRADED || kind == DVB_KIND_PAIR) {
        json_object_set_new(j, "degraded", encode_json(&r->degraded));
        if (r->map_json)
            json_object_set_new(j, "map", json_deep_copy(r->map_json));
    }
    if (kind == DVB_KIND_PAIR) {
        json_object_set_new(j, "pair_max_pixels", json_integer(r->pair_max_pixels));
        if (r->pair_video)
            json_object_set_new(j, "pair", encode_json(&r->pair));
    }
    return j;
}

void dvb_recipe_hash(const struct dvb_recipe *r, enum dvb_kind kind, char hex[DVB_HASH_LEN + 1])
{
    json_t *j = dvb_recipe_json(r, kind);
    char *text = dvb_json_canon(j);
    dvb_hash_of_str(text, hex);
    free(text);
    json_decref(j);
}
