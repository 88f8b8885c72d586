/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is left out of a board whose makers are not to be known. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "reports/exchange.h"
#include "reports/load.h"

const char dvb_board_anonymised[] =
    "names of workspaces and files, paths, command lines, addresses of servers, names of "
    "environment variables, the program's revision and the names of videos";

static void replace(char **s, char *with)
{
    free(*s);
    *s = with;
}

/* "openai:NAME@http://host:1/v1" -> "NAME"; another word with an address in it, or one that is
   a path, says what stood there only. Heap. */
static char *clean_word(const char *word)
{
    const char *colon = strchr(word, ':'), *at = strchr(word, '@');
    if (strstr(word, "://") && colon && at && colon < at)
        return dvb_asprintf("%.*s", (int)(at - colon - 1), colon + 1);
    if (strstr(word, "://"))
        return dvb_strdup("[address]");
    if (*word == '/' || *word == '~' || strstr(word, "/home/") || strstr(word, "../"))
        return dvb_strdup("[path]");
    return dvb_strdup(word);
}

/* The same for each word of a text. */
char *dvb_anonymous_text(const char *s)
{
    char *out = dvb_strdup("");
    while (*s) {
        size_t space = strspn(s, " \t\r\n,\"'"), len = strcspn(s + space, " \t\r\n,\"'");
        char *word = dvb_asprintf("%.*s", (int)len, s + space), *clean = clean_word(word);
        replace(&out, dvb_asprintf("%s%.*s%s", out, (int)space, s, clean));
        free(word);
        free(clean);
        s += space + len;
    }
    return out;
}

static json_t *clean_json(const json_t *j)
{
    const char *key;
    size_t i;
    json_t *v, *out;
    if (json_is_string(j)) {
        char *text = dvb_anonymous_text(json_string_value(j));
        out = dvb_json_str(text);
        free(text);
        return out;
    }
    if (json_is_object(j)) {
        out = json_object();
        json_object_foreach((json_t *)j, key, v)
        {
            json_object_set_new(out, key, clean_json(v));
        }
        return out;
    }
    if (!json_is_array(j))
        return json_incref((json_t *)j);
    out = json_array();
    json_array_foreach((json_t *)j, i, v)
    {
        json_array_append_new(out, clean_json(v));
    }
    return out;
}

/* JSON text without those words and without the members named. */
static void clean_object(char **text, const char *const *without)
{
    json_t *j = *text ? json_loads(*text, 0, NULL) : NULL;
    if (!j) {
        replace(text, NULL);
        return;
    }
    json_t *clean = clean_json(j);
    for (const char *const *name = without; *name; name++)
        json_object_del(clean, *name);
    replace(text, dvb_json_canon(clean));
    json_decref(clean);
    json_decref(j);
}

static void clean_run(struct dvb_board_run *r)
{
    static const char *const revision[] = { "revision", NULL };
    static const char *const cells[] = { "cells", NULL }; /* the board's own are clean */
    replace(&r->line, NULL);
    clean_object(&r->versions, revision);
    clean_object(&r->settings, cells);
}

static void clean_model(struct dvb_board_model *m)
{
    static const char *const where[] = { "base_url", "key_env", "source", "note", NULL };
    replace(&m->name, dvb_anonymous_text(m->name));
    clean_object(&m->profile, where);
}

/* "context:model:openai:NAME@URL" -> "context:model:openai:NAME", "context:file:DIR/MAP" ->
   "context:file:[path]". Heap. */
static char *clean_given(const char *s)
{
    const char *at = strchr(s, '@'), *slash = strchr(s, '/'), *from = slash;
    if (at && slash && at < slash)
        return dvb_asprintf("%.*s", (int)(at - s), s);
    if (!slash)
        return dvb_strdup(s);
    while (from > s && from[-1] != ':')
        from--;
    return dvb_asprintf("%.*s[path]", (int)(from - s), s);
}

/* "loss=0.05,trace=up.trace" -> "loss=0.05,trace=[file]". Heap. */
static char *clean_network(const char *given, const char *words)
{
    static const char key[] = "trace=";
    const char *trace = strstr(words, key);
    (void)given;
    if (!trace)
        return dvb_strdup(words);
    trace += sizeof(key) - 1;
    return dvb_asprintf("%.*s[file]%s", (int)(trace - words), words, trace + strcspn(trace, ","));
}

/* "maps.json, patch 64" -> "[file], patch 64", where it is no model's. Heap. */
static char *clean_source(const char *given, const char *name)
{
    static const char *const of_files[] = { ":file", ":past", "-file", "-past", NULL };
    const char *patch = NULL;
    bool file = false;
    for (const char *const *f = of_files; *f; f++)
        file |= strstr(given, *f) != NULL;
    for (const char *at = name; (at = strstr(at, ", patch ")); at++)
        patch = at;
    return file ? dvb_asprintf("[file]%s", patch ? patch : "") : dvb_strdup(name);
}

/* Names of models and sizes of patches stay. Heap. */
static char *clean_nothing(const char *given, const char *what)
{
    (void)given;
    return dvb_strdup(what);
}

/* How settings follow what was given (eval/strategy/strategy.h). */
static const struct {
    const char *mark;
    char *(*clean)(const char *given, const char *what);
} tellings[] = {
    { " over ", clean_network },
    { " of ", clean_source },
    { " by ", clean_nothing },
    { ", patch ", clean_nothing },
};

char *dvb_anonymous_strategy(const char *s)
{
    const size_t n = sizeof(tellings) / sizeof(*tellings);
    const char *first = NULL;
    size_t which = n;
    for (size_t i = 0; i < n; i++) {
        const char *at = strstr(s, tellings[i].mark);
        if (at && (!first || at < first)) {
            first = at;
            which = i;
        }
    }
    if (!first)
        return clean_given(s);
    char *given = dvb_asprintf("%.*s", (int)(first - s), s), *clean = clean_given(given);
    char *what = tellings[which].clean(given, first + strlen(tellings[which].mark));
    char *out = dvb_asprintf("%s%s%s", clean, tellings[which].mark, what);
    free(given);
    free(clean);
    free(what);
    return out;
}

/* The first view by that view's strategy. */
static size_t first_by(const struct dvb_board_set *s, size_t view)
{
    size_t i = 0;
    while (strcmp(s->views[i].strategy, s->views[view].strategy))
        i++;
    return i;
}

/* What differed stays told apart: "context:file of [file] (2)". */
static void clean_strategies(struct dvb_board_set *s)
{
    char **clean = dvb_calloc(s->n_views + 1, sizeof(*clean));
    size_t *nth = dvb_calloc(s->n_views + 1, sizeof(*nth));
    for (size_t i = 0; i < s->n_views; i++) {
        clean[i] = dvb_anonymous_strategy(s->views[i].strategy);
        nth[i] = 1;
        for (size_t k = 0; k < first_by(s, i); k++)
            nth[i] += first_by(s, k) == k && !strcmp(clean[k], clean[i]);
    }
    for (size_t i = 0; i < s->n_views; i++) {
        replace(&s->views[i].strategy,
                nth[i] > 1 ? dvb_asprintf("%s (%zu)", clean[i], nth[i]) : dvb_strdup(clean[i]));
        free(clean[i]);
    }
    free(clean);
    free(nth);
}

static void clean_set(struct dvb_board_set *s)
{
    static const char *const nothing[] = { NULL };
    if (s->judge)
        replace(&s->judge, dvb_anonymous_text(s->judge));
    clean_object(&s->manner, nothing);
    clean_strategies(s);
    for (size_t i = 0; i < s->n_questions; i++)
        if (s->questions[i].video)
            replace(&s->questions[i].video,
                    dvb_asprintf("video %lld", (long long)s->questions[i].cluster + 1));
}

void dvb_board_anonymise(struct dvb_board *b)
{
    b->anonymous = true;
    for (size_t i = 0; i < b->n_sources; i++) {
        char *old = b->sources[i].label, *label = dvb_asprintf("source %zu", i + 1);
        for (size_t m = 0; m < b->n_models; m++)
            if (b->models[m].source == (int)i) {
                size_t base = strlen(b->models[m].label) - strlen(old) - 3;
                replace(&b->models[m].label,
                        dvb_asprintf("%.*s (%s)", (int)base, b->models[m].label, label));
            }
        replace(&b->sources[i].label, label);
        replace(&b->sources[i].path, NULL);
    }
    for (size_t i = 0; i < b->n_runs; i++)
        clean_run(&b->runs[i]);
    for (size_t i = 0; i < b->n_models; i++)
        clean_model(&b->models[i]);
    for (size_t i = 0; i < b->n_sets; i++)
        clean_set(&b->sets[i]);
    dvb_board_arrange(b); /* names of cells have labels of models in them */
}
