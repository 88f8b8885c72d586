/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the tokenizer: how a kind of model cuts text. */
#ifndef DVB_NEURAL_TOKEN_MODEL_H
#define DVB_NEURAL_TOKEN_MODEL_H

#include <jansson.h>

#include "neural/tokenizer.h"

/* Token ids in the making; more than max are dropped. */
struct dvb_ids {
    int64_t *v;
    size_t n, max;
};

void dvb_ids_add(struct dvb_ids *ids, int64_t id);

struct dvb_token_model;

/* What a kind of model is. */
struct dvb_token_kind {
    const char *name;              /* model.type in tokenizer.json */
    size_t length;                 /* of a context, where nothing tells it */
    const char *begin, *end, *pad; /* special tokens; begin may be NULL */
    /* Append the tokens of a text (valid UTF-8). */
    void (*encode)(const struct dvb_token_model *m, const char *text, struct dvb_ids *ids);
};

struct dvb_token_model {
    const struct dvb_token_kind *kind;
    json_t *vocab;  /* token -> id */
    json_t *ranks;  /* BPE: "left right" -> rank, least first */
    json_t *scores; /* unigram: token -> log probability */
    int64_t unk;    /* -1: none */
    double unk_score;
    size_t longest; /* unigram: bytes of the longest piece */
};

extern const struct dvb_token_kind dvb_token_bpe, dvb_token_unigram;

/* From tokenizer.json's "model". where names the file. */
int dvb_bpe_load(struct dvb_token_model *m, const json_t *model, const char *where,
                 struct dvb_err *err);
int dvb_unigram_load(struct dvb_token_model *m, const json_t *model, const char *where,
                     struct dvb_err *err);

/* Merges of merges.txt: lines "left right", after a line "#version". */
int dvb_bpe_load_merges(struct dvb_token_model *m, const char *text, const char *where,
                        struct dvb_err *err);

/* The id of a token, or -1. */
int64_t dvb_token_id(const struct dvb_token_model *m, const char *token);

#endif
