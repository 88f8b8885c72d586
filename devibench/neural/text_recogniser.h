/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a line of text says: PP-OCR's recogniser, whose output is read by connectionist
 * temporal classification (Graves et al., ICML 2006): the likeliest class of each step,
 * repeated ones once, blanks dropped. `make ocr-models` fetches the weights.
 */
#ifndef DVB_NEURAL_TEXT_RECOGNISER_H
#define DVB_NEURAL_TEXT_RECOGNISER_H

#include "neural/text_detector.h"

struct dvb_text_recogniser;

/* folder holds rec.onnx and keys.txt, or ch_PP-OCRv4_rec_infer.onnx and ppocr_keys_v1.txt
   as published. The list must have as many characters as the graph has classes, less
   blank and space. Thread-safe handle. */
int dvb_text_recogniser_open(const char *folder, struct dvb_text_recogniser **recogniser,
                             struct dvb_err *err);
void dvb_text_recogniser_close(struct dvb_text_recogniser **recogniser);

/* Characters without a space between them. */
struct dvb_text_word {
    char *text;     /* UTF-8; owned */
    float conf;     /* 0..1, mean over the characters */
    float from, to; /* 0..1 along the line */
};

struct dvb_text_words {
    struct dvb_text_word *v;
    size_t n, cap;
};

/* Read one line of the picture; words are added in their order. */
int dvb_text_recogniser_read(const struct dvb_text_recogniser *r, const struct dvb_rgb *picture,
                             const struct dvb_text_line *line, struct dvb_text_words *words,
                             struct dvb_err *err);

void dvb_text_words_release(struct dvb_text_words *words);

#endif
