/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checks that look at one row. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "base/text.h"
#include "eval/dataset/audit_checks.h"

/* What the reader said. */

static void tell_remarks(struct dvb_audit *a, const struct dvb_audit_row *row)
{
    const struct dvb_remark *const remarks[] = { &row->r.fault, &row->r.note };
    for (size_t i = 0; i < 2; i++)
        if (remarks[i]->text)
            dvb_audit_find(a, row, remarks[i]->kind, "%s", remarks[i]->text);
}

const struct dvb_audit_check dvb_check_remarks = { .row = tell_remarks };

/* Options */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Punctuation that makes no other value: not a decimal point, a sign, or what
   parts the numbers of a time, a date or a range. */
static bool is_idle(const char *s, const char *start, utf8proc_int32_t cp, size_t len)
{
    bool after = is_digit(s[len]), between = s > start && is_digit(s[-1]) && after;
    bool first = s == start || s[-1] == ' ';
    if (cp == ',')
        return true;
    if (strchr("%#&@*/\\", (int)cp) && cp < 0x80)
        return false;
    if ((cp == '-' || cp == '.') && (between || (first && after)))
        return false;
    if (cp == ':' && between)
        return false;
    utf8proc_category_t cat = utf8proc_category(cp);
    return cat >= UTF8PROC_CATEGORY_PC && cat <= UTF8PROC_CATEGORY_PO;
}

/* Folded, without idle punctuation. Heap. */
static char *bare(const char *text)
{
    char *folded = dvb_text_fold(text), *out = dvb_calloc(strlen(folded) + 1, 1), *to = out;
    for (const char *s = folded; *s;) {
        utf8proc_int32_t cp = -1;
        utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s, -1, &cp);
        size_t len = n > 0 ? (size_t)n : 1;
        bool idle = n > 0 && is_idle(s, folded, cp, len);
        bool space = *s == ' ' && (to == out || to[-1] == ' '); /* one is left of " - " */
        if (!idle && !space) {
            memcpy(to, s, len);
            to += len;
        }
        s += len;
    }
    if (to > out && to[-1] == ' ')
        to[-1] = '\0';
    free(folded);
    return out;
}

/* "B 'x' and D 'X'" */
static char *list_options(const struct dvb_question *q, const int *at, int n, bool *right)
{
    char *list = dvb_strdup("");
    *right = false;
    for (int i = 0; i < n; i++) {
        const char *before = !i ? "" : i == n - 1 ? " and " : ", ";
        char *longer = dvb_asprintf("%s%s%c '%.80s'", list, before, 'A' + at[i], q->options[at[i]]);
        free(list);
        list = longer;
        *right = *right || at[i] == q->answer;
    }
    return list;
}

/* One finding for each set of options whose texts are equal, of those whose skip
   (may be NULL) is not. */
static void find_equal(struct dvb_audit *a, const struct dvb_audit_row *row, char *const *text,
                       char *const *skip, enum dvb_finding_kind kind)
{
    const struct dvb_question *q = &row->r.q;
    bool done[DVB_MAX_OPTIONS] = { false }, right;
    for (int i = 0; i < q->n_options; i++) {
        int at[DVB_MAX_OPTIONS] = { i }, n = 1;
        for (int k = i + 1; k < q->n_options && *text[i] && !done[i]; k++) {
            bool pass = done[k] || strcmp(text[i], text[k]) != 0;
            for (int m = 0; m < n && skip; m++)
                pass = pass || !strcmp(skip[at[m]], skip[k]);
            if (pass)
                continue;
            at[n++] = k;
            done[k] = true;
        }
        if (n < 2)
            continue;
        char *list = list_options(q, at, n, &right);
        dvb_audit_find(a, row, kind, "options %s %s%s", list,
                       skip ? "differ in punctuation only" : "are equal",
                       right ? "; one of them is the right one" : "");
        free(list);
    }
}

static void check_options(struct dvb_audit *a, const struct dvb_audit_row *row)
{
    const struct dvb_question *q = &row->r.q;
    char *folded[DVB_MAX_OPTIONS], *stripped[DVB_MAX_OPTIONS];
    for (int i = 0; i < q->n_options; i++) {
        folded[i] = dvb_text_fold(q->options[i]);
        stripped[i] = bare(q->options[i]);
        if (!*folded[i])
            dvb_audit_find(a, row, DVB_FIND_EMPTY_OPTION, "option %c is empty", 'A' + i);
    }
    find_equal(a, row, folded, NULL, DVB_FIND_EQUAL_OPTIONS);
    find_equal(a, row, stripped, folded, DVB_FIND_PUNCTUATION);
    for (int i = 0; i < q->n_options; i++) {
        free(folded[i]);
        free(stripped[i]);
    }
}

const struct dvb_audit_check dvb_check_options = { .row = check_options };

/* Damage. Each test takes a trimmed cell and the question. */

static bool asks_for(const char *question, const char *const *words)
{
    for (; *words; words++)
        if (dvb_text_word(question, *words))
            return true;
    return false;
}

static const char *const date_words[] = { "date",   "dates",      "day",      "month", "when",
                                          "year",   "calendar",   "birthday", "dated", "deadline",
                                          "expiry", "expiration", NULL };
static const char *const time_words[] = { "time",     "clock", "timer", "timestamp",
                                          "duration", "hour",  "hours", NULL };

/* Digits, then part; the rest, or NULL. at_most digits, at least one. */
static const char *digits_then(const char *s, size_t at_most, const char *part)
{
    size_t n = s ? strspn(s, "0123456789") : 0;
    if (!n || n > at_most || strncmp(s + n, part, strlen(part)))
        return NULL;
    return s + n + strlen(part);
}

static bool at_end(const char *s)
{
    return s && !*s;
}

/* "4-Feb", "Feb-24": how spreadsheets show 4-2 and the like. */
static bool is_month_date(const char *s)
{
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    for (size_t i = 0; i < 12; i++) {
        const char *name = strstr(s, months[i]);
        if (!name)
            continue;
        if (name == s)
            return s[3] == '-' && at_end(digits_then(s + 4, 2, ""));
        return digits_then(s, 2, "-") == name && !name[3];
    }
    return false;
}

static bool is_date(const char *s, const char *question)
{
    bool form = is_month_date(s) || at_end(digits_then(digits_then(s, 2, "月"), 2, "日")) ||
                at_end(digits_then(digits_then(digits_then(s, 4, "年"), 2, "月"), 2, "日")) ||
                at_end(digits_then(digits_then(digits_then(s, 4, "/"), 2, "/"), 2, "")) ||
                at_end(digits_then(digits_then(digits_then(s, 4, "-"), 2, "-"), 2, "")) ||
                at_end(digits_then(digits_then(digits_then(s, 2, "/"), 2, "/"), 4, ""));
    return form && !asks_for(question, date_words);
}

/* "61:30" read as hours and minutes and shown as "61:30:00". */
static bool is_clock(const char *s, const char *question)
{
    (void)question;
    const char *minutes = digits_then(s, 4, ":");
    const char *end = digits_then(minutes, 2, ":00");
    return at_end(end) && atoi(s) > 23 && end - minutes == 5;
}

/* 0.815972222 of a day is 19:35. */
static bool is_day_fraction(const char *s, const char *question)
{
    double v, seconds;
    if (strncmp(s, "0.", 2) || strlen(s) < 8 || !dvb_parse_num(s, &v) || v <= 0)
        return false;
    seconds = v * 86400;
    return fabs(seconds - round(seconds)) < 1e-3 && asks_for(question, time_words);
}

static bool is_formula_error(const char *s, const char *question)
{
    static const char *const errors[] = { "#REF!", "#NAME?", "#VALUE!", "#DIV/0!",
                                          "#N/A",  "#NUM!",  "#NULL!" };
    (void)question;
    for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
        if (!strcmp(s, errors[i]))
            return true;
    return false;
}

/* "1.23E+11" */
static bool is_scientific(const char *s, const char *question)
{
    (void)question;
    const char *point = digits_then(s, 1, ".");
    const char *power = digits_then(point, 15, "E+");
    return at_end(digits_then(power, 3, ""));
}

/* UTF-8 read as Latin-1 or Windows-1252, or bytes that were lost. */
static bool is_wrong_encoding(const char *s, const char *question)
{
    static const char *const signs[] = {
        "\xef\xbf\xbd",         /* U+FFFD */
        "\xc3\xa2\xe2\x82\xac", /* a quotation mark or dash */
        "\xc3\x83\xc2",         /* an accented letter */
        "\xc3\x82\xc2",         /* a no-break space or a degree sign */
    };
    (void)question;
    for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++)
        if (strstr(s, signs[i]))
            return true;
    return false;
}

static const struct {
    bool (*is)(const char *cell, const char *question);
    const char *what;
} damages[] = {
    { is_date, "a date, where the question asks for none" },
    { is_clock, "a time of day with hours over 23, as spreadsheets make of minutes and seconds" },
    { is_day_fraction, "a fraction of a day, as spreadsheets make of a time" },
    { is_formula_error, "a spreadsheet's error" },
    { is_scientific, "a number that a spreadsheet has rounded" },
    { is_wrong_encoding, "text read in the wrong encoding" },
};

static void check_cell(struct dvb_audit *a, const struct dvb_audit_row *row, const char *what,
                       const char *cell)
{
    char *copy = dvb_strdup(cell), *trimmed = dvb_text_trim(copy);
    for (size_t i = 0; i < sizeof(damages) / sizeof(*damages); i++)
        if (damages[i].is(trimmed, row->r.q.text)) {
            dvb_audit_find(a, row, DVB_FIND_DAMAGED, "%s '%.80s' is %s", what, trimmed,
                           damages[i].what);
            break;
        }
    free(copy);
}

static void check_damage(struct dvb_audit *a, const struct dvb_audit_row *row)
{
    static const char *const names[DVB_MAX_OPTIONS] = { "option A", "option B", "option C",
                                                        "option D", "option E", "option F",
                                                        "option G", "option H" };
    const struct dvb_question *q = &row->r.q;
    if (is_wrong_encoding(q->text, q->text))
        dvb_audit_find(a, row, DVB_FIND_DAMAGED, "the question is text read in the wrong encoding");
    if (q->reference)
        check_cell(a, row, "the answer", q->reference);
    for (int i = 0; i < q->n_options; i++)
        check_cell(a, row, names[i], q->options[i]);
}

const struct dvb_audit_check dvb_check_damage = { .row = check_damage };

/* "When ..., output "X"." */

static void check_output(struct dvb_audit *a, const struct dvb_audit_row *row)
{
    const struct dvb_question *q = &row->r.q;
    const char *word = q->due_ms >= 0 ? dvb_text_word(q->text, "output") : NULL;
    const char *open = word ? word + strcspn(word, "\"'") : "";
    const char *close = *open ? strrchr(open + 1, *open) : NULL;
    if (!close || !q->reference)
        return;
    char *asked = dvb_asprintf("%.*s", (int)(close - open - 1), open + 1);
    if (!dvb_text_same(asked, q->reference))
        dvb_audit_find(a, row, DVB_FIND_OUTPUT,
                       "the question asks for '%.80s', and the output is to be '%.80s'", asked,
                       q->reference);
    free(asked);
}

const struct dvb_audit_check dvb_check_output = { .row = check_output };

/* Times */

static void check_outside(struct dvb_audit *a, const struct dvb_audit_row *row)
{
    const struct dvb_question *q = &row->r.q;
    const double forgiven = 0.5;
    if (row->duration <= 0 || row->r.fault.text)
        return;
    int64_t end = q->due_ms >= 0     ? q->due_ms
                  : q->asked_ms >= 0 ? q->asked_ms
                                     : q->start_ms + q->length_ms;
    if ((double)end / 1000 > row->duration + forgiven)
        dvb_audit_find(a, row, DVB_FIND_OUTSIDE, "reaches %g s into %s, which lasts %.2f s",
                       (double)end / 1000, q->source, row->duration);
}

const struct dvb_audit_check dvb_check_outside = { .row = check_outside };
