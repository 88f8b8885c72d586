/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "reader/choice.h"

/* If the line is "X) text", "X. text", "X: text" or "(X) text" for this letter, its text. */
static const char *option_text(const char *line, char letter)
{
    while (*line == ' ' || *line == '\t')
        line++;
    bool open = *line == '(';
    line += open;
    if (*line != letter)
        return NULL;
    line++;
    if (open ? *line != ')' : !*line || !strchr(").:", *line))
        return NULL;
    line++;
    return isspace((unsigned char)*line) ? line + strspn(line, " \t") : NULL;
}

static char *line_copy(const char *text)
{
    char *copy = dvb_asprintf("%.*s", (int)strcspn(text, "\r\n"), text);
    size_t len = strlen(copy);
    while (len && isspace((unsigned char)copy[len - 1]))
        copy[--len] = '\0';
    return copy;
}

static const char *next_line(const char *line)
{
    line += strcspn(line, "\n");
    return *line ? line + 1 : NULL;
}

/* Options from this line on; blank lines between them are allowed. */
static int read_list(const char *line, char **options)
{
    int n = 0;
    for (; line && n < DVB_CHOICE_MAX; line = next_line(line)) {
        const char *text = option_text(line, (char)('A' + n));
        if (text && *text && *text != '\n' && *text != '\r')
            options[n++] = line_copy(text);
        else if (line[strspn(line, " \t\r")] != '\n')
            break;
    }
    return n;
}

static const struct {
    const char *open, *close;
} marks[] = {
    { "\"", "\"" },
    { "\xe2\x80\x9c", "\xe2\x80\x9d" },
    { "\xe2\x80\x98", "\xe2\x80\x99" },
    { "'", "'" },
};

static bool starts(const char *s, const char *with)
{
    return !strncmp(s, with, strlen(with));
}

/* An apostrophe inside a word opens and closes nothing. */
static bool at_word_edge(const char *text, const char *p, size_t len)
{
    bool before = p > text && (isalnum((unsigned char)p[-1]) || (unsigned char)p[-1] >= 0x80);
    return !(before && isalnum((unsigned char)p[len]));
}

/* Quoted texts are short and few, which also bounds the search. */
#define MAX_QUOTE 200
#define MAX_QUOTES 16

static const char *closing(const char *text, const char *from, const char *close)
{
    for (const char *p = from; *p && p - from <= MAX_QUOTE; p++)
        if (starts(p, close) && at_word_edge(text, p, strlen(close)))
            return p;
    return NULL;
}

void dvb_choice_find_quotes(struct dvb_choice *c)
{
    for (const char *p = c->question; *p && c->n_quotes < MAX_QUOTES; p++) {
        for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
            size_t len = strlen(marks[i].open);
            bool inside_word = p > c->question && isalnum((unsigned char)p[-1]);
            const char *end = starts(p, marks[i].open) && !inside_word
                                  ? closing(c->question, p + len, marks[i].close)
                                  : NULL;
            if (!end || end == p + len)
                continue;
            c->quotes = dvb_realloc(c->quotes, c->n_quotes + 1, sizeof(*c->quotes));
            int n = (int)(end - p - (ptrdiff_t)len);
            c->quotes[c->n_quotes++] = dvb_asprintf("%.*s", n, p + len);
            p = end + strlen(marks[i].close) - 1;
            break;
        }
    }
}

/* The last line with a question mark before the options; instructions around
   it ("Pick the right option.") would be taken for places. Without one, all of it. */
static char *question_before(const char *prompt, const char *list)
{
    const char *mark = list;
    while (mark > prompt && *mark != '?')
        mark--;
    if (*mark != '?')
        return dvb_asprintf("%.*s", (int)(list - prompt), prompt);
    const char *from = mark, *to = mark + strcspn(mark, "\n");
    while (from > prompt && from[-1] != '\n')
        from--;
    return dvb_asprintf("%.*s", (int)(to - from), from);
}

bool dvb_choice_parse(const char *prompt, struct dvb_choice *choice)
{
    *choice = (struct dvb_choice){ 0 };
    const char *list = NULL;
    for (const char *line = prompt; line; line = next_line(line)) {
        char *options[DVB_CHOICE_MAX];
        int n = option_text(line, 'A') ? read_list(line, options) : 0;
        if (n >= 2)
            list = line;
        while (n)
            free(options[--n]);
    }
    if (!list)
        return false;
    choice->n = read_list(list, choice->options);
    choice->question = question_before(prompt, list);
    dvb_choice_find_quotes(choice);
    return true;
}

void dvb_words_parse(const char *text, struct dvb_choice *choice)
{
    *choice = (struct dvb_choice){ 0 };
    char *copy = dvb_strdup(text), *words = dvb_text_trim(copy), *from = words;
    for (char *p = words; (p = strstr(p, "\n\n")); p++)
        from = p + 2;
    choice->question = dvb_strdup(from);
    free(copy);
    dvb_choice_find_quotes(choice);
}

void dvb_choice_release(struct dvb_choice *choice)
{
    for (int i = 0; i < choice->n; i++)
        free(choice->options[i]);
    for (size_t i = 0; i < choice->n_quotes; i++)
        free(choice->quotes[i]);
    free(choice->quotes);
    free(choice->question);
    *choice = (struct dvb_choice){ 0 };
}
