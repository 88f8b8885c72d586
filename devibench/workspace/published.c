/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workspace/published.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/mem.h"

const char *const dvb_published_header[DVB_PUBLISHED_COLUMNS] = {
    "sample_folder", "start_time", "question", "options", "standard_answer", "task_type",
};

/* Length in bytes of the white space character at s, of any script; 0 if it is none. */
static size_t space_len(const char *s)
{
    utf8proc_int32_t cp;
    utf8proc_ssize_t n = *s ? utf8proc_iterate((const utf8proc_uint8_t *)s, -1, &cp) : 0;
    if (n <= 0)
        return 0;
    utf8proc_category_t cat = utf8proc_category(cp);
    bool space = cat == UTF8PROC_CATEGORY_ZS || cat == UTF8PROC_CATEGORY_ZL ||
                 cat == UTF8PROC_CATEGORY_ZP || (cp < 0x80 && isspace(cp));
    return space ? (size_t)n : 0;
}

static char *trimmed(const char *s, size_t len)
{
    const char *first = NULL, *last = s; /* the text is [first, last) */
    for (const char *p = s; p < s + len;) {
        size_t space = space_len(p);
        if (!space && !first)
            first = p;
        p += space ? space : 1;
        if (!space)
            last = p;
    }
    return first ? dvb_asprintf("%.*s", (int)(last - first), first) : dvb_strdup("");
}

/* Where "L)" stands at or after s: at the start of a line, or after any white space. */
static const char *find_letter(const char *s, char letter, bool line)
{
    while (*s) {
        size_t space = space_len(s);
        bool starts = line ? *s == '\n' : space > 0;
        s += space ? space : 1;
        if (starts && s[0] == letter && s[1] == ')')
            return s;
    }
    return NULL;
}

int dvb_options_split(const char *cell, char *options[DVB_MAX_OPTIONS])
{
    for (int i = 0; i < DVB_MAX_OPTIONS; i++)
        options[i] = NULL;
    for (size_t n; (n = space_len(cell)) > 0;)
        cell += n;
    if (strncmp(cell, "A)", 2))
        return 0;
    bool line = find_letter(cell, 'B', true) != NULL;
    int n = 0;
    while (cell) {
        const char *text = cell + 2;
        cell = n + 1 < DVB_MAX_OPTIONS ? find_letter(text, (char)('B' + n), line) : NULL;
        options[n++] = trimmed(text, cell ? (size_t)(cell - text) : strlen(text));
    }
    return n;
}

/* Something at the start or after white space that a reader may take for a
   letter of the list. */
static bool looks_lettered(const char *s)
{
    for (bool starts = true; *s;) {
        if (starts && *s >= 'A' && *s < 'A' + DVB_MAX_OPTIONS && s[1] == ')')
            return true;
        size_t space = space_len(s);
        starts = space > 0;
        s += space ? space : 1;
    }
    return false;
}

/* On one line, ends trimmed. */
static char *one_line(const char *s)
{
    char *line = trimmed(s, strlen(s));
    for (char *p = line; *p; p++)
        if (*p == '\n' || *p == '\r')
            *p = ' ';
    return line;
}

char *dvb_options_join(char *const *options, int n)
{
    bool lines = false;
    for (int i = 0; i < n; i++)
        lines = lines || looks_lettered(options[i]);
    char *cell = dvb_strdup("");
    for (int i = 0; i < n; i++) {
        char *text = lines ? one_line(options[i]) : dvb_strdup(options[i]);
        const char *before = !i ? "" : lines ? "\n" : " ";
        char *longer = dvb_asprintf("%s%s%c) %s", cell, before, 'A' + i, text);
        free(text);
        free(cell);
        cell = longer;
    }
    return cell;
}

char *dvb_published_time(int64_t ms)
{
    if (ms % 1000 == 0)
        return dvb_asprintf("%" PRId64, ms / 1000);
    char *s = dvb_asprintf("%" PRId64 ".%03d", ms / 1000, (int)(ms % 1000));
    for (size_t len = strlen(s); s[len - 1] == '0'; len--)
        s[len - 1] = '\0';
    return s;
}

char *dvb_published_folder(const char *video_name)
{
    static const char whole[] = "/video.mp4";
    size_t len = strlen(video_name), tail = sizeof(whole) - 1;
    if (len > tail && !strcmp(video_name + len - tail, whole))
        return dvb_asprintf("%.*s", (int)(len - tail), video_name);
    const char *slash = strrchr(video_name, '/');
    const char *base = slash ? slash + 1 : video_name;
    const char *dot = strrchr(base, '.');
    return dvb_asprintf("%.*s", dot && dot > base ? (int)(dot - video_name) : (int)len, video_name);
}
