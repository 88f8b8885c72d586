/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The site: a folder of pages that needs nothing beside itself, from file:// or any place
 * of a static host. Written beside its final name and renamed when it is whole.
 *
 *   index.html          the leaderboard; set-2.html ... for further sets
 *   task-1.html ...     the same for one task type (set-2-task-1.html)
 *   differences.html    who differs from whom
 *   questions.html      50 questions a page (questions-2.html ...)
 *   question/KEY.html   one question, its pictures, every answer
 *   figures.html        where figures were made
 *   about.html          how to read the numbers; provenance
 *   leaderboard.json cells.csv pairs.csv
 */
#ifndef DVB_REPORTS_SITE_H
#define DVB_REPORTS_SITE_H

#include "reports/board.h"

struct dvb_site_settings {
    int frames;           /* pictures of a clip; 0: none */
    int64_t frame_bytes;  /* of one picture; larger ones are made smaller */
    int64_t frames_bytes; /* of all; where they are used up, pages say so */
};

/* A figure that is in the folder already, for figures.html; paths relative to it. */
struct dvb_site_figure {
    char *title, *caption; /* of ours or with text of others in it */
    char *desc;            /* what it shows, in words */
    char *svg, *pdf;       /* NULL: it could not be drawn */
    char *csv, *json;      /* its numbers; may be NULL */
};

/* Puts figures into the folder and tells of them; NULL in their place: there are none. */
typedef int dvb_site_figures(void *user, const struct dvb_board *b, const char *dir,
                             struct dvb_site_figure **list, size_t *n, struct dvb_err *err);

struct dvb_site_result {
    size_t pages, pictures;
    size_t no_pictures; /* clips whose pictures the workspace does not have */
    size_t left_out;    /* clips whose pictures would have exceeded frames_bytes */
    int64_t bytes;      /* of all files */
};

/* The folder `out` is made, or replaced where it is one of ours (it holds a file
   .devibench-site); anything else there is DVB_FAULT_INPUT and stays. */
int dvb_site_write(const struct dvb_board *b, const struct dvb_site_settings *s, const char *out,
                   dvb_site_figures *figures, void *user, struct dvb_site_result *result,
                   struct dvb_err *err);

#endif
