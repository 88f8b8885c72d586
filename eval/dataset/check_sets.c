/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checks of the set's answers as a whole. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "eval/dataset/audit_checks.h"
#include "eval/score/stats.h"

static bool counts(const struct dvb_record *r)
{
    return !r->fault.text && r->q.n_options > 1;
}

/* The smallest share that a message gives; p itself may underflow to 0. */
static const char *p_text(double p, char buf[24])
{
    if (p < 1e-6)
        return "p < 0.000001";
    snprintf(buf, 24, "p = %.2g", p);
    return buf;
}

/* Counts the letters, and how many of each are to be expected. */
static void count_letters(struct dvb_audit *a, double expected[DVB_MAX_OPTIONS])
{
    for (size_t i = 0; i < a->n_rows; i++) {
        const struct dvb_question *q = &a->rows[i].r.q;
        if (!counts(&a->rows[i].r))
            continue;
        a->choice++;
        a->letters[q->answer]++;
        if (q->n_options > a->n_letters)
            a->n_letters = q->n_options;
        for (int k = 0; k < q->n_options; k++)
            expected[k] += 1.0 / q->n_options;
    }
}

static void check_letters(struct dvb_audit *a)
{
    double expected[DVB_MAX_OPTIONS] = { 0 };
    size_t observed[DVB_MAX_OPTIONS];
    struct dvb_chi_square chi;
    count_letters(a, expected);
    for (int k = 0; k < a->n_letters; k++) {
        observed[k] = (size_t)a->letters[k];
        if (a->letters[k] > a->letters[a->best_letter])
            a->best_letter = k;
    }
    if (!a->choice || dvb_stats_chi_square(observed, a->n_letters, expected, &chi, NULL))
        return;
    a->best_letter_score = (double)a->letters[a->best_letter] / (double)a->choice;
    a->chi_square = chi.statistic;
    a->chi_p = chi.p;
    char buf[24];
    if (chi.p < DVB_AUDIT_LEVEL)
        dvb_audit_find(a, NULL, DVB_FIND_LETTER_BIAS,
                       "always %c scores %.1f%%: the right letters are not even (chi-square %.1f, "
                       "%d degree%s of freedom, %s)",
                       'A' + a->best_letter, 100 * a->best_letter_score, chi.statistic, chi.df,
                       chi.df == 1 ? "" : "s", p_text(chi.p, buf));
}

const struct dvb_audit_check dvb_check_letters = { .set = check_letters };

/* The one number in a text and what stands around it ("$5.99", "32 km/h"); false
   where there is none or another. *around is heap. */
static bool split_number(const char *text, double *v, char **around)
{
    static const char digits[] = "0123456789";
    const char *at = strpbrk(text, digits);
    if (!at)
        return false;
    size_t len = strspn(at, "0123456789.,");
    while (len && strchr(".,", at[len - 1]))
        len--;
    if (strpbrk(at + len, digits))
        return false;
    char *number = dvb_calloc(len + 2, 1), *out = number;
    bool minus = at > text && at[-1] == '-' && (at - text == 1 || at[-2] == ' ');
    if (minus)
        *out++ = '-';
    for (size_t i = 0; i < len; i++)
        if (at[i] != ',')
            *out++ = at[i];
    bool ok = dvb_parse_num(number, v);
    free(number);
    if (!ok)
        return false;
    char *rest = dvb_asprintf("%.*s#%s", (int)(at - text) - minus, text, at + len);
    *around = dvb_text_fold(rest);
    free(rest);
    return true;
}

/* The options' values, where all are different numbers of the same kind. */
static bool read_numbers(const struct dvb_question *q, double *v)
{
    char *kind = NULL;
    bool ok = q->n_options >= 3;
    for (int i = 0; i < q->n_options && ok; i++) {
        char *around = NULL;
        ok = split_number(q->options[i], &v[i], &around) && (!kind || !strcmp(kind, around));
        for (int k = 0; k < i && ok; k++)
            ok = v[k] < v[i] || v[k] > v[i];
        if (kind)
            free(around);
        else
            kind = around;
    }
    free(kind);
    return ok;
}

static bool in_the_middle(const double *v, int n, int at)
{
    int below = 0, above = 0;
    for (int i = 0; i < n; i++) {
        below += v[i] < v[at];
        above += v[i] > v[at];
    }
    return below && above;
}

static void check_numbers(struct dvb_audit *a)
{
    long n = 0, middle = 0;
    double expected = 0, variance = 0;
    for (size_t i = 0; i < a->n_rows; i++) {
        const struct dvb_question *q = &a->rows[i].r.q;
        double v[DVB_MAX_OPTIONS];
        if (!counts(&a->rows[i].r) || !read_numbers(q, v))
            continue;
        double p = (double)(q->n_options - 2) / q->n_options;
        n++;
        middle += in_the_middle(v, q->n_options, q->answer);
        expected += p;
        variance += p * (1 - p);
    }
    if (!n)
        return;
    double p = erfc(((double)middle - expected) / sqrt(2 * variance)) / 2;
    char buf[24];
    if (p < DVB_AUDIT_LEVEL)
        dvb_audit_find(a, NULL, DVB_FIND_NUMERIC_MIDDLE,
                       "of %ld questions whose options are numbers, the right one is neither the "
                       "smallest nor the largest in %ld (%.1f%%; by chance %.1f%%, %s)",
                       n, middle, 100 * (double)middle / (double)n, 100 * expected / (double)n,
                       p_text(p, buf));
}

const struct dvb_audit_check dvb_check_numbers = { .set = check_numbers };
