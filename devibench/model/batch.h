/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Many questions to one model as one job of the service, at a lower price and
 * answered within a day. One descriptor per service's interface, hung on the
 * wire format whose bodies it carries. What happens when, and what of it is
 * stored, is up to the caller (workspace/batch.h): upload, create, check until
 * it has ended, fetch, read.
 *
 * Sources: OpenAI's API reference (files, batches) and batch guide;
 * Anthropic's (message batches); Gemini's (batches, files) - as read in 2026.
 */
#ifndef DVB_MODEL_BATCH_H
#define DVB_MODEL_BATCH_H

#include "model/attempt.h"
#include "model/exchange.h"
#include "model/wire.h"

enum dvb_batch_phase {
    DVB_BATCH_RUNNING, /* and all that comes before */
    DVB_BATCH_ENDED,   /* there are results, maybe not of all: what is missing was not done */
    DVB_BATCH_FAILED,  /* there are none */
};

/* A batch as the service tells of it. Strings are owned. */
struct dvb_batch_state {
    char *id;    /* the service's; fit to stand in a URL */
    char *token; /* ours, where the service keeps one; else NULL */
    enum dvb_batch_phase phase;
    char *status;             /* the service's word for the phase, one line */
    char *message;            /* why it failed, or NULL */
    bool full;                /* it failed since too much is waiting: later, or less, will do */
    bool again;               /* it failed by a fault of the service */
    long total, done, failed; /* requests; -1: not known */
    long long created;        /* Unix time; 0: not known */
    char *results[2];         /* files with results, as results_url takes them; NULL: none */
};
void dvb_batch_state_release(struct dvb_batch_state *st);

/* One request's result. Strings are owned. */
struct dvb_batch_line {
    char *id;    /* as we gave it */
    bool undone; /* cancelled, expired: no answer and no error; body says which */
    int status;  /* HTTP */
    char *body;  /* of the response, JSON; for an error an object with "error" */
};
void dvb_batch_line_release(struct dvb_batch_line *line);

/* A file of requests on its way. All borrowed. */
struct dvb_batch_file {
    const char *path, *token; /* token: [0-9a-f]{16}, of no other batch */
    long requests;
};

struct dvb_batch_wire {
    const char *name; /* of the interface, for people */
    int max_requests; /* in one batch */
    uint64_t max_bytes;
    bool keeps_token; /* the service keeps our token with the batch */
    /* The file: head, requests with between them, tail. A request is what open
       gives (heap; id is [0-9a-f-]{1,64}), its body, close. */
    const char *head, *between, *tail;
    char *(*open)(const struct dvb_profile *p, const char *id);
    const char *close;
    /* Send the file ahead; *input (heap) is the service's name for it. NULL: it
       is sent by create. Costs nothing: may be repeated. */
    int (*upload)(const struct dvb_service *s, const struct dvb_batch_file *f, char **input,
                  struct dvb_exchange *x, struct dvb_err *err);
    /* The request that makes a batch of the file; method, URL and key are there
       already, from create_path (heap). */
    char *(*create_path)(const struct dvb_profile *p);
    void (*create)(const struct dvb_batch_file *f, const char *input, const struct dvb_profile *p,
                   struct dvb_http_request *r);
    /* Paths under the base URL, heap. list_path: newest first, from a cursor or NULL. */
    char *(*path)(const char *id);
    char *(*cancel_path)(const char *id);
    char *(*list_path)(const char *cursor);
    /* A batch object; false when it is none. st is zero before. */
    bool (*read_state)(const json_t *batch, struct dvb_batch_state *st);
    /* A page of a list: its batches (borrowed), *cursor (heap) to the next page or NULL. */
    const json_t *(*read_page)(const json_t *page, char **cursor);
    char *(*results_url)(const struct dvb_profile *p, const char *results); /* or path; heap */
    /* A line of results; false when it is none. line is zero before. */
    bool (*read_line)(const json_t *row, struct dvb_batch_line *line);
};

extern const struct dvb_batch_wire dvb_batch_openai, dvb_batch_anthropic, dvb_batch_gemini;

/* The batch interface of the profile's format, or NULL: it has none, or the
   profile says that its service has none. */
const struct dvb_batch_wire *dvb_batch_of(const struct dvb_profile *p);

/* What may go into one batch: the interface's limits and the profile's. */
long dvb_batch_max_requests(const struct dvb_profile *p);
uint64_t dvb_batch_max_bytes(const struct dvb_profile *p);

/* The exchanges, upload too. Errors are DVB_FAULT_SERVICE; *x tells how it went and is
   released by the caller in either case. */

int dvb_batch_create(const struct dvb_service *s, const struct dvb_batch_file *f, const char *input,
                     struct dvb_batch_state *st, struct dvb_exchange *x, struct dvb_err *err);
int dvb_batch_check(const struct dvb_service *s, const char *id, struct dvb_batch_state *st,
                    struct dvb_exchange *x, struct dvb_err *err);
int dvb_batch_cancel(const struct dvb_service *s, const char *id, struct dvb_err *err);
/* Download st->results[i] to path. */
int dvb_batch_fetch(const struct dvb_service *s, const struct dvb_batch_state *st, int i,
                    const char *path, struct dvb_exchange *x, struct dvb_err *err);

/* Look for a batch that create may have made: 1 found (*st), 0 not there,
   2 one of those still running may be it. since: Unix time at which it was
   sent. is_known: batches whose id is known are others. Where the service keeps
   no token, the first result's id tells: path is a file for them. */
struct dvb_batch_search {
    const struct dvb_batch_file *file;
    long long since;
    int (*is_known)(void *user, const char *id, struct dvb_err *err); /* 1 or 0 */
    void *user;
};
int dvb_batch_find(const struct dvb_service *s, const struct dvb_batch_search *search,
                   struct dvb_batch_state *st, struct dvb_err *err);

/* Called with each result; a negative return ends the reading. */
typedef int dvb_on_batch_line(void *user, const struct dvb_batch_line *line, struct dvb_err *err);

/* Read a file of results in the order in which they stand. Lines that hold no
   result are counted in *damaged. */
int dvb_batch_read(const struct dvb_batch_wire *wire, const char *path, dvb_on_batch_line *on_line,
                   void *user, long *damaged, struct dvb_err *err);

/* One line of such a file; false when it holds no result. line is released by the caller. */
bool dvb_batch_parse_line(const struct dvb_batch_wire *wire, const char *text, size_t len,
                          struct dvb_batch_line *line);

/* What came of a question, as dvb_attempt_judge tells it; the price is the batch's. */
struct dvb_judgement dvb_batch_judge(const struct dvb_profile *p, const char *key,
                                     const struct dvb_batch_line *line, struct dvb_reply *reply);

/* For descriptors: copies of a member, NULL where it is missing or of another
   type; an integer, or a decimal string, or -1; RFC 3339 as Unix time, or 0;
   whether s can stand in a path. */
char *dvb_batch_str(const json_t *obj, const char *key);
long dvb_batch_count(const json_t *obj, const char *key);
long long dvb_batch_time(const char *rfc3339);
bool dvb_batch_is_id(const char *s);
/* The name of an uploaded file: member key of the reply's object, or of the
   object that is its member within. */
int dvb_batch_take_input(const struct dvb_service *s, const struct dvb_exchange *x,
                         const char *within, const char *key, char **input, struct dvb_err *err);

#endif
