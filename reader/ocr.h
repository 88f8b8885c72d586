/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A recogniser: Tesseract's LSTM with one language's data. A handle is for one
 * thread at a time, keeps nothing from one picture to the next, and gives the
 * same words for the same pixels every time.
 */
#ifndef DVB_READER_OCR_H
#define DVB_READER_OCR_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/err.h"
#include "reader/page.h"

struct dvb_ocr;

/* language as Tesseract names it: "eng", "Latin", "script/Latin". */
int dvb_ocr_open(const char *language, struct dvb_ocr **ocr, struct dvb_err *err);

/* The first of the NULL-terminated names that is installed, or NULL. */
const char *dvb_ocr_installed(const struct dvb_ocr *ocr, const char *const *names);

/* Add the words inside box to page, in no particular order. A true *cancel
   (may be NULL) ends it early with -ECANCELED. */
int dvb_ocr_read(struct dvb_ocr *ocr, const struct dvb_luma *picture, struct dvb_box box,
                 const atomic_bool *cancel, struct dvb_page *page, struct dvb_err *err);

/* True when the language's dictionary holds the word. */
bool dvb_ocr_knows(struct dvb_ocr *ocr, const char *word);

void dvb_ocr_close(struct dvb_ocr **ocr);

#endif
