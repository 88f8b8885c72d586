/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/relevance/rgb.h"

#include <libswscale/swscale.h>
#include <stdlib.h>

#include "media/scale.h"

static struct SwsContext *open_scaler(const AVFrame *f)
{
    struct SwsContext *sws = sws_getContext(
        f->width, f->height, AV_PIX_FMT_YUV420P, f->width, f->height, AV_PIX_FMT_RGB24,
        SWS_BILINEAR | SWS_ACCURATE_RND | SWS_BITEXACT, NULL, NULL, NULL);
    const int *matrix = sws_getCoefficients(dvb_guess_bt709(f) ? SWS_CS_ITU709 : SWS_CS_ITU601);
    if (sws)
        sws_setColorspaceDetails(sws, matrix, 0, matrix, 1, 0, 1 << 16, 1 << 16);
    return sws;
}

int dvb_rgb_of_frame(const AVFrame *f, struct dvb_rgb *rgb, struct dvb_err *err)
{
    size_t n = (size_t)f->width * (size_t)f->height * 3;
    struct SwsContext *sws = open_scaler(f);
    uint8_t *bytes = malloc(n + 64); /* swscale may write past the end of a row */
    float *px = malloc(n * sizeof(*px));
    *rgb = (struct dvb_rgb){ 0 };
    if (!sws || !bytes || !px) {
        sws_freeContext(sws);
        free(bytes);
        free(px);
        return dvb_fail_nomem(err);
    }
    sws_scale(sws, (const uint8_t *const *)f->data, f->linesize, 0, f->height,
              (uint8_t *[4]){ bytes }, (int[4]){ 3 * f->width });
    for (size_t i = 0; i < n; i++)
        px[i] = (float)bytes[i];
    sws_freeContext(sws);
    free(bytes);
    *rgb = (struct dvb_rgb){ px, f->width, f->height, 3 * (size_t)f->width };
    return 0;
}

void dvb_rgb_hash(const AVFrame *f, char hex[DVB_HASH_LEN + 1])
{
    const int32_t head[] = { f->width, f->height, dvb_guess_bt709(f) };
    struct dvb_hash h;
    dvb_hash_init(&h);
    dvb_hash_bytes(&h, head, sizeof(head));
    for (int p = 0; p < 3; p++)
        for (int y = 0; y < f->height >> (p > 0); y++)
            dvb_hash_bytes(&h, f->data[p] + (ptrdiff_t)y * f->linesize[p],
                           (size_t)(f->width >> (p > 0)));
    dvb_hash_final(&h, hex);
}
