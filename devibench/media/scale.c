/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/scale.h"

#include <errno.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <pthread.h>
#include <stdlib.h>

#include "media/image.h"

#define ROW_ALIGN 64
#define SLACK 64 /* SIMD reads past the last row of a plane */

struct dvb_scaler {
    struct SwsContext *sws; /* NULL: same size and format, nothing to do */
    struct dvb_picture_shape from;
    bool rgb, bt709; /* source is RGB; matrix that its output has */
    struct dvb_frame_pool pool;
};

int dvb_frame_pool_init(struct dvb_frame_pool *p, int w, int h)
{
    p->w = w;
    p->h = h;
    int size = av_image_get_buffer_size(AV_PIX_FMT_YUV420P, w, h, ROW_ALIGN);
    p->pool = size > 0 ? av_buffer_pool_init((size_t)size + SLACK, NULL) : NULL;
    return p->pool ? 0 : -ENOMEM;
}

AVFrame *dvb_frame_pool_get(struct dvb_frame_pool *p)
{
    AVFrame *f = av_frame_alloc();
    if (!f)
        return NULL;
    f->format = AV_PIX_FMT_YUV420P;
    f->width = p->w;
    f->height = p->h;
    f->buf[0] = av_buffer_pool_get(p->pool);
    if (!f->buf[0] || av_image_fill_arrays(f->data, f->linesize, f->buf[0]->data,
                                           AV_PIX_FMT_YUV420P, p->w, p->h, ROW_ALIGN) < 0)
        av_frame_free(&f);
    return f;
}

void dvb_frame_pool_release(struct dvb_frame_pool *p)
{
    av_buffer_pool_uninit(&p->pool);
}

/* The deprecated yuvj formats say "full range" in their name. */
static enum AVPixelFormat without_j(int format)
{
    static const struct {
        enum AVPixelFormat j, plain;
    } pairs[] = {
        { AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUV420P }, { AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUV422P },
        { AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUV444P }, { AV_PIX_FMT_YUVJ440P, AV_PIX_FMT_YUV440P },
        { AV_PIX_FMT_YUVJ411P, AV_PIX_FMT_YUV411P },
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        if ((int)pairs[i].j == format)
            return pairs[i].plain;
    return (enum AVPixelFormat)format;
}

static bool is_rgb(int format)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get((enum AVPixelFormat)format);
    return d && (d->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL));
}

static bool has_alpha(int format)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get((enum AVPixelFormat)format);
    return d && (d->flags & AV_PIX_FMT_FLAG_ALPHA);
}

struct dvb_picture_shape dvb_shape_of(const AVFrame *frame)
{
    enum AVPixelFormat format = without_j(frame->format);
    return (struct dvb_picture_shape){
        .w = frame->width,
        .h = frame->height,
        .format = format,
        .full_range = frame->color_range == AVCOL_RANGE_JPEG || (int)format != frame->format,
    };
}

bool dvb_shape_same(const struct dvb_picture_shape *a, const struct dvb_picture_shape *b)
{
    return a->w == b->w && a->h == b->h && a->format == b->format && a->full_range == b->full_range;
}

bool dvb_guess_bt709(const AVFrame *frame)
{
    bool untagged = frame->colorspace == AVCOL_SPC_UNSPECIFIED ||
                    frame->colorspace == AVCOL_SPC_RGB;
    return frame->colorspace == AVCOL_SPC_BT709 ||
           (untagged && FFMIN(frame->width, frame->height) >= 720);
}

static struct SwsContext *open_sws(const struct dvb_picture_shape *from, int dw, int dh, bool bt709)
{
    struct SwsContext *sws = sws_alloc_context();
    if (!sws)
        return NULL;
    const int *matrix = sws_getCoefficients(bt709 ? SWS_CS_ITU709 : SWS_CS_ITU601);
    av_opt_set_int(sws, "srcw", from->w, 0);
    av_opt_set_int(sws, "srch", from->h, 0);
    av_opt_set_int(sws, "src_format", from->format, 0);
    av_opt_set_int(sws, "src_range", from->full_range, 0);
    av_opt_set_int(sws, "dstw", dw, 0);
    av_opt_set_int(sws, "dsth", dh, 0);
    av_opt_set_int(sws, "dst_format", AV_PIX_FMT_YUV420P, 0);
    av_opt_set_int(sws, "dst_range", 0, 0);
    av_opt_set_int(sws, "sws_flags", SWS_BICUBIC | SWS_ACCURATE_RND | SWS_BITEXACT, 0);
    if (has_alpha(from->format))
        av_opt_set(sws, "alphablend", "uniform_color", 0);
    if (sws_init_context(sws, NULL, NULL) < 0) {
        sws_freeContext(sws);
        return NULL;
    }
    /* Again after the start: swscale takes gray for full range by itself. */
    sws_setColorspaceDetails(sws, matrix, from->full_range, matrix, 0, 0, 1 << 16, 1 << 16);
    return sws;
}

struct dvb_scaler *dvb_scaler_open_shape(const struct dvb_picture_shape *from, int dw, int dh,
                                         bool bt709)
{
    struct dvb_scaler *s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    s->from = *from;
    s->rgb = is_rgb(from->format);
    s->bt709 = bt709;
    struct dvb_picture_shape to = { .w = dw, .h = dh, .format = AV_PIX_FMT_YUV420P };
    if (dvb_shape_same(from, &to))
        return s;
    s->sws = open_sws(from, dw, dh, bt709);
    if (!s->sws || dvb_frame_pool_init(&s->pool, dw, dh))
        dvb_scaler_close(&s);
    return s;
}

struct dvb_scaler *dvb_scaler_open(int sw, int sh, int dw, int dh)
{
    struct dvb_picture_shape from = { .w = sw, .h = sh, .format = AV_PIX_FMT_YUV420P };
    return dvb_scaler_open_shape(&from, dw, dh, false);
}

AVFrame *dvb_scaler_run(struct dvb_scaler *s, const AVFrame *src)
{
    struct dvb_picture_shape shape = dvb_shape_of(src);
    if (!dvb_shape_same(&shape, &s->from))
        return NULL;
    if (!s->sws)
        return av_frame_clone(src);
    AVFrame *dst = dvb_frame_pool_get(&s->pool);
    if (!dst || av_frame_copy_props(dst, src) < 0) {
        av_frame_free(&dst);
        return NULL;
    }
    dst->color_range = AVCOL_RANGE_MPEG;
    if (s->rgb)
        dst->colorspace = s->bt709 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
    if (sws_scale(s->sws, (const uint8_t *const *)src->data, src->linesize, 0, src->height,
                  dst->data, dst->linesize) < 0)
        av_frame_free(&dst);
    return dst;
}

void dvb_scaler_close(struct dvb_scaler **scaler)
{
    struct dvb_scaler *s = *scaler;
    if (!s)
        return;
    sws_freeContext(s->sws);
    dvb_frame_pool_release(&s->pool);
    free(s);
    *scaler = NULL;
}

/* The scalers that one thread keeps for dvb_frame_scale. */
#define KEPT 4

struct kept_scaler {
    struct dvb_picture_shape from;
    int w, h;
    bool bt709;
    struct dvb_scaler *scaler;
};

struct kept {
    struct kept_scaler v[KEPT];
    int next; /* the slot to be replaced next */
};

static pthread_key_t kept_key;
static bool kept_key_ok;

static void kept_free(void *p)
{
    struct kept *k = p;
    for (int i = 0; i < KEPT; i++)
        dvb_scaler_close(&k->v[i].scaler);
    free(k);
}

static void kept_make_key(void)
{
    kept_key_ok = pthread_key_create(&kept_key, kept_free) == 0;
}

static struct kept *kept_of_thread(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, kept_make_key);
    if (!kept_key_ok)
        return NULL;
    struct kept *k = pthread_getspecific(kept_key);
    if (k)
        return k;
    k = calloc(1, sizeof(*k));
    if (k && pthread_setspecific(kept_key, k)) {
        free(k);
        k = NULL;
    }
    return k;
}

static struct dvb_scaler *kept_scaler(const AVFrame *src, int w, int h)
{
    struct kept *k = kept_of_thread();
    if (!k)
        return NULL;
    struct dvb_picture_shape from = dvb_shape_of(src);
    bool bt709 = dvb_guess_bt709(src);
    for (int i = 0; i < KEPT; i++) {
        struct kept_scaler *s = &k->v[i];
        if (s->scaler && s->w == w && s->h == h && s->bt709 == bt709 &&
            dvb_shape_same(&s->from, &from))
            return s->scaler;
    }
    struct kept_scaler *s = &k->v[k->next];
    k->next = (k->next + 1) % KEPT;
    dvb_scaler_close(&s->scaler);
    *s = (struct kept_scaler){ .from = from, .w = w, .h = h, .bt709 = bt709 };
    s->scaler = dvb_scaler_open_shape(&from, w, h, bt709);
    return s->scaler;
}

AVFrame *dvb_frame_scale(const AVFrame *src, int w, int h)
{
    struct dvb_scaler *s = kept_scaler(src, w, h);
    return s ? dvb_scaler_run(s, src) : NULL;
}
