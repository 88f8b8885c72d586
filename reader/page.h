/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was read in one picture: words with their places, in reading order. */
#ifndef DVB_READER_PAGE_H
#define DVB_READER_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "reader/luma.h"

struct dvb_word {
    char *text;         /* as read; owned */
    char *key;          /* folded, without spaces; owned */
    float conf;         /* 0..100, the recogniser's own */
    int agree;          /* passes that read just this, punctuation at the ends aside: 1.. */
    int run;            /* the recognition it stems from, counted through a clip */
    struct dvb_box box; /* pixels of the picture */
    int row;            /* from the top; set by dvb_page_arrange */
    int part;           /* stretch of the row without a wide gap, from the left */
};

struct dvb_page {
    int w, h; /* of the picture */
    struct dvb_word *words;
    size_t n, cap;
};

/* A stretch of words of one page that stand close together on one row. */
struct dvb_part {
    size_t first, n;
    struct dvb_box box;
};

/* Add a word; text is copied. */
struct dvb_word *dvb_page_add(struct dvb_page *page, const char *text, float conf,
                              struct dvb_box box);
/* Add a copy of a word. */
void dvb_page_add_word(struct dvb_page *page, const struct dvb_word *word);

/* Sort into rows from top to bottom, words from left to right, and number rows and parts. */
void dvb_page_arrange(struct dvb_page *page);

/* Make one reading of two of the same picture: page, and more. */
void dvb_page_merge(struct dvb_page *page, const struct dvb_page *more);

/* The part that begins at word first. */
struct dvb_part dvb_page_part(const struct dvb_page *page, size_t first);

/* Words first .. first + n - 1 joined by spaces; heap. */
char *dvb_page_text(const struct dvb_page *page, size_t first, size_t n);

void dvb_page_release(struct dvb_page *page);

/* The key of a text: folded for comparison, all spaces removed; heap. */
char *dvb_text_key(const char *text);

/* Copy without ASCII punctuation at both ends; all of it when there is nothing else. */
char *dvb_text_bare(const char *text);

#endif
