/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader/quiz.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "reader/distractor.h"
#include "reader/match.h"
#include "reader/quiz_form.h"

/* ---- what the forms build on ---- */

static bool ordinary(const char *word)
{
    int depth = 0;
    for (const unsigned char *p = (const unsigned char *)word; *p; p++) {
        if (!isalnum(*p) && *p < 0xc3 && !(*p >= 0x80 && *p < 0xc0) &&
            !strchr(".,:;/-()%'&@+?!", *p))
            return false;
        depth += *p == '(' ? 1 : *p == ')' ? -1 : 0;
        if (depth < 0)
            return false;
    }
    return depth == 0;
}

/* "settings", "Settings", "SETTINGS", "18:38" and "H264", but not "ALl" or "ssnrd". */
static bool word_like(const char *word)
{
    int lower = 0, upper = 0, digits = 0, vowels = 0, capitals_inside = 0;
    for (const char *p = word; *p; p++) {
        lower += islower((unsigned char)*p) != 0;
        upper += isupper((unsigned char)*p) != 0;
        digits += isdigit((unsigned char)*p) != 0;
        vowels += strchr("aeiouyAEIOUY", *p) != NULL || (unsigned char)*p >= 0xc3;
        capitals_inside += p > word && isupper((unsigned char)*p) && islower((unsigned char)p[-1]);
    }
    if (digits)
        return !lower || !upper || digits > lower + upper;
    bool cased = !upper || !lower || (upper == 1 && isupper((unsigned char)*word));
    return lower + upper == 1 || (cased && vowels && !capitals_inside) ||
           strpbrk(word, ".@/"); /* addresses */
}

char *dvb_quiz_span(const struct dvb_quiz_writer *q, size_t page, size_t first, size_t n)
{
    const struct dvb_page *p = &q->sharp->pages[page];
    for (size_t i = first; i < first + n; i++) {
        const struct dvb_track *t = &q->tracks.v[q->tracks.of[page][i]];
        if (!t->sure || !ordinary(p->words[i].text) || !word_like(p->words[i].text))
            return NULL;
    }
    char *text = dvb_page_text(p, first, n);
    char *from = text + strspn(text, ".,:;!?'-/ ");
    size_t len = strlen(from);
    while (len && strchr(".,:;!?'-/ ", from[len - 1]))
        len--;
    char *span = len ? dvb_asprintf("%.*s", (int)len, from) : NULL;
    free(text);
    return span;
}

const char *dvb_quiz_pick(struct dvb_quiz_writer *q, const char *const *phrasings, size_t n)
{
    return phrasings[dvb_rng_below(&q->rng, (uint32_t)n)];
}

size_t dvb_quiz_count(const struct dvb_page *page, const char *text)
{
    struct dvb_sought s;
    size_t n;
    dvb_sought_init(&s, text);
    free(dvb_match_page(page, &s, 1, &n));
    dvb_sought_release(&s);
    return n;
}

bool dvb_quiz_worthy(const char *text)
{
    static const char *const function_words[] = {
        "the", "and", "for", "are",  "but",  "not",  "you",  "all",  "any",  "can",  "was",  "has",
        "its", "may", "our", "will", "with", "this", "that", "from", "your", "have", "been",
    };
    for (size_t i = 0; i < sizeof(function_words) / sizeof(*function_words); i++)
        if (dvb_text_same(text, function_words[i]))
            return false;
    int letters = 0, digits = 0;
    for (const char *p = text; *p; p++) {
        letters += isalpha((unsigned char)*p) || (unsigned char)*p >= 0xc0;
        digits += isdigit((unsigned char)*p) != 0;
    }
    return (letters >= 3 || digits >= 2) && strlen(text) <= 40;
}

/* The distances up to which a text counts as read by a viewer of dull. */
static int legible_cap(const struct dvb_sought *s)
{
    bool short_number = s->number && s->len <= 2;
    return s->number && !short_number ? 4 : dvb_match_fuzzy_cap(s);
}

/* A single doubtful reading that is a few letters off is chance, not sight. */
static bool legible(const struct dvb_found *f)
{
    return f->distance <= 1 || f->agree > 1 || f->conf >= 60;
}

static bool readable(const struct dvb_reading *r, const char *text, bool fuzzy)
{
    struct dvb_sought s;
    dvb_sought_init(&s, text);
    bool found = false;
    for (size_t p = 0; p < r->n_pages && !found; p++) {
        size_t n;
        struct dvb_found *f = dvb_match_page(&r->pages[p], &s, fuzzy ? legible_cap(&s) : 1, &n);
        for (size_t i = 0; i < n; i++)
            found |= legible(&f[i]);
        free(f);
    }
    dvb_sought_release(&s);
    return found;
}

static void free_idea(struct dvb_idea *idea)
{
    free(idea->question);
    free(idea->answer);
    free(idea->target);
    free(idea->context);
}

static bool gives_away(const struct dvb_idea *idea)
{
    char *context = dvb_text_key(idea->context ? idea->context : "");
    char *answer = dvb_text_key(idea->answer);
    bool inside = strstr(context, answer) != NULL;
    free(context);
    free(answer);
    return inside && !idea->fixed;
}

static bool asked_already(const struct dvb_quiz_writer *q, const struct dvb_idea *idea)
{
    for (size_t i = 0; i < q->n_ideas; i++)
        if (q->ideas[i].form == idea->form && dvb_text_same(q->ideas[i].target, idea->target))
            return true;
    return false;
}

void dvb_quiz_propose(struct dvb_quiz_writer *q, struct dvb_idea idea)
{
    if (!idea.target)
        idea.target = dvb_strdup(idea.answer);
    if (!dvb_quiz_worthy(idea.target) || gives_away(&idea) || asked_already(q, &idea) ||
        readable(q->dull, idea.target, true)) {
        free_idea(&idea);
        return;
    }
    size_t len = strlen(idea.target);
    idea.worth = idea.form->weight + 0.4 * dvb_rng_unit(&q->rng) - (len < 5 ? 0.15 : 0);
    q->ideas = dvb_grow(q->ideas, q->n_ideas, &q->cap_ideas, sizeof(*q->ideas));
    q->ideas[q->n_ideas++] = idea;
}

/* ---- choosing among the ideas ---- */

struct choosing {
    struct dvb_quiz_writer *q;
    struct dvb_quiz *quiz;
    struct dvb_page used; /* words that are some question's target */
    int per_form[32];
    bool *taken;
};

static int form_index(const struct dvb_idea *idea)
{
    return (int)(idea->form - dvb_quiz_forms);
}

/* True when a word of text is the target of a question already chosen. */
static bool shares_word(const struct choosing *c, const char *text)
{
    char *copy = dvb_strdup(text), *rest = copy, *word;
    bool shared = false;
    while ((word = strtok_r(rest, " ", &rest)) && !shared) {
        char *key = dvb_text_key(word), *bare = dvb_text_bare(key);
        for (size_t i = 0; i < c->used.n && strlen(bare) > 1; i++)
            shared |= !strcmp(c->used.words[i].key, bare);
        free(bare);
        free(key);
    }
    free(copy);
    return shared;
}

static void mark_used(struct choosing *c, const char *text)
{
    char *copy = dvb_strdup(text), *rest = copy, *word;
    while ((word = strtok_r(rest, " ", &rest))) {
        char *bare = dvb_text_bare(word);
        dvb_page_add(&c->used, bare, 0, (struct dvb_box){ 0 });
        free(bare);
    }
    free(copy);
}

static int best_idea(const struct choosing *c)
{
    int best = -1;
    double best_worth = -10;
    for (size_t i = 0; i < c->q->n_ideas; i++) {
        const struct dvb_idea *idea = &c->q->ideas[i];
        int form = form_index(idea);
        if (c->taken[i] || c->per_form[form] >= idea->form->limit || shares_word(c, idea->target))
            continue;
        double worth = idea->worth - 0.3 * c->per_form[form];
        if (idea->context && shares_word(c, idea->context))
            worth -= 0.3; /* it would quote another question's answer */
        if (worth > best_worth)
            best_worth = worth, best = (int)i;
    }
    return best;
}

static bool oracle_knows(void *user, const char *word)
{
    const struct dvb_quiz_writer *q = user;
    return dvb_ocr_knows(q->ocr, word);
}

static bool oracle_visible(void *user, const char *text)
{
    const struct dvb_quiz_writer *q = user;
    return readable(q->sharp, text, false) || readable(q->dull, text, false);
}

/* The four options of an idea in random order; false when there are too few. */
static bool make_options(struct dvb_quiz_writer *q, const struct dvb_idea *idea,
                         struct dvb_question *out)
{
    const struct dvb_word_oracle oracle = { oracle_knows, oracle_visible, q };
    char *options[DVB_QUIZ_OPTIONS] = { NULL };
    if (idea->fixed) {
        for (int i = 0, n = 1; i < DVB_QUIZ_OPTIONS; i++)
            if (strcmp(idea->fixed[i], idea->answer))
                options[n++] = dvb_strdup(idea->fixed[i]);
    } else if (!dvb_distractors_make(idea->answer, &oracle, &q->rng, options + 1)) {
        return false;
    }
    options[0] = dvb_strdup(idea->answer);
    int order[DVB_QUIZ_OPTIONS] = { 0, 1, 2, 3 };
    for (int i = DVB_QUIZ_OPTIONS - 1; i > 0; i--) {
        int j = (int)dvb_rng_below(&q->rng, (uint32_t)i + 1), keep = order[i];
        order[i] = order[j];
        order[j] = keep;
    }
    for (int i = 0; i < DVB_QUIZ_OPTIONS; i++) {
        out->options[i] = options[order[i]];
        if (!order[i])
            out->answer = i;
    }
    return true;
}

static void choose(struct choosing *c)
{
    for (int i; c->quiz->n < DVB_QUIZ_MAX && (i = best_idea(c)) >= 0;) {
        const struct dvb_idea *idea = &c->q->ideas[i];
        struct dvb_question *out = &c->quiz->v[c->quiz->n];
        c->taken[i] = true;
        if (!make_options(c->q, idea, out))
            continue;
        out->text = dvb_strdup(idea->question);
        out->task_type = idea->form->task_type;
        out->multi = idea->form->multi;
        c->per_form[form_index(idea)]++;
        c->quiz->n++;
        mark_used(c, idea->target);
    }
}

struct dvb_box *dvb_quiz_places(const struct dvb_reading *sharp, size_t *n)
{
    struct dvb_tracks tracks;
    dvb_tracks_init(&tracks, sharp);
    const struct dvb_page *first = &sharp->pages[0];
    struct dvb_box *boxes = dvb_calloc(tracks.n, sizeof(*boxes));
    *n = 0;
    for (size_t i = 0; i < tracks.n; i++) {
        const struct dvb_word *w = tracks.v[i].word;
        /* Frames may differ in size. */
        bool inside = w->box.x1 <= first->w && w->box.y1 <= first->h;
        if (tracks.v[i].sure && inside)
            boxes[(*n)++] = dvb_box_grow(w->box, dvb_box_h(w->box), first->w, first->h);
    }
    *n = dvb_boxes_join(boxes, *n);
    dvb_tracks_release(&tracks);
    return boxes;
}

void dvb_quiz_make(const struct dvb_reading *sharp, const struct dvb_reading *dull,
                   struct dvb_ocr *ocr, uint64_t seed, struct dvb_quiz *quiz)
{
    *quiz = (struct dvb_quiz){ 0 };
    struct dvb_quiz_writer q = { .sharp = sharp, .dull = dull, .ocr = ocr };
    dvb_rng_init(&q.rng, seed, "quiz");
    dvb_tracks_init(&q.tracks, sharp);
    for (size_t p = 0; p < sharp->n_pages; p++)
        for (size_t i = 0; i < sharp->pages[p].n;) {
            struct dvb_part part = dvb_page_part(&sharp->pages[p], i);
            for (const struct dvb_quiz_form *f = dvb_quiz_forms; f->name; f++)
                f->propose(&q, f, p, part);
            i += part.n;
        }
    struct choosing c = { .q = &q, .quiz = quiz };
    c.taken = dvb_calloc(q.n_ideas, sizeof(*c.taken));
    choose(&c);
    free(c.taken);
    dvb_page_release(&c.used);
    for (size_t i = 0; i < q.n_ideas; i++)
        free_idea(&q.ideas[i]);
    free(q.ideas);
    dvb_tracks_release(&q.tracks);
}

void dvb_quiz_release(struct dvb_quiz *quiz)
{
    for (int i = 0; i < quiz->n; i++) {
        free(quiz->v[i].text);
        for (int k = 0; k < DVB_QUIZ_OPTIONS; k++)
            free(quiz->v[i].options[k]);
    }
    quiz->n = 0;
}

json_t *dvb_quiz_json(const struct dvb_quiz *quiz)
{
    json_t *list = json_array();
    for (int i = 0; i < quiz->n; i++) {
        const struct dvb_question *q = &quiz->v[i];
        json_t *options = json_array();
        for (int k = 0; k < DVB_QUIZ_OPTIONS; k++)
            json_array_append_new(options, dvb_json_str(q->options[k]));
        json_t *one = dvb_json_pack("{s:o, s:o, s:o, s:s, s:s}", "question", dvb_json_str(q->text),
                                    "options", options, "answer",
                                    dvb_json_str(q->options[q->answer]), "task_type", q->task_type,
                                    "frames", q->multi ? "multi" : "single");
        json_array_append_new(list, one);
    }
    return dvb_json_pack("{s:o}", "questions", list);
}
