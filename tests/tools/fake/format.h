/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The wire formats of the test service (fake_service.c): one descriptor each,
 * in format_<name>.c, listed in formats.c. A format says which paths are its
 * own, checks a request as the service documents it, and writes replies as the
 * service does. Script, faults, keys and counting are the same for all.
 */
#ifndef FAKE_FORMAT_H
#define FAKE_FORMAT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* What a request was understood to ask. Owned; see fake_request_release. */
struct fake_request {
    char *model;
    char *system, *prompt; /* texts in a row; NULL: none */
    char *schema; /* its name, or its first property where the service has no names; NULL: none */
    char *detail; /* of the last picture, or NULL */
    int frames;
    size_t frame_bytes, video_bytes;
    double fps;             /* of the video, where the service takes it; 0: not given */
    bool text_last;         /* the media came before the words */
    bool stream, usage_too; /* server-sent events; with usage, where that is to be asked for */
    bool logprobs;          /* asked for */
    int top_logprobs;       /* alternatives per token */
    json_t *data;           /* the format's own; owned */
};
void fake_request_release(struct fake_request *r);

/* What is to be replied; borrowed from the script. */
struct fake_answer {
    const char *text;    /* NULL: none */
    const char *refusal; /* NULL: none */
    const char *finish;  /* the service's own word; NULL: as outcome has it */
    const json_t *parts; /* content as the service writes it; NULL: made from text */
    const json_t *usage; /* as the service writes it; NULL: the format's own */
    enum { FAKE_DONE, FAKE_TRUNCATED, FAKE_FILTERED, FAKE_EMPTY } outcome;
};

struct fake_format;
struct fake_call;
struct fake_script;

/* A path of a format. */
struct fake_route {
    const char *method;
    const char *path;  /* one '*' stands for any text without '/' */
    const char *type;  /* content type that the body must have; NULL: there is none */
    const char *query; /* arguments that it may have, "|alt|"; NULL: none */
    bool stream;       /* replies are server-sent events, whatever the body says */
    size_t max_body;   /* bytes that the service takes at most; 0: as this server */
    /* Fills status, text, type; NULL: a question, answered by the script. */
    void (*serve)(struct fake_call *c);
};

/* One exchange. text and star are owned, headers too. */
struct fake_call {
    const struct fake_format *format;
    const struct fake_route *route;
    void *conn; /* of libmicrohttpd */
    char *star; /* what '*' stood for */
    char *body;
    size_t len, cap;
    bool too_large, counted;
    size_t tally;
    unsigned status;
    char *text;
    const char *type;     /* static, or of the script */
    json_t *headers;      /* name -> value */
    const json_t *faults; /* the script's reply: delay, cut and the like */
};

struct fake_check {
    struct fake_request *req;
    const struct fake_call *call;
    const struct fake_format *format;
    bool vllm;      /* the fields and parts that vLLM adds */
    char says[400]; /* why the request is refused */
};

/* How a service puts it; the field's path stands between the two. */
struct fake_words {
    const char *unknown[2], *mistyped[2], *invalid[2], *missing[2];
};

struct fake_format {
    const char *name;
    const char *key_header, *key_prefix; /* "Authorization", "Bearer " */
    const char *const (*required)[2];    /* headers: name, value; ends with NULL */
    const struct fake_route *routes;     /* ends with a method of NULL */
    const struct fake_words *words;
    /* Is the request what the service documents? Fills req. */
    bool (*check)(struct fake_check *c, const json_t *root);
    json_t *(*completion)(const struct fake_answer *a, const struct fake_request *req);
    /* The same as server-sent events, heap; NULL: the service has none. */
    char *(*events)(const struct fake_answer *a, const struct fake_request *req);
    /* The service's error shape. given is the script's error object, or NULL; code
       is one of this server: "bad_json", "invalid_value", "model_not_found",
       "invalid_api_key", "too_large", "bad_type", "unknown_url". */
    json_t *(*error)(unsigned status, const char *code, const char *message, const json_t *given);
};

extern const struct fake_format *const fake_formats[]; /* NULL-terminated */
extern const struct fake_format fake_openai, fake_responses, fake_anthropic, fake_dashscope,
    fake_gemini, fake_embed, fake_openai_batches, fake_anthropic_batches, fake_gemini_batches;

/* For the formats that are OpenAI's. */
extern const struct fake_words fake_openai_words;
json_t *fake_openai_error(unsigned status, const char *code, const char *message,
                          const json_t *given);

/* The service, for routes of their own. */

/* What it answers from; set before it starts. */
struct fake_scene {
    struct fake_script *script;
    char *questions; /* text for requests with a schema named questions, or NULL */
    bool vllm;
};
extern struct fake_scene fake_scene;

/* A header of the request, or an argument of its query; NULL: not there. */
const char *fake_header(const struct fake_call *c, const char *name);
const char *fake_query(const struct fake_call *c, const char *name);
/* The key that came with it, "(none)" for none. */
const char *fake_key(const struct fake_call *c);
void fake_reply_json(struct fake_call *c, unsigned status, json_t *j); /* takes j */
void fake_reply_error(struct fake_call *c, unsigned status, const char *code, const char *message);
/* Check the body of one question and answer it by the script, as for a request of its own:
   fills status, text, type, headers, faults. */
void fake_ask(struct fake_call *c, const json_t *root);
/* Ids of the script and of the built-in one. New reference to a list of strings. */
json_t *fake_models(void);

#endif
