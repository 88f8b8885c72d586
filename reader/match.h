/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding a text among the words of a page, also when some letters were misread. */
#ifndef DVB_READER_MATCH_H
#define DVB_READER_MATCH_H

#include <stdbool.h>

#include "reader/page.h"

/* A text that is looked for. */
struct dvb_sought {
    char *key;  /* folded, no spaces */
    char *bare; /* key without punctuation at its ends */
    int len;    /* code points of bare */
    int words;
    bool number; /* half of its letters or more are digits */
};

/* Words first .. first + n - 1 of a page, read as the text. */
struct dvb_found {
    int distance; /* quarters of an edit: 0 equal, 1 equal but for punctuation at the
                     ends, 4 one letter differs, ... */
    size_t first, n;
    float conf;     /* mean over the letters */
    int agree, run; /* of the first word; agree is the least of all words' */
    struct dvb_box box;
};

void dvb_sought_init(struct dvb_sought *s, const char *text);
void dvb_sought_release(struct dvb_sought *s);

/* Every place on the page where s stands with a distance of at most cap, of
   places that overlap the nearest only. Heap array; *n of them. */
struct dvb_found *dvb_match_page(const struct dvb_page *page, const struct dvb_sought *s, int cap,
                                 size_t *n);

/* 1 for equal texts, 0 for texts that have nothing in common. */
double dvb_match_likeness(const struct dvb_sought *s, int distance);

/* The distance up to which a reading may still mean s. */
int dvb_match_fuzzy_cap(const struct dvb_sought *s);

#endif
