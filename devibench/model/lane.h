/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The questions to one model: what waits, what is under way, which files are
   being uploaded for them. Bookkeeping only, for client.c; nothing here talks
   to anybody. Every operation on a row takes the same time however long it is,
   but for dvb_row_insert in the middle. */
#ifndef DVB_MODEL_LANE_H
#define DVB_MODEL_LANE_H

#include "model/attempt.h"
#include "model/limits.h"

struct dvb_lane;
struct dvb_lane_file;

/* One question on its way. */
struct dvb_job {
    struct dvb_ask ask; /* the caller's; with video_uri once there is one */
    dvb_on_reply *on_reply;
    void *user;
    struct dvb_lane *lane;
    struct dvb_job *next, *prev; /* in its row */
    struct dvb_lane_file *file;  /* whose upload it carries, or NULL */
    bool holds;                  /* a place of the lane's window */
    int attempts;               /* requests so far: of the question, or of one step of the upload */
    double not_before;          /* of the next attempt */
    struct dvb_ticket ticket;   /* of the request under way */
    struct dvb_attempt attempt; /* the request under way */
    struct dvb_reply reply;     /* of the last attempt */
};

struct dvb_row {
    struct dvb_job *first, *last;
};

void dvb_row_append(struct dvb_row *row, struct dvb_job *job);
/* By not_before, so that the first is due first. */
void dvb_row_insert(struct dvb_row *row, struct dvb_job *job);
void dvb_row_unlink(struct dvb_row *row, struct dvb_job *job);
struct dvb_job *dvb_row_pop(struct dvb_row *row); /* NULL: empty */
/* All of more before the first of row; more is empty then. */
void dvb_row_prepend_all(struct dvb_row *row, struct dvb_row *more);

/* A file that a service has, or is about to have. */
struct dvb_lane_file {
    char *path;
    struct dvb_upload upload;
    enum dvb_file_state { DVB_FILE_ABSENT, DVB_FILE_UNDER_WAY, DVB_FILE_THERE } state;
    double begun;
    struct dvb_row waiting; /* for the upload that another job carries */
    struct dvb_lane_file *next;
};

struct dvb_lane {
    char *name, *wire, *base_url, *model; /* what makes it one lane */
    char *key;
    struct dvb_limits limits;
    struct dvb_row fresh, again, flying;
    struct dvb_lane_file *files;
    void *files_by_path; /* tsearch tree of them */
    bool stopped, fatal;
    char *why; /* of stopped */
    int undelivered;
};

struct dvb_lane *dvb_lane_new(const struct dvb_profile *p, double now);
/* No job may be left in it. */
void dvb_lane_free(struct dvb_lane *l);
bool dvb_lane_is_for(const struct dvb_lane *l, const struct dvb_profile *p);

/* The first stop counts. */
void dvb_lane_stop(struct dvb_lane *l, bool fatal, const char *why);

/* The next job that may start now, taken out of its row; any, when the lane is
   stopped. NULL: none. */
struct dvb_job *dvb_lane_next(struct dvb_lane *l, double now);
/* When there will be one; INFINITY: not before something ends. */
double dvb_lane_due(const struct dvb_lane *l, double now);

/* The file's record, made when there is none. NULL: out of memory. */
struct dvb_lane_file *dvb_lane_file(struct dvb_lane *l, const char *path);
/* Any job that the lane has, taken out; NULL: none. */
struct dvb_job *dvb_lane_take_any(struct dvb_lane *l);

#endif
