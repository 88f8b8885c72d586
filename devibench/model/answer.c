/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/answer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "model/answer_text.h"
#include "model/answer_words.h"
#include "model/reply.h"

#define MAX_REPLY 100000 /* bytes looked at, from the end */
#define MAX_LETTERS 26

/* Where the text after the last of the marks begins, or NULL. */
static const char *after_last(const char *text, const char *const *marks)
{
    const char *found = NULL;
    for (; *marks; marks++)
        for (const char *p = text; (p = strstr(p, *marks));) {
            p += strlen(*marks);
            found = !found || p > found ? p : found;
        }
    return found;
}

/* "<|im_end|>" and the like, which templates leave behind, become line breaks. */
static void drop_tokens(char *text)
{
    for (char *p = text; (p = strstr(p, "<|")); p++) {
        size_t len = strspn(p + 2, "abcdefghijklmnopqrstuvwxyz_");
        if (!strncmp(p + 2 + len, "|>", 2))
            memset(p, '\n', len + 4);
    }
}

/* A heap copy of what is meant to be read: after the reasoning, within
   <answer>. Reasoning that was never closed is no answer. */
static char *answer_part(const char *reply)
{
    static const char *const closed[] = {
        "</think>",   "</thinking>", "</reasoning>",
        "</thought>", "◁/think▷",    "<|channel|>final<|message|>",
        NULL
    };
    static const char *const open[] = { "<think>",   "<thinking>", "<reasoning>",
                                        "<thought>", "◁think▷",    NULL };
    static const char *const answer[] = { "<answer>",       "<ANSWER>",         "<Answer>",
                                          "<final_answer>", "<|begin_of_box|>", NULL };
    size_t len = strlen(reply);
    const char *from = len > MAX_REPLY ? reply + len - MAX_REPLY : reply;
    const char *after = after_last(from, closed);
    from = after ? after : from;
    char *part = dvb_strdup(from);
    for (const char *const *o = open; *o; o++) {
        char *cut = strstr(part, *o);
        if (cut)
            *cut = '\0';
    }
    after = after_last(part, answer);
    if (after) {
        char *inner = dvb_asprintf("%.*s", (int)strcspn(after, "<"), after);
        free(part);
        part = inner;
    }
    drop_tokens(part);
    return part;
}

/* Options that end in a full stop ("He sits down.") are known without it too, unless that makes
   two of them alike. */
static void drop_full_stops(struct dvb_cps *texts, int n)
{
    for (int i = 0; i < n; i++) {
        struct dvb_cps *t = &texts[i];
        bool stop = t->n > 1 && t->cp[t->n - 1] == '.' && t->cp[t->n - 2] != '.';
        for (int k = 0; k < n && stop; k++)
            stop = k == i || texts[k].n < t->n - 1 || texts[k].n > t->n ||
                   memcmp(texts[k].low, t->low, (t->n - 1) * sizeof(*t->low));
        if (stop)
            t->cp[t->n - 1] = t->low[t->n - 1] = 0;
        t->n -= stop;
    }
}

/* The answer's member of a JSON reply, heap, or NULL. */
static char *json_part(const char *text)
{
    json_t *root;
    bool salvaged;
    if (!strchr(text, '{') || dvb_reply_json(text, &root, &salvaged, NULL))
        return NULL;
    const json_t *obj = json_is_array(root) && json_array_size(root) == 1 ? json_array_get(root, 0)
                                                                          : root;
    const char *key;
    json_t *v;
    char *found = NULL;
    for (const char *const *name = dvb_words_json; !found && *name; name++)
        json_object_foreach((json_t *)obj, key, v)
        {
            const json_t *one = json_is_array(v) && json_array_size(v) == 1 ? json_array_get(v, 0)
                                                                            : v;
            if (!found && !strcasecmp(key, *name) && json_is_string(one))
                found = dvb_strdup(json_string_value(one));
        }
    json_decref(root);
    return found;
}

int dvb_answer_choice(const char *reply, const char *const *options, int n_options)
{
    if (!reply || n_options < 1 || n_options > MAX_LETTERS)
        return DVB_ANSWER_UNPARSED;
    struct dvb_cps texts[MAX_LETTERS];
    for (int i = 0; i < n_options; i++) {
        char *copy = dvb_strdup(options[i] ? options[i] : "");
        texts[i] = dvb_cps_make(dvb_text_trim(copy));
        free(copy);
    }
    drop_full_stops(texts, n_options);
    char *part = answer_part(reply), *json = json_part(part);
    struct dvb_cps text = dvb_cps_make(json ? json : part);
    int choice = dvb_answer_read(&text, texts, n_options);
    dvb_cps_free(&text);
    free(json);
    free(part);
    for (int i = 0; i < n_options; i++)
        dvb_cps_free(&texts[i]);
    return choice;
}
