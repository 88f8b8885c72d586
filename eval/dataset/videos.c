/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/dataset/videos.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

/* The parts of StreamingBench that go by a short name. */
static const struct {
    const char *part, *title;
} parts[] = {
    { "real", "Real-Time Visual Understanding" },
    { "sqa", "Sequential Question Answering" },
    { "proactive", "Proactive Output" },
    { "proactive", "Active Output" },
};
#define N_PARTS (sizeof(parts) / sizeof(*parts))

static bool is_title(const char *s, size_t len, const char *title)
{
    size_t n = strlen(title);
    if (len < n || strncasecmp(s, title, n))
        return false;
    return len == n || s[n] == '_'; /* "Proactive Output_1-25" */
}

/* A folder's or a prefix's name as a part; "" where it is none. Heap. */
static char *part_of(const char *s, size_t len)
{
    for (size_t i = 0; i < N_PARTS; i++)
        if (is_title(s, len, parts[i].title) ||
            (len == strlen(parts[i].part) && !strncasecmp(s, parts[i].part, len)))
            return dvb_strdup(parts[i].part);
    return dvb_strdup("");
}

/* Where "sample_N" stands in s, with N's end in *end; NULL where it does not. */
static const char *find_sample(const char *s, const char **end)
{
    static const char sample[] = "sample_";
    for (const char *p = s; (p = strstr(p, sample)); p++) {
        const char *digits = p + strlen(sample);
        size_t n = strspn(digits, "0123456789");
        if (n && (p == s || p[-1] == '_' || p[-1] == '/')) {
            *end = digits + n;
            return p;
        }
    }
    return NULL;
}

/* "_sqa" after the number, or "" for none; NULL where it goes on otherwise. */
static char *part_after(const char *s)
{
    if (!*s)
        return dvb_strdup("");
    return *s == '_' && s[1] && !strchr(s, '/') ? dvb_strdup(s + 1) : NULL;
}

/* The part that the folders of a path show, the nearest first. */
static char *part_above(const char *path, size_t len)
{
    char *part = dvb_strdup("");
    while (len && !*part) {
        size_t start = len;
        while (start && path[start - 1] != '/')
            start--;
        free(part);
        part = part_of(path + start, len - start);
        len = start ? start - 1 : 0;
    }
    return part;
}

/* "Emotion Recognition_" before the number: itself where it has no short name. */
static char *part_before(const char *s, size_t len)
{
    if (!len)
        return dvb_strdup("");
    len -= s[len - 1] == '_';
    char *part = part_of(s, len);
    if (*part)
        return part;
    free(part);
    return dvb_asprintf("%.*s", (int)len, s);
}

static size_t base_of(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash ? (size_t)(slash + 1 - name) : 0;
}

static bool parse_sample(const char *name, bool file, struct dvb_video_name *out)
{
    size_t base = base_of(name);
    const char *end, *at = find_sample(name + base, &end);
    char *part = at ? part_after(end) : NULL;
    if (!part || (*part && at != name + base)) {
        free(part);
        return false;
    }
    if (!*part && at != name + base) {
        free(part);
        part = part_before(name + base, (size_t)(at - name - base));
    }
    if (!*part && base) {
        free(part);
        part = part_above(name, base - 1);
    }
    if (!*part && !file) {
        free(part);
        part = dvb_strdup("real");
    }
    out->stem = dvb_asprintf("%.*s", (int)(end - at), at);
    out->part = part;
    return true;
}

/* Extensions that a set's name of a video may have; "N.Y." is none. */
static size_t without_extension(const char *name)
{
    static const char *const extensions[] = { ".mp4", ".mkv", ".webm", ".mov", ".avi", ".m4v" };
    size_t len = strlen(name);
    for (size_t i = 0; i < sizeof(extensions) / sizeof(*extensions); i++) {
        size_t n = strlen(extensions[i]);
        if (len > n && !strcasecmp(name + len - n, extensions[i]))
            return len - n;
    }
    return len;
}

void dvb_video_name_parse(const char *name, bool file, struct dvb_video_name *out)
{
    static const char inner[] = "/video";
    char *plain = file ? dvb_strdup(name)
                       : dvb_asprintf("%.*s", (int)without_extension(name), name);
    size_t len = strlen(plain), n = strlen(inner);
    if (len > n && !strcmp(plain + len - n, inner))
        plain[len - n] = '\0';
    if (parse_sample(plain, file, out))
        free(plain);
    else
        *out = (struct dvb_video_name){ .stem = plain, .part = dvb_strdup("") };
}

void dvb_video_name_release(struct dvb_video_name *n)
{
    free(n->stem);
    free(n->part);
    *n = (struct dvb_video_name){ 0 };
}

struct entry {
    struct dvb_video_name name;
    long at; /* in the list */
};

struct dvb_video_index {
    struct entry *v; /* sorted by stem, then place */
    size_t n;
};

static int by_stem(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int c = strcmp(x->name.stem, y->name.stem);
    return c ? c : (x->at > y->at) - (x->at < y->at);
}

struct dvb_video_index *dvb_video_index_new(const struct dvb_source_list *files)
{
    struct dvb_video_index *index = dvb_calloc(1, sizeof(*index));
    size_t cap = 0;
    for (size_t i = 0; i < files->n; i++) {
        const char *name = files->v[i].name;
        index->v = dvb_grow(index->v, index->n, &cap, sizeof(*index->v));
        struct entry *e = &index->v[index->n++];
        e->at = (long)i;
        dvb_video_name_parse(name, true, &e->name);
        if (strcmp(e->name.stem, name) || !base_of(name))
            continue;
        /* A plain name may be looked for without its folder too. */
        index->v = dvb_grow(index->v, index->n, &cap, sizeof(*index->v));
        index->v[index->n++] = (struct entry){ { dvb_strdup(name + base_of(name)), dvb_strdup("") },
                                               (long)i };
    }
    if (index->n)
        qsort(index->v, index->n, sizeof(*index->v), by_stem);
    return index;
}

void dvb_video_index_free(struct dvb_video_index **index)
{
    if (!*index)
        return;
    for (size_t i = 0; i < (*index)->n; i++)
        dvb_video_name_release(&(*index)->v[i].name);
    free((*index)->v);
    free(*index);
    *index = NULL;
}

/* The first entry with that stem. */
static size_t lower_bound(const struct dvb_video_index *index, const char *stem)
{
    size_t low = 0, high = index->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (strcmp(index->v[mid].name.stem, stem) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static long find(const struct dvb_video_index *index, const struct dvb_video_name *name,
                 bool one_part)
{
    long fallback = -1;
    bool loose = one_part || !*name->part || !strcmp(name->part, "real");
    for (size_t i = lower_bound(index, name->stem);
         i < index->n && !strcmp(index->v[i].name.stem, name->stem); i++) {
        const struct entry *e = &index->v[i];
        if (!strcasecmp(e->name.part, name->part))
            return e->at;
        if (!*e->name.part && loose && fallback < 0)
            fallback = e->at;
    }
    return fallback;
}

long dvb_video_index_find(const struct dvb_video_index *index, const char *name, bool one_part)
{
    struct dvb_video_name n;
    dvb_video_name_parse(name, false, &n);
    long at = find(index, &n, one_part);
    dvb_video_name_release(&n);
    return at;
}
