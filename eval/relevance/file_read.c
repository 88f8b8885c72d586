/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "eval/relevance/file.h"

#define MAX_BOXES 1000
#define MAX_ENTRIES 1000000 /* of one video */
#define SHOWN 60            /* bytes of a wrong value in a message */

/* Where in the file, for messages: "maps.json: videos["a.mp4"][2].boxes". */
struct place {
    const char *path, *video;
    size_t entry;
};

static int wrong(const struct place *at, const char *member, const json_t *found,
                 const char *expected, struct dvb_err *err)
{
    char *text = found ? dvb_json_canon(found) : dvb_strdup("nothing");
    size_t n = dvb_utf8_cut(text, SHOWN);
    bool cut = n < strlen(text);
    int ret = dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                       "%s: videos[\"%s\"][%zu]%s: found %.*s%s, expected %s", at->path, at->video,
                       at->entry, member, (int)n, text, cut ? "..." : "", expected);
    free(text);
    return ret;
}

static bool number_in(const json_t *v, double min, double max)
{
    double d = json_number_value(v);
    return json_is_number(v) && d >= min && d <= max;
}

static int take_side(const struct place *at, const json_t *entry, const char *name, int *side,
                     struct dvb_err *err)
{
    char member[8];
    const json_t *v = json_object_get(entry, name);
    snprintf(member, sizeof(member), ".%s", name);
    if (!json_is_integer(v) || !number_in(v, 1, DVB_MAP_MAX))
        return wrong(at, member, v, "a whole number from 1 to 1024", err);
    *side = (int)json_integer_value(v);
    return 0;
}

static int take_map(const struct place *at, const json_t *entry, struct dvb_relevance_entry *e,
                    struct dvb_err *err)
{
    int rows = 0, cols = 0, ret = take_side(at, entry, "rows", &rows, err);
    if (!ret)
        ret = take_side(at, entry, "cols", &cols, err);
    if (ret)
        return ret;
    const json_t *list = json_object_get(entry, "rho");
    size_t want = (size_t)rows * (size_t)cols;
    char text[80], member[40];
    if (!json_is_array(list))
        return wrong(at, ".rho", list, "a list of numbers", err);
    if (json_array_size(list) != want) {
        snprintf(text, sizeof(text), "%zu numbers (rows * cols), found %zu", want,
                 json_array_size(list));
        return wrong(at, ".rho", list, text, err);
    }
    dvb_map_init(&e->map, rows, cols);
    for (size_t i = 0; i < want; i++) {
        const json_t *v = json_array_get(list, i);
        snprintf(member, sizeof(member), ".rho[%zu]", i);
        if (!number_in(v, -1, 1))
            return wrong(at, member, v, "a number from -1 to 1", err);
        e->map.rho[i] = (float)json_number_value(v);
    }
    return 0;
}

static int take_box(const struct place *at, size_t i, const json_t *v, struct dvb_region *b,
                    struct dvb_err *err)
{
    double n[4];
    char member[40];
    snprintf(member, sizeof(member), ".boxes[%zu]", i);
    bool ok = json_array_size(v) == 4;
    for (size_t k = 0; ok && k < 4; k++) {
        ok = number_in(json_array_get(v, k), 0, 1000);
        n[k] = json_number_value(json_array_get(v, k));
    }
    if (!ok)
        return wrong(at, member, v, "[x0, y0, x1, y1], four numbers from 0 to 1000", err);
    if (!(n[0] < n[2] && n[1] < n[3]))
        return wrong(at, member, v, "[x0, y0, x1, y1] with x0 < x1 and y0 < y1", err);
    if (n[2] <= 1 && n[3] <= 1) /* of 0..1: all would lie in the picture's corner */
        return wrong(at, member, v, "thousandths of the picture, not shares of it", err);
    *b = (struct dvb_region){ n[0], n[1], n[2], n[3] };
    return 0;
}

static int take_boxes(const struct place *at, const json_t *list, struct dvb_relevance_entry *e,
                      struct dvb_err *err)
{
    size_t n = json_array_size(list);
    if (!json_is_array(list) || n > MAX_BOXES)
        return wrong(at, ".boxes", list, "a list of at most 1000 boxes", err);
    e->boxes = dvb_calloc(n ? n : 1, sizeof(*e->boxes));
    for (; e->n_boxes < n; e->n_boxes++) {
        int ret = take_box(at, e->n_boxes, json_array_get(list, e->n_boxes), &e->boxes[e->n_boxes],
                           err);
        if (ret)
            return ret;
    }
    return 0;
}

static int check_members(const struct place *at, const json_t *entry, struct dvb_err *err)
{
    static const char *const known[] = { "at", "rows", "cols", "rho", "boxes", "words", NULL };
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)entry, key, v)
    {
        int i = 0;
        while (known[i] && strcmp(known[i], key))
            i++;
        if (!known[i])
            return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                            "%s: videos[\"%s\"][%zu]: unknown member '%s'", at->path, at->video,
                            at->entry, key);
    }
    return 0;
}

static int take_entry(const struct place *at, const json_t *entry, struct dvb_relevance_entry *e,
                      struct dvb_err *err)
{
    if (!json_is_object(entry))
        return wrong(at, "", entry, "an object with at, and rho or boxes", err);
    int ret = check_members(at, entry, err);
    if (ret)
        return ret;
    const json_t *when = json_object_get(entry, "at"), *words = json_object_get(entry, "words");
    const json_t *boxes = json_object_get(entry, "boxes");
    if (!number_in(when, 0, 1e7))
        return wrong(at, ".at", when, "a time in seconds, 0 up", err);
    if (words && !json_string_length(words))
        return wrong(at, ".words", words, "a text", err);
    if (!boxes == !json_object_get(entry, "rho"))
        return wrong(at, "", entry, boxes ? "rho or boxes, not both" : "rho or boxes", err);
    e->at = json_number_value(when);
    e->words = words ? dvb_text_fold(json_string_value(words)) : NULL;
    return boxes ? take_boxes(at, boxes, e, err) : take_map(at, entry, e, err);
}

static int compare_words(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

static int by_words_and_time(const void *a, const void *b)
{
    const struct dvb_relevance_entry *x = a, *y = b;
    int words = compare_words(x->words, y->words);
    return words ? words : (x->at > y->at) - (x->at < y->at);
}

static void sort_track(struct dvb_relevance_track *t)
{
    if (t->n)
        qsort(t->v, t->n, sizeof(*t->v), by_words_and_time);
}

static struct dvb_relevance_track *add_track(struct dvb_relevance_file *f, const char *video)
{
    for (size_t i = 0; i < f->n; i++)
        if (!strcmp(f->tracks[i].video, video))
            return &f->tracks[i];
    f->tracks = dvb_grow(f->tracks, f->n, &f->cap, sizeof(*f->tracks));
    f->tracks[f->n] = (struct dvb_relevance_track){ .video = dvb_strdup(video) };
    return &f->tracks[f->n++];
}

static struct dvb_relevance_entry *add_entry(struct dvb_relevance_track *t)
{
    t->v = dvb_grow(t->v, t->n, &t->cap, sizeof(*t->v));
    t->v[t->n] = (struct dvb_relevance_entry){ 0 };
    return &t->v[t->n++];
}

static int check_times(const struct dvb_relevance_file *f, const struct dvb_relevance_track *t,
                       struct dvb_err *err)
{
    for (size_t i = 1; i < t->n; i++)
        if (!by_words_and_time(&t->v[i - 1], &t->v[i]))
            return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                            "%s: videos[\"%s\"]: two entries at %g s%s", f->path, t->video,
                            t->v[i].at, t->v[i].words ? " for the same words" : "");
    return 0;
}

static int take_video(struct dvb_relevance_file *f, const char *video, const json_t *list,
                      struct dvb_err *err)
{
    struct place at = { .path = f->path, .video = video };
    if (!json_is_array(list) || !json_array_size(list) || json_array_size(list) > MAX_ENTRIES)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "%s: videos[\"%s\"]: expected a list of 1 to %d entries", f->path, video,
                        MAX_ENTRIES);
    struct dvb_relevance_track *t = add_track(f, video);
    for (; at.entry < json_array_size(list); at.entry++) {
        int ret = take_entry(&at, json_array_get(list, at.entry), add_entry(t), err);
        if (ret)
            return ret;
    }
    sort_track(t);
    return check_times(f, t, err);
}

static int take_json(struct dvb_relevance_file *f, const json_t *root, struct dvb_err *err)
{
    json_t *list;
    const char *video;
    int ret = 0;
    const json_t *videos = json_object_get(root, "videos");
    if (json_integer_value(json_object_get(root, "schema_version")) != 1)
        ret = dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s: expected \"schema_version\": 1", f->path);
    else if (!json_object_size(videos))
        ret = dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                       "%s: videos: expected an object, video name -> entries", f->path);
    json_object_foreach((json_t *)videos, video, list)
    {
        if (ret)
            break;
        ret = take_video(f, video, list, err);
    }
    return ret;
}

/* Gaze. */

enum column { VIDEO, TIME, X, Y, COLUMNS };
static const char *const columns[COLUMNS] = { "video", "t", "x", "y" };

struct gaze_reader {
    struct dvb_relevance_file *f;
    size_t at[COLUMNS];
    bool begun;
};

static int take_header(struct gaze_reader *g, const struct dvb_csv_row *row, struct dvb_err *err)
{
    g->begun = true;
    for (int c = 0; c < COLUMNS; c++) {
        g->at[c] = 0;
        while (g->at[c] < row->n && strcmp(row->field[g->at[c]], columns[c]))
            g->at[c]++;
        if (g->at[c] == row->n)
            return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                            "%s:%ld: no column '%s': expected video, t, x and y", g->f->path,
                            row->line, columns[c]);
    }
    return 0;
}

static int take_point(void *user, const struct dvb_csv_row *row, struct dvb_err *err)
{
    static const double most[COLUMNS] = { 0, 1e7, 1, 1 };
    struct gaze_reader *g = user;
    double v[COLUMNS] = { 0 };
    if (!g->begun)
        return take_header(g, row, err);
    for (int c = VIDEO; c < COLUMNS; c++) {
        const char *text = g->at[c] < row->n ? row->field[g->at[c]] : "";
        bool ok = c == VIDEO ? *text != '\0'
                             : dvb_parse_num(text, &v[c]) && v[c] >= 0 && v[c] <= most[c];
        if (!ok)
            return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                            "%s:%ld: column %s: found '%s', expected %s", g->f->path, row->line,
                            columns[c], text,
                            c == VIDEO  ? "a video's name"
                            : c == TIME ? "a time in seconds, 0 up"
                                        : "a number from 0 to 1");
    }
    struct dvb_relevance_entry *e = add_entry(add_track(g->f, row->field[g->at[VIDEO]]));
    e->at = v[TIME];
    e->x = (float)v[X];
    e->y = (float)v[Y];
    return 0;
}

static int end_gaze(const struct dvb_relevance_file *f, struct dvb_err *err)
{
    if (!f->n)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s: no points in it", f->path);
    for (size_t i = 0; i < f->n; i++)
        sort_track(&f->tracks[i]);
    return 0;
}

static struct dvb_relevance_file begin(const char *path)
{
    size_t len = strlen(path);
    return (struct dvb_relevance_file){ .path = dvb_strdup(path),
                                        .gaze = len > 4 && !strcmp(path + len - 4, ".csv") };
}

static int end(struct dvb_relevance_file *f, int ret, struct dvb_err *err)
{
    if (!ret && f->gaze)
        ret = end_gaze(f, err);
    if (ret)
        dvb_relevance_file_release(f);
    return ret;
}

int dvb_relevance_read(const char *path, struct dvb_relevance_file *f, struct dvb_err *err)
{
    struct gaze_reader g = { .f = f };
    json_t *root = NULL;
    *f = begin(path);
    int ret = f->gaze ? dvb_csv_read(path, NULL, take_point, &g, err)
                      : dvb_json_load(path, &root, err);
    if (root)
        ret = take_json(f, root, err);
    json_decref(root);
    return end(f, ret, err);
}

static int parse_gaze(struct dvb_relevance_file *f, const char *data, size_t len,
                      struct dvb_err *err)
{
    struct gaze_reader g = { .f = f };
    struct dvb_csv *csv;
    int ret = dvb_csv_open(f->path, NULL, take_point, &g, &csv, err);
    if (!ret)
        ret = dvb_csv_push(csv, data, len, err);
    if (!ret)
        ret = dvb_csv_finish(csv, err);
    dvb_csv_close(&csv);
    return ret;
}

int dvb_relevance_parse(const char *name, const char *data, size_t len,
                        struct dvb_relevance_file *f, struct dvb_err *err)
{
    json_t *root = NULL;
    *f = begin(name);
    int ret = f->gaze ? parse_gaze(f, data, len, err) : dvb_json_parse(data, len, name, &root, err);
    if (root)
        ret = take_json(f, root, err);
    json_decref(root);
    return end(f, ret, err);
}

void dvb_relevance_file_release(struct dvb_relevance_file *f)
{
    for (size_t i = 0; i < f->n; i++) {
        for (size_t k = 0; k < f->tracks[i].n; k++) {
            dvb_map_release(&f->tracks[i].v[k].map);
            free(f->tracks[i].v[k].boxes);
            free(f->tracks[i].v[k].words);
        }
        free(f->tracks[i].v);
        free(f->tracks[i].video);
    }
    free(f->tracks);
    free(f->path);
    *f = (struct dvb_relevance_file){ 0 };
}

int dvb_relevance_track(const struct dvb_relevance_file *f, const char *video,
                        const struct dvb_relevance_track **out, struct dvb_err *err)
{
    for (size_t i = 0; i < f->n; i++)
        if (!strcmp(f->tracks[i].video, video)) {
            *out = &f->tracks[i];
            return 0;
        }
    *out = NULL;
    return dvb_fail(err, DVB_FAULT_INPUT, ENOENT,
                    "%s: nothing for the video '%s'; it has %zu, the first is '%s'", f->path, video,
                    f->n, f->tracks[0].video);
}

size_t dvb_relevance_said(const struct dvb_relevance_track *t, const char *words, size_t *first)
{
    char *folded = words && *words ? dvb_text_fold(words) : NULL;
    size_t n = 0;
    for (*first = 0; *first < t->n && compare_words(t->v[*first].words, folded) < 0;)
        ++*first;
    while (*first + n < t->n && !compare_words(t->v[*first + n].words, folded))
        n++;
    free(folded);
    return n;
}
