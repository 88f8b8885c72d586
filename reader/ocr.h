/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A recogniser: Tesseract's LSTM with one language's data, or PP-OCR's networks. A handle
 * is for one thread at a time, keeps nothing from one picture to the next, and gives the
 * same words for the same pixels every time.
 */
#ifndef DVB_READER_OCR_H
#define DVB_READER_OCR_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/err.h"
#include "reader/page.h"

/* A recogniser's handle begins with its kind. */
struct dvb_ocr {
    const struct dvb_ocr_kind *kind;
};

/* What there is of each kind of recogniser. */
struct dvb_ocr_kind {
    /* data: a language as Tesseract names it ("eng", "Latin", "script/Latin"), a folder
       of PP-OCR's weights. */
    int (*open)(const char *data, struct dvb_ocr **ocr, struct dvb_err *err);
    int (*read)(struct dvb_ocr *ocr, const struct dvb_luma *picture, struct dvb_box box,
                const atomic_bool *cancel, struct dvb_page *page, struct dvb_err *err);
    bool (*knows)(struct dvb_ocr *ocr, const char *word);
    void (*close)(struct dvb_ocr *ocr);
};

extern const struct dvb_ocr_kind dvb_ocr_tesseract, dvb_ocr_ppocr;

/* The first of the NULL-terminated names that is installed, or NULL. ocr is one of
   Tesseract's. */
const char *dvb_ocr_installed(const struct dvb_ocr *ocr, const char *const *names);

/* Add the words inside box to page, in no particular order. A true *cancel
   (may be NULL) ends it early with -ECANCELED. */
int dvb_ocr_read(struct dvb_ocr *ocr, const struct dvb_luma *picture, struct dvb_box box,
                 const atomic_bool *cancel, struct dvb_page *page, struct dvb_err *err);

/* True when the recogniser's dictionary holds the word. */
bool dvb_ocr_knows(struct dvb_ocr *ocr, const char *word);

void dvb_ocr_close(struct dvb_ocr **ocr);

/* For the kinds: whether a text is worth a word, and the error of a stopping server. */
bool dvb_ocr_has_letter(const char *text);
int dvb_ocr_cancelled(const atomic_bool *cancel, struct dvb_err *err);

#endif
