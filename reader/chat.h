/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A chat completion request, checked, with its media taken out of the JSON. */
#ifndef DVB_READER_CHAT_H
#define DVB_READER_CHAT_H

#include <stddef.h>
#include <stdint.h>

#define DVB_CHAT_MAX_MESSAGES 1024
#define DVB_CHAT_MAX_MEDIA 512

/* An error as OpenAI's servers report it. */
struct dvb_api_error {
    int status;       /* HTTP */
    const char *type; /* "invalid_request_error" */
    const char *code; /* "model_not_found", or NULL */
    char param[96];   /* "messages[0].content[1].image_url.url", or "" */
    char message[512];
};

/* Fill e and return -EINVAL. */
int dvb_api_fail(struct dvb_api_error *e, int status, const char *code, const char *param,
                 const char *fmt, ...) __attribute__((format(printf, 5, 6)));

enum dvb_media_kind { DVB_MEDIA_IMAGE, DVB_MEDIA_VIDEO };

struct dvb_chat_media {
    enum dvb_media_kind kind;
    uint8_t *data; /* the encoded file; owned */
    size_t len;
    char where[96]; /* JSON path, for messages */
};

/* What response_format.json_schema.name asks for. */
enum dvb_chat_wants {
    DVB_WANTS_TEXT,
    DVB_WANTS_QUESTIONS,
    DVB_WANTS_REGIONS,
    DVB_WANTS_CONFIDENCE
};

struct dvb_chat {
    char *model;
    enum dvb_chat_wants wants;
    char *prompt;                 /* text of the last user message, parts joined by line breaks */
    long words;                   /* in the texts of all messages */
    struct dvb_chat_media *media; /* in the order given */
    size_t n_media;
};

/* Returns 0, or -EINVAL with e filled and *chat NULL. */
int dvb_chat_parse(const char *body, size_t len, struct dvb_chat **chat, struct dvb_api_error *e);
void dvb_chat_free(struct dvb_chat **chat);

/* White-space separated words. */
long dvb_count_words(const char *text);

/* Strict RFC 4648 base64 with padding. Heap; NULL when it is not that, or
   memory is short. */
uint8_t *dvb_base64_decode(const char *text, size_t n, size_t *len);

#endif
