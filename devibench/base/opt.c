/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/opt.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

const struct dvb_opt dvb_common_opts[] = {
    { "json", 0, DVB_OPT_FLAG, offsetof(struct dvb_common_opts, json),
      .help = "Print the result as one JSON document" },
    { "quiet", 'q', DVB_OPT_FLAG, offsetof(struct dvb_common_opts, quiet),
      .help = "Print errors and results only" },
    { "verbose", 'v', DVB_OPT_FLAG, offsetof(struct dvb_common_opts, verbose),
      .help = "Print what is being done" },
    { "help", 'h', DVB_OPT_FLAG, offsetof(struct dvb_common_opts, help),
      .help = "Print this help" },
    { NULL },
};

void dvb_strlist_add(struct dvb_strlist *list, const char *s)
{
    list->v = dvb_realloc(list->v, list->n + 1, sizeof(*list->v));
    list->v[list->n++] = dvb_strdup(s);
}

void dvb_strlist_free(struct dvb_strlist *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->v[i]);
    free(list->v);
    *list = (struct dvb_strlist){ 0 };
}

static int bad(struct dvb_err *err, const struct dvb_opt *o, const char *found,
               const char *expected)
{
    return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "--%s: found '%s', expected %s", o->name, found,
                    expected);
}

static bool in_range(const struct dvb_opt *o, double v)
{
    return o->max <= o->min || (v >= o->min && v <= o->max);
}

/* A bound as the user would type it. */
static void bound_text(const struct dvb_opt *o, double v, char *buf, size_t size)
{
    if (o->type == DVB_OPT_RATE && v >= 1e6 && fmod(v, 1e5) == 0)
        snprintf(buf, size, "%.15gM", v / 1e6);
    else if (o->type == DVB_OPT_RATE && v >= 1e3 && fmod(v, 100) == 0)
        snprintf(buf, size, "%.15gk", v / 1e3);
    else
        snprintf(buf, size, "%.15g", v);
}

void dvb_opt_range(const struct dvb_opt *o, char *buf, size_t size)
{
    char low[32], high[32];
    *buf = '\0';
    if (o->max <= o->min)
        return;
    bound_text(o, o->min, low, sizeof(low));
    bound_text(o, o->max, high, sizeof(high));
    if (o->max < 0x1p53)
        snprintf(buf, size, "%s to %s", low, high);
    else
        snprintf(buf, size, "%s up", low);
}

static int out_of_range(struct dvb_err *err, const struct dvb_opt *o, const char *found)
{
    char range[80], expected[96];
    dvb_opt_range(o, range, sizeof(range));
    snprintf(expected, sizeof(expected), "a value from %s", range);
    return bad(err, o, found, expected);
}

/* One setter per type; dst points into the settings struct. */

static int set_int(const struct dvb_opt *o, void *dst, const char *s, struct dvb_err *err)
{
    int64_t v;
    if (!dvb_parse_int(s, &v))
        return bad(err, o, s, "a whole number");
    if (!in_range(o, (double)v))
        return out_of_range(err, o, s);
    *(int64_t *)dst = v;
    return 0;
}

static int set_num(const struct dvb_opt *o, void *dst, const char *s, struct dvb_err *err)
{
    double v;
    if (!dvb_parse_num(s, &v))
        return bad(err, o, s, "a number");
    if (!in_range(o, v))
        return out_of_range(err, o, s);
    *(double *)dst = v;
    return 0;
}

static int set_rate(const struct dvb_opt *o, void *dst, const char *s, struct dvb_err *err)
{
    int64_t v;
    if (!dvb_parse_rate(s, &v))
        return bad(err, o, s, "a bitrate such as 200k or 1.5M");
    if (!in_range(o, (double)v))
        return out_of_range(err, o, s);
    *(int64_t *)dst = v;
    return 0;
}

static int set_size(const struct dvb_opt *o, void *dst, const char *s, struct dvb_err *err)
{
    if (!dvb_parse_size(s, dst))
        return bad(err, o, s, "a size such as 1280x720");
    return 0;
}

static int set_str(const struct dvb_opt *o, void *dst, const char *s, struct dvb_err *err)
{
    (void)o, (void)err;
    *(const char **)dst = s;
    return 0;
}

static int set_choice(const struct dvb_opt *o, void *dst, const char *s, struct dvb_err *err)
{
    char expected[256] = "one of";
    for (int i = 0; o->choices[i]; i++) {
        if (!strcmp(o->choices[i], s)) {
            *(int *)dst = i;
            return 0;
        }
        size_t len = strlen(expected);
        snprintf(expected + len, sizeof(expected) - len, "%s %s", i ? "," : "", o->choices[i]);
    }
    return bad(err, o, s, expected);
}

static int set_list(const struct dvb_opt *o, void *dst, const char *s, struct dvb_err *err)
{
    char *copy = dvb_strdup(s), *rest = copy;
    int ret = 0;
    while (rest && !ret) {
        char *item = rest;
        rest = strchr(rest, ',');
        if (rest)
            *rest++ = '\0';
        item = dvb_text_trim(item);
        if (*item)
            dvb_strlist_add(dst, item);
        else
            ret = bad(err, o, s, "values separated by single commas");
    }
    free(copy);
    return ret;
}

static int set_word(const struct dvb_opt *o, void *dst, const char *s, struct dvb_err *err)
{
    (void)o, (void)err;
    dvb_strlist_add(dst, s);
    return 0;
}

static int (*const setters[])(const struct dvb_opt *, void *, const char *, struct dvb_err *) = {
    [DVB_OPT_INT] = set_int,   [DVB_OPT_NUM] = set_num,    [DVB_OPT_RATE] = set_rate,
    [DVB_OPT_SIZE] = set_size, [DVB_OPT_STR] = set_str,    [DVB_OPT_CHOICE] = set_choice,
    [DVB_OPT_LIST] = set_list, [DVB_OPT_WORDS] = set_word,
};

struct dvb_opt_walk dvb_opt_walk(const struct dvb_opt *opts)
{
    return (struct dvb_opt_walk){ .at = { opts } };
}

static void enter_group(struct dvb_opt_walk *w, const struct dvb_opt *o)
{
    if (++w->depth == DVB_OPT_DEPTH)
        abort(); /* tables are compiled in: cannot be wrong at run time */
    w->at[w->depth] = o->group;
    w->base[w->depth] = w->offset;
}

const struct dvb_opt *dvb_opt_next(struct dvb_opt_walk *w)
{
    while (w->depth >= 0) {
        const struct dvb_opt *o = w->at[w->depth];
        if (!o->name) {
            w->depth--;
            continue;
        }
        w->at[w->depth]++;
        w->offset = w->base[w->depth] + o->offset;
        if (o->type != DVB_OPT_GROUP)
            return o;
        enter_group(w, o);
    }
    return NULL;
}

static void *slot(const struct dvb_opt_walk *w, void *settings)
{
    return (char *)settings + w->offset;
}

static int set_defaults(const struct dvb_opt *opts, void *settings, struct dvb_err *err)
{
    struct dvb_opt_walk w = dvb_opt_walk(opts);
    int ret = 0;
    for (const struct dvb_opt *o; !ret && (o = dvb_opt_next(&w));)
        if (o->def)
            ret = setters[o->type](o, slot(&w, settings), o->def, err);
    return ret;
}

struct parser {
    const struct dvb_opt *opts;
    void *settings;
    int argc;
    char **argv;
    int at;
    const void **given; /* list slots that the user has begun to fill */
    size_t n_given;
};

/* By letter, or where that is 0 by the first len bytes of name. */
static const struct dvb_opt *find(const struct parser *p, const char *name, size_t len, char letter,
                                  void **dst)
{
    struct dvb_opt_walk w = dvb_opt_walk(p->opts);
    const struct dvb_opt *o;
    while ((o = dvb_opt_next(&w)))
        if (letter ? o->letter == letter : strlen(o->name) == len && !strncmp(o->name, name, len))
            break;
    *dst = o ? slot(&w, p->settings) : NULL;
    return o;
}

const char *dvb_opt_nearest(const char *word, const char *const *candidates, size_t n)
{
    const char *best = NULL;
    int best_distance = 4;
    for (size_t i = 0; i < n; i++) {
        int d = dvb_text_distance(word, candidates[i], best_distance);
        if (d < best_distance && d < (int)strlen(candidates[i])) {
            best_distance = d;
            best = candidates[i];
        }
    }
    return best;
}

static int unknown(const struct parser *p, const char *word, struct dvb_err *err)
{
    const char *names[128];
    size_t n = 0;
    struct dvb_opt_walk w = dvb_opt_walk(p->opts);
    for (const struct dvb_opt *o; n < 128 && (o = dvb_opt_next(&w));)
        names[n++] = o->name;
    char stem[64]; /* longer than any option's name */
    size_t len = strcspn(word, "=");
    snprintf(stem, sizeof(stem), "%.*s", (int)dvb_utf8_cut(word, len < 60 ? len : 60), word);
    const char *near = dvb_opt_nearest(stem + strspn(stem, "-"), names, n);
    return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "unknown option '%s%s'%s%s%s", stem,
                    len > strlen(stem) ? "..." : "", near ? "; did you mean --" : "",
                    near ? near : "", near ? "?" : "");
}

/* A list given by the user replaces the default list. */
static void drop_default_list(struct parser *p, const struct dvb_opt *o, void *dst)
{
    if (o->type != DVB_OPT_LIST && o->type != DVB_OPT_WORDS)
        return;
    for (size_t i = 0; i < p->n_given; i++)
        if (p->given[i] == dst)
            return;
    p->given = dvb_realloc(p->given, p->n_given + 1, sizeof(*p->given));
    p->given[p->n_given++] = dst;
    dvb_strlist_free(dst);
}

static bool is_option(const char *s)
{
    return s[0] == '-' && s[1];
}

/* "-5", "-.5": a value where a number is expected, not an option. */
static bool is_negative_number(const char *s)
{
    return s[0] == '-' && isdigit((unsigned char)s[s[1] == '.' ? 2 : 1]);
}

static bool is_value(const struct dvb_opt *o, const char *s)
{
    return !is_option(s) ||
           ((o->type == DVB_OPT_INT || o->type == DVB_OPT_NUM) && is_negative_number(s));
}

static int take_value(struct parser *p, const struct dvb_opt *o, void *dst, const char *value,
                      struct dvb_err *err)
{
    if (o->type == DVB_OPT_FLAG) {
        if (value)
            return bad(err, o, value, "no value");
        *(bool *)dst = true;
        return 0;
    }
    drop_default_list(p, o, dst);
    if (!value) {
        if (p->at >= p->argc || !is_value(o, p->argv[p->at]))
            return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "--%s: expected a value (%s)", o->name,
                            o->arg);
        value = p->argv[p->at++];
    }
    int ret = setters[o->type](o, dst, value, err);
    while (!ret && o->type == DVB_OPT_WORDS && p->at < p->argc && !is_option(p->argv[p->at]))
        ret = set_word(o, dst, p->argv[p->at++], err);
    return ret;
}

static int take_option(struct parser *p, const char *word, struct dvb_err *err)
{
    void *dst = NULL;
    if (word[1] == '-') {
        const char *eq = strchr(word, '=');
        size_t len = eq ? (size_t)(eq - word) - 2 : strlen(word) - 2;
        const struct dvb_opt *o = find(p, word + 2, len, 0, &dst);
        return o ? take_value(p, o, dst, eq ? eq + 1 : NULL, err) : unknown(p, word, err);
    }
    const struct dvb_opt *o = word[2] ? NULL : find(p, "", 0, word[1], &dst);
    return o ? take_value(p, o, dst, NULL, err) : unknown(p, word, err);
}

int dvb_opt_parse(const struct dvb_opt *opts, void *settings, int argc, char **argv, int *n_args,
                  struct dvb_err *err)
{
    struct parser p = { .opts = opts, .settings = settings, .argc = argc, .argv = argv };
    *n_args = 0;
    int ret = set_defaults(opts, settings, err);
    bool options = true;
    while (!ret && p.at < argc) {
        char *word = argv[p.at++];
        if (options && !strcmp(word, "--"))
            options = false;
        else if (options && is_option(word))
            ret = take_option(&p, word, err);
        else
            argv[(*n_args)++] = word;
    }
    free(p.given);
    return ret;
}

void dvb_opt_release(const struct dvb_opt *opts, void *settings)
{
    struct dvb_opt_walk w = dvb_opt_walk(opts);
    for (const struct dvb_opt *o; (o = dvb_opt_next(&w));)
        if (o->type == DVB_OPT_LIST || o->type == DVB_OPT_WORDS)
            dvb_strlist_free(slot(&w, settings));
}
