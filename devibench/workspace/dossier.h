/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All that a workspace knows about one question, and its picture. */
#ifndef DVB_WORKSPACE_DOSSIER_H
#define DVB_WORKSPACE_DOSSIER_H

#include <stddef.h>

#include "workspace/workspace.h"

struct dvb_dossier_call {
    struct dvb_call call;
    char *model; /* its name */
};

struct dvb_dossier_verdict {
    struct dvb_verdict verdict;
    char *model;
    const struct dvb_dossier_call *call; /* in the dossier's calls; NULL if there is none */
};

struct dvb_dossier {
    struct dvb_run_question question;
    struct dvb_dossier_verdict *verdicts; /* original, degraded, verify, then others */
    size_t n_verdicts;
    struct dvb_dossier_call *calls; /* that wrote the question, then those of the verdicts */
    size_t n_calls;
    struct dvb_answer *answers; /* of evaluations, whichever run had the question in its set */
    size_t n_answers;
    /* What was seen as original and as degraded: the run's filter's renditions,
       or, before it judged, the newest of the kind. id 0: none yet. */
    struct dvb_rendition original, degraded;
};

/* The question of the run whose key starts with prefix. On failure *d is NULL. */
int dvb_dossier_open(struct dvb_store *s, const struct dvb_run *run, const char *prefix,
                     struct dvb_dossier **d, struct dvb_err *err);
void dvb_dossier_close(struct dvb_dossier **d);

/* A PNG with one row for each sampled time: original left, degraded, scaled to
   the same size, right; a rendition that is not there yet is left out. at >= 0:
   one row, the sample nearest to that second of the segment; else frames rows,
   evenly spread (fewer where fewer were sampled). *rows is how many. */
int dvb_dossier_picture(const struct dvb_workspace *ws, const struct dvb_dossier *d, double at,
                        int frames, const char *path, int *rows, struct dvb_err *err);

#endif
