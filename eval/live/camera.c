/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/live/camera.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "eval/live/udp.h"
#include "eval/network/h264.h"
#include "eval/network/ring.h"
#include "media/encode.h"
#include "media/feed.h"

#define BUFFER_S 0.25
#define NAL_MOST ((size_t)1 << 24) /* of a frame of noise */

struct dvb_camera {
    struct dvb_camera_settings s;
    struct dvb_feed *feed;
    struct dvb_encoder *enc;
    struct dvb_encode_recipe recipe;
    struct dvb_rng rng;
    uint8_t *sets; /* parameter sets */
    size_t sets_size;
    struct dvb_camera_frame *made; /* what the encoder's sink left */
    int64_t begun, encoded_rate;

    pthread_t thread;
    bool running;
    int wake[2]; /* a byte for each frame that waits */
    atomic_bool stop, key;
    _Atomic int64_t rate;
    pthread_mutex_t lock; /* of what follows */
    struct dvb_ring queue;
    bool over;
    int ret;
    struct dvb_err err;
};

void dvb_camera_frame_free(struct dvb_camera_frame *f)
{
    if (!f)
        return;
    free(f->data);
    free(f->nals);
    free(f->at);
    free(f);
}

/* Where the NAL units of f->data are. */
static int list_nals(struct dvb_camera_frame *f, struct dvb_err *err)
{
    struct dvb_h264_walk w = { .data = f->data, .size = f->size };
    size_t cap = 0, cap_at = 0;
    int ret;
    while ((ret = dvb_h264_next(&w, err)) == 1) {
        f->nals = dvb_grow(f->nals, f->n_nals, &cap, sizeof(*f->nals));
        f->at = dvb_grow(f->at, f->n_nals, &cap_at, sizeof(*f->at));
        f->nals[f->n_nals] = (uint32_t)w.nal_size;
        f->at[f->n_nals++] = (uint32_t)(w.nal - w.data);
    }
    return ret;
}

static int keep_packet(void *ctx, const struct dvb_packet *p, struct dvb_err *err)
{
    struct dvb_camera *c = ctx;
    struct dvb_camera_frame *f = dvb_calloc(1, sizeof(*f));
    size_t sets = p->key ? c->sets_size : 0;
    dvb_camera_frame_free(c->made);
    c->made = f;
    f->key = p->key;
    f->size = sets + p->size;
    f->data = malloc(f->size);
    if (!f->data)
        return dvb_fail_nomem(err);
    if (sets)
        memcpy(f->data, c->sets, sets);
    memcpy(f->data + sets, p->data, p->size);
    return list_nals(f, err);
}

/* Next picture; the video begins again at its end. */
static int next_picture(struct dvb_camera *c, AVFrame **frame, struct dvb_err *err)
{
    int ret = dvb_feed_next(c->feed, frame, err);
    if (!ret) {
        ret = dvb_feed_rewind(c->feed, err);
        if (!ret)
            ret = dvb_feed_next(c->feed, frame, err);
    }
    return ret < 0 ? ret : 0;
}

static int encode(struct dvb_camera *c, int64_t index, int64_t rate, struct dvb_err *err)
{
    AVFrame *frame = NULL;
    int ret = next_picture(c, &frame, err);
    if (!ret && atomic_exchange(&c->key, false))
        dvb_encoder_force_key(c->enc);
    if (!ret && rate != c->encoded_rate)
        ret = dvb_encoder_set_bitrate(c->enc, rate, err);
    c->encoded_rate = rate;
    if (!ret) {
        frame->pts = (int64_t)llround((double)index * 1e6 / c->s.fps);
        ret = dvb_encoder_put(c->enc, frame, err);
    }
    if (!ret && !c->made)
        ret = dvb_fail(err, DVB_FAULT_INTERNAL, EIO, "the encoder held frame %lld back",
                       (long long)index);
    av_frame_free(&frame);
    return ret;
}

/* A slice of noise: NAL type 5 or 1, then bytes that hold no start code. */
static int make_noise(struct dvb_camera *c, int64_t rate, struct dvb_err *err)
{
    bool key = atomic_exchange(&c->key, false);
    uint32_t size = dvb_frame_model_next(&c->s.model, (double)rate, c->s.fps, &key);
    struct dvb_camera_frame *f = c->made = dvb_calloc(1, sizeof(*f));
    size = size > NAL_MOST ? (uint32_t)NAL_MOST : size;
    f->key = key;
    f->size = 4 + (size_t)size;
    f->data = malloc(f->size);
    if (!f->data)
        return dvb_fail_nomem(err);
    for (size_t i = 0; i < f->size; i++)
        f->data[i] = (uint8_t)(dvb_rng_next(&c->rng) | 1);
    const uint8_t head[] = { (uint8_t)(size >> 24), (uint8_t)(size >> 16), (uint8_t)(size >> 8),
                             (uint8_t)size, key ? 0x65 : 0x41 };
    memcpy(f->data, head, sizeof(head));
    return list_nals(f, err);
}

static int open_encoder(struct dvb_camera *c, struct dvb_err *err)
{
    const struct dvb_feed_settings fs = { .path = c->s.path, .fps = c->s.fps };
    int ret = dvb_feed_open(&fs, &c->feed, err);
    if (ret)
        return ret;
    const struct dvb_clip_info *info = dvb_feed_info(c->feed);
    struct dvb_size size = c->s.size.w ? c->s.size : (struct dvb_size){ info->width, info->height };
    c->recipe = (struct dvb_encode_recipe){ .bitrate = c->s.rate };
    c->encoded_rate = c->s.rate;
    ret = dvb_encode_set_preset(&c->recipe, c->s.preset ? c->s.preset : "veryfast", "zerolatency",
                                err);
    dvb_feed_set_size(c->feed, size);
    const struct dvb_encode_settings es = {
        .recipe = &c->recipe,
        .size = size,
        .fps = av_d2q(c->s.fps, 100000),
        .crf = -1,
        .buffer = BUFFER_S,
        .sink = { .ctx = c, .packet = keep_packet },
    };
    if (!ret)
        ret = dvb_encoder_open(&es, &c->enc, err);
    if (ret)
        return ret;
    const struct dvb_stream *st = dvb_encoder_stream(c->enc);
    ret = dvb_h264_parameter_sets(st->headers, st->headers_size, &c->sets, &c->sets_size, err);
    return ret ? ret : dvb_feed_rewind(c->feed, err);
}

int dvb_camera_open(const struct dvb_camera_settings *s, struct dvb_camera **out,
                    struct dvb_err *err)
{
    *out = NULL;
    struct dvb_camera *c = dvb_calloc(1, sizeof(*c));
    int ret = 0;
    c->s = *s;
    c->wake[0] = c->wake[1] = -1;
    c->queue.size = sizeof(struct dvb_camera_frame *);
    atomic_init(&c->rate, s->rate);
    pthread_mutex_init(&c->lock, NULL);
    dvb_rng_init(&c->rng, s->seed, "camera");
    if (pipe(c->wake) || fcntl(c->wake[0], F_SETFL, O_NONBLOCK) < 0 ||
        fcntl(c->wake[1], F_SETFL, O_NONBLOCK) < 0)
        ret = dvb_fail_errno(err, DVB_FAULT_INTERNAL, "a pipe");
    if (!ret && s->path)
        ret = open_encoder(c, err);
    if (ret)
        dvb_camera_close(&c);
    *out = c;
    return ret;
}

/* False: asked to stop. */
static bool sleep_until(struct dvb_camera *c, int64_t at)
{
    while (!atomic_load(&c->stop) && dvb_live_now() < at)
        dvb_live_wait(NULL, 0, at);
    return !atomic_load(&c->stop);
}

static void *run(void *arg)
{
    struct dvb_camera *c = arg;
    struct dvb_err err;
    int ret = 0;
    if (!c->s.path) /* noise takes no time to speak of */
        dvb_live_hurry();
    for (int64_t i = 0; !ret && i < c->s.frames; i++) {
        int64_t at = c->begun + (int64_t)llround((double)i * 1e6 / c->s.fps);
        if (!sleep_until(c, at))
            break;
        int64_t rate = atomic_load(&c->rate);
        ret = c->s.path ? encode(c, i, rate, &err) : make_noise(c, rate, &err);
        if (ret)
            break;
        c->made->index = i;
        c->made->rate = rate;
        c->made->ready = dvb_live_now();
        pthread_mutex_lock(&c->lock);
        *(struct dvb_camera_frame **)dvb_ring_push(&c->queue) = c->made;
        pthread_mutex_unlock(&c->lock);
        c->made = NULL;
        (void)!write(c->wake[1], "", 1); /* a full pipe wakes as well */
    }
    pthread_mutex_lock(&c->lock);
    c->over = true;
    c->ret = ret;
    if (ret)
        c->err = err;
    pthread_mutex_unlock(&c->lock);
    (void)!write(c->wake[1], "", 1);
    return NULL;
}

int dvb_camera_start(struct dvb_camera *c, int64_t at, struct dvb_err *err)
{
    c->begun = at;
    int ret = pthread_create(&c->thread, NULL, run, c);
    if (ret)
        return dvb_fail(err, DVB_FAULT_INTERNAL, ret, "a thread for the camera");
    c->running = true;
    return 0;
}

int dvb_camera_fd(const struct dvb_camera *c)
{
    return c->wake[0];
}

struct dvb_camera_frame *dvb_camera_take(struct dvb_camera *c)
{
    char drain[64];
    while (read(c->wake[0], drain, sizeof(drain)) > 0)
        ;
    pthread_mutex_lock(&c->lock);
    struct dvb_camera_frame **front = dvb_ring_pop(&c->queue), *f = front ? *front : NULL;
    pthread_mutex_unlock(&c->lock);
    return f;
}

int dvb_camera_done(struct dvb_camera *c, struct dvb_err *err)
{
    pthread_mutex_lock(&c->lock);
    int ret = c->ret ? c->ret : c->over && !c->queue.n;
    if (c->ret && err)
        *err = c->err;
    pthread_mutex_unlock(&c->lock);
    return ret;
}

void dvb_camera_set_rate(struct dvb_camera *c, int64_t bps)
{
    atomic_store(&c->rate, bps);
}

void dvb_camera_want_key(struct dvb_camera *c)
{
    atomic_store(&c->key, true);
}

void dvb_camera_close(struct dvb_camera **camera)
{
    struct dvb_camera *c = *camera;
    if (!c)
        return;
    atomic_store(&c->stop, true);
    if (c->running)
        pthread_join(c->thread, NULL);
    for (struct dvb_camera_frame **f; (f = dvb_ring_pop(&c->queue));)
        dvb_camera_frame_free(*f);
    dvb_ring_release(&c->queue);
    dvb_camera_frame_free(c->made);
    for (int i = 0; i < 2; i++)
        if (c->wake[i] >= 0)
            close(c->wake[i]);
    dvb_encoder_close(&c->enc);
    dvb_feed_close(&c->feed);
    pthread_mutex_destroy(&c->lock);
    free(c->sets);
    free(c);
    *camera = NULL;
}
