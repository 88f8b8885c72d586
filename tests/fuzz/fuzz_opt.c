/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The option table: the input's lines are the command line's words. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/opt.h"

#define MAX_WORDS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct encode {
    int64_t rate;
    struct dvb_size size;
    struct dvb_strlist rates;
};

struct settings {
    bool flag;
    int64_t jobs;
    struct encode encode;
    double loss;
    const char *name;
    int until;
    struct dvb_strlist videos;
    struct dvb_common_opts common;
};

static const char *const steps[] = { "collect", "generate", "verify", NULL };

#define AT(member) offsetof(struct settings, member)

static const struct dvb_opt encode_opts[] = {
    { "bitrate", 'b', DVB_OPT_RATE, offsetof(struct encode, rate), "RATE", "200k", 50e3, 20e6, NULL,
      "Bit rate" },
    { "size", 0, DVB_OPT_SIZE, offsetof(struct encode, size), "WxH", "2x2", 0, 0, NULL,
      "Picture size" },
    { "rates", 0, DVB_OPT_LIST, offsetof(struct encode, rates), "RATE,...", "1k,2k", 0, 0, NULL,
      "Several rates" },
    { NULL },
};

static const struct dvb_opt opts[] = {
    { "flag", 'f', DVB_OPT_FLAG, AT(flag), .help = "A flag" },
    { "jobs", 'j', DVB_OPT_INT, AT(jobs), "N", "2", 1, 64, NULL, "Clips at a time" },
    { "encode", 0, DVB_OPT_GROUP, AT(encode), .group = encode_opts },
    { "loss", 0, DVB_OPT_NUM, AT(loss), "P", "0.01", -1, 1, NULL, "Packet loss" },
    { "name", 0, DVB_OPT_STR, AT(name), "TEXT", "n", 0, 0, NULL, "A name" },
    { "until", 'u', DVB_OPT_CHOICE, AT(until), "STEP", "verify", 0, 0, steps, "The last step" },
    { "videos", 0, DVB_OPT_WORDS, AT(videos), "PATH", NULL, 0, 0, NULL, "Files and folders" },
    { "common", 0, DVB_OPT_GROUP, AT(common), .group = dvb_common_opts },
    { NULL },
};

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_list(const struct dvb_strlist *list)
{
    for (size_t i = 0; i < list->n; i++)
        must(list->v[i] != NULL);
}

/* Whatever was given, accepted values are within the table's bounds. */
static void check_settings(const struct settings *s)
{
    must(s->jobs >= 1 && s->jobs <= 64);
    must(s->encode.rate >= 50000 && s->encode.rate <= 20000000);
    must(isfinite(s->loss) && s->loss >= -1 && s->loss <= 1);
    const struct dvb_size size = s->encode.size;
    must(size.w >= 1 && size.h >= 1 && size.w <= 65535 && size.h <= 65535);
    must(s->until >= 0 && s->until < 3);
    must(s->name != NULL);
    must(s->encode.rates.n >= 1);
    check_list(&s->encode.rates);
    check_list(&s->videos);
}

static void check_error(const struct dvb_err *err, int ret)
{
    must(ret < 0 && ret == -err->code && err->fault == DVB_FAULT_USAGE);
    size_t len = strnlen(err->msg, sizeof(err->msg));
    must(len > 0 && len < sizeof(err->msg));
    for (size_t i = 0; i < len; i++)
        must((unsigned char)err->msg[i] >= 0x20 && err->msg[i] != 0x7f);
}

static void check_args(char **argv, int n_args, char *const *given, int argc)
{
    must(n_args >= 0 && n_args <= argc);
    for (int i = 0, at = 0; i < n_args; i++, at++) { /* given ones, in order */
        while (at < argc && given[at] != argv[i])
            at++;
        must(at < argc);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    char *argv[MAX_WORDS + 1], *given[MAX_WORDS + 1];
    int argc = 0;
    for (char *p = text; p && argc < MAX_WORDS; argc++) {
        given[argc] = argv[argc] = p;
        p = strchr(p, '\n');
        if (p)
            *p++ = '\0';
    }
    argv[argc] = NULL;

    struct settings s = { 0 };
    struct dvb_err err = { 0 };
    int n_args = -1;
    int ret = dvb_opt_parse(opts, &s, argc, argv, &n_args, &err);
    if (ret)
        check_error(&err, ret);
    else
        check_settings(&s);
    check_args(argv, n_args, given, argc);
    dvb_opt_release(opts, &s);
    must(s.encode.rates.n == 0 && s.videos.n == 0);
    free(text);
    return 0;
}
