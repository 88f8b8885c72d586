/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pipeline/questions.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/text.h"
#include "model/reply.h"

#define MAX_TEXT 600
#define MAX_OPTION 300

const char *const dvb_drop_names[DVB_DROPS] = {
    [DVB_DROP_NONE] = "none",
    [DVB_DROP_NOT_OBJECT] = "not a question object",
    [DVB_DROP_NO_TEXT] = "no question text, or too long",
    [DVB_DROP_FEW_OPTIONS] = "fewer than four options",
    [DVB_DROP_MANY_OPTIONS] = "more than four options",
    [DVB_DROP_BAD_OPTION] = "empty option, or one that refers to others",
    [DVB_DROP_SAME_OPTIONS] = "duplicate options",
    [DVB_DROP_ANSWER] = "answer not among options",
    [DVB_DROP_TASK_TYPE] = "unknown task type",
    [DVB_DROP_MENTIONS_HALVES] = "mentions the halves or picture quality",
    [DVB_DROP_REPEATED] = "duplicate question",
    [DVB_DROP_OVER_LIMIT] = "over the limit",
};

const char *const dvb_task_types[] = {
    "Text-Rich Understanding",
    "Attribute Perception",
    "Object Perception",
    "Action Perception",
    "Counting",
    "Spatial Understanding",
    NULL,
};

/* Phrases that give away how the question was made; searched outside quotes,
   since text in the picture may hold any of them. */
static const char *const giveaways[] = {
    "left half",
    "right half",
    "left side of the video",
    "right side of the video",
    "left video",
    "right video",
    "left clip",
    "right clip",
    "left recording",
    "right recording",
    "left image",
    "right image",
    "left version",
    "right version",
    "both versions",
    "both videos",
    "side by side",
    "side-by-side",
    "both halves",
    "two halves",
    "degraded",
    "compressed",
    "compression",
    "compression artifact",
    "original video",
    "original clip",
    "original recording",
    "original half",
    "sharp half",
    "sharper half",
    "clearer half",
    "blurry",
    "blurred",
    "blurrier",
    "pixelated",
    "unclear half",
    "low quality",
    "low-quality",
    "high quality",
    "high-quality",
    "video quality",
    "image quality",
    "picture quality",
    "visual quality",
    "bitrate",
    "clearer version",
    "sharper version",
    NULL,
};

static const char *const cross_references[] = {
    "all of the above", "none of the above", "all of these", "none of these",
    "both a and b",     "none of the other", NULL,
};

json_t *dvb_questions_schema(int max_questions)
{
    json_t *types = json_array();
    for (const char *const *t = dvb_task_types; *t; t++)
        json_array_append_new(types, json_string(*t));
    json_t *item = dvb_json_pack(
        "{s:s, s:b, s:[s,s,s,s,s], s:{s:{s:s}, s:{s:s, s:{s:s}, s:i, s:i}, s:{s:s},"
        " s:{s:s, s:o}, s:{s:s, s:[s,s]}}}",
        "type", "object", "additionalProperties", 0, "required", "question", "options", "answer",
        "task_type", "frames", "properties", "question", "type", "string", "options", "type",
        "array", "items", "type", "string", "minItems", DVB_QUESTION_OPTIONS, "maxItems",
        DVB_QUESTION_OPTIONS, "answer", "type", "string", "task_type", "type", "string", "enum",
        types, "frames", "type", "string", "enum", "single", "multi");
    return dvb_json_pack("{s:s, s:b, s:[s], s:{s:{s:s, s:i, s:o}}}", "type", "object",
                         "additionalProperties", 0, "required", "questions", "properties",
                         "questions", "type", "array", "maxItems", max_questions, "items", item);
}

/* Folded copy of text without what stands between quotation marks; all of it
   where they do not pair. Single quotes count only at word edges: "player's" is
   no quotation. */
static char *without_quotes(const char *text)
{
    char *fold = dvb_text_fold(text), *rest = dvb_strdup(fold), *out = rest;
    bool in = false;
    for (const char *p = fold; *p; p++) {
        bool curly = !strncmp(p, "\xe2\x80\x9c", 3) || !strncmp(p, "\xe2\x80\x9d", 3);
        bool edge = p == fold || !isalnum((unsigned char)p[-1]) || !isalnum((unsigned char)p[1]);
        if (*p == '"' || curly || (*p == '\'' && edge)) {
            in = !in;
            *out++ = ' ';
            p += curly ? 2 : 0;
        } else if (!in) {
            *out++ = *p;
        }
    }
    *out = '\0';
    free(in ? rest : fold);
    return in ? fold : rest;
}

/* As whole words, also in the plural: "left clip", not "left clipboard". */
static bool holds(const char *folded, const char *phrase)
{
    size_t len = strlen(phrase);
    for (const char *p = folded; (p = strstr(p, phrase)); p++) {
        const char *end = p + len + (p[len] == 's');
        if ((p == folded || !isalnum((unsigned char)p[-1])) && !isalnum((unsigned char)*end))
            return true;
    }
    return false;
}

static bool holds_any(const char *folded, const char *const *phrases)
{
    while (*phrases && !holds(folded, *phrases))
        phrases++;
    return *phrases;
}

static bool mentions_halves(const char *text)
{
    char *rest = without_quotes(text);
    bool found = holds_any(rest, giveaways);
    free(rest);
    return found;
}

/* Length of "A) ", "A. ", "(A)", "a:" at the start of s for that letter; 0: none. */
static size_t letter_prefix(const char *s, char letter)
{
    const char *p = s;
    bool open = *p == '(';
    p += open;
    if (toupper((unsigned char)*p) != letter)
        return 0;
    p++;
    if (!*p || !strchr(open ? ")" : ").:", *p))
        return 0;
    p++;
    return (size_t)(p - s) + strspn(p, " ");
}

/* Letters are taken off only when every option has its own. */
static void strip_letters(char **options, int n)
{
    for (int i = 0; i < n; i++)
        if (!letter_prefix(options[i], (char)('A' + i)))
            return;
    for (int i = 0; i < n; i++) {
        size_t len = letter_prefix(options[i], (char)('A' + i));
        memmove(options[i], options[i] + len, strlen(options[i] + len) + 1);
    }
}

/* Letter keys of an object, or an array: the option's string or NULL. */
static const char *option_at(const json_t *options, int i)
{
    if (json_is_array(options))
        return json_string_value(json_array_get(options, (size_t)i));
    const char key[2] = { (char)('A' + i), 0 };
    return dvb_json_get_str(options, key);
}

static bool is_bad_option(const char *s)
{
    char *fold = dvb_text_fold(s);
    bool bad = !*fold || strlen(s) > MAX_OPTION || holds_any(fold, cross_references);
    free(fold);
    return bad;
}

/* Copy without white space at the ends, and with one space for any run of it:
   each option is one line of the prompt. */
static char *one_line(const char *s)
{
    char *copy = dvb_strdup(s), *out = copy;
    for (const char *p = copy; *p; p++) {
        if (!isspace((unsigned char)*p))
            *out++ = *p;
        else if (out > copy && out[-1] != ' ')
            *out++ = ' ';
    }
    while (out > copy && out[-1] == ' ')
        out--;
    *out = '\0';
    return copy;
}

static enum dvb_drop read_options(const json_t *options, struct dvb_question *q)
{
    if (!json_is_array(options) && !json_is_object(options))
        return DVB_DROP_NOT_OBJECT;
    size_t n = json_is_array(options) ? json_array_size(options) : json_object_size(options);
    if (n != DVB_QUESTION_OPTIONS)
        return n < DVB_QUESTION_OPTIONS ? DVB_DROP_FEW_OPTIONS : DVB_DROP_MANY_OPTIONS;
    for (int i = 0; i < DVB_QUESTION_OPTIONS; i++) {
        const char *option = option_at(options, i);
        if (!option)
            return DVB_DROP_NOT_OBJECT;
        q->options[q->n_options++] = one_line(option);
    }
    strip_letters(q->options, q->n_options);
    for (int i = 0; i < q->n_options; i++) {
        if (is_bad_option(q->options[i]))
            return DVB_DROP_BAD_OPTION;
        for (int k = 0; k < i; k++)
            if (dvb_text_same(q->options[i], q->options[k]))
                return DVB_DROP_SAME_OPTIONS;
    }
    return DVB_DROP_NONE;
}

static int option_equal(const struct dvb_question *q, const char *text)
{
    for (int i = 0; i < q->n_options; i++)
        if (dvb_text_same(q->options[i], text))
            return i;
    return -1;
}

/* The option's text wins over a letter: "A" may be an option. */
static int read_answer(const struct dvb_question *q, const char *answer)
{
    int i = option_equal(q, answer);
    if (i >= 0)
        return i;
    char *s = one_line(answer);
    for (int k = 0; k < q->n_options && i < 0; k++) {
        char letter = (char)('A' + k);
        size_t prefix = letter_prefix(s, letter);
        bool alone = toupper((unsigned char)*s) == letter && !s[1];
        if (alone || (prefix && (!s[prefix] || option_equal(q, s + prefix) == k)))
            i = k;
    }
    free(s);
    return i;
}

/* Letters of both, without case, spaces and hyphens. */
static bool same_letters(const char *a, const char *b)
{
    for (;;) {
        while (*a && !isalnum((unsigned char)*a))
            a++;
        while (*b && !isalnum((unsigned char)*b))
            b++;
        if (!*a || tolower((unsigned char)*a) != tolower((unsigned char)*b))
            return !*a && !*b;
        a++, b++;
    }
}

static const char *find_task_type(const char *s)
{
    for (const char *const *t = dvb_task_types; s && *t; t++)
        if (same_letters(*t, s))
            return *t;
    return NULL;
}

static enum dvb_drop read_question(const json_t *j, struct dvb_question *q)
{
    const char *text = dvb_json_get_str(j, "question");
    const char *answer = dvb_json_get_str(j, "answer");
    if (!json_is_object(j) || !text)
        return DVB_DROP_NOT_OBJECT;
    q->text = one_line(text);
    if (!*q->text || strlen(q->text) > MAX_TEXT)
        return DVB_DROP_NO_TEXT;
    enum dvb_drop drop = read_options(json_object_get(j, "options"), q);
    if (drop)
        return drop;
    q->answer = answer ? read_answer(q, answer) : -1;
    if (q->answer < 0)
        return DVB_DROP_ANSWER;
    const char *type = find_task_type(dvb_json_get_str(j, "task_type"));
    if (!type)
        return DVB_DROP_TASK_TYPE;
    q->task_type = dvb_strdup(type);
    const char *frames = dvb_json_get_str(j, "frames");
    q->multi_frame = frames && same_letters(frames, "multi");
    if (mentions_halves(q->text))
        return DVB_DROP_MENTIONS_HALVES;
    for (int i = 0; i < q->n_options; i++)
        if (mentions_halves(q->options[i]))
            return DVB_DROP_MENTIONS_HALVES;
    return DVB_DROP_NONE;
}

static bool repeated(const struct dvb_question_list *list, const char *text)
{
    for (size_t i = 0; i < list->n; i++)
        if (dvb_text_same(list->v[i].text, text))
            return true;
    return false;
}

static void shuffle(int *v, int n, struct dvb_rng *rng)
{
    for (int i = n - 1; i > 0; i--) {
        int k = (int)dvb_rng_below(rng, (uint32_t)i + 1);
        int swap = v[i];
        v[i] = v[k];
        v[k] = swap;
    }
}

/* Put the right option at position `place`, the others around it as drawn. */
static void arrange(struct dvb_question *q, int place, struct dvb_rng *rng)
{
    int order[DVB_QUESTION_OPTIONS];
    for (int i = 0; i < DVB_QUESTION_OPTIONS; i++)
        order[i] = i;
    shuffle(order, DVB_QUESTION_OPTIONS, rng);
    for (int i = 0; i < DVB_QUESTION_OPTIONS; i++)
        if (order[i] == q->answer) {
            order[i] = order[place];
            order[place] = q->answer;
            break;
        }
    char *old[DVB_QUESTION_OPTIONS];
    memcpy(old, q->options, sizeof(old));
    for (int i = 0; i < DVB_QUESTION_OPTIONS; i++)
        q->options[i] = old[order[i]];
    q->answer = place;
}

/* Every letter once in each block of four: a draw for each question alone
   would leave small sets lopsided. */
static void arrange_all(struct dvb_question_list *list, uint64_t seed, const char *label)
{
    struct dvb_rng rng;
    dvb_rng_init(&rng, seed, label);
    int places[DVB_QUESTION_OPTIONS];
    for (size_t i = 0; i < list->n; i++) {
        size_t k = i % DVB_QUESTION_OPTIONS;
        for (int p = 0; !k && p < DVB_QUESTION_OPTIONS; p++)
            places[p] = p;
        if (!k)
            shuffle(places, DVB_QUESTION_OPTIONS, &rng);
        arrange(&list->v[i], places[k], &rng);
    }
}

static enum dvb_drop add(struct dvb_question_list *list, const json_t *j, size_t index, size_t *cap)
{
    struct dvb_question q = { .index = (int)index };
    enum dvb_drop drop = read_question(j, &q);
    if (!drop && repeated(list, q.text))
        drop = DVB_DROP_REPEATED;
    if (drop) {
        dvb_question_release(&q);
        return drop;
    }
    q.origin = dvb_strdup("generated");
    list->v = dvb_grow(list->v, list->n, cap, sizeof(*list->v));
    list->v[list->n++] = q;
    return DVB_DROP_NONE;
}

/* "I see [3] cups" holds an array, but no list of questions. */
static bool is_question_list(const json_t *array)
{
    size_t i, n = json_array_size(array);
    for (i = 0; i < n && !json_is_object(json_array_get(array, i)); i++)
        ;
    return json_is_array(array) && (i < n || !n);
}

bool dvb_questions_parse(const char *reply, int max_questions, uint64_t seed,
                         struct dvb_question_list *list)
{
    *list = (struct dvb_question_list){ 0 };
    json_t *root;
    bool salvaged;
    if (dvb_reply_json(reply, &root, &salvaged, NULL))
        return false;
    const json_t *array = json_is_array(root) ? root : json_object_get(root, "questions");
    bool found = is_question_list(array);
    if (!found)
        array = NULL;
    size_t cap = 0, i;
    json_t *item;
    json_array_foreach((json_t *)array, i, item)
    {
        enum dvb_drop drop = list->n < (size_t)max_questions ? add(list, item, i, &cap)
                                                             : DVB_DROP_OVER_LIMIT;
        list->dropped[drop] += drop != DVB_DROP_NONE;
    }
    json_decref(root);
    arrange_all(list, seed, reply);
    return found;
}

void dvb_question_list_free(struct dvb_question_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        dvb_question_release(&list->v[i]);
    free(list->v);
    *list = (struct dvb_question_list){ 0 };
}
