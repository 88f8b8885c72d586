/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The workspace's database: one SQLite file, WAL, STRICT tables, foreign keys.
 * What is derived is not stored; natural keys are unique, so every unit of
 * work can be repeated safely. data/schema.sql is the schema, store/migrate.c
 * the list of its versions (PRAGMA user_version): older files are brought up
 * to the newest when they are opened for writing.
 *
 * A call that returns has its row on the disk (synchronous=FULL), one commit
 * each; between dvb_store_begin and dvb_store_end there is one for all.
 *
 * A handle may be used from any thread: each call locks it. Between
 * dvb_store_begin and dvb_store_end the calling thread owns it.
 *
 * Structs read from the store own their strings; release them with the
 * dvb_<x>_release beside them. Structs given to put functions are borrowed.
 * put functions insert or, where the natural key is there, find the row; *id
 * is its id.
 */
#ifndef DVB_STORE_STORE_H
#define DVB_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"

struct dvb_store;

enum { DVB_STORE_CREATE = 1, DVB_STORE_READONLY = 2 };

/* Open path (a file). Without DVB_STORE_CREATE a missing file is
   DVB_FAULT_INPUT, as is a file that is no devibench store or comes from a
   newer version. */
int dvb_store_open(const char *path, unsigned flags, struct dvb_store **store, struct dvb_err *err);
void dvb_store_close(struct dvb_store **store);

/* A copy of the store at path to try things in (NULL: of an empty one): brought
   up to this version, written to as any other, and gone when it is closed. The
   file is only read. Large ones are kept in a temporary file of SQLite's. */
int dvb_store_open_copy(const char *path, struct dvb_store **store, struct dvb_err *err);

int dvb_store_begin(struct dvb_store *s, struct dvb_err *err);
/* Commit when ok, else roll back. */
int dvb_store_end(struct dvb_store *s, bool ok, struct dvb_err *err);

/* store/video.c */

struct dvb_video {
    int64_t id;
    char *name;           /* of the source: "sample_1", "talks/a.mp4" */
    char *path;           /* absolute, as last seen; not part of the key */
    char *hash;           /* SHA-256 of the file; the key */
    int width, height;    /* as seen */
    double fps, duration; /* 1/s, s */
};
int dvb_store_put_video(struct dvb_store *s, const struct dvb_video *v, int64_t *id,
                        struct dvb_err *err); /* an existing row takes the new path and name */
int dvb_store_get_video(struct dvb_store *s, int64_t id, struct dvb_video *v, struct dvb_err *err);
void dvb_video_release(struct dvb_video *v);

struct dvb_segment {
    int64_t id, video;
    int64_t start_ms, length_ms; /* key: video, start, length */
};
int dvb_store_put_segment(struct dvb_store *s, const struct dvb_segment *seg, int64_t *id,
                          struct dvb_err *err);
int dvb_store_get_segment(struct dvb_store *s, int64_t id, struct dvb_segment *seg,
                          struct dvb_err *err);

/* store/rendition.c */

struct dvb_rendition {
    int64_t id, segment;
    char *kind;        /* "original", "degraded", "pair" */
    char *recipe;      /* canonical JSON */
    char *recipe_hash; /* key: segment, recipe_hash */
    char *path;        /* folder with frame-0001.jpg ... and clip.mp4, relative to the workspace */
    char *hash;        /* of the content */
    int n_frames;      /* sampled pictures */
    bool video;        /* clip.mp4 is there */
    double bitrate_kbps; /* measured; 0 when no video was encoded */
    bool met;            /* the rate was met */
    char *detail;        /* JSON: width, height, fps, frames, encodes, mean_qp, reason, map ... */
};
int dvb_store_put_rendition(struct dvb_store *s, const struct dvb_rendition *r, int64_t *id,
                            struct dvb_err *err); /* an existing row is replaced, id kept */
/* 1 found, 0 not there. */
int dvb_store_find_rendition(struct dvb_store *s, int64_t segment, const char *recipe_hash,
                             struct dvb_rendition *r, struct dvb_err *err);
int dvb_store_get_rendition(struct dvb_store *s, int64_t id, struct dvb_rendition *r,
                            struct dvb_err *err);
/* The newest of that kind, whatever its recipe. 1 found, 0 none. */
int dvb_store_last_rendition(struct dvb_store *s, int64_t segment, const char *kind,
                             struct dvb_rendition *r, struct dvb_err *err);
void dvb_rendition_release(struct dvb_rendition *r);

/* store/model.c */

/* A model is its profile (JSON without secrets), known by name; a prompt is its text. */
int dvb_store_put_model(struct dvb_store *s, const char *name, const char *profile_json,
                        int64_t *id, struct dvb_err *err); /* key: name, profile */
int dvb_store_get_model(struct dvb_store *s, int64_t id, char **name, char **profile_json,
                        struct dvb_err *err); /* profile_json may be NULL */
/* The newest model of that name. 1 found, 0 not there. */
int dvb_store_last_model(struct dvb_store *s, const char *name, char **profile_json,
                         struct dvb_err *err);
int dvb_store_put_prompt(struct dvb_store *s, const char *name, const char *text, int64_t *id,
                         struct dvb_err *err); /* key: hash of the text */

/* store/call.c */

/* What came of asking. "error": no answer from the service (asked again next
   time); the others are answers, kept for good. */
enum dvb_call_status { DVB_CALL_OK, DVB_CALL_ERROR, DVB_CALL_REFUSED, DVB_CALL_UNPARSED };
extern const char *const dvb_call_status_names[]; /* NULL-terminated */

struct dvb_call {
    int64_t id;
    char *request_hash; /* key; 64 hex digits, and ".N" where a newer answer took its place */
    int64_t model, prompt;
    char *step; /* "generate", "original", "degraded", "verify", ... */
    enum dvb_call_status status;
    char *reply;                                  /* the model's text; for an error the message */
    char *usage;                                  /* JSON, or NULL */
    char *logprobs;                               /* JSON, or NULL */
    int64_t tokens_in, tokens_cached, tokens_out; /* of all attempts; in: with cached ones */
    double cost_usd;                              /* of all attempts */
    double latency_s;                             /* of the last attempt */
    int attempts;                                 /* HTTP requests sent, over all runs */
};
/* An existing row is replaced only if its status is error; attempts, tokens and cost add up. */
int dvb_store_put_call(struct dvb_store *s, const struct dvb_call *c, int64_t *id,
                       struct dvb_err *err);
/* Make room for a newer answer to the same request: an answer under this hash
   keeps its row and content and is from now on known as HASH.N, N counting from
   1; nothing is done where there is none, or an error. Call it in the
   transaction that puts the newer one. */
int dvb_store_supersede_call(struct dvb_store *s, const char *request_hash, struct dvb_err *err);
/* The newest. 1 found, 0 not there. */
int dvb_store_find_call(struct dvb_store *s, const char *request_hash, struct dvb_call *c,
                        struct dvb_err *err);
int dvb_store_get_call(struct dvb_store *s, int64_t id, struct dvb_call *c, struct dvb_err *err);
/* Name of a model that answered this prompt text, preferably `model` itself; heap.
   1 found, 0 nobody did. */
int dvb_store_who_answered(struct dvb_store *s, const char *prompt, const char *model, char **name,
                           struct dvb_err *err);
/* A call with all that it refers to. */
struct dvb_call_record {
    struct dvb_call call;
    char *model, *profile;      /* name, and profile as JSON */
    char *prompt_name, *prompt; /* NULL where the call has none */
};
/* All calls, one at a time, oldest first; those that newer ones took the place of
   as well. The record is borrowed. What each returns, if not 0, ends it and is
   returned. */
int dvb_store_each_call(struct dvb_store *s,
                        int (*each)(void *user, const struct dvb_call_record *r,
                                    struct dvb_err *err),
                        void *user, struct dvb_err *err);
/* Ids rise: those of calls put later are larger. 0: there is none. */
int dvb_store_newest_call(struct dvb_store *s, int64_t *id, struct dvb_err *err);
/* An answer that turned out not to be readable, or to refuse. An error is no
   answer, and an answer cannot become one: both are refused. */
int dvb_store_set_call_status(struct dvb_store *s, int64_t id, enum dvb_call_status status,
                              struct dvb_err *err);
void dvb_call_release(struct dvb_call *c);

/* store/spending.c */

/* What was spent in one step on one model (by name), in all runs. */
struct dvb_spending {
    char *step, *model;
    int64_t calls, failed; /* answered; not answered */
    int64_t tokens_in, tokens_cached, tokens_out;
    double cost_usd;
};
/* Ordered by step and model. Heap array, freed with dvb_spending_free. */
int dvb_store_list_spending(struct dvb_store *s, struct dvb_spending **list, size_t *n,
                            struct dvb_err *err);
void dvb_spending_free(struct dvb_spending *list, size_t n);

/* Tokens of an answer in one step by a model of that name, on average over those
   whose usage the service told. */
struct dvb_mean_tokens {
    int64_t n;
    double in, out;
};
int dvb_store_mean_tokens(struct dvb_store *s, const char *model, const char *step,
                          struct dvb_mean_tokens *mean, struct dvb_err *err);

/* store/question.c */

#define DVB_MAX_OPTIONS 8

struct dvb_question {
    int64_t id;
    char key[17];    /* 16 hex digits over video, segment, text and options, or over all that a
                        set says of an imported one: stable across runs and machines; what
                        `devibench show` takes */
    int64_t segment; /* 0: imported, and its video has not been seen yet */
    int64_t call;    /* that wrote it; 0 for an imported one */
    int index;       /* within that call's reply; of an imported one, how many equal ones came
                        before it in its set. Natural key: call, index, key: what another seed
                        or parser makes of the same reply is another question */
    char *text;
    char *options[DVB_MAX_OPTIONS]; /* without letters, in the order shown */
    int n_options;
    int answer;      /* index into options; 0 where there are none */
    char *reference; /* the right answer in words, where there are no options; or NULL */
    char *task_type; /* "Text-Rich Understanding", ... */
    bool multi_frame;
    char *origin; /* "generated", "imported" */
    /* Of imported ones only, where source is not NULL: */
    char *source;                /* the video's name in the set: "sample_1" */
    int64_t start_ms, length_ms; /* the clip; once the video is there, the segment has it too */
    int64_t asked_ms;            /* when it is asked, in the video's time; -1: not given */
    int64_t due_ms;              /* when its output is due (proactive); -1: not given */
    char *ability;               /* "working memory", ...; NULL: not given */
    char *series;                /* questions of a series build on each other; NULL: alone */
    int series_index;            /* place in it, from 0 */
    char *verbatim;              /* JSON {column: cell} of a published table's cells that cannot
                                    be rebuilt from the above; or NULL */
};
/* q->key is computed here. An answer outside the options is refused. An imported
   question that is there already takes a segment that is given, and keeps its
   own otherwise. */
int dvb_store_put_question(struct dvb_store *s, struct dvb_question *q, int64_t *id,
                           struct dvb_err *err);
void dvb_question_release(struct dvb_question *q);

/* A step's judgement of a question of a run. Key: run, question, step; a later
   judgement replaces the earlier. call and rendition 0: none. */
struct dvb_verdict {
    int64_t run, question;
    char *step; /* "original", "degraded", "verify" */
    int64_t model, call, rendition;
    int answer; /* option chosen, or -1 (refused, unparsed) */
    bool correct;
};
int dvb_store_put_verdict(struct dvb_store *s, const struct dvb_verdict *v, struct dvb_err *err);
void dvb_verdict_release(struct dvb_verdict *v);
/* The run's verdicts of a question, by step. Heap array; caller releases each and frees. */
int dvb_store_list_verdicts(struct dvb_store *s, int64_t run, int64_t question,
                            struct dvb_verdict **v, size_t *n, struct dvb_err *err);

/* store/run.c */

struct dvb_run {
    int64_t id;
    char *command;  /* subcommand: "build" */
    char *line;     /* whole command line */
    char *versions; /* JSON: devibench, git revision, libraries */
    int64_t seed;
    char *settings;           /* JSON: what the run's results depend on */
    char *started, *finished; /* UTC, ISO 8601; finished NULL while running or if killed */
};
int dvb_store_put_run(struct dvb_store *s, const struct dvb_run *r, int64_t *id,
                      struct dvb_err *err); /* started is set here */
int dvb_store_finish_run(struct dvb_store *s, int64_t id, struct dvb_err *err);
/* The newest finished run of that command (NULL: of any; "build,import": of
   either) that has questions; where there is none, the newest. 1 found, 0 none. */
int dvb_store_last_run(struct dvb_store *s, const char *command, struct dvb_run *r,
                       struct dvb_err *err);
int dvb_store_get_run(struct dvb_store *s, int64_t id, struct dvb_run *r, struct dvb_err *err);
void dvb_run_release(struct dvb_run *r);
/* Mark a question as part of a run's set. */
int dvb_store_put_run_question(struct dvb_store *s, int64_t run, int64_t question,
                               struct dvb_err *err);
/* The same for an imported one: its place over all the run's files, from 0, the
   line of its file, and the row of its table (as table programs number them). */
int dvb_store_put_run_import(struct dvb_store *s, int64_t run, int64_t question, long position,
                             long line, long row, struct dvb_err *err);

/* A question of a run with how far it came in that run's funnel. */
enum dvb_stage { DVB_STAGE_GENERATED, DVB_STAGE_ACCEPTED, DVB_STAGE_VERIFIED };
extern const char *const dvb_stage_names[]; /* NULL-terminated */

struct dvb_run_question {
    struct dvb_question q;
    struct dvb_segment segment;
    char *video_name, *video_path; /* owned */
    enum dvb_stage stage;     /* accepted: right on the original, not right on the degraded clip;
                                 verified: accepted, and right by the verifier */
    bool undecided;           /* a verdict on which the next stage depends is not there yet: not
                                 asked, or the call failed */
    long position, line, row; /* in what the run imported; -1 and 0 in other runs */
};
/* Questions of a run that reached at least min_stage and whose video is there:
   imported ones in the order of their files, others by video name, start,
   index: the same for every way the run went. */
int dvb_store_list_run_questions(struct dvb_store *s, int64_t run, enum dvb_stage min_stage,
                                 struct dvb_run_question **list, size_t *n, struct dvb_err *err);
/* The same questions one at a time, without holding them all, and also those
   whose video has not been seen: their segment has id and video 0 and the clip's
   times, video_name is the source, video_path NULL. The question is released
   after the call; a negative return of it ends the listing with that error. */
typedef int dvb_store_on_question(void *user, const struct dvb_run_question *q,
                                  struct dvb_err *err);
int dvb_store_each_run_question(struct dvb_store *s, int64_t run, enum dvb_stage min_stage,
                                dvb_store_on_question *on_question, void *user,
                                struct dvb_err *err);
/* The question of the run whose key starts with prefix (4 digits at least):
   none or several is DVB_FAULT_INPUT. Of equal questions (an imported set may
   repeat one) the first is given. */
int dvb_store_find_run_question(struct dvb_store *s, int64_t run, const char *prefix,
                                struct dvb_run_question *out, struct dvb_err *err);
void dvb_run_question_release(struct dvb_run_question *q);
void dvb_run_questions_free(struct dvb_run_question *list, size_t n);

/* store/result.c */

/* One condition of an evaluation: who is asked, about what kind of stream. */
struct dvb_cell_row {
    int64_t run;
    int index;       /* place in the run's matrix; key with run */
    int64_t model;   /* 0: none is asked */
    int64_t bitrate; /* bits per second; 0: the original */
    const char *strategy;
    bool baseline;
    const char *sampling; /* JSON */
};
int dvb_store_put_cell(struct dvb_store *s, const struct dvb_cell_row *c, int64_t *id,
                       struct dvb_err *err);

/* What came of a question in a cell. Key: cell, question; a later one replaces
   the earlier. rendition, call, judge 0: none. */
struct dvb_result_row {
    int64_t cell, question, rendition, call;
    int64_t judge; /* the call that judged a free answer */
    int answer;    /* option chosen, or -1 */
    double score;  /* 0..1 */
};
int dvb_store_put_result(struct dvb_store *s, const struct dvb_result_row *r, struct dvb_err *err);

/* A result with its cell, as evaluations left it. */
struct dvb_answer {
    int64_t run, bitrate; /* bits per second; 0: the original */
    char *model;          /* name; NULL: none was asked */
    char *strategy;       /* a baseline's name, where it is one */
    bool baseline;
    char *sampling;                 /* JSON */
    int answer;                     /* option chosen, or -1 */
    double score;                   /* 0..1 */
    int64_t rendition, call, judge; /* 0: none */
    enum dvb_call_status status;    /* of the call; OK where there is none */
    char *reply;                    /* of the call; NULL where there is none */
    char *verdict;                  /* the judge's reply; NULL where there is none */
};
/* Of a question in all evaluations, by run and place in its matrix. */
int dvb_store_list_answers(struct dvb_store *s, int64_t question, struct dvb_answer **list,
                           size_t *n, struct dvb_err *err);
void dvb_answers_free(struct dvb_answer *list, size_t n);

/* A model that had a part in making a question of a run. */
struct dvb_builder {
    int64_t question;
    char *role;    /* "generator", "filter", "verifier" */
    char *profile; /* JSON */
};
/* By question, then role. Of an imported set: none. */
int dvb_store_list_builders(struct dvb_store *s, int64_t run, struct dvb_builder **list, size_t *n,
                            struct dvb_err *err);
void dvb_builders_free(struct dvb_builder *list, size_t n);

#endif
