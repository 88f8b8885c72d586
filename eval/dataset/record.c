/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/dataset/record.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "base/text.h"

const char *const dvb_finding_names[DVB_FIND_KINDS] = {
    [DVB_FIND_UNREADABLE] = "unreadable",         [DVB_FIND_ANSWER] = "answer_not_in_options",
    [DVB_FIND_OPTION_LETTERS] = "option_letters", [DVB_FIND_EQUAL_OPTIONS] = "equal_options",
    [DVB_FIND_PUNCTUATION] = "punctuation_only",  [DVB_FIND_EMPTY_OPTION] = "empty_option",
    [DVB_FIND_DAMAGED] = "damaged_cell",          [DVB_FIND_OUTPUT] = "output_mismatch",
    [DVB_FIND_DUPLICATE] = "duplicate",           [DVB_FIND_NEAR_DUPLICATE] = "near_duplicate",
    [DVB_FIND_CONFLICT] = "conflicting_answers",  [DVB_FIND_OUTSIDE] = "outside_video",
    [DVB_FIND_LETTER_BIAS] = "letter_bias",       [DVB_FIND_NUMERIC_MIDDLE] = "numeric_middle",
};

void dvb_record_init(struct dvb_record *r, long line, long row)
{
    *r = (struct dvb_record){ .line = line, .row = row, .q = { .asked_ms = -1, .due_ms = -1 } };
    r->q.origin = dvb_strdup("imported");
    r->q.source = dvb_strdup("");
    r->q.text = dvb_strdup("");
    r->q.task_type = dvb_strdup("");
}

void dvb_record_release(struct dvb_record *r)
{
    dvb_question_release(&r->q);
    free(r->fault.text);
    free(r->note.text);
    *r = (struct dvb_record){ 0 };
}

char *dvb_record_message(const char *fmt, va_list ap)
{
    char text[600];
    vsnprintf(text, sizeof(text), fmt, ap);
    char *message = dvb_calloc(sizeof(text), 1), *to = message;
    for (const char *s = text; *s;) {
        utf8proc_int32_t cp;
        utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s, -1, &cp);
        if (n > 0) {
            memcpy(to, s, (size_t)n);
            to += n;
        }
        s += n > 0 ? n : 1;
    }
    return message;
}

static void remark(struct dvb_remark *m, enum dvb_finding_kind kind, const char *fmt, va_list ap)
{
    if (!m->text)
        *m = (struct dvb_remark){ kind, dvb_record_message(fmt, ap) };
}

void dvb_record_fault(struct dvb_record *r, enum dvb_finding_kind kind, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    remark(&r->fault, kind, fmt, ap);
    va_end(ap);
}

void dvb_record_note(struct dvb_record *r, enum dvb_finding_kind kind, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    remark(&r->note, kind, fmt, ap);
    va_end(ap);
}

/* Index of the letter that a cell is or begins with, as "B", "(b)", "B." or
   "B) 36"; -1 where it begins with none, as "Bus" and "A bus". *alone: nothing
   follows it. */
static int letter_of(const char *cell, bool *alone)
{
    cell += strspn(cell, " \t\r\n(");
    int letter = toupper((unsigned char)*cell) - 'A';
    if (letter < 0 || letter >= DVB_MAX_OPTIONS)
        return -1;
    const char *rest = cell + 1;
    bool marked = *rest && strchr(".):", *rest);
    rest += marked + strspn(rest + marked, " \t\r\n");
    *alone = !*rest;
    return marked || *alone ? letter : -1;
}

static int option_of(const struct dvb_question *q, const char *text)
{
    for (int i = 0; i < q->n_options; i++)
        if (dvb_text_same(q->options[i], text))
            return i;
    return -1;
}

void dvb_record_answer(struct dvb_record *r, const char *cell)
{
    struct dvb_question *q = &r->q;
    if (!q->n_options) {
        free(q->reference);
        q->reference = dvb_strdup(cell);
        if (!cell[strspn(cell, " \t\r\n")])
            dvb_record_fault(r, DVB_FIND_UNREADABLE, "no answer");
        return;
    }
    bool alone = false;
    int letter = letter_of(cell, &alone);
    if (letter >= q->n_options)
        letter = -1;
    int answer = letter >= 0 && alone ? letter : option_of(q, cell);
    if (answer < 0)
        answer = letter;
    if (answer < 0)
        dvb_record_fault(r, DVB_FIND_ANSWER, "the answer '%.80s' is none of the %d options", cell,
                         q->n_options);
    q->answer = answer < 0 ? 0 : answer;
}

/* "B. text" or "B) text": its letter's index and where the text begins; -1: no letter. */
static int option_letter(const char *s, const char **text)
{
    while (isspace((unsigned char)*s))
        s++;
    *text = s;
    int letter = *s - 'A';
    if (letter < 0 || letter >= DVB_MAX_OPTIONS || !s[1] || !strchr(".):", s[1]))
        return -1;
    if (s[2] && !isspace((unsigned char)s[2]))
        return -1; /* "A.Lebrun", "N.Y." */
    *text = s + 2 + strspn(s + 2, " \t\r\n");
    return letter;
}

static void add_option(struct dvb_record *r, const char *text)
{
    struct dvb_question *q = &r->q;
    if (q->n_options == DVB_MAX_OPTIONS) {
        dvb_record_fault(r, DVB_FIND_UNREADABLE, "more than %d options", DVB_MAX_OPTIONS);
        return;
    }
    char *copy = dvb_strdup(text);
    char *trimmed = dvb_text_trim(copy);
    q->options[q->n_options++] = dvb_strdup(trimmed);
    free(copy);
}

/* The text goes on from the option before it. */
static void continue_option(struct dvb_record *r, const char *text)
{
    char **last = &r->q.options[r->q.n_options - 1];
    char *longer = dvb_asprintf("%s %s", *last, text);
    free(*last);
    *last = longer;
    dvb_record_note(r, DVB_FIND_OPTION_LETTERS,
                    "'%.60s' has no letter and is taken as the rest of the option before it", text);
}

static void add_lettered(struct dvb_record *r, int letter, const char *text)
{
    struct dvb_question *q = &r->q;
    if (letter < q->n_options && dvb_text_same(q->options[letter], text)) {
        dvb_record_note(r, DVB_FIND_OPTION_LETTERS, "option %c is listed twice", 'A' + letter);
        return;
    }
    if (letter != q->n_options)
        dvb_record_note(r, DVB_FIND_OPTION_LETTERS, "option %d has the letter %c", q->n_options + 1,
                        'A' + letter);
    add_option(r, text);
}

/* How many of the entries begin with a letter. */
static size_t count_lettered(const char *const *texts, size_t n)
{
    size_t lettered = 0;
    for (size_t i = 0; i < n; i++) {
        const char *text;
        lettered += option_letter(texts[i], &text) >= 0;
    }
    return lettered;
}

/* Most of a list have no letter, and one looks as if: "A.Lebrun." among names. */
static void note_stray_letter(struct dvb_record *r)
{
    const struct dvb_question *q = &r->q;
    for (int i = 0; i < q->n_options; i++) {
        const char *s = q->options[i];
        if (s[0] == 'A' + i && s[1] && strchr(".):", s[1]) && isalpha((unsigned char)s[2]) &&
            islower((unsigned char)s[3]))
            dvb_record_note(r, DVB_FIND_OPTION_LETTERS,
                            "option %d, '%.60s', begins with its letter and the others do not",
                            i + 1, s);
    }
}

void dvb_record_options(struct dvb_record *r, const char *const *texts, size_t n)
{
    const char *first;
    bool lettered = n && option_letter(texts[0], &first) == 0 && count_lettered(texts, n) >= 2;
    for (size_t i = 0; i < n; i++) {
        const char *text;
        int letter = lettered ? option_letter(texts[i], &text) : -1;
        if (letter >= 0)
            add_lettered(r, letter, text);
        else if (lettered)
            continue_option(r, text);
        else
            add_option(r, texts[i]);
    }
    if (!lettered)
        note_stray_letter(r);
}

bool dvb_record_time(const char *text, int64_t *ms)
{
    double total = 0;
    int parts = 0;
    char *copy = dvb_strdup(text), *at = dvb_text_trim(copy);
    bool ok = *at;
    while (ok) {
        size_t len = strcspn(at, ":");
        bool last = !at[len];
        double v = 0;
        at[len] = '\0';
        ok = isdigit((unsigned char)*at) && dvb_parse_num(at, &v) && parts++ < 3 && v < 1e9 &&
             !at[strspn(at, last ? "0123456789." : "0123456789")] &&
             (parts == 1 || (v < 60 && len <= 6));
        total = total * 60 + v;
        if (last)
            break;
        at += len + 1;
    }
    if (ok)
        *ms = llround(total * 1000);
    free(copy);
    return ok;
}

void dvb_record_clip(struct dvb_record *r)
{
    const int64_t context = 60000, least = 1000, grace = 4000;
    struct dvb_question *q = &r->q;
    int64_t end = q->asked_ms;
    q->start_ms = q->asked_ms > context ? q->asked_ms - context : 0;
    if (q->due_ms >= q->asked_ms) {
        q->start_ms = q->asked_ms;
        end = q->due_ms + grace;
    }
    q->length_ms = end - q->start_ms > least ? end - q->start_ms : least;
}

static int compare_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

static int compare_number(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

int dvb_record_compare(const struct dvb_question *x, const struct dvb_question *y)
{
    int c = compare_text(x->text, y->text);
    c = c ? c : compare_text(x->source, y->source);
    c = c ? c : compare_number(x->start_ms, y->start_ms);
    c = c ? c : compare_number(x->length_ms, y->length_ms);
    c = c ? c : compare_number(x->asked_ms, y->asked_ms);
    c = c ? c : compare_number(x->due_ms, y->due_ms);
    c = c ? c : compare_number(x->answer, y->answer);
    c = c ? c : compare_number(x->n_options, y->n_options);
    for (int i = 0; i < x->n_options && !c; i++)
        c = compare_text(x->options[i], y->options[i]);
    c = c ? c : compare_text(x->reference, y->reference);
    c = c ? c : compare_text(x->task_type, y->task_type);
    c = c ? c : compare_number(x->multi_frame, y->multi_frame);
    c = c ? c : compare_text(x->ability, y->ability);
    c = c ? c : compare_text(x->series, y->series);
    c = c ? c : compare_number(x->series_index, y->series_index);
    return c ? c : compare_text(x->verbatim, y->verbatim);
}
