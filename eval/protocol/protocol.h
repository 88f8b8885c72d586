/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A protocol: which clip a question is asked about, in which words, how often,
 * and what else is counted beside our own score. One descriptor per protocol,
 * listed in protocol.c; a hook that is NULL leaves its part to the evaluation,
 * which asks every question once about its own clip.
 */
#ifndef DVB_EVAL_PROTOCOL_PROTOCOL_H
#define DVB_EVAL_PROTOCOL_PROTOCOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "eval/score/score.h"
#include "store/store.h"

struct dvb_eval;

/* What of a series stands before a question of it. */
enum dvb_history {
    DVB_HISTORY_ANSWERS, /* its earlier questions with the right answers, as published */
    DVB_HISTORY_OWN,     /* with what the same model answered in the same cell */
    DVB_HISTORY_NONE,
};
extern const char *const dvb_history_names[]; /* "answers", "own", "none"; NULL-terminated */

struct dvb_protocol_settings {
    int64_t context_ms; /* of video before a question's time stamp; 0: all there is */
    enum dvb_history history;
};

struct dvb_protocol {
    const char *name;           /* "streamingbench" */
    const char *description;    /* one line, for people */
    const char *answer, *blind; /* names of the prompts for multiple choice */
    const char *const *slots;   /* that these must have; NULL-terminated */
    bool choice_only;           /* no sense for free answers */
    bool timed;                 /* of a set's questions only those that have a time stamp */
    bool proactive;             /* also those whose output is due at some time */
    /* The questions are known: read prompts, choose clips. */
    int (*open)(struct dvb_eval *e, struct dvb_err *err);
    void (*close)(struct dvb_eval *e);
    /* The words of a question in a cell; heap. Given the prompt with its slots. */
    char *(*prompt)(const struct dvb_eval *e, const char *text, size_t cell, size_t question);
    /* A reply to a multiple-choice question is in. */
    void (*answered)(struct dvb_eval *e, size_t cell, size_t question, const struct dvb_call *call);
    /* Show and ask everything (dvb_eval_render, dvb_eval_ask on what is not idle). */
    int (*run)(struct dvb_eval *e, struct dvb_err *err);
    /* Statistics beside those of in, which made e->score. */
    int (*score)(struct dvb_eval *e, const struct dvb_score_input *in, struct dvb_err *err);
};

extern const struct dvb_protocol *const dvb_protocols[]; /* NULL-terminated; the first is ours */
extern const struct dvb_protocol dvb_protocol_devibench, dvb_protocol_streamingbench;

/* By name; an unknown one is DVB_FAULT_USAGE and lists those there are. */
int dvb_protocol_find(const char *name, const struct dvb_protocol **out, struct dvb_err *err);

/* What a proactive question came to in a cell. */
struct dvb_said {
    int64_t at_ms;        /* in the video's time; -1: never */
    int64_t published_ms; /* by the published reading of the replies: when asking ended */
    bool right;           /* what was said holds what was asked for */
};

/* What a protocol counts beside our own score. All NULL and 0 where it counts nothing. */
struct dvb_published {
    signed char *scores;       /* [cell * n_questions + question] by its published scorer: 1, 0;
                                  -1: it leaves the reply out */
    struct dvb_said *said;     /* [cell * n_questions + question], of proactive questions */
    const char *const *groups; /* names of its categories of task types; static */
    int n_groups;
    int *group_of;             /* [question] */
    struct dvb_score by_task;  /* of scores, tasks as in e->score */
    struct dvb_score by_group; /* of our own score, "tasks" are groups */
    struct dvb_score published_by_group;
};

void dvb_published_release(struct dvb_published *p);

/* Of a score's cells the one of that cell and task (-1: all); NULL: none. */
const struct dvb_scored_cell *dvb_published_find(const struct dvb_score *s, size_t cell, int task);

#endif
