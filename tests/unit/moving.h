/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames that cost bits: a texture that slides, with grain that is new in every frame. */
#ifndef DVB_TESTS_MOVING_H
#define DVB_TESTS_MOVING_H

#include <libavutil/frame.h>
#include <stdint.h>

#include "base/rng.h"

struct moving {
    int w, h;
    int speed; /* pixels a frame */
    int grain; /* +-, of 0..255 */
};

static inline AVFrame *moving_frame(const struct moving *m, int number)
{
    AVFrame *f = av_frame_alloc();
    struct dvb_rng rng;
    dvb_rng_init(&rng, (uint64_t)number, "moving");
    f->format = AV_PIX_FMT_YUV420P;
    f->width = m->w;
    f->height = m->h;
    assert_true(av_frame_get_buffer(f, 0) >= 0);
    for (int y = 0; y < m->h; y++)
        for (int x = 0; x < m->w; x++) {
            int u = x + number * m->speed;
            int v = 60 + ((u / 8 * 37 + y / 8 * 59) & 127);
            if (m->grain)
                v += (int)dvb_rng_below(&rng, (uint32_t)(2 * m->grain + 1)) - m->grain;
            f->data[0][y * f->linesize[0] + x] = (uint8_t)v;
        }
    for (int p = 1; p < 3; p++)
        for (int y = 0; y < m->h / 2; y++)
            for (int x = 0; x < m->w / 2; x++)
                f->data[p][y * f->linesize[p] + x] = (uint8_t)(128 + ((x / 16 + p * y / 16) & 31));
    return f;
}

#endif
