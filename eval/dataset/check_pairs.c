/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows that say the same. Near duplicates are found by prefix filtering (Chaudhuri,
 * Ganti, Kaushik, "A primitive operator for similarity joins", ICDE 2006): two
 * sets of n and m words whose Jaccard index is t or more share one of the first
 * n - ceil(t n) + 1 words of the first when words are ordered by how rare they
 * are. So a row is only compared with those that share such a word with it.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "base/text.h"
#include "eval/dataset/audit_checks.h"

#define MAX_WORDS 64 /* of a question; more are not looked at */
#define MIN_SHARED 0.5
#define MAX_COMPARED 256 /* candidates of a row: bounds what a hostile set can cost */

/* Equal rows */

/* A row as text: equal texts are equal questions. */
struct folded {
    const struct dvb_audit_row *row;
    char *question, *answer, *options; /* options sorted */
};

static int compare_strings(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *fold_options(const struct dvb_question *q)
{
    char *list[DVB_MAX_OPTIONS], *all = dvb_strdup("");
    for (int i = 0; i < q->n_options; i++)
        list[i] = dvb_text_fold(q->options[i]);
    if (q->n_options)
        qsort(list, (size_t)q->n_options, sizeof(*list), compare_strings);
    for (int i = 0; i < q->n_options; i++) {
        char *longer = dvb_asprintf("%s%s\n", all, list[i]);
        free(all);
        free(list[i]);
        all = longer;
    }
    return all;
}

static int by_question(const void *a, const void *b)
{
    const struct folded *x = a, *y = b;
    int c = dvb_audit_compare_clip(&x->row->r, &y->row->r);
    c = c ? c : strcmp(x->question, y->question);
    return c ? c : (x->row > y->row) - (x->row < y->row); /* of one array */
}

static bool same_question(const struct folded *x, const struct folded *y)
{
    return !dvb_audit_compare_clip(&x->row->r, &y->row->r) && !strcmp(x->question, y->question);
}

/* One finding for a row: against the first that it repeats or contradicts. */
static void check_equal(struct dvb_audit *a, const struct folded *group, size_t at)
{
    const struct folded *f = &group[at];
    for (size_t i = 0; i < at && i < MAX_COMPARED; i++) {
        bool answer = !strcmp(group[i].answer, f->answer);
        if (answer && !strcmp(group[i].options, f->options)) {
            dvb_audit_find(a, f->row, DVB_FIND_DUPLICATE, "repeats %s: '%.120s'",
                           dvb_audit_name(&group[i].row->r).s, f->row->r.q.text);
            return;
        }
        if (!answer) {
            dvb_audit_find(a, f->row, DVB_FIND_CONFLICT,
                           "asks what %s asks, '%.120s', and is answered '%.60s', not '%.60s'",
                           dvb_audit_name(&group[i].row->r).s, f->row->r.q.text,
                           dvb_audit_answer(&f->row->r), dvb_audit_answer(&group[i].row->r));
            return;
        }
    }
}

static void check_duplicates(struct dvb_audit *a)
{
    struct folded *list = dvb_calloc(a->n_rows, sizeof(*list));
    size_t n = 0;
    for (size_t i = 0; i < a->n_rows; i++)
        if (!a->rows[i].r.fault.text)
            list[n++] = (struct folded){ &a->rows[i], dvb_text_fold(a->rows[i].r.q.text),
                                         dvb_text_fold(dvb_audit_answer(&a->rows[i].r)),
                                         fold_options(&a->rows[i].r.q) };
    if (n)
        qsort(list, n, sizeof(*list), by_question);
    for (size_t first = 0, i = 1; i < n; i++) {
        if (!same_question(&list[first], &list[i]))
            first = i;
        check_equal(a, list + first, i - first);
    }
    for (size_t i = 0; i < n; i++) {
        free(list[i].question);
        free(list[i].answer);
        free(list[i].options);
    }
    free(list);
}

const struct dvb_audit_check dvb_check_duplicates = { .set = check_duplicates };

/* Similar rows */

/* Words that say nothing of what is asked. */
static const char *const function_words[] = {
    "a",     "an",   "and",    "are",   "as",    "at",    "be",    "by",      "can",   "displayed",
    "do",    "does", "during", "for",   "from",  "has",   "have",  "his",     "how",   "in",
    "is",    "it",   "its",    "many",  "of",    "on",    "or",    "printed", "s",     "seen",
    "shown", "that", "the",    "their", "there", "this",  "to",    "used",    "video", "visible",
    "was",   "were", "what",   "when",  "where", "which", "while", "who",     "with",
};
#define N_FUNCTION_WORDS (sizeof(function_words) / sizeof(*function_words))

static bool is_function_word(const char *word)
{
    return bsearch(&word, function_words, N_FUNCTION_WORDS, sizeof(*function_words),
                   compare_strings) != NULL;
}

struct words {
    const struct dvb_audit_row *row;
    char *text; /* folded; the words point into it */
    char *v[MAX_WORDS];
    size_t n;
};

/* Letters and digits, and marks on them, of any script. */
static size_t word_char(const char *s)
{
    utf8proc_int32_t cp;
    utf8proc_ssize_t n = *s ? utf8proc_iterate((const utf8proc_uint8_t *)s, -1, &cp) : 0;
    if (n <= 0)
        return 0;
    utf8proc_category_t cat = utf8proc_category(cp);
    return cat >= UTF8PROC_CATEGORY_LU && cat <= UTF8PROC_CATEGORY_NO ? (size_t)n : 0;
}

/* The text's words, each once, in alphabetical order. */
static void split_words(const char *text, bool all, struct words *w)
{
    w->text = dvb_text_fold(text);
    for (char *s = w->text; *s && w->n < MAX_WORDS;) {
        size_t n;
        char *start = s;
        while ((n = word_char(s)) > 0)
            s += n;
        if (s == start) {
            s++;
            continue;
        }
        if (*s)
            *s++ = '\0'; /* a continuation byte left here is no word and is skipped */
        if (all || !is_function_word(start))
            w->v[w->n++] = start;
    }
    if (w->n)
        qsort(w->v, w->n, sizeof(*w->v), compare_strings);
    size_t kept = 0;
    for (size_t i = 0; i < w->n; i++)
        if (!kept || strcmp(w->v[kept - 1], w->v[i]))
            w->v[kept++] = w->v[i];
    w->n = kept;
}

/* How many words two alphabetical lists share. */
static size_t shared(char *const *a, size_t n, char *const *b, size_t m)
{
    size_t count = 0;
    for (size_t i = 0, k = 0; i < n && k < m;) {
        int c = strcmp(a[i], b[k]);
        count += !c;
        i += c <= 0;
        k += c >= 0;
    }
    return count;
}

/* Words that tell two things of a clip apart. */
static const char *const telling_words[] = {
    "after", "before", "behind", "beginning", "bottom", "eight", "end",   "final",
    "first", "five",   "four",   "front",     "last",   "left",  "lower", "middle",
    "next",  "nine",   "one",    "right",     "second", "seven", "six",   "ten",
    "third", "three",  "top",    "two",       "upper",
};
#define N_TELLING_WORDS (sizeof(telling_words) / sizeof(*telling_words))

static bool tells_apart(const char *word)
{
    return word[strcspn(word, "0123456789")] ||
           bsearch(&word, telling_words, N_TELLING_WORDS, sizeof(*telling_words), compare_strings);
}

/* A telling word is in one of two alphabetical lists only. */
static bool told_apart(char *const *a, size_t n, char *const *b, size_t m)
{
    for (size_t i = 0, k = 0; i < n || k < m;) {
        int c = i == n ? 1 : k == m ? -1 : strcmp(a[i], b[k]);
        if (c && tells_apart(c < 0 ? a[i] : b[k]))
            return true;
        i += c <= 0;
        k += c >= 0;
    }
    return false;
}

/* Equal, or the words of one among those of the other. */
static bool like_answers(const struct dvb_record *a, const struct dvb_record *b)
{
    struct words x = { 0 }, y = { 0 };
    split_words(dvb_audit_answer(a), true, &x);
    split_words(dvb_audit_answer(b), true, &y);
    size_t least = x.n < y.n ? x.n : y.n, both = shared(x.v, x.n, y.v, y.n);
    bool like = least ? both == least : dvb_text_same(dvb_audit_answer(a), dvb_audit_answer(b));
    free(x.text);
    free(y.text);
    return like;
}

/* A word of a row's prefix. */
struct posting {
    const char *word;
    size_t row; /* in the list of words */
};

static int by_word(const void *a, const void *b)
{
    const struct posting *x = a, *y = b;
    int c = strcmp(x->word, y->word);
    return c ? c : (x->row > y->row) - (x->row < y->row);
}

static int by_clip(const void *a, const void *b)
{
    const struct words *x = a, *y = b;
    int c = dvb_audit_compare_clip(&x->row->r, &y->row->r);
    return c ? c : (x->row > y->row) - (x->row < y->row);
}

/* How many rows of a group have each word, as sorted postings of all words. */
static size_t frequency(const struct posting *sorted, size_t n, const char *word)
{
    size_t low = 0, high = n, first;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (strcmp(sorted[mid].word, word) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    for (first = low, high = n; low < high;) {
        size_t mid = low + (high - low) / 2;
        if (strcmp(sorted[mid].word, word) <= 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low - first;
}

/* The rarest words of w, as many as the prefix needs, into out. */
static size_t prefix(const struct words *w, const struct posting *sorted, size_t n,
                     const char **out)
{
    size_t rank[MAX_WORDS], need = w->n - (size_t)ceil(MIN_SHARED * (double)w->n) + 1;
    if (!w->n)
        return 0;
    for (size_t i = 0; i < w->n; i++) {
        size_t f = frequency(sorted, n, w->v[i]), at = i;
        for (; at && rank[at - 1] > f; at--) { /* equal ones stay alphabetical */
            rank[at] = rank[at - 1];
            out[at] = out[at - 1];
        }
        rank[at] = f;
        out[at] = w->v[i];
    }
    return need;
}

static bool similar(const struct words *x, const struct words *y, double *index)
{
    size_t both = shared(x->v, x->n, y->v, y->n);
    *index = (double)both / (double)(x->n + y->n - both);
    return both && *index >= MIN_SHARED && !told_apart(x->v, x->n, y->v, y->n) &&
           like_answers(&x->row->r, &y->row->r);
}

struct group {
    struct words *rows;
    size_t n;
    struct posting *all, *prefixes; /* sorted by word */
    size_t n_all, n_prefixes;
};

static void index_group(struct group *g)
{
    size_t total = 0;
    for (size_t i = 0; i < g->n; i++)
        total += g->rows[i].n;
    g->all = dvb_calloc(total, sizeof(*g->all));
    g->prefixes = dvb_calloc(total, sizeof(*g->prefixes));
    for (size_t i = 0; i < g->n; i++)
        for (size_t k = 0; k < g->rows[i].n; k++)
            g->all[g->n_all++] = (struct posting){ g->rows[i].v[k], i };
    if (g->n_all)
        qsort(g->all, g->n_all, sizeof(*g->all), by_word);
    for (size_t i = 0; i < g->n; i++) {
        const char *words[MAX_WORDS];
        size_t n = prefix(&g->rows[i], g->all, g->n_all, words);
        for (size_t k = 0; k < n; k++)
            g->prefixes[g->n_prefixes++] = (struct posting){ words[k], i };
    }
    if (g->n_prefixes)
        qsort(g->prefixes, g->n_prefixes, sizeof(*g->prefixes), by_word);
}

/* The best earlier partner of every row is kept in like[]; postings of one word
   are the rows that share it. */
static void join_word(const struct group *g, const struct posting *p, size_t n, size_t *like,
                      double *best)
{
    for (size_t i = 1; i < n; i++) {
        size_t least = i > MAX_COMPARED ? i - MAX_COMPARED : 0;
        for (size_t k = least; k < i; k++) {
            double index;
            const struct words *later = &g->rows[p[i].row], *earlier = &g->rows[p[k].row];
            if (similar(later, earlier, &index) && index > best[p[i].row]) {
                best[p[i].row] = index;
                like[p[i].row] = p[k].row;
            }
        }
    }
}

/* Rows whose questions are equal are told of as duplicates, unless their options differ. */
static void tell(struct dvb_audit *a, const struct words *w, const struct words *like)
{
    bool equal = dvb_text_same(w->row->r.q.text, like->row->r.q.text);
    char *x = fold_options(&w->row->r.q), *y = fold_options(&like->row->r.q);
    bool same = equal && !strcmp(x, y);
    free(x);
    free(y);
    if (same)
        return;
    dvb_audit_find(a, w->row, DVB_FIND_NEAR_DUPLICATE, "is like %s: '%.120s' and '%.120s'%s",
                   dvb_audit_name(&like->row->r).s, w->row->r.q.text, like->row->r.q.text,
                   equal ? ", with other options" : "");
}

static void join_group(struct dvb_audit *a, struct words *rows, size_t n)
{
    struct group g = { .rows = rows, .n = n };
    if (n < 2)
        return;
    index_group(&g);
    size_t *like = dvb_calloc(n, sizeof(*like));
    double *best = dvb_calloc(n, sizeof(*best));
    for (size_t first = 0, i = 1; i <= g.n_prefixes; i++)
        if (i == g.n_prefixes || strcmp(g.prefixes[first].word, g.prefixes[i].word)) {
            join_word(&g, g.prefixes + first, i - first, like, best);
            first = i;
        }
    for (size_t i = 0; i < n; i++)
        if (best[i] > 0)
            tell(a, &rows[i], &rows[like[i]]);
    free(like);
    free(best);
    free(g.all);
    free(g.prefixes);
}

static void check_near(struct dvb_audit *a)
{
    struct words *list = dvb_calloc(a->n_rows, sizeof(*list));
    size_t n = 0;
    for (size_t i = 0; i < a->n_rows; i++) {
        if (a->rows[i].r.fault.text)
            continue;
        list[n].row = &a->rows[i];
        split_words(a->rows[i].r.q.text, false, &list[n++]);
    }
    if (n)
        qsort(list, n, sizeof(*list), by_clip);
    for (size_t first = 0, i = 1; i <= n; i++)
        if (i == n || dvb_audit_compare_clip(&list[first].row->r, &list[i].row->r)) {
            join_group(a, list + first, i - first);
            first = i;
        }
    for (size_t i = 0; i < n; i++)
        free(list[i].text);
    free(list);
}

const struct dvb_audit_check dvb_check_near = { .set = check_near };
