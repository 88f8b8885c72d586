/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader/picture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "media/clip.h"
#include "media/image.h"

/* Pictures gathered so far, and how many pixels they hold. */
struct gather {
    struct dvb_pictures *out;
    int64_t pixels;
};

static int over(struct dvb_err *err, const char *what, long limit)
{
    return dvb_fail(err, DVB_FAULT_INPUT, EFBIG, "the pictures hold more than %ld %s", limit, what);
}

static int add(struct gather *g, const AVFrame *frame, struct dvb_err *err)
{
    struct dvb_pictures *p = g->out;
    g->pixels += (int64_t)frame->width * frame->height;
    if (p->n >= DVB_READER_MAX_FRAMES)
        return over(err, "frames", DVB_READER_MAX_FRAMES);
    if (g->pixels > DVB_READER_MAX_PIXELS)
        return over(err, "pixels", DVB_READER_MAX_PIXELS);
    struct dvb_luma *luma = dvb_luma_from_frame(frame);
    if (!luma)
        return dvb_fail_nomem(err);
    p->v = dvb_realloc(p->v, (size_t)p->n + 1, sizeof(*p->v));
    p->v[p->n++] = luma;
    return 0;
}

static int decode_image(struct gather *g, const struct dvb_chat_media *m, struct dvb_err *err)
{
    AVFrame *frame = NULL;
    int ret = dvb_image_decode(m->data, m->len, DVB_READER_MAX_PICTURE, &frame, err);
    if (!ret)
        ret = add(g, frame, err);
    av_frame_free(&frame);
    return ret;
}

static int decode_video(struct gather *g, const struct dvb_chat_media *m, struct dvb_err *err)
{
    const struct dvb_clip_settings settings = { .fps = DVB_READER_VIDEO_FPS };
    struct dvb_clip *clip;
    int ret = dvb_clip_open_memory(m->data, m->len, &settings, &clip, err);
    if (ret)
        return ret;
    const struct dvb_clip_info *info = dvb_clip_get_info(clip);
    if ((int64_t)info->width * info->height > DVB_READER_MAX_PICTURE)
        ret = over(err, "pixels in one frame", DVB_READER_MAX_PICTURE);
    AVFrame *frame = NULL;
    while (!ret && (ret = dvb_clip_next(clip, &frame, err)) > 0) {
        ret = add(g, frame, err);
        av_frame_free(&frame);
    }
    dvb_clip_close(&clip);
    return ret;
}

static int (*const decoders[])(struct gather *, const struct dvb_chat_media *, struct dvb_err *) = {
    [DVB_MEDIA_IMAGE] = decode_image,
    [DVB_MEDIA_VIDEO] = decode_video,
};

int dvb_pictures_decode(const struct dvb_chat *chat, struct dvb_pictures *pictures,
                        struct dvb_err *err)
{
    *pictures = (struct dvb_pictures){ 0 };
    struct gather g = { .out = pictures };
    int ret = 0;
    for (size_t i = 0; !ret && i < chat->n_media; i++) {
        ret = decoders[chat->media[i].kind](&g, &chat->media[i], err);
        if (ret)
            dvb_err_prefix(err, "%s", chat->media[i].where);
    }
    if (ret)
        dvb_pictures_release(pictures);
    return ret;
}

void dvb_pictures_release(struct dvb_pictures *pictures)
{
    for (int i = 0; i < pictures->n; i++)
        dvb_luma_free(&pictures->v[i]);
    free(pictures->v);
    *pictures = (struct dvb_pictures){ 0 };
}

void dvb_pictures_thin(struct dvb_pictures *pictures, int max)
{
    int n = pictures->n, kept = 0;
    for (int i = 0; n > max && i < n; i++) {
        bool keep = kept < max && i == (int)((int64_t)kept * n / max);
        if (keep)
            pictures->v[kept++] = pictures->v[i];
        else
            dvb_luma_free(&pictures->v[i]);
    }
    if (n > max)
        pictures->n = kept;
}

void dvb_pictures_hash(const struct dvb_pictures *pictures, char hex[DVB_HASH_LEN + 1])
{
    struct dvb_hash h;
    dvb_hash_init(&h);
    for (int i = 0; i < pictures->n; i++) {
        const struct dvb_luma *l = pictures->v[i];
        dvb_hash_bytes(&h, (int32_t[2]){ l->w, l->h }, 2 * sizeof(int32_t));
        dvb_hash_bytes(&h, l->px, (size_t)l->w * (size_t)l->h);
    }
    dvb_hash_final(&h, hex);
}

bool dvb_pictures_half(const struct dvb_pictures *pairs, int side, struct dvb_pictures *halves)
{
    *halves = (struct dvb_pictures){ 0 };
    halves->v = dvb_calloc((size_t)pairs->n, sizeof(*halves->v));
    for (int i = 0; i < pairs->n; i++, halves->n++) {
        const struct dvb_luma *p = pairs->v[i];
        int w = p->w / 2;
        struct dvb_box box = side ? (struct dvb_box){ p->w - w, 0, p->w, p->h }
                                  : (struct dvb_box){ 0, 0, w, p->h };
        halves->v[i] = dvb_luma_crop(p, box);
        if (!halves->v[i])
            return false;
    }
    return true;
}
