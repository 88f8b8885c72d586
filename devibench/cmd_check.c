/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmd_check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "cmd_run.h"
#include "workspace/check.h"

#define SHORT_REPLY 120 /* code points */

static json_t *names_json(const struct dvb_check *c, bool reading)
{
    json_t *list = json_array();
    for (int i = 0; i < DVB_CHECK_WORDS && !reading; i++)
        if (c->sent[i])
            json_array_append_new(list, json_string(c->words[i]));
    for (int i = 0; i < c->reading.n_named && reading; i++)
        json_array_append_new(list, json_string(c->words[c->reading.named[i]]));
    return list;
}

static bool priced(const struct dvb_profile *p)
{
    return p->price_in > 0 || p->price_out > 0;
}

static json_t *check_json(const struct dvb_profile *p, const struct dvb_check *c)
{
    const struct dvb_reply *r = &c->reply;
    json_t *tokens = dvb_json_pack(
        "{s:I, s:I, s:I, s:o}", "in", (json_int_t)r->tokens_in, "cached",
        (json_int_t)r->tokens_cached, "out", (json_int_t)r->tokens_out, "media",
        c->tokens_media < 0 ? json_null() : json_integer(c->tokens_media));
    bool answered = r->status != DVB_REPLY_ERROR;
    return dvb_json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:o, s:i, s:o, s:i, s:s, s:s, s:s, s:o, s:o, "
        "s:f, s:i, s:o, s:o}",
        "name", p->name, "wire", p->wire->name, "base_url", p->base_url, "model", p->model, "send",
        c->pictures ? "frames" : "video", "pictures", c->pictures, "width", c->size.w, "height",
        c->size.h, "sent", names_json(c, false), "expected", c->n_expected, "named",
        names_json(c, true), "strange", c->reading.strange, "verdict",
        dvb_check_verdict_names[c->verdict], "why", c->why, "advice", c->advice, "reply",
        dvb_json_str(answered ? r->text : NULL), "error", dvb_json_str(answered ? NULL : r->text),
        "latency_s", r->latency_s, "attempts", r->attempts, "tokens",
        r->usage ? tokens : (json_decref(tokens), json_null()), "cost_usd",
        priced(p) ? json_real(c->cost_usd) : json_null());
}

static void print_tokens(const struct dvb_check *c)
{
    const struct dvb_reply *r = &c->reply;
    if (!r->usage) {
        printf("  tokens   the service does not say\n");
        return;
    }
    printf("  tokens   %ld in", r->tokens_in);
    if (c->tokens_media >= 0)
        printf(", of these %ld for the %s", c->tokens_media, c->pictures ? "pictures" : "video");
    printf("; %ld out\n", r->tokens_out);
}

static void print_check(const struct dvb_profile *p, const struct dvb_check *c)
{
    const struct dvb_reply *r = &c->reply;
    bool answered = r->status != DVB_REPLY_ERROR;
    char *text = dvb_cmd_plain(r->text, SHORT_REPLY);
    printf("%s  (%s, %s at %s)\n", p->name, p->wire->name, p->model, p->base_url);
    if (c->pictures)
        printf("  sent     %d pictures of %dx%d with a word each\n", c->pictures, c->size.w,
               c->size.h);
    else
        printf("  sent     a video of %g s, %dx%d, with %d words one after the other\n",
               DVB_CHECK_SECONDS, c->size.w, c->size.h, DVB_CHECK_WORDS);
    printf("  %s    %s\n", answered ? "reply" : "error", text);
    if (answered)
        printf("  named    %d, %d expected\n", c->reading.n_named, c->n_expected);
    printf("  verdict  %s: %s\n", dvb_check_verdict_names[c->verdict], c->why);
    if (*c->advice)
        printf("  try      %s\n", c->advice);
    if (answered) {
        print_tokens(c);
        printf("  latency  %.2f s\n", r->latency_s);
        if (priced(p))
            printf("  price    %.6f USD for all that was asked\n", c->cost_usd);
        else
            printf("  price    the profile has none\n");
    }
    free(text);
}

/* All of them are found, and have their keys, before one is asked. */
static int find_all(char *const *names, int n, const char *models_file,
                    struct dvb_profile **profiles, struct dvb_err *err)
{
    int ret = 0;
    for (int i = 0; i < n && !ret; i++) {
        char *key = NULL;
        ret = dvb_profile_find(names[i], models_file, &profiles[i], err);
        if (!ret)
            ret = dvb_profile_key(profiles[i], &key, err);
        free(key);
    }
    return ret;
}

struct outcome {
    json_t *list;
    int failed;
    char failure[600];
};

static int check_one(const struct dvb_invocation *inv, const struct dvb_profile *p, uint64_t seed,
                     struct outcome *o, struct dvb_err *err)
{
    struct dvb_check c;
    int ret = dvb_check_model(p, seed, &c, err);
    if (ret)
        return ret;
    if (inv->common->json)
        json_array_append_new(o->list, check_json(p, &c));
    else
        print_check(p, &c);
    if (c.verdict == DVB_CHECK_FAILED) {
        o->failed++;
        snprintf(o->failure, sizeof(o->failure), "%s", c.reply.text);
    } else if (c.verdict != DVB_CHECK_RIGHT) {
        *inv->negative = true;
    }
    dvb_check_release(&c);
    return 0;
}

static int check_all(const struct dvb_invocation *inv, struct dvb_profile *const *profiles, int n,
                     uint64_t seed, struct dvb_err *err)
{
    struct outcome o = { .list = json_array() };
    int ret = 0;
    for (int i = 0; i < n && !ret; i++)
        ret = check_one(inv, profiles[i], seed, &o, err);
    if (!ret && inv->common->json)
        dvb_cmd_print_json(inv->command, dvb_json_pack("{s:O}", "checks", o.list));
    json_decref(o.list);
    if (!ret && o.failed)
        ret = dvb_fail(err, DVB_FAULT_SERVICE, EIO, "%d of %d models did not answer: %s", o.failed,
                       n, o.failure);
    return ret;
}

int dvb_cmd_check_models(const struct dvb_invocation *inv, char *const *names, int n,
                         const char *models_file, uint64_t seed, struct dvb_err *err)
{
    if (!n)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "models check: expected the names of the models to check");
    struct dvb_profile **profiles = dvb_calloc((size_t)n, sizeof(struct dvb_profile *));
    int ret = find_all(names, n, models_file, profiles, err);
    if (!ret)
        ret = check_all(inv, profiles, n, seed, err);
    dvb_profiles_free(profiles, (size_t)n);
    return ret;
}
