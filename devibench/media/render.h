/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A segment's renditions in one go: decode once, encode at the recipe's rate,
 * take x264's own reconstruction for the degraded picture (no second decode),
 * put original and degraded side by side by time stamp, sample frames.
 *
 * Everything is single-threaded, so the bytes do not depend on how many
 * segments run at once; call it from as many threads as there are cores.
 */
#ifndef DVB_MEDIA_RENDER_H
#define DVB_MEDIA_RENDER_H

#include "media/encode.h"
#include "media/recipe.h"

/* How an encode met its rate. */
struct dvb_rate_result {
    double target_kbps;  /* 0: none was asked for */
    double bitrate_kbps; /* measured: bits of all access units, with their 4-byte lengths and
                            the parameter sets once, without the container; over the time from
                            the first frame to the end of the last (frames / frame rate where
                            that is constant) */
    bool met;            /* within the tolerance */
    char reason[96];     /* why not: "ceiling: ..." (the content needs less), "floor: ..." (it
                            needs more, at the smallest size), "jump: ..." (the rates of
                            neighbouring qualities lie on both sides), "abr: ..." */
    int width, height;
    double fps; /* frames / duration */
    int frames;
    int encodes;     /* encodes that the search took, those given up early included */
    double mean_qp;  /* mean over the frames of their macroblocks' average QP */
    double crf;      /* base CRF of the accepted encode; < 0 in ABR mode */
    double qp_shift; /* added to all QPs where the CRF's range ends: at 1 below 0, at 51 above */
    double crf_span; /* how far it was moved within the clip: highest less lowest */
    int size_steps;  /* down the ladder from where the rate begins, since the content, or what the
                        map leaves of it, did not fit */
    bool mapped;     /* by a QP map */
    struct dvb_map_effect effect; /* where mapped */
};

struct dvb_rendition_files {
    bool made;
    char dir[32];                /* below out_dir: "original", "degraded", "pair" */
    char hash[DVB_HASH_LEN + 1]; /* of the files' names and bytes */
    int n_frames;                /* sampled pictures: frame-0001.jpg ... */
    bool video;                  /* clip.mp4 is there (faststart) */
    struct dvb_rate_result rate; /* bitrate_kbps 0 when no video was encoded */
};

struct dvb_render_job {
    const char *path;
    double start, length; /* seconds */
    const struct dvb_recipe *recipe;
    unsigned kinds;      /* bit mask: 1u << DVB_KIND_x */
    const char *out_dir; /* made; one folder per kind is written below it, each renamed into
                            place when whole */
    size_t max_bytes;    /* memory for held frames; what does not fit is decoded again for each
                            encode instead; 0: 384 MiB (5 s of 1080p30 at 200 kbps) */
};

/* rendition[kind] is filled for each kind asked for. */
int dvb_render(const struct dvb_render_job *job, struct dvb_rendition_files rendition[DVB_KINDS],
               struct dvb_err *err);

/* Times, in seconds from the clip's start, at which n = *count frames are
   sampled from a clip of that length at fps: the middle of each 1/fps
   interval. Heap. */
double *dvb_sample_times(double length, double fps, int *count);

/* One clip, whole or cut (length 0: to the end): what `devibench transcode` and
   `devibench concat` do. out must end in .mp4 and is replaced only by a whole
   file; it may not be an input. */
int dvb_transcode(const char *in, const char *out, double start, double length,
                  const struct dvb_encode_recipe *recipe, struct dvb_rate_result *result,
                  struct dvb_err *err);
/* Left and right joined by time stamp, right scaled to left's size; the shorter
   ends it. The left side's frames set the times (at recipe->fps, if any); each
   stands beside the newest right frame that is not later. One pass: a recipe
   that asks for a search is refused. */
int dvb_concat(const char *left, const char *right, const char *out,
               const struct dvb_encode_recipe *recipe, int64_t max_pixels,
               struct dvb_rate_result *result, struct dvb_err *err);

#endif
