/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a report reads: runs, the cells of an evaluation, what came of them. */
#ifndef DVB_STORE_REPORT_H
#define DVB_STORE_REPORT_H

#include "store/store.h"

/* All runs, or those of one command, oldest first. Heap array, freed with dvb_runs_free. */
int dvb_store_list_runs(struct dvb_store *s, const char *command, struct dvb_run **list, size_t *n,
                        struct dvb_err *err);
void dvb_runs_free(struct dvb_run *list, size_t n);

/* A cell with the model that it asks; model and profile NULL where it asks none. */
struct dvb_cell_record {
    int64_t id;
    int64_t bitrate; /* bits per second; 0: the original */
    char *strategy;
    bool baseline;
    char *sampling; /* JSON */
    char *model, *profile;
};
/* By their place in the run's matrix. Heap array, freed with dvb_cells_free. */
int dvb_store_list_cells(struct dvb_store *s, int64_t run, struct dvb_cell_record **list, size_t *n,
                         struct dvb_err *err);
void dvb_cells_free(struct dvb_cell_record *list, size_t n);

/* A result with what its call says. */
struct dvb_result_record {
    int64_t question, rendition, call, judge; /* 0: none */
    int answer;                               /* or -1 */
    double score;
    enum dvb_call_status status; /* of the call; ok where none was made */
    double cost_usd, latency_s;  /* of the call; its the cost of its judge is in it too */
    int64_t tokens_in, tokens_out;
};
/* A cell's results by question. A negative return of on_result ends it with that error. */
typedef int dvb_store_on_result(void *user, const struct dvb_result_record *r, struct dvb_err *err);
int dvb_store_each_result(struct dvb_store *s, int64_t cell, dvb_store_on_result *on_result,
                          void *user, struct dvb_err *err);

/* A call's words. */
struct dvb_call_words {
    char *reply; /* or NULL; owned */
    enum dvb_call_status status;
    double cost_usd, latency_s;
};
int dvb_store_get_words(struct dvb_store *s, int64_t call, struct dvb_call_words *out,
                        struct dvb_err *err);
void dvb_call_words_release(struct dvb_call_words *w);

#endif
