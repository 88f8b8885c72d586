/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The forms. Each looks at one part of a row (words that stand close together)
 * and proposes what can be asked about it. Questions speak of the screen as
 * someone would who sees only the sharp clip.
 */
#include "reader/quiz_form.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "reader/place.h"

#define N(a) (sizeof(a) / sizeof(*(a)))
#define PICK(q, list) dvb_quiz_pick(q, list, N(list))

static const struct dvb_page *page_of(const struct dvb_quiz_writer *q, size_t page)
{
    return &q->sharp->pages[page];
}

static bool has_digit(const char *s)
{
    return strpbrk(s, "0123456789") != NULL;
}

/* A span that stands on its page only once, so a question can point at it. */
static char *anchor_span(const struct dvb_quiz_writer *q, size_t page, size_t first, size_t n)
{
    char *text = dvb_quiz_span(q, page, first, n);
    if (text && strlen(text) >= 3 && dvb_quiz_count(page_of(q, page), text) == 1)
        return text;
    free(text);
    return NULL;
}

/* Propose the question before + quoted context + after; takes context and
   answer over, either of which may be NULL: then there is nothing to ask. */
static void ask(struct dvb_quiz_writer *q, const struct dvb_quiz_form *form, const char *before,
                const char *after, char *context, char *answer)
{
    if (!context || !answer || !dvb_quiz_worthy(answer)) {
        free(context);
        free(answer);
        return;
    }
    char *question = dvb_asprintf("%s\"%s\"%s", before, context, after);
    dvb_quiz_propose(
        q, (struct dvb_idea){
               .form = form, .question = question, .answer = answer, .context = context });
}

/* ---- label and value ---- */

static void propose_label(struct dvb_quiz_writer *q, const struct dvb_quiz_form *form, size_t page,
                          struct dvb_part part)
{
    const struct dvb_page *p = page_of(q, page);
    size_t end = part.first + part.n, label = part.first;
    while (label < end && p->words[label].text[strlen(p->words[label].text) - 1] != ':')
        label++;
    bool colon = label < end;
    if (!colon)
        label = end - 1;
    size_t value = label + 1, n = end - value;
    if (!n) { /* the value stands apart, further along the row */
        if (value >= p->n || p->words[value].row != p->words[label].row)
            return;
        struct dvb_part next = dvb_page_part(p, value);
        if (next.box.x0 - part.box.x1 > p->w / 5)
            return;
        n = next.n;
    }
    if (label - part.first > 2 || n > 5)
        return;
    char *anchor = anchor_span(q, page, part.first, label - part.first + 1);
    char *answer = dvb_quiz_span(q, page, value, n);
    static const char *const words[] = { "What is written next to ", "Which text stands next to ",
                                         "Which text is shown beside " };
    static const char *const numbers[] = { "Which value is given next to ",
                                           "Which value is shown beside " };
    bool number = answer && has_digit(answer);
    ask(q, form, number ? PICK(q, numbers) : PICK(q, words), "?", anchor, answer);
}

/* ---- neighbours within a line ---- */

static void propose_after(struct dvb_quiz_writer *q, const struct dvb_quiz_form *form, size_t page,
                          struct dvb_part part)
{
    static const char *const phrasings[] = { "Which word comes directly after ",
                                             "Which word follows " };
    for (size_t i = part.first + 1; i < part.first + part.n; i++) {
        size_t before = i - part.first > 1 ? 2 : 1;
        char *answer = dvb_quiz_span(q, page, i, 1);
        if (answer && has_digit(answer)) {
            free(answer);
            continue;
        }
        ask(q, form, PICK(q, phrasings), " on the same line?",
            anchor_span(q, page, i - before, before), answer);
    }
}

static void propose_before(struct dvb_quiz_writer *q, const struct dvb_quiz_form *form, size_t page,
                           struct dvb_part part)
{
    static const char *const phrasings[] = { "Which word comes directly before ",
                                             "Which word stands in front of " };
    if (part.n < 2)
        return;
    size_t after = part.n > 2 ? 2 : 1;
    char *answer = dvb_quiz_span(q, page, part.first, 1);
    if (answer && has_digit(answer)) {
        free(answer);
        return;
    }
    ask(q, form, PICK(q, phrasings), " on the same line?",
        anchor_span(q, page, part.first + 1, after), answer);
}

/* A word in the middle of a line, the others quoted around a gap. */
static void propose_gap(struct dvb_quiz_writer *q, const struct dvb_quiz_form *form, size_t page,
                        struct dvb_part part)
{
    static const char *const phrasings[] = { "Which word is missing in the line ",
                                             "Which word fills the gap in the line " };
    for (size_t i = part.first + 1; i + 1 < part.first + part.n && part.n >= 4; i++) {
        size_t from = i - part.first > 3 ? i - 3 : part.first;
        size_t to = part.first + part.n - i > 3 ? i + 3 : part.first + part.n;
        char *left = dvb_quiz_span(q, page, from, i - from);
        char *right = dvb_quiz_span(q, page, i + 1, to - i - 1);
        char *line = left && right ? dvb_asprintf("%s ___ %s", left, right) : NULL;
        char *answer = dvb_quiz_span(q, page, i, 1);
        ask(q, form, PICK(q, phrasings), " as shown on screen?", line, answer);
        free(left);
        free(right);
    }
}

/* ---- places ---- */

/* Parts that stand alone and are short enough to be an option. */
static char *short_part(const struct dvb_quiz_writer *q, size_t page, struct dvb_part part)
{
    char *text = part.n <= 3 ? dvb_quiz_span(q, page, part.first, part.n) : NULL;
    if (text && strlen(text) <= 26 && dvb_quiz_worthy(text))
        return text;
    free(text);
    return NULL;
}

static void propose_place(struct dvb_quiz_writer *q, const struct dvb_quiz_form *form, size_t page,
                          struct dvb_part part)
{
    static const char *const names[3][3] = {
        { "in the upper left of", "at the top of", "in the upper right of" },
        { NULL, "in the middle of", NULL },
        { "in the lower left of", "at the bottom of", "in the lower right of" },
    };
    const struct dvb_page *p = page_of(q, page);
    int col = 3 * (part.box.x0 + part.box.x1) / (2 * p->w);
    int row = 3 * (part.box.y0 + part.box.y1) / (2 * p->h);
    char *text = col < 3 && row < 3 && names[row][col] ? short_part(q, page, part) : NULL;
    if (!text)
        return;
    char *question = dvb_asprintf("Which of these texts is shown %s the picture?", names[row][col]);
    dvb_quiz_propose(q, (struct dvb_idea){ .form = form, .question = question, .answer = text });
}

/* The part that stands straight below (dir 1) or above (dir -1), aligned with it. */
static bool neighbour(const struct dvb_page *p, struct dvb_part part, int dir,
                      struct dvb_part *found)
{
    int h = dvb_box_h(part.box), best = 3 * h;
    for (size_t i = 0; i < p->n;) {
        struct dvb_part other = dvb_page_part(p, i);
        int gap = dir > 0 ? other.box.y0 - part.box.y1 : part.box.y0 - other.box.y1;
        int middle = abs(other.box.x0 + other.box.x1 - part.box.x0 - part.box.x1) / 2;
        bool aligned = abs(other.box.x0 - part.box.x0) < 2 * h || middle < 2 * h;
        if (gap > -h / 3 && gap < best && aligned && other.first != part.first) {
            best = gap;
            *found = other;
        }
        i += other.n;
    }
    return best < 3 * h;
}

static void propose_vertical(struct dvb_quiz_writer *q, const struct dvb_quiz_form *form,
                             size_t page, struct dvb_part part, int dir)
{
    struct dvb_part anchor = { 0 };
    if (!neighbour(page_of(q, page), part, -dir, &anchor) || anchor.n > 4)
        return;
    char *answer = short_part(q, page, part);
    char *context = answer ? anchor_span(q, page, anchor.first, anchor.n) : NULL;
    const char *before = dir > 0 ? "Which text stands directly below "
                                 : "Which text stands directly above ";
    ask(q, form, before, "?", context, answer);
}

static void propose_below(struct dvb_quiz_writer *q, const struct dvb_quiz_form *form, size_t page,
                          struct dvb_part part)
{
    propose_vertical(q, form, page, part, 1);
}

static void propose_above(struct dvb_quiz_writer *q, const struct dvb_quiz_form *form, size_t page,
                          struct dvb_part part)
{
    propose_vertical(q, form, page, part, -1);
}

/* True when the text stands at this place whenever it can be read. */
static bool stays(const struct dvb_quiz_writer *q, size_t page, struct dvb_part part,
                  const char *text)
{
    for (size_t p = 0; p < q->sharp->n_pages; p++)
        if (dvb_quiz_count(&q->sharp->pages[p], text) > 1)
            return false;
    for (size_t i = part.first; i < part.first + part.n; i++) {
        const struct dvb_track *t = &q->tracks.v[q->tracks.of[page][i]];
        if (2 * t->frames <= q->sharp->n_frames)
            return false;
    }
    return true;
}

static void propose_where(struct dvb_quiz_writer *q, const struct dvb_quiz_form *form, size_t page,
                          struct dvb_part part)
{
    static const char *const places[] = { "Upper left", "Upper right", "Lower left",
                                          "Lower right" };
    const struct dvb_page *p = page_of(q, page);
    double x = (part.box.x0 + part.box.x1) / 2.0 / p->w;
    double y = (part.box.y0 + part.box.y1) / 2.0 / p->h;
    if ((x > 0.36 && x < 0.64) || (y > 0.36 && y < 0.64))
        return; /* too near the middle to belong to one corner */
    char *text = short_part(q, page, part);
    if (!text || strlen(text) < 5 || !stays(q, page, part, text)) {
        free(text);
        return;
    }
    dvb_quiz_propose(
        q, (struct dvb_idea){ .form = form,
                              .question = dvb_asprintf(
                                  "In which part of the picture is the text \"%s\" shown?", text),
                              .answer = dvb_strdup(places[(x > 0.5) + 2 * (y > 0.5)]),
                              .target = text,
                              .fixed = places });
}

/* ---- texts that come and go ---- */

static bool part_lasts(const struct dvb_quiz_writer *q, size_t page, struct dvb_part part,
                       bool (*test)(const struct dvb_track *t, int n_frames))
{
    for (size_t i = part.first; i < part.first + part.n; i++)
        if (!test(&q->tracks.v[q->tracks.of[page][i]], q->sharp->n_frames))
            return false;
    return true;
}

static bool comes(const struct dvb_track *t, int n_frames)
{
    return t->first_frame >= 2 && t->frames >= 2 && t->first_frame < n_frames - 1;
}

static bool goes(const struct dvb_track *t, int n_frames)
{
    return t->first_frame == 0 && t->frames >= 2 && t->last_frame < n_frames - 2;
}

/* True when frame's page has no word at the part's place: then the text really
   was not there, as opposed to not read. */
static bool empty_at(const struct dvb_quiz_writer *q, int frame, struct dvb_box box)
{
    const struct dvb_page *p = &q->sharp->pages[q->sharp->page_of[frame]];
    for (size_t i = 0; i < p->n; i++)
        if (dvb_box_overlap_x(p->words[i].box, box) > 0 &&
            dvb_box_overlap_y(p->words[i].box, box) > 0)
            return false;
    return true;
}

static void propose_change(struct dvb_quiz_writer *q, const struct dvb_quiz_form *form, size_t page,
                           struct dvb_part part, int absent_frame, const char *question)
{
    char *text = empty_at(q, absent_frame, part.box) ? short_part(q, page, part) : NULL;
    if (text && !dvb_quiz_count(&q->sharp->pages[q->sharp->page_of[absent_frame]], text))
        dvb_quiz_propose(
            q, (struct dvb_idea){ .form = form, .question = dvb_strdup(question), .answer = text });
    else
        free(text);
}

static void propose_appears(struct dvb_quiz_writer *q, const struct dvb_quiz_form *form,
                            size_t page, struct dvb_part part)
{
    static const char *const phrasings[] = {
        "Which of these texts is not there at the start of the clip and appears later?",
        "Which of these texts comes into the picture in the course of the clip?",
    };
    if (part_lasts(q, page, part, comes))
        propose_change(q, form, page, part, 0, PICK(q, phrasings));
}

static void propose_goes(struct dvb_quiz_writer *q, const struct dvb_quiz_form *form, size_t page,
                         struct dvb_part part)
{
    static const char *const phrasings[] = {
        "Which of these texts is shown at the start of the clip and gone at its end?",
        "Which of these texts disappears in the course of the clip?",
    };
    if (part_lasts(q, page, part, goes))
        propose_change(q, form, page, part, q->sharp->n_frames - 1, PICK(q, phrasings));
}

/* ---- texts with a form of their own ---- */

/* True when s matches a pattern of 9 (a digit), A (a letter) and itself. */
static bool shaped(const char *s, const char *pattern)
{
    for (; *s && *pattern; s++, pattern++) {
        bool ok = *pattern == '9'   ? isdigit((unsigned char)*s) != 0
                  : *pattern == 'A' ? isalpha((unsigned char)*s) != 0
                                    : *s == *pattern;
        if (!ok)
            return false;
    }
    return !*s && !*pattern;
}

static bool is_time(const char *s)
{
    return shaped(s, "99:99") || shaped(s, "9:99") || shaped(s, "99:99:99");
}

static bool is_year(const char *s)
{
    return shaped(s, "9999") && (s[0] == '1' ? s[1] == '9' : s[0] == '2' && s[1] == '0');
}

static bool is_percent(const char *s)
{
    return shaped(s, "9%") || shaped(s, "99%") || shaped(s, "100%");
}

static bool is_mail(const char *s)
{
    const char *at = strchr(s, '@');
    return at && at > s && strchr(at, '.') && at[1];
}

static bool is_web(const char *s)
{
    static const char *const ends[] = { ".com", ".org", ".net", ".edu", ".gov", ".info", ".io" };
    if (strchr(s, '@'))
        return false;
    if (!strncmp(s, "http", 4) || !strncmp(s, "www.", 4))
        return strlen(s) > 8;
    for (size_t i = 0; i < N(ends); i++) {
        const char *end = strstr(s, ends[i]);
        if (end && end > s + 1 && (!end[strlen(ends[i])] || end[strlen(ends[i])] == '/'))
            return true;
    }
    return false;
}

static const struct {
    bool (*is)(const char *s);
    const char *question;
} kinds[] = {
    { is_time, "What time is shown on the screen?" },
    { is_year, "Which year is shown on the screen?" },
    { is_percent, "Which percentage is shown on the screen?" },
    { is_mail, "Which e-mail address is shown on the screen?" },
    { is_web, "Which web address is shown on the screen?" },
};

static bool only_one(const struct dvb_quiz_writer *q, bool (*is)(const char *), const char *text)
{
    for (size_t p = 0; p < q->sharp->n_pages; p++)
        for (size_t i = 0; i < q->sharp->pages[p].n; i++) {
            const char *other = q->sharp->pages[p].words[i].text;
            if (is(other) && !dvb_text_same(other, text))
                return false;
        }
    return true;
}

static void propose_kind(struct dvb_quiz_writer *q, const struct dvb_quiz_form *form, size_t page,
                         struct dvb_part part)
{
    for (size_t i = part.first; i < part.first + part.n; i++) {
        char *text = dvb_quiz_span(q, page, i, 1);
        size_t k = 0;
        while (text && k < N(kinds) && !kinds[k].is(text))
            k++;
        if (!text || k == N(kinds) || !only_one(q, kinds[k].is, text)) {
            free(text);
            continue;
        }
        dvb_quiz_propose(q, (struct dvb_idea){ .form = form,
                                               .question = dvb_strdup(kinds[k].question),
                                               .answer = text });
    }
}

/* ---- the plainest ---- */

static void propose_any(struct dvb_quiz_writer *q, const struct dvb_quiz_form *form, size_t page,
                        struct dvb_part part)
{
    static const char *const phrasings[] = { "Which of these texts can be read on the screen?",
                                             "Which of these texts is shown in the clip?" };
    char *text = short_part(q, page, part);
    if (text)
        dvb_quiz_propose(q, (struct dvb_idea){ .form = form,
                                               .question = dvb_strdup(PICK(q, phrasings)),
                                               .answer = text });
}

#define TEXT "Text-Rich Understanding"
#define SPACE "Spatial Understanding"

const struct dvb_quiz_form dvb_quiz_forms[] = {
    { "label", TEXT, false, 1.0, 3, propose_label },
    { "kind", TEXT, false, 0.75, 2, propose_kind },
    { "appears", TEXT, true, 0.9, 2, propose_appears },
    { "goes", TEXT, true, 0.85, 1, propose_goes },
    { "after", TEXT, false, 0.8, 2, propose_after },
    { "before", TEXT, false, 0.7, 1, propose_before },
    { "gap", TEXT, false, 0.8, 2, propose_gap },
    { "below", SPACE, false, 0.8, 2, propose_below },
    { "above", SPACE, false, 0.7, 1, propose_above },
    { "place", TEXT, false, 0.75, 3, propose_place },
    { "where", SPACE, false, 0.5, 1, propose_where },
    { "any", TEXT, false, 0.3, 2, propose_any },
    { NULL, NULL, false, 0, 0, NULL },
};
