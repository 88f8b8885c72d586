/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One clip through libx264, on the calling thread alone: x264's output depends
 * on its thread count, so many clips run side by side instead.
 *
 * Frames go in as dvb_clip gives them (yuv420p, microseconds, any frame
 * intervals); packets, and the pictures that a decoder of those packets will
 * show, come out through the sink.
 */
#ifndef DVB_MEDIA_ENCODE_H
#define DVB_MEDIA_ENCODE_H

#include <libavutil/frame.h>
#include <libavutil/rational.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "media/recipe.h"

struct dvb_encoder;

/* One access unit: NAL units, each after its length in 4 bytes (as MP4 has them). */
struct dvb_packet {
    const uint8_t *data;
    size_t size;
    int64_t pts, dts; /* in the encoder's time base; dts may start below 0 */
    bool key;
};

/* Where the results go. Either function may be NULL: without packet they are
   only counted, without recon nothing is reconstructed beyond what x264 needs.
   Both return 0, or a negative errno with err set, which ends the encode. */
struct dvb_encode_sink {
    void *ctx;
    /* In decoding order; the data is borrowed. */
    int (*packet)(void *ctx, const struct dvb_packet *packet, struct dvb_err *err);
    /* In presentation order, one for each frame put in, with that frame's pts;
       borrowed: keep it with av_frame_ref or av_frame_clone. */
    int (*recon)(void *ctx, const AVFrame *frame, struct dvb_err *err);
    /* Whether recon wants the frame of that pts; NULL: all. */
    bool (*wants)(void *ctx, int64_t pts);
};

/* Quantiser offsets of one frame: mb_w x mb_h floats in raster order, one for
   each 16x16 macroblock (sizes rounded up), added to the QP that rate control
   chose before it is rounded. With a map x264's own adaptive quantisation is
   switched off but for its smallest strength (at 0, or with aq_mode 0 as in
   preset ultrafast, the offsets would be silently ignored), so a flat map is
   the fair baseline of a shaped one. Each offset is finite and within
   -DVB_QP_OFFSET_MAX..DVB_QP_OFFSET_MAX, or the encode fails (DVB_FAULT_INPUT). */
struct dvb_qp_map {
    void *ctx;
    int (*offsets)(void *ctx, const AVFrame *frame, int mb_w, int mb_h, float *out,
                   struct dvb_err *err);
};

#define DVB_QP_OFFSET_MAX 51

struct dvb_encode_settings {
    const struct dvb_encode_recipe *recipe; /* its size and fps are not looked at */
    struct dvb_size size;                   /* of every frame; even */
    AVRational fps;                         /* nominal: sets the time base and first interval */
    double crf;                             /* base CRF; < 0: x264's ABR at recipe->bitrate */
    double qp_shift;                        /* added to the QP of every macroblock, with a map or
                                               not: a CRF beyond its range; -51 to 51 */
    double buffer;                          /* with ABR, above 0: constant bitrate, seconds of it
                                               that a decoder's buffer (VBV) holds; intervals are
                                               taken as fps says, so that with tune zerolatency
                                               each frame comes out when it is put in */
    const AVFrame *like;                    /* colour tags are taken from it; may be NULL */
    struct dvb_qp_map map;                  /* offsets NULL: none */
    struct dvb_encode_sink sink;
};

struct dvb_stream {
    struct dvb_size size;
    AVRational time_base, fps; /* of the packets; nominal */
    uint8_t *headers;          /* avcC record (SPS and PPS) */
    size_t headers_size;
    int primaries, transfer, matrix; /* colour tags, as ITU-T H.264 numbers them */
};

#define DVB_OFFSET_GRID 24 /* rows and columns at most */

/* Mean offsets over the frames and over squares of as few macroblocks as keep the grid small.
   The last row and column may reach beyond the picture. */
struct dvb_offset_grid {
    int square; /* macroblocks along a side; 0: no frame came */
    int rows, cols;
    float mean[DVB_OFFSET_GRID * DVB_OFFSET_GRID]; /* [row * cols + col] */
};

/* What a map did, as means over the frames. Inside is the tenth of a frame's macroblocks whose
   offsets are least, outside the others. QPs are those that macroblocks were given, skipped or not:
   the frame's and the offset, clipped, rounding left out. A decoder finds the same but where one is
   skipped: it then has no QP of its own and counts with that of the one before.

   left is how much of the contrast a stream of that mean QP can show: x264's mean has skipped
   macroblocks as a decoder has them, so that what is never coded does not count for it. */
struct dvb_map_effect {
    double inside, outside; /* QP */
    double asked;           /* mean offset outside less that inside */
    double lowest, highest; /* offset */
    struct {
        double inside, outside; /* QP */
    } left;
    struct dvb_offset_grid grid;
};

struct dvb_encode_stats {
    int frames;                   /* access units that came out */
    size_t bytes;                 /* of all access units, with the parameter sets once */
    size_t bytes_i;               /* of the first access unit, with the parameter sets */
    double mean_qp;               /* mean over the frames of their macroblocks' mean QP */
    struct dvb_map_effect effect; /* zero without a map */
};

/* The base CRF's range. CRF 0 would mean lossless, which is another profile. */
#define DVB_CRF_MIN 1.0
#define DVB_CRF_MAX 51.0

/* Set preset and tune (NULL, "" or "none": no tune). Names that x264 does not
   have are DVB_FAULT_USAGE, and the message lists those it has. */
int dvb_encode_set_preset(struct dvb_encode_recipe *r, const char *preset, const char *tune,
                          struct dvb_err *err);

/* Settings are copied; what they point to (like apart) must live as long as the
   encoder. An unknown preset or tune is DVB_FAULT_USAGE. *enc is NULL on failure. */
int dvb_encoder_open(const struct dvb_encode_settings *settings, struct dvb_encoder **enc,
                     struct dvb_err *err);

/* What a container must know. */
const struct dvb_stream *dvb_encoder_stream(const struct dvb_encoder *enc);

/* x264 ignores maps under some settings without a word. Encodes a small picture with that preset
   and tune twice, its right half with an offset of strength and of 0: equal bytes are
   DVB_FAULT_INTERNAL. */
int dvb_encode_try_map(const struct dvb_encode_recipe *recipe, float strength, struct dvb_err *err);

/* Change the base CRF and qp_shift for the frames that follow; not in ABR mode. */
int dvb_encoder_set_crf(struct dvb_encoder *enc, double crf, double qp_shift, struct dvb_err *err);

/* Change the bitrate for the frames that follow, for an encoder with a buffer. */
int dvb_encoder_set_bitrate(struct dvb_encoder *enc, int64_t bitrate, struct dvb_err *err);

/* The next frame put in will be an IDR frame. */
void dvb_encoder_force_key(struct dvb_encoder *enc);

/* One frame; it is copied. pts must rise. */
int dvb_encoder_put(struct dvb_encoder *enc, const AVFrame *frame, struct dvb_err *err);
/* Get out what is still inside. Nothing may be put in afterwards. */
int dvb_encoder_finish(struct dvb_encoder *enc, struct dvb_err *err);

const struct dvb_encode_stats *dvb_encoder_stats(const struct dvb_encoder *enc);

void dvb_encoder_close(struct dvb_encoder **enc);

#endif
