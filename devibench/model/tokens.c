/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/tokens.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "model/profile.h"

/* Role, delimiters and the like, which no service documents in full. */
#define MESSAGE_TOKENS 12

static long ceil_div(int a, int b)
{
    return (a + b - 1) / b;
}

static const struct dvb_token_limit *limit_of(const struct dvb_tokens *f, const char *detail)
{
    const struct dvb_token_limit *l = f->limits;
    while (*l->detail && strcmp(l->detail, detail))
        l++;
    return l;
}

/* Scaled down to that longest side; never up. Rounding as the callers' services have it. */
static void fit_side(int *w, int *h, int max_side, double (*round_to)(double))
{
    int longest = *w > *h ? *w : *h;
    if (!max_side || longest <= max_side)
        return;
    double scale = (double)max_side / longest;
    *w = (int)fmax(round_to(*w * scale), 1);
    *h = (int)fmax(round_to(*h * scale), 1);
}

/* Steps A to D of "Patch-based image tokenization". */
static long openai_patches(const struct dvb_tokens *f, const char *detail, int w, int h)
{
    const struct dvb_token_limit *l = limit_of(f, detail);
    double u = f->unit;
    fit_side(&w, &h, l->max_side, round);
    if (l->max_units && ceil_div(w, f->unit) * ceil_div(h, f->unit) > l->max_units) {
        double shrink = sqrt(u * u * l->max_units / ((double)w * h));
        double sw = w * shrink / u, sh = h * shrink / u;
        shrink *= fmin(floor(sw) / sw, floor(sh) / sh);
        /* A whole number of units must not fall short of itself by a rounding error. */
        w = (int)fmax(floor(w * shrink + 1e-6), 1);
        h = (int)fmax(floor(h * shrink + 1e-6), 1);
    }
    return (long)ceil((double)(ceil_div(w, f->unit) * ceil_div(h, f->unit)) * f->per_unit - 1e-9);
}

/* "Tile-based image tokenization". */
static long openai_tiles(const struct dvb_tokens *f, const char *detail, int w, int h)
{
    if (!strcmp(detail, "low"))
        return f->base;
    fit_side(&w, &h, 2048, floor);
    int shortest = w < h ? w : h;
    if (shortest > 768) {
        double scale = 768.0 / shortest;
        w = (int)floor(w * scale + 1e-6);
        h = (int)floor(h * scale + 1e-6);
    }
    return f->base + (long)f->per_unit * ceil_div(w, f->unit) * ceil_div(h, f->unit);
}

static bool fits(const struct dvb_tokens *f, const struct dvb_token_limit *l, int w, int h)
{
    long across = ceil_div(w, f->unit), down = ceil_div(h, f->unit);
    return across * f->unit <= l->max_side && down * f->unit <= l->max_side &&
           across * down <= l->max_units;
}

/* The largest size of the same shape that fits, found by bisection along the long side. */
static long anthropic_patches(const struct dvb_tokens *f, const char *detail, int w, int h)
{
    const struct dvb_token_limit *l = limit_of(f, detail);
    if (w < h)
        return anthropic_patches(f, detail, h, w);
    if (!fits(f, l, w, h)) {
        double aspect = (double)w / h;
        int lo = 1, hi = w;
        while (lo + 1 < hi) {
            int mid = lo + (hi - lo) / 2;
            *(fits(f, l, mid, (int)fmax(rint(mid / aspect), 1)) ? &lo : &hi) = mid;
        }
        w = lo;
        h = (int)fmax(rint(lo / aspect), 1);
    }
    return ceil_div(w, f->unit) * ceil_div(h, f->unit);
}

/* So many tokens, whatever the size. */
static long gemini_picture(const struct dvb_tokens *f, const char *detail, int w, int h)
{
    (void)w;
    (void)h;
    return limit_of(f, detail)->per_picture;
}

/* Gemini 2.5: tiles whose size follows the picture's. */
static long gemini_tiles(const struct dvb_tokens *f, const char *detail, int w, int h)
{
    int shortest = w < h ? w : h, longest = w < h ? h : w;
    int crop = (int)floor(shortest / 1.5);
    if (!strcmp(detail, "low") || longest <= 384 || crop < 1)
        return limit_of(f, detail)->per_picture;
    return ceil_div(w, crop) * ceil_div(h, crop) * limit_of(f, detail)->per_picture;
}

static long gemini_video(const struct dvb_tokens *f, const char *detail, int w, int h,
                         double seconds, double fps)
{
    (void)w;
    (void)h;
    long frames = (long)fmax(ceil(seconds * fps - 1e-6), 1);
    return frames * limit_of(f, detail)->per_frame;
}

/* Grid of a picture as smart_resize makes it: sides rounded to whole units,
   the area kept between min and max pixels. */
static long qwen_grid(int unit, int w, int h, double min_pixels, double max_pixels)
{
    double gw = fmax(rint((double)w / unit), 1), gh = fmax(rint((double)h / unit), 1);
    double area = (double)w * h, cell = (double)unit * unit;
    if (gw * gh * cell > max_pixels) {
        double beta = sqrt(area / max_pixels);
        gw = fmax(floor(w / beta / unit), 1);
        gh = fmax(floor(h / beta / unit), 1);
    } else if (gw * gh * cell < min_pixels) {
        double beta = sqrt(min_pixels / area);
        gw = ceil(w * beta / unit);
        gh = ceil(h * beta / unit);
    }
    return (long)(gw * gh);
}

static long qwen_picture(const struct dvb_tokens *f, const char *detail, int w, int h)
{
    (void)detail;
    return f->base + qwen_grid(f->unit, w, h, f->min_pixels, f->max_pixels);
}

/* Frames go in pairs; a frame has 128 to 768 tokens' worth of pixels, and a
   video 90% of a context of 128,000. */
static long qwen_video(const struct dvb_tokens *f, const char *detail, int w, int h, double seconds,
                       double fps)
{
    (void)detail;
    double cell = (double)f->unit * f->unit;
    double frames = fmin(fmax(seconds * fps, 4), 768);
    double pairs = fmax(floor(frames / 2 + 1e-6), 1);
    double least = 128 * cell, most = fmin(768 * cell, 115200 * cell / pairs);
    long grid = qwen_grid(f->unit, w, h, least, fmax(most, least * 1.05));
    return f->base + (long)pairs * (grid + f->per_group);
}

#define ANY ""

static const struct dvb_token_limit patches_limits[] = { { "low", 512, 0 },
                                                         { "high", 2048, 2500 },
                                                         { ANY, 65535, 0 } };
static const struct dvb_token_limit patches55_limits[] = { { "low", 512, 0 },
                                                           { "high", 2048, 2500 },
                                                           { ANY, 6000, 10000 } };
static const struct dvb_token_limit patches54_limits[] = { { "low", 2048, 6144 },
                                                           { "original", 6000, 10000 },
                                                           { ANY, 2048, 2500 } };
static const struct dvb_token_limit patches41_limits[] = { { ANY, 2048, 6144 } };
static const struct dvb_token_limit anthropic_limits[] = { { ANY, 1568, 1568 } };
static const struct dvb_token_limit anthropic_large_limits[] = { { ANY, 2576, 4784 } };
static const struct dvb_token_limit gemini_limits[] = {
    { "low", .per_picture = 280, .per_frame = 70 },
    { "medium", .per_picture = 560, .per_frame = 70 },
    { "high", .per_picture = 1120, .per_frame = 280 },
    { ANY, .per_picture = 1120, .per_frame = 70 },
};
static const struct dvb_token_limit gemini25_limits[] = {
    { "low", .per_picture = 64, .per_frame = 66 },
    { ANY, .per_picture = 258, .per_frame = 258 },
};

const struct dvb_tokens dvb_token_formulas[] = {
    { "unknown", "no formula: pictures and video are not counted", .text_factor = 1 },
    { "openai-patches", "OpenAI, GPT-5.6 and GPT-6: 32-pixel patches, 1.2 tokens each",
      openai_patches, NULL, 1, .unit = 32, .per_unit = 1.2, .limits = patches_limits },
    { "openai-patches-5.5", "OpenAI, GPT-5.5: the same, at most 10,000 patches", openai_patches,
      NULL, 1, .unit = 32, .per_unit = 1.2, .limits = patches55_limits },
    { "openai-patches-5.4", "OpenAI, GPT-5.4: the same, at most 2,500 unless detail is original",
      openai_patches, NULL, 1, .unit = 32, .per_unit = 1.2, .limits = patches54_limits },
    { "openai-patches-4.1-mini", "OpenAI, GPT-4.1 mini: 32-pixel patches, 1.62 tokens each",
      openai_patches, NULL, 1, .unit = 32, .per_unit = 1.62, .limits = patches41_limits },
    { "openai-tiles", "OpenAI, GPT-4o and GPT-4.1: 85 tokens, and 170 a tile of 512 pixels",
      openai_tiles, NULL, 1, .unit = 512, .per_unit = 170, .base = 85 },
    { "openai-tiles-5", "OpenAI, GPT-5 and GPT-5.1: 70 tokens, and 140 a tile", openai_tiles, NULL,
      1, .unit = 512, .per_unit = 140, .base = 70 },
    { "openai-tiles-4o-mini", "OpenAI, GPT-4o mini: 2,833 tokens, and 5,667 a tile", openai_tiles,
      NULL, 1, .unit = 512, .per_unit = 5667, .base = 2833 },
    { "anthropic", "Anthropic, before Opus 4.7: 28-pixel patches, at most 1,568", anthropic_patches,
      NULL, 1, .unit = 28, .limits = anthropic_limits },
    { "anthropic-large", "Anthropic, Opus 4.7 and newer: 28-pixel patches, at most 4,784",
      anthropic_patches, NULL, 1.3, .unit = 28, .limits = anthropic_large_limits },
    { "gemini", "Gemini 3 and newer: by mediaResolution (detail), 70 a frame, 1,120 a picture",
      gemini_picture, gemini_video, 1, .limits = gemini_limits },
    { "gemini-2.5", "Gemini 2.5: 258 a frame or tile, 66 a frame at low mediaResolution",
      gemini_tiles, gemini_video, 1, .limits = gemini25_limits },
    { "qwen28", "Qwen2.5-VL and Omni: 28-pixel cells, frames in pairs", qwen_picture, qwen_video, 1,
      .unit = 28, .base = 2, .min_pixels = 4 * 28 * 28, .max_pixels = 16384 * 28 * 28 },
    { "qwen32", "Qwen3-VL and newer: 32-pixel cells, frames in pairs with their time", qwen_picture,
      qwen_video, 1, .unit = 32, .base = 2, .per_group = 8, .min_pixels = 64 * 32 * 32,
      .max_pixels = 16384 * 32 * 32 },
    { NULL },
};

const struct dvb_tokens *dvb_tokens_find(const char *name)
{
    for (const struct dvb_tokens *f = dvb_token_formulas; f->name; f++)
        if (!strcmp(f->name, name))
            return f;
    return NULL;
}

long dvb_tokens_media(const struct dvb_profile *p, const struct dvb_media_shape *s)
{
    const char *level = p->detail ? p->detail : "auto";
    bool video = s->seconds > 0;
    if (!video && s->pictures <= 0)
        return 0;
    if (s->width <= 0 || s->height <= 0 || (video ? !p->tokens->video : !p->tokens->picture))
        return -1;
    return video ? p->tokens->video(p->tokens, level, s->width, s->height, s->seconds, p->fps)
                 : s->pictures * p->tokens->picture(p->tokens, level, s->width, s->height);
}

long dvb_tokens_text(const struct dvb_profile *p, const char *text)
{
    long ascii = 0, other = 0;
    for (const unsigned char *c = (const unsigned char *)text; c && *c; c++) {
        ascii += *c < 0x80;
        other += *c >= 0xc0; /* the first byte of a character */
    }
    return (long)ceil(((double)ascii / 4 + (double)other) * p->tokens->text_factor);
}

long dvb_tokens_question(const struct dvb_profile *p, const struct dvb_media_shape *s,
                         const char *prompt, const json_t *schema)
{
    long media = dvb_tokens_media(p, s);
    char *text = schema && p->structured ? dvb_json_canon(schema) : NULL;
    long words = dvb_tokens_text(p, prompt) + dvb_tokens_text(p, text) + MESSAGE_TOKENS;
    free(text);
    return media < 0 ? -1 : media + words;
}
