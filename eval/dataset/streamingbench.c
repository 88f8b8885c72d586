/* SPDX-License-Identifier: GPL-3.0-or-later */
/* StreamingBench's JSON: entries with questions; or series, which are lists of entries. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "eval/dataset/formats.h"

struct walk {
    const struct dvb_sink *sink;
    const long *lines; /* of every object, in the order in which they are met */
    size_t at, n;
    int series, index; /* number of the series from 1 (0: none), place in it */
};

/* Skip a string; p is at its opening quote. */
static size_t skip_string(const char *text, size_t len, size_t p)
{
    for (p++; p < len && text[p] != '"'; p++)
        p += text[p] == '\\';
    return p;
}

long *dvb_json_object_lines(const char *text, size_t len, size_t *n)
{
    long *lines = NULL, line = 1;
    size_t cap = 0;
    *n = 0;
    for (size_t p = 0; p < len; p++) {
        if (text[p] == '"') {
            p = skip_string(text, len, p); /* holds no line break in valid JSON */
        } else if (text[p] == '\n') {
            line++;
        } else if (text[p] == '{') {
            lines = dvb_grow(lines, *n, &cap, sizeof(*lines));
            lines[(*n)++] = line;
        }
    }
    return lines;
}

static size_t count_objects(const json_t *j)
{
    size_t n = json_is_object(j), i;
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)j, key, v) n += count_objects(v);
    json_array_foreach(j, i, v) n += count_objects(v);
    return n;
}

/* The line of the object met next, with all that is in it. */
static long pass(struct walk *w, const json_t *object)
{
    long line = w->at < w->n ? w->lines[w->at] : 0;
    w->at += count_objects(object);
    return line;
}

static void set(char **field, const char *text)
{
    free(*field);
    *field = dvb_strdup(text);
}

static const char *text_of(struct dvb_record *r, const json_t *j, const char *key)
{
    const char *s = dvb_json_get_str(j, key);
    if (!s || !s[strspn(s, " \t\r\n")])
        dvb_record_fault(r, DVB_FIND_UNREADABLE, s ? "\"%s\" is empty" : "no text \"%s\"", key);
    return s ? s : "";
}

/* "./videos/sample_1_real.mp4" -> "sample_1_real" */
static void read_source(struct dvb_record *r, const json_t *entry)
{
    static const char *const before[] = { "./", "videos/" };
    const char *path = text_of(r, entry, "video_path");
    for (size_t i = 0; i < 2; i++)
        if (!strncmp(path, before[i], strlen(before[i])))
            path += strlen(before[i]);
    const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
    size_t len = dot && dot > (slash ? slash + 1 : path) ? (size_t)(dot - path) : strlen(path);
    free(r->q.source);
    r->q.source = dvb_asprintf("%.*s", (int)len, path);
}

/* "[0:12:00 - 0:13:00]", with or without the brackets. */
static bool read_range(const char *text, int64_t *from, int64_t *to)
{
    char *copy = dvb_strdup(text ? text : ""), *dash = strstr(copy, " - ");
    bool ok = dash;
    if (ok) {
        *dash = '\0';
        char *first = copy + (*copy == '['), *second = dash + 3;
        second[strspn(second, "0123456789:.")] = '\0';
        ok = dvb_record_time(first, from) && dvb_record_time(second, to) && *from <= *to;
    }
    free(copy);
    return ok;
}

/* "00:12450", where the entry is about 0:12:00 to 0:13:00, is 12:45 with a slip
   of the keyboard: of the ways to read its digits the one that lies there. */
static bool mend_time(struct dvb_record *r, const char *text, const json_t *entry, int64_t *ms)
{
    const char *last = strrchr(text, ':');
    size_t digits = last ? strspn(last + 1, "0123456789") : 0;
    int64_t from, to;
    if (digits < 4 || digits > 6 || last[1 + digits] ||
        !read_range(dvb_json_get_str(entry, "time"), &from, &to))
        return false;
    char *repaired = dvb_asprintf("%.*s:%.2s:%.2s", (int)(last - text), text, last + 1, last + 3);
    bool ok = dvb_record_time(repaired, ms) && *ms >= from && *ms <= to;
    if (ok)
        dvb_record_note(r, DVB_FIND_DAMAGED,
                        "time_stamp is '%.20s'; read as %s, which lies in the entry's time %.40s",
                        text, repaired, dvb_json_get_str(entry, "time"));
    free(repaired);
    return ok;
}

static void read_time(struct dvb_record *r, const json_t *question, const char *key,
                      const json_t *entry, int64_t *ms)
{
    const char *text = text_of(r, question, key);
    if (!dvb_record_time(text, ms) && !mend_time(r, text, entry, ms))
        dvb_record_fault(r, DVB_FIND_UNREADABLE, "%s is '%.40s', expected HH:MM:SS", key, text);
}

static void read_options(struct dvb_record *r, const json_t *list)
{
    size_t n = json_array_size(list), i;
    json_t *v;
    const char **texts = dvb_calloc(n, sizeof(*texts));
    json_array_foreach(list, i, v)
    {
        texts[i] = json_is_string(v) ? json_string_value(v) : "";
        if (!json_is_string(v))
            dvb_record_fault(r, DVB_FIND_UNREADABLE, "option %zu is no text", i + 1);
    }
    dvb_record_options(r, texts, n);
    free(texts);
}

static void read_question(struct dvb_record *r, const json_t *entry, const json_t *question)
{
    struct dvb_question *q = &r->q;
    read_source(r, entry);
    set(&q->text, text_of(r, question, "question"));
    read_time(r, question, "time_stamp", entry, &q->asked_ms);
    bool proactive = json_object_get(question, "ground_truth_output");
    if (proactive)
        read_time(r, question, "ground_truth_time_stamp", entry, &q->due_ms);
    dvb_record_clip(r);
    read_options(r, json_object_get(question, "options"));
    dvb_record_answer(r, text_of(r, question, proactive ? "ground_truth_output" : "answer"));
    set(&q->task_type, text_of(r, question, "task_type"));
    const char *ability = dvb_json_get_str(question, "required_ability");
    if (ability)
        set(&q->ability, ability);
}

static void read_series(struct walk *w, struct dvb_record *r)
{
    if (!w->series)
        return;
    free(r->q.series);
    r->q.series = dvb_asprintf("%s#%d", r->q.source, w->series);
    r->q.series_index = w->index++;
}

/* What stands where an object should. */
static int give_fault(struct walk *w, long line, const char *what, struct dvb_err *err)
{
    struct dvb_record r;
    dvb_record_init(&r, line, line);
    dvb_record_fault(&r, DVB_FIND_UNREADABLE, "%s", what);
    return dvb_sink_take(w->sink, &r, err);
}

static int take_entry(struct walk *w, const json_t *entry, struct dvb_err *err)
{
    long line = w->at < w->n ? w->lines[w->at] : 0;
    if (!json_is_object(entry))
        return give_fault(w, line, "an entry that is no object", err);
    const json_t *questions = json_object_get(entry, "questions");
    if (!json_is_array(questions)) {
        pass(w, entry);
        return give_fault(w, line, "an entry without a list \"questions\"", err);
    }
    w->at++; /* the entry itself; then its members in their order */
    int ret = 0;
    const char *key;
    json_t *member, *question;
    json_object_foreach((json_t *)entry, key, member)
    {
        size_t i;
        if (member != questions) {
            pass(w, member);
            continue;
        }
        json_array_foreach(member, i, question)
        {
            long met = pass(w, question), at = met ? met : line;
            if (ret)
                continue;
            struct dvb_record r;
            dvb_record_init(&r, at, at);
            if (json_is_object(question))
                read_question(&r, entry, question);
            else
                dvb_record_fault(&r, DVB_FIND_UNREADABLE, "a question that is no object");
            read_series(w, &r);
            ret = dvb_sink_take(w->sink, &r, err);
        }
    }
    return ret;
}

int dvb_streamingbench_read(const json_t *root, const char *text, size_t len,
                            const struct dvb_sink *sink, struct dvb_err *err)
{
    struct walk w = { .sink = sink };
    long *lines = dvb_json_object_lines(text, len, &w.n);
    w.lines = lines;
    size_t i, k;
    json_t *item, *entry;
    int ret = 0;
    json_array_foreach(root, i, item)
    {
        w.series = json_is_array(item) ? (int)i + 1 : 0;
        w.index = 0;
        if (!w.series && !ret)
            ret = take_entry(&w, item, err);
        json_array_foreach(item, k, entry) ret = ret ? ret : take_entry(&w, entry, err);
    }
    free(lines);
    return ret;
}
