/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The videos that a set names: found (videos.h), probed, hashed. */
#ifndef DVB_EVAL_DATASET_HUNT_H
#define DVB_EVAL_DATASET_HUNT_H

#include "base/hash.h"
#include "base/opt.h"
#include "media/probe.h"

struct dvb_wanted {
    char *name; /* owned; given */
    char *path; /* owned; NULL: not found */
    struct dvb_media_info info;
    char hash[DVB_HASH_LEN + 1];
    struct dvb_err err; /* its fault is set where a file that was found cannot be used */
};

/* Names as a set has them, each once, in no order: those of names[0..n). Heap
   array of *n_wanted; place[i] becomes where names[i] went. */
struct dvb_wanted *dvb_wanted_new(const char *const *names, size_t n, size_t *place,
                                  size_t *n_wanted);
void dvb_wanted_free(struct dvb_wanted *v, size_t n);

/* Look for all of them below paths (source.h; none: nothing is found), probe what
   was found and, if asked, hash it, jobs files at once. A path that does not
   exist is DVB_FAULT_INPUT; a folder without a video is not. */
int dvb_wanted_find(struct dvb_wanted *v, size_t n, const struct dvb_strlist *paths, bool hash,
                    int jobs, struct dvb_err *err);

#endif
