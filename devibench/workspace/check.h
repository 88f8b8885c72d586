/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Does a model really see what it is sent? It is shown a clip of four seconds in
 * which another word appears every half second, drawn at random from a list, in
 * the way its profile says: as pictures, or as a video. Which words it names, in
 * which order, and how many tokens the service counts tell what arrived.
 */
#ifndef DVB_WORKSPACE_CHECK_H
#define DVB_WORKSPACE_CHECK_H

#include "base/text.h"
#include "model/wire.h"

#define DVB_CHECK_WORDS 8
#define DVB_CHECK_SECONDS 4.0

enum dvb_check_verdict {
    DVB_CHECK_RIGHT,  /* it named every word it was sent, in order */
    DVB_CHECK_FEWER,  /* some words are missing: dropped or resampled on the way */
    DVB_CHECK_ORDER,  /* the words are there, in another order */
    DVB_CHECK_WRONG,  /* it named words of the list that were not shown */
    DVB_CHECK_BLIND,  /* it named none, or refused */
    DVB_CHECK_FAILED, /* no answer: the service failed */
};
extern const char *const dvb_check_verdict_names[]; /* NULL-terminated */

/* What a reply shows of the words: indices into those that were shown. */
struct dvb_check_reading {
    int named[DVB_CHECK_WORDS]; /* in the order of their first mention */
    int n_named;
    int strange; /* words of the list that were not shown */
};

struct dvb_check {
    const char *words[DVB_CHECK_WORDS]; /* of the clip, in order; static */
    bool sent[DVB_CHECK_WORDS];         /* on a picture that was sent; of a video, all */
    int n_expected;                     /* to be named: those on pictures; of a video, as many as
                                           the profile's rate shows */
    int pictures;                       /* sent; 0: a video */
    struct dvb_size size;
    struct dvb_check_reading reading;
    enum dvb_check_verdict verdict;
    char why[400], advice[400]; /* sentences; advice "" when right */
    struct dvb_reply reply;     /* to the question with the clip */
    long tokens_media;          /* counted for pictures or video; -1: the service does not say */
    double cost_usd;            /* of all that was asked */
};

/* Ask a model. Failures of the service are a verdict; what is returned otherwise
   is a fault of this machine. seed: of the words. Release in either case. */
int dvb_check_model(const struct dvb_profile *p, uint64_t seed, struct dvb_check *check,
                    struct dvb_err *err);
void dvb_check_release(struct dvb_check *check);

/* check_judge.c */

/* Draw the words. */
void dvb_check_draw(uint64_t seed, const char *words[DVB_CHECK_WORDS]);
/* The words in any text, letters' case and one wrong letter in a word aside. */
void dvb_check_read(const char *text, const char *const words[DVB_CHECK_WORDS],
                    struct dvb_check_reading *reading);
/* Sets verdict, why and advice from everything else. */
void dvb_check_judge(const struct dvb_profile *p, struct dvb_check *check);

extern const char *const dvb_check_list[]; /* that words are drawn from; NULL-terminated */

#endif
