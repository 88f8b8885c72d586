/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Words to the token ids that a dual encoder's text graph takes. Two kinds are read:
 *
 * - CLIP's byte-pair encoding (Radford et al., "Learning Transferable Visual Models From
 *   Natural Language Supervision", 2021; also MobileCLIP, TinyCLIP, OpenCLIP), from
 *   tokenizer.json or from vocab.json and merges.txt;
 * - SigLIP's unigram model (Kudo 2018; lower case, ASCII punctuation dropped), from
 *   tokenizer.json. Its "Precompiled" normalizer is taken as Unicode's NFKC, which it is
 *   but for rare characters.
 *
 * Special tokens written out in the words ("<|endoftext|>") are ordinary text here.
 */
#ifndef DVB_NEURAL_TOKENIZER_H
#define DVB_NEURAL_TOKENIZER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define DVB_TOKENIZER_MAX_TEXT 4096 /* bytes that are looked at */
#define DVB_TOKENIZER_MAX 512       /* tokens of a context */

struct dvb_tokenizer;

/* From a model folder. tokenizer_config.json, if there, tells the context's length and the
   padding; without it they are 77 and the end token (CLIP), 64 and "</s>" (SigLIP).
   DVB_FAULT_INPUT names the file and what is missing or of another kind. */
int dvb_tokenizer_open(const char *folder, struct dvb_tokenizer **tokenizer, struct dvb_err *err);
void dvb_tokenizer_close(struct dvb_tokenizer **tokenizer);

/* Tokens of a context as the model was trained, 2..DVB_TOKENIZER_MAX. */
size_t dvb_tokenizer_length(const struct dvb_tokenizer *t);

/* Fill ids[max], max >= 2: begin token (CLIP), the text's tokens, end token, padding. What
   does not fit is cut before the end token. Returns how many are not padding. text is
   UTF-8; what is not counts as U+FFFD. Thread-safe. */
size_t dvb_tokenizer_encode(const struct dvb_tokenizer *t, const char *text, int64_t *ids,
                            size_t max);

/* Hash over the files that it was read from; 64 hex digits. */
const char *dvb_tokenizer_hash(const struct dvb_tokenizer *t);

#endif
