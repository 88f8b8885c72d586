/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A store to try things in, and short ways to fill it. Included by the store's tests only. */
#ifndef DVB_TESTS_STORE_WORLD_H
#define DVB_TESTS_STORE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "store/internal.h"

static struct dvb_err err;
#define OK(call)                                                                                   \
    do {                                                                                           \
        err = (struct dvb_err){ 0 };                                                               \
        if ((call) != 0)                                                                           \
            fail_msg("%s: %s", #call, err.msg);                                                    \
    } while (0)
#define FAILS(call, want_fault, part)                                                              \
    do {                                                                                           \
        err = (struct dvb_err){ 0 };                                                               \
        assert_true((call) < 0);                                                                   \
        assert_int_equal(err.fault, want_fault);                                                   \
        if (!strstr(err.msg, part))                                                                \
            fail_msg("'%s' does not hold '%s'", err.msg, part);                                    \
    } while (0)

/* The structs own their strings when read, and only borrow them here. */
#define T(text) ((char *)(text))

static const char hash64[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/* A store with one video, one segment, two models. */
struct world {
    struct dvb_store *s;
    int64_t video, segment, filter, verifier;
};

static inline void remove_store(const char *path)
{
    static const char *const tails[] = { "", "-wal", "-shm", "-journal" };
    for (size_t i = 0; i < 4; i++) {
        char *name = dvb_asprintf("%s%s", path, tails[i]);
        unlink(name);
        free(name);
    }
}

static inline void fill(struct world *w)
{
    const struct dvb_video video = { .name = T("sample_1"),
                                     .path = T("/v/sample_1/video.mp4"),
                                     .hash = T(hash64),
                                     .width = 640,
                                     .height = 360,
                                     .fps = 25,
                                     .duration = 30 };
    OK(dvb_store_put_video(w->s, &video, &w->video, &err));
    const struct dvb_segment seg = { .video = w->video, .start_ms = 10000, .length_ms = 5000 };
    OK(dvb_store_put_segment(w->s, &seg, &w->segment, &err));
    OK(dvb_store_put_model(w->s, "reader-eng", "{}", &w->filter, &err));
    OK(dvb_store_put_model(w->s, "reader-latin", "{}", &w->verifier, &err));
}

static inline int setup(void **state)
{
    struct world *w = dvb_calloc(1, sizeof(*w));
    remove_store("t.db");
    OK(dvb_store_open("t.db", DVB_STORE_CREATE, &w->s, &err));
    fill(w);
    *state = w;
    return 0;
}

static inline int teardown(void **state)
{
    struct world *w = *state;
    dvb_store_close(&w->s);
    assert_null(w->s);
    free(w);
    return 0;
}

static inline int64_t count(struct dvb_store *s, const char *sql)
{
    sqlite3_stmt *stmt;
    assert_int_equal(sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    int64_t n = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return n;
}

static inline struct dvb_call a_call(const struct world *w, enum dvb_call_status status,
                                     const char *reply)
{
    return (struct dvb_call){ .request_hash = T(hash64),
                              .model = w->filter,
                              .step = T("original"),
                              .status = status,
                              .reply = T(reply),
                              .usage = T("{\"prompt_tokens\":3}"),
                              .cost_usd = 0.25,
                              .latency_s = 1.5,
                              .attempts = 2 };
}

static inline struct dvb_question a_question(const struct world *w, int index, const char *text)
{
    return (struct dvb_question){ .segment = w->segment,
                                  .index = index,
                                  .text = T(text),
                                  .options = { T("36"), T("38"), T("63"), T("83") },
                                  .n_options = 4,
                                  .answer = 1,
                                  .task_type = T("Text-Rich Understanding"),
                                  .multi_frame = true,
                                  .origin = T("generated") };
}

static inline int64_t put_question(struct world *w, int index, const char *text)
{
    struct dvb_question q = a_question(w, index, text);
    int64_t id;
    OK(dvb_store_put_question(w->s, &q, &id, &err));
    return id;
}

static inline void put_verdict(struct world *w, int64_t run, int64_t question, const char *step,
                               int64_t model, int answer, bool correct)
{
    const struct dvb_verdict v = { .run = run,
                                   .question = question,
                                   .step = T(step),
                                   .model = model,
                                   .answer = answer,
                                   .correct = correct };
    OK(dvb_store_put_verdict(w->s, &v, &err));
}

static inline int64_t put_run(struct world *w, const char *command)
{
    const struct dvb_run r = { .command = T(command),
                               .line = T("devibench build"),
                               .versions = T("{}"),
                               .seed = 7,
                               .settings = T("{\"bitrate\":200000}") };
    int64_t id;
    OK(dvb_store_put_run(w->s, &r, &id, &err));
    return id;
}

#endif
