/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ways to read a choice out of plain text, from the surest to the least sure. */
#include <stdlib.h>
#include <string.h>

#include "model/answer.h"
#include "model/answer_text.h"
#include "model/answer_words.h"

/* What a way of reading gives besides an option's index. */
enum { NOTHING = -1, UNCLEAR = -2 };

#define SHORT 400 /* code points: of a longer text only the last paragraph is searched */

struct reading {
    struct dvb_cps t;
    unsigned *nots, *ifs; /* dvb_cps_count of those words */
    const struct dvb_cps *options;
    int n;
};

static bool among(int32_t cp, const char *ascii)
{
    return cp > 0 && cp < 0x80 && strchr(ascii, (int)cp);
}

static bool quote(int32_t cp)
{
    return cp == '"' || cp == '\'' || cp == 0x201c || cp == 0x201d || cp == 0xab || cp == 0xbb ||
           (cp >= 0x3008 && cp <= 0x3011);
}

/* Past spaces and what may be opened before a letter: brackets, quotes, marks
   of emphasis, LaTeX. */
static size_t skip_open(const struct dvb_cps *t, size_t i)
{
    for (;;) {
        size_t latex = t->cp[i] == '\\' ? dvb_cps_match_any(t, i, dvb_words_latex) : 0;
        if (latex)
            i += latex;
        else if (dvb_cp_space(t->cp[i]) || among(t->cp[i], "*_`([{<$~#>") || quote(t->cp[i]))
            i++;
        else
            return i;
    }
}

static size_t skip_close(const struct dvb_cps *t, size_t i)
{
    while (among(t->cp[i], "*_`)]}>$~") || quote(t->cp[i]))
        i++;
    return i;
}

static size_t skip_spaces(const struct dvb_cps *t, size_t i)
{
    while (dvb_cp_space(t->cp[i]))
        i++;
    return i;
}

/* The option whose letter stands alone at i, or NOTHING. "A's", "B-52", "C++",
   "N.Y.", "25 °C" hold no letters in that sense. */
static int letter_at(const struct reading *r, size_t i)
{
    const struct dvb_cps *t = &r->t;
    if (i >= t->n || t->low[i] < 'a' || t->low[i] >= 'a' + r->n)
        return NOTHING;
    if (!dvb_cps_gap(t, i) || !dvb_cps_gap(t, i + 1))
        return NOTHING;
    int32_t before = i ? t->cp[i - 1] : 0, next = t->cp[i + 1];
    if (before == 0xb0 || (i > 1 && among(before, ".-'&+@") && dvb_cp_wordy(t->cp[i - 2])))
        return NOTHING;
    if (next == '+' || next == '#')
        return NOTHING;
    int32_t after = next ? t->cp[i + 2] : 0;
    if (among(next, "-'&@") && dvb_cp_wordy(after))
        return NOTHING;
    if (next == '.' && dvb_cp_wordy(after) && after > '9' && dvb_cps_gap(t, i + 3))
        return NOTHING;
    return t->low[i] - 'a';
}

/* The option whose text is the longest at i, or NOTHING; *len is its length. */
static int option_at(const struct reading *r, size_t i, bool exact, size_t *len)
{
    int best = NOTHING;
    *len = 0;
    for (int o = 0; o < r->n; o++) {
        size_t n = dvb_cps_match_text(&r->t, i, &r->options[o], exact);
        if (n > *len) {
            *len = n;
            best = o;
        }
    }
    return best;
}

static bool ends_here(const struct dvb_cps *t, size_t i)
{
    i = skip_close(t, i);
    return i >= t->n || t->cp[i] == '\n' || among(t->cp[i], ".,;:!)") || t->cp[i] == 0x3002 ||
           t->cp[i] == 0x3001;
}

/* The option whose text stands at i up to the end of a clause, unless it reads
   as an option's letter; NOTHING also where two do that differ in case only. */
static int stated_option(const struct reading *r, size_t i)
{
    size_t len;
    int o = option_at(r, i, true, &len);
    if (o < 0) {
        o = option_at(r, i, false, &len);
        for (int twin = 0; o >= 0 && twin < r->n; twin++)
            if (twin != o && dvb_cps_match_text(&r->t, i, &r->options[twin], false) == len)
                return NOTHING;
    }
    bool stated = o >= 0 && (len > 1 || letter_at(r, i) < 0);
    return stated && ends_here(&r->t, i + len) ? o : NOTHING;
}

/* Whether, after the letter that ends before i, another letter is offered too:
   "A or B", "A, C", "A/B", "A) B)". */
static bool another_follows(const struct reading *r, size_t i, int choice)
{
    const struct dvb_cps *t = &r->t;
    bool joined = false;
    i = skip_spaces(t, i);
    if (among(t->cp[i], ",/&.;+-") || t->cp[i] == 0x3001 || t->cp[i] == 0x2013) {
        joined = t->cp[i] != '.';
        i = skip_spaces(t, i + 1);
    }
    size_t word = dvb_cps_match_any(t, i, dvb_words_or);
    size_t at = skip_open(t, i + word);
    int other = letter_at(r, at);
    if (other < 0 || other == choice)
        return false;
    if (word || joined) /* "A, a car": an article is no letter */
        return t->cp[at] != t->low[at] || !dvb_cp_space(t->cp[at + 1]);
    return t->cp[at] != t->low[at] && ends_here(t, at + 1);
}

/* Past what may stand between a letter and its option's text. */
static size_t skip_marks(const struct dvb_cps *t, size_t i, const char *ascii)
{
    while (dvb_cp_space(t->cp[i]) || among(t->cp[i], ascii) || t->cp[i] == 0x2013 ||
           t->cp[i] == 0x2014)
        i++;
    return i;
}

enum strength {
    PLAIN,  /* nothing before the letter */
    STRONG, /* "the answer is" before it */
    WEAK,   /* "so" before it: nothing but a reason, or its option's text, may follow */
};

/* "A" and then a plain word: an article, or a letter in a running sentence. */
static int weigh_followed(enum strength strength, int choice, bool upper)
{
    if (strength == WEAK || !upper)
        return NOTHING;
    if (choice == 0)
        return strength == STRONG ? UNCLEAR : NOTHING;
    return choice;
}

/* Whether the next option of a list follows the text that ends before i: "A) 35 B) 36". */
static bool list_goes_on(const struct reading *r, size_t i, int choice)
{
    size_t at = skip_marks(&r->t, i, ",;/|");
    int other = letter_at(r, at);
    return other >= 0 && other != choice &&
           dvb_cps_match_text(&r->t, skip_marks(&r->t, at + 1, ".):"), &r->options[other], false);
}

/* What the letter at i says in view of what follows it: its option, NOTHING
   ("A car", "A is wrong", "A?"), or UNCLEAR ("A or B", "A) text of B"). */
static int weigh_letter(const struct reading *r, size_t i, enum strength strength)
{
    const struct dvb_cps *t = &r->t;
    int choice = letter_at(r, i);
    bool upper = t->cp[i] != t->low[i];
    if (choice < 0 || (strength == WEAK && !upper))
        return NOTHING;
    size_t close = skip_close(t, i + 1), text = skip_marks(t, close, ".):,=>*_`(\"'-"), len;
    for (size_t at = close; at <= text; at++) /* a mark may begin the text: "D) -1" */
        if ((len = dvb_cps_match_text(t, at, &r->options[choice], false)))
            return list_goes_on(r, at + len, choice) ? UNCLEAR : choice;
    int other = option_at(r, text, false, &len);
    if (other >= 0 && other != choice && ends_here(t, text + len))
        return UNCLEAR;
    if (another_follows(r, close, choice))
        return UNCLEAR;
    if (t->cp[close] == '?' ||
        dvb_cps_match_any(t, skip_marks(t, close, ".):=*_-"), dvb_words_wrong))
        return NOTHING;
    size_t word = skip_spaces(t, close);
    if (dvb_cps_match_any(t, word, dvb_words_because) ||
        dvb_cps_match_any(t, word, dvb_words_after))
        return choice;
    if (word > close && (dvb_cp_wordy(t->cp[word]) || dvb_cp_cjk(t->cp[word])))
        return weigh_followed(strength, choice, upper);
    if (!upper && choice == 0 && close >= t->n && i && t->cp[i - 1] == ' ')
        return NOTHING; /* cut off after an article */
    return strength == WEAK && !ends_here(t, close) ? NOTHING : choice;
}

/* The clause before a statement turns it round, or makes it a condition. */
static bool guarded(const struct reading *r, size_t i)
{
    size_t from = dvb_cps_clause_start(&r->t, i);
    return r->nots[i] != r->nots[from] || r->ifs[i] != r->ifs[from];
}

/* From the end of "answer" to where its letter would stand. */
static size_t skip_fillers(const struct dvb_cps *t, size_t i)
{
    int lines = 0;
    for (int words = 0; words < 12;) {
        size_t at = skip_open(t, i), n = dvb_cps_match_any(t, at, dvb_words_filler);
        if (n) {
            i = at + n;
            words++;
        } else if (among(t->cp[at], ":=-,") || t->cp[at] == 0x2014 || t->cp[at] == 0x2192) {
            i = at + 1;
        } else if (t->cp[at] == '\n' && lines < 2) {
            i = at + 1;
            lines++;
        } else {
            return at;
        }
    }
    return i;
}

/* The statement that begins at i, or NOTHING. */
static int statement_at(const struct reading *r, size_t i)
{
    const struct dvb_cps *t = &r->t;
    int choice = NOTHING;
    size_t n = dvb_cps_match_any(t, i, dvb_words_cue);
    if (!n) {
        n = dvb_cps_match_any(t, i, dvb_words_label);
        if (n && t->cp[skip_close(t, i + n)] != ':' && t->cp[i + n] != '=')
            n = 0;
    }
    size_t weak = n ? 0 : dvb_cps_match_any(t, i, dvb_words_weak);
    if (n) {
        size_t at = skip_fillers(t, i + n);
        choice = stated_option(r, at);
        if (choice == NOTHING)
            choice = weigh_letter(r, at, STRONG);
    } else if (weak)
        choice = weigh_letter(r, skip_open(t, skip_marks(t, i + weak, ",:")), WEAK);
    return choice != NOTHING && guarded(r, i) ? NOTHING : choice;
}

/* "B is correct", from its letter. */
static int judged_correct_at(const struct reading *r, size_t i)
{
    const struct dvb_cps *t = &r->t;
    int choice = letter_at(r, i);
    if (choice < 0 || t->cp[i] == t->low[i])
        return NOTHING;
    size_t at = skip_marks(t, i + 1, ".):,*_`(\"'-");
    at += dvb_cps_match_text(t, at, &r->options[choice], false); /* it may be repeated */
    at = skip_marks(t, at, ".):,*_`(\"'-");
    size_t n = dvb_cps_match_any(t, at, dvb_words_after);
    if (!n || t->cp[at + n] == '?' || guarded(r, i))
        return NOTHING;
    return choice;
}

/* The last statement of the text; two that differ within one sentence are UNCLEAR. */
static int read_statements(const struct reading *r)
{
    int last = NOTHING;
    size_t last_at = 0;
    for (size_t i = 0; i < r->t.n; i++) {
        if (!dvb_cps_gap(&r->t, i))
            continue;
        int choice = statement_at(r, i);
        if (choice == NOTHING)
            choice = judged_correct_at(r, i);
        if (choice == NOTHING)
            continue;
        bool same = last != NOTHING && dvb_cps_sentence_start(&r->t, i) <= last_at;
        last = same && last != choice ? UNCLEAR : choice;
        last_at = i;
    }
    return last;
}

/* A tick, an emoji. */
static bool picture(int32_t cp)
{
    return (cp >= 0x2600 && cp < 0x2800) || cp == 0xfe0f || cp >= 0x1f000;
}

/* The option whose letter is all there is in [from, to). */
static int bare_letter(const struct reading *r, size_t from, size_t to)
{
    const struct dvb_cps *t = &r->t;
    size_t i = skip_open(t, from);
    int choice = letter_at(r, i);
    if (choice < 0)
        return NOTHING;
    for (i++; i < to; i++)
        if (!dvb_cp_space(t->cp[i]) && !among(t->cp[i], "*_`)]}>$~.,;:!\n") && !quote(t->cp[i]) &&
            t->cp[i] != 0x3002 && !picture(t->cp[i]))
            return NOTHING;
    return choice;
}

static int read_whole_letter(const struct reading *r)
{
    size_t from = 0;
    while (r->t.cp[from] == '\n' || dvb_cp_space(r->t.cp[from]))
        from++;
    return bare_letter(r, from, r->t.n);
}

/* Add what one place says to what others said. */
static int agree(int so_far, int more)
{
    if (more == NOTHING || so_far == more)
        return so_far;
    return so_far == NOTHING ? more : UNCLEAR;
}

/* Lines that are a letter and nothing else, where they agree and one of them
   is the first or the last of the text. */
static int read_letter_line(const struct reading *r)
{
    int all = NOTHING;
    bool at_edge = false;
    for (size_t from = 0; from < r->t.n; from = dvb_cps_line_end(&r->t, from) + 1) {
        size_t to = dvb_cps_line_end(&r->t, from);
        int choice = bare_letter(r, from, to);
        if (choice == NOTHING)
            continue;
        all = agree(all, choice);
        size_t rest = to;
        while (r->t.cp[rest] == '\n' || dvb_cp_space(r->t.cp[rest]))
            rest++;
        at_edge |= from == 0 || rest >= r->t.n;
    }
    return at_edge || all == UNCLEAR ? all : NOTHING;
}

/* The letter that a line begins with: "B) 36", "b. 36", "B because". */
static int leading_letter(const struct reading *r, size_t from)
{
    const struct dvb_cps *t = &r->t;
    size_t i = skip_open(t, from);
    while (among(t->cp[i], "-+") && dvb_cp_space(t->cp[i + 1]))
        i = skip_open(t, i + 1);
    int choice = weigh_letter(r, i, PLAIN);
    if (choice == NOTHING)
        return NOTHING;
    size_t close = skip_close(t, i + 1), at = skip_spaces(t, close);
    bool marked = close > i + 1 || among(t->cp[close], ".:,-") || t->cp[close] == '\n' ||
                  close >= t->n || t->cp[at] == '-' || t->cp[at] == '(' || t->cp[at] == '=' ||
                  t->cp[at] == 0x2013 || t->cp[at] == 0x2014;
    bool text = dvb_cps_match_text(t, at, &r->options[letter_at(r, i)], false) > 0;
    bool reason = dvb_cps_match_any(t, at, dvb_words_because) > 0;
    bool upper = t->cp[i] != t->low[i];
    if (!upper && !text && !among(t->cp[close > i + 1 ? i + 1 : close], ").:"))
        return NOTHING;
    return marked || text || (upper && reason) || choice == UNCLEAR ? choice : NOTHING;
}

static int read_leading(const struct reading *r)
{
    int all = NOTHING;
    for (size_t from = 0; from < r->t.n; from = dvb_cps_line_end(&r->t, from) + 1)
        all = agree(all, leading_letter(r, from));
    return all;
}

/* A sentence that says what is not so cannot be taken for the answer. */
static bool negative(const struct reading *r, size_t i)
{
    return r->nots[dvb_cps_sentence_end(&r->t, i)] != r->nots[dvb_cps_sentence_start(&r->t, i)];
}

/* Letters in bold or code. */
static int read_emphasis(const struct reading *r)
{
    const struct dvb_cps *t = &r->t;
    int all = NOTHING;
    for (size_t i = 0; i + 1 < t->n; i++) {
        bool strong = (t->cp[i] == '*' || t->cp[i] == '_') && t->cp[i + 1] == t->cp[i];
        if (!strong && t->cp[i] != '`')
            continue;
        size_t at = skip_open(t, i);
        int choice = weigh_letter(r, at, PLAIN);
        bool alone = t->cp[at] != t->low[at] && among(t->cp[at + 1], "*_`).:");
        if (choice == NOTHING) /* a letter in bold is no article */
            choice = letter_at(r, at);
        if (alone && choice != NOTHING && !negative(r, at))
            all = agree(all, choice);
        i = at > i ? at - 1 : i;
    }
    return all;
}

/* "(B)", "option B", "B选项". */
static int read_mentions(const struct reading *r)
{
    static const char *const after[] = { "选项", "選項", "项", "項", NULL };
    const struct dvb_cps *t = &r->t;
    int all = NOTHING;
    for (size_t i = 0; i < t->n; i++) {
        size_t n = dvb_cps_match_any(t, i, dvb_words_mention);
        size_t at = n ? skip_open(t, i + n) : i;
        int choice = letter_at(r, at);
        if (choice < 0 || t->cp[at] == t->low[at])
            continue;
        bool bracketed = i > 0 && t->cp[i - 1] == '(' && t->cp[i + 1] == ')';
        if (!n && !bracketed && !dvb_cps_match_any(t, i + 1, after))
            continue;
        if (another_follows(r, skip_close(t, at + 1), choice))
            all = UNCLEAR;
        else if (!negative(r, at))
            all = agree(all, choice);
        i = at;
    }
    return all;
}

/* Whether what stands in [i, end) is also that other option, but for closing
   punctuation: it may be the sentence's own. */
static bool same_words(const struct dvb_cps *t, size_t i, size_t end, const struct dvb_cps *other,
                       bool exact)
{
    size_t n = dvb_cps_match_text(t, i, other, exact);
    for (size_t at = i + n; n && at < end; at++)
        if (!among(t->cp[at], ".,;:!?") && t->cp[at] != 0x3002)
            return false;
    return n > 0;
}

/* A reply that is one option's text, and no other's. */
static int read_whole_option(const struct reading *r)
{
    const struct dvb_cps *t = &r->t;
    size_t from = 0, to = t->n;
    while (from < to && (t->cp[from] == '\n' || dvb_cp_space(t->cp[from])))
        from++;
    while (to > from && (t->cp[to - 1] == '\n' || dvb_cp_space(t->cp[to - 1])))
        to--;
    for (int pass = 0; pass < 3 && to > from; pass++) { /* exact, case aside, full stop aside */
        int all = NOTHING;
        for (int o = 0; o < r->n; o++) {
            bool same = pass < 2 ? dvb_cps_match_text(t, from, &r->options[o], !pass) == to - from
                                 : same_words(t, from, to, &r->options[o], false);
            all = same ? agree(all, o) : all;
        }
        if (all != NOTHING)
            return all;
    }
    return NOTHING;
}

/* Options as short as "a" or "no" stand in too many texts by chance. */
static bool searchable(const struct dvb_cps *option)
{
    bool telling = option->n > 2;
    for (size_t i = 0; i < option->n; i++)
        telling |= option->cp[i] < 'A' || dvb_cp_cjk(option->cp[i]);
    return telling;
}

/* The only option in the text; one that stands within a longer one does not count. */
static int read_contained(const struct reading *r, bool exact)
{
    const struct dvb_cps *t = &r->t;
    int all = NOTHING;
    size_t from = t->n, len;
    if (t->n <= SHORT)
        from = 0;
    while (from > 0 && !(t->cp[from - 1] == '\n' && from < t->n && t->cp[from] != '\n'))
        from--;
    for (size_t i = from; i < t->n;) {
        int o = option_at(r, i, exact, &len);
        bool counts = o >= 0 && searchable(&r->options[o]);
        size_t end = i + len; /* the option itself may say "not" */
        if (counts && (r->nots[i] != r->nots[dvb_cps_sentence_start(t, i)] ||
                       r->nots[dvb_cps_sentence_end(t, end)] != r->nots[end]))
            return UNCLEAR;
        for (int twin = 0; counts && twin < r->n; twin++)
            if (twin != o && same_words(t, i, i + len, &r->options[twin], exact))
                return UNCLEAR;
        if (counts)
            all = agree(all, o);
        i += counts ? len : 1;
    }
    return all;
}

static int read_option(const struct reading *r)
{
    int choice = read_contained(r, true);
    return choice == NOTHING ? read_contained(r, false) : choice;
}

static bool refuses(const struct dvb_cps *t)
{
    for (size_t i = 0; i < t->n; i++)
        if (dvb_cps_match_any(t, i, dvb_words_refusal))
            return true;
    return false;
}

static int decide(const struct reading *r)
{
    static int (*const ways[])(const struct reading *) = {
        read_whole_letter, read_whole_option, read_statements,
        read_letter_line,  read_leading,      read_emphasis,
    };
    bool refused = refuses(&r->t);
    for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
        int choice = ways[i](r);
        if (choice >= 0)
            return choice;
        if (choice == UNCLEAR)
            return refused ? DVB_ANSWER_REFUSED : DVB_ANSWER_UNPARSED;
    }
    /* "Cannot be determined" may itself be an option. */
    int option = read_option(r);
    if (refused)
        return option >= 0 && refuses(&r->options[option]) ? option : DVB_ANSWER_REFUSED;
    int choice = read_mentions(r);
    if (choice == NOTHING)
        choice = option;
    return choice >= 0 ? choice : DVB_ANSWER_UNPARSED;
}

int dvb_answer_read(const struct dvb_cps *text, const struct dvb_cps *options, int n)
{
    struct reading r = { *text, dvb_cps_count(text, dvb_words_not),
                         dvb_cps_count(text, dvb_words_if), options, n };
    int choice = decide(&r);
    free(r.nots);
    free(r.ifs);
    return choice;
}
