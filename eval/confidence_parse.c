/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A confidence out of what a model wrote. What is in doubt is not read. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/text.h"
#include "eval/confidence.h"
#include "model/reply.h"

#define MOST_GAP 48 /* bytes between the word and its number */

/* A number as it stands in a text. */
struct number {
    const char *from, *to; /* with its sign, and its percent sign */
    double value;
    bool good;    /* a confidence */
    bool pointed; /* has a decimal point or a percent sign: no count, no label */
};

/* What has been found; once `bad`, nothing is. */
struct finding {
    int n;
    double value;
    bool bad;
};

static bool is_digit(char c)
{
    return isdigit((unsigned char)c) != 0;
}

/* Letters of any script: what is beyond ASCII counts as one. */
static bool is_letter(char c)
{
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

static const char *skip_spaces(const char *p)
{
    return p + strspn(p, " \t\r\n");
}

/* "85%", "85 %", "85 percent". */
static const char *skip_percent(const char *p)
{
    const char *at = skip_spaces(p);
    if (*at == '%')
        return at + 1;
    if (!strncmp(at, "\xef\xbc\x85", 3)) /* as wide as Chinese letters */
        return at + 3;
    if (!strncasecmp(at, "percent", 7) && !is_letter(at[7]))
        return at + 7;
    return NULL;
}

/* A digit, or a sign or point before one. */
static bool begins_number(const char *p)
{
    p += *p == '-' || *p == '+';
    p += *p == '.';
    return is_digit(*p);
}

static struct number read_number(const char *from)
{
    struct number n = { .from = from };
    const char *p = from + (*from == '-' || *from == '+');
    size_t digits = strspn(p, "0123456789"), point = p[digits] == '.' && is_digit(p[digits + 1]);
    if (!point && p[0] == '.')
        point = 1;
    n.to = p + digits;
    if (point)
        n.to += 1 + strspn(n.to + 1, "0123456789");
    n.value = strtod(from, NULL);
    const char *percent = skip_percent(n.to);
    bool doubt = n.to - from >= 24 || (!percent && is_letter(*n.to)) ||
                 ((*n.to == ',' || *n.to == '.') && is_digit(n.to[1])); /* "0,85", "1.2.3" */
    if (percent) {
        doubt |= n.value > 0 && n.value < 1; /* "0.85%" */
        n.value /= 100;
        n.to = percent;
    }
    n.pointed = point || percent;
    n.good = !doubt && n.value >= 0 && n.value <= 1 && !signbit(n.value);
    return n;
}

/* Whether the text goes on to another number: "0.7 to 0.9", "8/10", "0.8 out of 1". */
static bool spans(const char *p)
{
    static const char *const joins[] = { "out of",       "to",       "or", "and",
                                         "of",           "-",        "/",  "\xe2\x80\x93",
                                         "\xe2\x80\x94", "\xc2\xb1", "+/-" };
    p = skip_spaces(p);
    for (size_t i = 0; i < sizeof(joins) / sizeof(*joins); i++)
        if (!strncasecmp(p, joins[i], strlen(joins[i])) &&
            begins_number(skip_spaces(p + strlen(joins[i]))))
            return true;
    return false;
}

static void take(struct finding *f, const struct number *n)
{
    if (!n->good || spans(n->to) || (f->n && fabs(f->value - n->value) > 1e-9)) {
        f->bad = true;
        return;
    }
    f->value = n->value;
    f->n++;
}

/* Words that may stand between "confidence" and its number. */
static size_t small_word(const char *p)
{
    static const char *const words[] = { "level", "score", "rating", "value",  "is",   "of",
                                         "about", "at",    "in",     "my",     "this", "the",
                                         "that",  "it",    "answer", "around", "as",   "a" };
    size_t len = 0;
    while (is_letter(p[len]))
        len++;
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (strlen(words[i]) == len && !strncasecmp(p, words[i], len))
            return len;
    return 0;
}

/* "(0 to 1)" before a colon says how it is measured. */
static size_t scale(const char *p)
{
    const char *end = *p == '(' ? strchr(p, ')') : NULL;
    if (!end || end - p > 20 || !strchr("1%", end[-1]))
        return 0;
    const char *after = end + 1 + strspn(end + 1, " *");
    return *after == ':' || *after == '=' ? (size_t)(after - p) : 0;
}

/* What comes after the word. */
static void look_after(const char *p, struct finding *f)
{
    const char *end = p + strnlen(p, MOST_GAP);
    while (p < end) {
        size_t skip = strspn(p, " \t\r\n:=\"'`*_~(|");
        if (p[strspn(p, " \t\r\n")] == '(' && scale(skip_spaces(p)))
            skip = (size_t)(skip_spaces(p) - p) + scale(skip_spaces(p));
        else if (!skip)
            skip = *p == '-' && p[1] == ' ' ? 2 : small_word(p);
        p += skip;
        if (begins_number(p)) {
            struct number n = read_number(p);
            take(f, &n);
            return;
        }
        if (!skip)
            return;
    }
}

/* Whether the number is a bound or the end of a span: "over 90%", "80 to 90%", "not 90%". */
static bool hedged(const char *text, const char *from)
{
    static const char *const words[] = { "not",     "than",   "least",  "most", "over",
                                         "under",   "below",  "above",  "to",   "or",
                                         "between", "nearly", "almost", "up",   "only" };
    const char *end = from;
    while (end > text && strchr(" \t*_\"(~", end[-1]))
        end--;
    if (end == text)
        return false;
    if (strchr("-/<>=,.%", end[-1]) || (unsigned char)end[-1] >= 0x80)
        return end[-1] != ',' && end[-1] != '.';
    const char *word = end;
    while (word > text && (is_letter(word[-1]) || word[-1] == '\''))
        word--;
    size_t len = (size_t)(end - word);
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (strlen(words[i]) == len && !strncasecmp(word, words[i], len))
            return true;
    if (len == 3 && !strncasecmp(word, "and", len)) { /* "80 and 90%" */
        while (word > text && strchr(" \t%", word[-1]))
            word--;
        return word > text && is_digit(word[-1]);
    }
    return len > 2 && !strncasecmp(end - 3, "n't", 3);
}

/* What stands right before the word: "85% sure", "0.85 confidence". */
static void look_before(const char *text, const char *word, struct finding *f)
{
    const char *end = word;
    while (end > text && strchr(" \t*", end[-1]))
        end--;
    const char *p = end;
    if (p - text >= 7 && !strncasecmp(p - 7, "percent", 7))
        p -= 7;
    while (p > text && strchr(" %", p[-1]))
        p--;
    const char *from = p;
    while (from > text && (is_digit(from[-1]) || from[-1] == '.' || from[-1] == ','))
        from--;
    if (from == p || p == text || !is_digit(p[-1]))
        return;
    if (from > text && (from[-1] == '-' || from[-1] == '+'))
        from--;
    struct number n = read_number(from);
    n.good = n.good && n.to >= p && n.to <= end && !hedged(text, from) &&
             !(from > text && is_letter(from[-1]));
    if (n.pointed) /* "B) 36 confidence: 0.8" */
        take(f, &n);
}

/* Every statement with one of these words. */
static void scan(const char *text, struct finding *f)
{
    static const char *const words[] = { "confidence", "confident", "certainty", "certain",
                                         "sure" };
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        for (const char *p = text; (p = dvb_text_word(p, words[i])); p += strlen(words[i])) {
            look_before(text, p, f);
            look_after(p + strlen(words[i]), f);
        }
}

static bool option_has(const char *number, size_t len, const char *const *options, int n)
{
    for (int i = 0; i < n; i++)
        for (const char *p = options[i]; *p; p++)
            if (!strncmp(p, number, len))
                return true;
    return false;
}

/* A letter and a number, or a number, and nothing else. */
static void look_bare(const char *text, const char *const *options, int n_options,
                      struct finding *f)
{
    const char *at = text;
    while (*at && !begins_number(at))
        at++;
    if (!*at)
        return;
    struct number n = read_number(at);
    int letters = 0;
    for (const char *p = text; *p; p++)
        if (p < n.from || p >= n.to)
            letters += is_letter(*p);
    if (letters > 1 || !n.pointed || n.to[strspn(n.to, " \t\r\n.*`)\"")] ||
        (!letters && option_has(n.from, (size_t)(n.to - n.from), options, n_options)))
        return;
    take(f, &n);
}

/* A JSON member: a number, or a text that is one. */
static void take_member(const json_t *member, struct finding *f)
{
    const char *text = json_string_value(member);
    if (json_is_number(member)) {
        double v = json_number_value(member);
        struct number n = { .from = "", .to = "", .value = v, .good = v >= 0 && v <= 1 };
        take(f, &n);
    } else if (text && begins_number(skip_spaces(text))) {
        struct number n = read_number(skip_spaces(text));
        n.good = n.good && !*skip_spaces(n.to);
        take(f, &n);
    }
}

bool dvb_confidence_parse(const char *reply, const char *const *options, int n_options,
                          double *confidence)
{
    struct finding f = { 0 };
    const char *text = dvb_reply_after_thinking(reply);
    json_t *j = NULL;
    bool salvaged = true;
    if (!dvb_reply_json(text, &j, &salvaged, NULL) && !salvaged && json_is_object(j)) {
        take_member(json_object_get(j, "confidence"), &f);
    } else {
        scan(text, &f);
        if (!f.n && !f.bad)
            look_bare(text, options, n_options, &f);
    }
    json_decref(j);
    if (f.n && !f.bad)
        *confidence = f.value;
    return f.n && !f.bad;
}

json_t *dvb_confidence_schema(void)
{
    return dvb_json_pack("{s:s, s:b, s:[s,s], s:{s:{s:s}, s:{s:s}}}", "type", "object",
                         "additionalProperties", 0, "required", "answer", "confidence",
                         "properties", "answer", "type", "string", "confidence", "type", "number");
}
