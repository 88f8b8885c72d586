/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Relevance that somebody wrote down. JSON (any name) or, where the name ends in
 * .csv, gaze points.
 *
 * JSON:
 *   {"schema_version": 1, "videos": {NAME: [ENTRY, ...], ...}}
 * NAME is the video's name as the workspace has it (for `devibench relevance`, the
 * file's name without its folders, or --video-name). An ENTRY holds from "at" (seconds from the
 * video's first frame, 0 up) until the next one, and before the first as the first does; nothing is
 * interpolated. It has either
 *   "rows", "cols" (1..1024) and "rho": rows * cols numbers in -1..1, raster order; or
 *   "boxes": [[x0, y0, x1, y1], ...], each 0..1000 of the picture's width and height
 *   with x0 < x1 and y0 < y1: 1 inside a box, falling with the distance from the
 *   nearest one to -1 in the farthest cell, on a grid of 16 x 16 pixels; none: all 0.
 * "words" (optional) makes it an entry for these words alone; where a video has
 * entries for the words that are asked about, those are used, else those without
 * words. Other members are refused.
 *
 * CSV: a header line with the columns video, t, x, y (any order, others ignored) and
 * a line per point: seconds, then 0..1 of the picture's width and height. A frame
 * sees the points of the last half second, or the newest one before that; before the
 * first point, that one. Each is a bump of 2 exp(-d^2 / (2 s^2)) - 1, s an eighth of
 * the picture's shorter side; where bumps meet, the highest counts. Samples without a
 * gaze (blinks, off the picture) are to be left out: NaN is an error.
 *
 * What is wrong is DVB_FAULT_INPUT, with the file and the place in it.
 */
#ifndef DVB_EVAL_RELEVANCE_FILE_H
#define DVB_EVAL_RELEVANCE_FILE_H

#include <libavutil/frame.h>
#include <stdbool.h>
#include <stddef.h>

#include "eval/relevance/map.h"
#include "eval/relevance/qp.h"

/* A map, boxes, or (in a track of gaze) one point. */
struct dvb_relevance_entry {
    double at;   /* s */
    char *words; /* NULL: any */
    struct dvb_map map;
    struct dvb_region *boxes;
    size_t n_boxes;
    float x, y; /* 0..1 */
};

/* What is known of one video, in rising order of words and time. */
struct dvb_relevance_track {
    char *video;
    struct dvb_relevance_entry *v;
    size_t n, cap;
};

struct dvb_relevance_file {
    char *path;
    bool gaze;
    struct dvb_relevance_track *tracks;
    size_t n, cap;
};

int dvb_relevance_read(const char *path, struct dvb_relevance_file *f, struct dvb_err *err);
/* Of such a file's bytes; its kind goes by the name. For tests: any bytes. */
int dvb_relevance_parse(const char *name, const char *data, size_t len,
                        struct dvb_relevance_file *f, struct dvb_err *err);
void dvb_relevance_file_release(struct dvb_relevance_file *f);

/* The video's track; another name is DVB_FAULT_INPUT and says which there are. */
int dvb_relevance_track(const struct dvb_relevance_file *f, const char *video,
                        const struct dvb_relevance_track **out, struct dvb_err *err);

/* Entries for the words (NULL or "": those without), from *first on. */
size_t dvb_relevance_said(const struct dvb_relevance_track *t, const char *words, size_t *first);

/* What a map or boxes (not a point) say of the frame; m is not initialised yet. */
void dvb_relevance_entry_map(const struct dvb_relevance_entry *e, const AVFrame *f,
                             struct dvb_map *m);

#endif
