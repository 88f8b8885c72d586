/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Batches of the test service: what the services' interfaces have in common.
 * The questions are answered by the script when the batch is made, as if each
 * had come by itself, and handed out in another order once the batch has been
 * looked at often enough.
 *
 * How a batch goes is scripted under the model id "@batch": the text of the
 * reply that is next says it (nothing: ok), its faults (drop, delay_ms) are
 * those of the response that would tell the batch's id.
 *   ok; slow (looked at five times)
 *   expire   every second question is not done within the time
 *   missing, damage   every third result is not there, or cut in half
 *   doubled  each result comes twice
 *   fail, full   the batch fails: bad, or too many tokens are waiting
 */
#ifndef FAKE_BATCH_H
#define FAKE_BATCH_H

#include "tests/tools/fake/format.h"

struct fake_result {
    char *id;
    int status; /* 0: not done: expired or cancelled */
    json_t *body;
};

struct fake_batch {
    char id[32]; /* "b7" */
    char *how, *label;
    char *input;
    long created; /* Unix time */
    int looks;
    bool cancelled;
    struct fake_result *results;
    size_t n;
};

/* Ask what requests holds: [{id, body}], in the format that path belongs to. NULL:
   the reply is filled with an error. label and input are copied. */
struct fake_batch *fake_batch_make(struct fake_call *c, const char *path, const json_t *requests,
                                   const char *label, const char *input);
/* Look at it (looked: count it); NULL: not there. */
struct fake_batch *fake_batch_get(const char *id, bool looked);
/* The i-th newest; NULL: there are no more. */
struct fake_batch *fake_batch_at(size_t i);
bool fake_batch_ended(const struct fake_batch *b);
bool fake_batch_is(const struct fake_batch *b, const char *how);
/* Results by their outcome, once it has ended. */
void fake_batch_count(const struct fake_batch *b, int *done, int *failed, int *undone);
/* The file of results: write makes a line of each (new reference), or NULL for none. */
char *fake_batch_file(const struct fake_batch *b, json_t *(*write)(const struct fake_result *r));

/* A JSONL file as [line], or NULL with the number of the line that is none. */
json_t *fake_batch_lines(const char *text, size_t *bad);
/* "2026-01-02T03:04:05Z"; static per thread. */
const char *fake_batch_when(long t);

#endif
