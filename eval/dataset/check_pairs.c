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
    char *text;   /* folded; the words point into it */
    char **v;     /* each once, alphabetical */
    unsigned *id; /* of the words, within the group: ascending */
    size_t n;
    size_t candidates; /* looked at */
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

/* The next word at *at, ended with a NUL; NULL when there is none. */
static char *next_word(char **at)
{
    for (char *s = *at; *s;) {
        char *start = s;
        for (size_t n; (n = word_char(s)) > 0;)
            s += n;
        if (s == start) {
            s++;
            continue;
        }
        *at = s + (*s != '\0'); /* a continuation byte left there is no word */
        *s = '\0';
        return start;
    }
    return NULL;
}

static void split_words(const char *text, bool all, struct words *w)
{
    char *v[MAX_WORDS];
    size_t n = 0;
    w->text = dvb_text_fold(text);
    for (char *at = w->text, *word; n < MAX_WORDS && (word = next_word(&at));)
        if (all || !is_function_word(word))
            v[n++] = word;
    if (n)
        qsort(v, n, sizeof(*v), compare_strings);
    w->v = dvb_calloc(n, sizeof(*w->v));
    w->id = dvb_calloc(n, sizeof(*w->id));
    for (size_t i = 0; i < n; i++)
        if (!w->n || strcmp(w->v[w->n - 1], v[i]))
            w->v[w->n++] = v[i];
}

static void free_words(struct words *w)
{
    free(w->text);
    free(w->v);
    free(w->id);
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

/* A telling word is in one of two rows of a group only. */
static bool told_apart(const struct words *x, const struct words *y)
{
    for (size_t i = 0, k = 0; i < x->n || k < y->n;) {
        bool first = k == y->n || (i < x->n && x->id[i] < y->id[k]);
        bool both = !first && i < x->n && x->id[i] == y->id[k];
        if (!both && tells_apart(first ? x->v[i] : y->v[k]))
            return true;
        i += first || both;
        k += !first;
    }
    return false;
}

/* How many words two rows of a group share. */
static size_t shared_ids(const struct words *x, const struct words *y)
{
    size_t count = 0;
    for (size_t i = 0, k = 0; i < x->n && k < y->n;) {
        unsigned a = x->id[i], b = y->id[k];
        count += a == b;
        i += a <= b;
        k += a >= b;
    }
    return count;
}

/* Equal, or the words of one among those of the other. */
static bool like_answers(const struct dvb_record *a, const struct dvb_record *b)
{
    struct words x = { 0 }, y = { 0 };
    split_words(dvb_audit_answer(a), true, &x);
    split_words(dvb_audit_answer(b), true, &y);
    size_t least = x.n < y.n ? x.n : y.n, both = shared(x.v, x.n, y.v, y.n);
    bool like = least ? both == least : dvb_text_same(dvb_audit_answer(a), dvb_audit_answer(b));
    free_words(&x);
    free_words(&y);
    return like;
}

/* A word of a row. */
struct posting {
    const char *word;
    unsigned id;
    size_t row; /* in the group */
};

static int by_word(const void *a, const void *b)
{
    const struct posting *x = a, *y = b;
    int c = strcmp(x->word, y->word);
    return c ? c : (x->row > y->row) - (x->row < y->row);
}

static int by_id(const void *a, const void *b)
{
    const struct posting *x = a, *y = b;
    int c = (x->id > y->id) - (x->id < y->id);
    return c ? c : (x->row > y->row) - (x->row < y->row);
}

static int by_clip(const void *a, const void *b)
{
    const struct words *x = a, *y = b;
    int c = dvb_audit_compare_clip(&x->row->r, &y->row->r);
    return c ? c : (x->row > y->row) - (x->row < y->row);
}

/* The rows of one clip. */
struct group {
    struct words *rows;
    size_t n, n_words;
    size_t *rows_with;     /* of each id: how many rows have that word */
    struct posting *index; /* the words of every row's prefix, by id */
    size_t n_index;
};

/* Numbers the group's words in alphabetical order, and counts the rows of each. */
static void number_words(struct group *g)
{
    size_t n = 0;
    unsigned id = 0;
    for (size_t i = 0; i < g->n; i++)
        g->n_words += g->rows[i].n;
    struct posting *all = dvb_calloc(g->n_words, sizeof(*all));
    size_t *filled = dvb_calloc(g->n, sizeof(*filled));
    g->rows_with = dvb_calloc(g->n_words, sizeof(*g->rows_with));
    for (size_t i = 0; i < g->n; i++)
        for (size_t k = 0; k < g->rows[i].n; k++)
            all[n++] = (struct posting){ g->rows[i].v[k], 0, i };
    if (n)
        qsort(all, n, sizeof(*all), by_word);
    for (size_t i = 0; i < n; i++) {
        id += i && strcmp(all[i - 1].word, all[i].word);
        g->rows[all[i].row].id[filled[all[i].row]++] = id;
        g->rows_with[id]++;
    }
    free(filled);
    free(all);
}

/* The ids of a row's rarest words, as many as the prefix needs. */
static size_t prefix(const struct group *g, const struct words *w, unsigned out[MAX_WORDS])
{
    if (!w->n)
        return 0;
    for (size_t i = 0; i < w->n; i++) {
        size_t at = i;
        for (; at && g->rows_with[out[at - 1]] > g->rows_with[w->id[i]]; at--)
            out[at] = out[at - 1]; /* equal ones stay alphabetical */
        out[at] = w->id[i];
    }
    return w->n - (size_t)ceil(MIN_SHARED * (double)w->n) + 1;
}

static void index_prefixes(struct group *g)
{
    g->index = dvb_calloc(g->n_words, sizeof(*g->index));
    for (size_t i = 0; i < g->n; i++) {
        unsigned ids[MAX_WORDS];
        size_t n = prefix(g, &g->rows[i], ids);
        for (size_t k = 0; k < n; k++)
            g->index[g->n_index++] = (struct posting){ NULL, ids[k], i };
    }
    if (g->n_index)
        qsort(g->index, g->n_index, sizeof(*g->index), by_id);
}

/* Jaccard index of two rows' words; 0 where they are not alike. */
static double alike(const struct words *x, const struct words *y)
{
    size_t both = shared_ids(x, y);
    double index = (double)both / (double)(x->n + y->n - both);
    bool like = both && index >= MIN_SHARED && !told_apart(x, y) &&
                like_answers(&x->row->r, &y->row->r);
    return like ? index : 0;
}

/* The best earlier partner of every row is kept in like[]; p are the rows that
   share a word, in the order of the file. */
static void join_word(const struct group *g, const struct posting *p, size_t n, size_t *like,
                      double *best)
{
    for (size_t i = 1; i < n; i++) {
        struct words *later = &g->rows[p[i].row];
        for (size_t k = i; k-- > 0 && later->candidates < MAX_COMPARED;) {
            double index = alike(later, &g->rows[p[k].row]);
            later->candidates++;
            if (index > best[p[i].row]) {
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
    number_words(&g);
    index_prefixes(&g);
    size_t *like = dvb_calloc(n, sizeof(*like));
    double *best = dvb_calloc(n, sizeof(*best));
    for (size_t first = 0, i = 1; i <= g.n_index; i++)
        if (i == g.n_index || g.index[first].id != g.index[i].id) {
            join_word(&g, g.index + first, i - first, like, best);
            first = i;
        }
    for (size_t i = 0; i < n; i++)
        if (best[i] > 0)
            tell(a, &rows[i], &rows[like[i]]);
    free(like);
    free(best);
    free(g.rows_with);
    free(g.index);
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
        free_words(&list[i]);
    free(list);
}

const struct dvb_audit_check dvb_check_near = { .set = check_near };
