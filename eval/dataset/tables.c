/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The three published tables. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "eval/dataset/formats.h"
#include "eval/dataset/write.h"
#include "workspace/published.h"

static void set(char **field, const char *text)
{
    free(*field);
    *field = dvb_strdup(text);
}

static bool blank(const char *s)
{
    return !s[strspn(s, " \t\r\n")];
}

static void read_question(struct dvb_record *r, const char *text)
{
    set(&r->q.text, text);
    if (blank(text))
        dvb_record_fault(r, DVB_FIND_UNREADABLE, "no question text");
}

static void read_source(struct dvb_record *r, const char *name)
{
    set(&r->q.source, name);
    if (blank(name))
        dvb_record_fault(r, DVB_FIND_UNREADABLE, "no video named");
}

static void read_start(struct dvb_record *r, const char *cell)
{
    r->q.length_ms = DVB_CLIP_MS;
    if (!dvb_record_time(cell, &r->q.start_ms))
        dvb_record_fault(r, DVB_FIND_UNREADABLE,
                         "start_time is '%.40s', expected seconds or HH:MM:SS", cell);
}

static void read_v1(struct dvb_record *r, const char *const *cell)
{
    struct dvb_question *q = &r->q;
    read_source(r, cell[0]);
    read_start(r, cell[1]);
    read_question(r, cell[2]);
    q->n_options = dvb_options_split(cell[3], q->options);
    if (q->n_options < 2)
        dvb_record_fault(r, DVB_FIND_UNREADABLE, "options is '%.80s', expected 'A) .. B) ..'",
                         cell[3]);
    dvb_record_answer(r, cell[4]);
    set(&q->task_type, cell[5]);
    dvb_table_keep(&dvb_writer_v1, q, cell);
}

/* Samples are numbered here and named in v1: both are "sample_N" to us. */
static void read_v2(struct dvb_record *r, const char *const *cell)
{
    struct dvb_question *q = &r->q;
    bool number = *cell[0] && !cell[0][strspn(cell[0], "0123456789")];
    char *source = number ? dvb_asprintf("sample_%s", cell[0]) : dvb_strdup(cell[0]);
    read_source(r, source);
    free(source);
    read_start(r, cell[1]);
    read_question(r, cell[2]);
    dvb_record_answer(r, cell[3]);
    q->multi_frame = dvb_text_same(cell[4], "multi");
    if (!q->multi_frame && !dvb_text_same(cell[4], "single"))
        dvb_record_fault(r, DVB_FIND_UNREADABLE, "Frame is '%.40s', expected Single or Multi",
                         cell[4]);
    set(&q->task_type, cell[5]);
    dvb_table_keep(&dvb_writer_v2, q, cell);
}

static const char *const v2_columns[] = { "sample_id", "start_time", "question", "std_answer",
                                          "Frame",     "task_type",  NULL };
static const char *const v1_columns[] = { "sample_folder",   "start_time", "question", "options",
                                          "standard_answer", "task_type",  NULL };

const struct dvb_table_format dvb_format_v1 = {
    .name = "devibench-v1",
    .family = DVB_FAMILY_DEVIBENCH,
    .columns = v1_columns,
    .read = read_v1,
};

const struct dvb_table_format dvb_format_v2 = {
    .name = "devibench-v2",
    .family = DVB_FAMILY_DEVIBENCH,
    .columns = v2_columns,
    .read = read_v2,
};

/* "Real-Time Visual Understanding_sample_1_3" is the third question of
   "Real-Time Visual Understanding_sample_1". */
static void read_id(struct dvb_record *r, const char *id)
{
    static const char sequential[] = "Sequential";
    const char *last = strrchr(id, '_');
    int64_t number;
    if (!last || last == id || !dvb_parse_int(last + 1, &number) || number < 0 ||
        number > 1000000) {
        dvb_record_fault(r, DVB_FIND_UNREADABLE, "question_id is '%.80s', expected TASK_sample_N_M",
                         id);
        return;
    }
    char *source = dvb_asprintf("%.*s", (int)(last - id), id);
    read_source(r, source);
    if (!strncmp(id, sequential, strlen(sequential))) {
        set(&r->q.series, source);
        r->q.series_index = number > 0 ? (int)number - 1 : 0;
    }
    free(source);
}

static void read_moment(struct dvb_record *r, const char *column, const char *cell, int64_t *ms)
{
    if (!dvb_record_time(cell, ms))
        dvb_record_fault(r, DVB_FIND_UNREADABLE, "%s is '%.40s', expected HH:MM:SS", column, cell);
}

static void read_list(struct dvb_record *r, const char *cell)
{
    char **list;
    size_t n;
    if (blank(cell))
        return;
    if (!dvb_pylist_parse(cell, &list, &n)) {
        dvb_record_fault(r, DVB_FIND_UNREADABLE, "options is '%.80s', expected a list of strings",
                         cell);
        return;
    }
    dvb_record_options(r, (const char *const *)list, n);
    dvb_pylist_free(list, n);
}

enum { ID, QUESTION, TIME, TASK, ANSWER, OPTIONS, DUE, OUTPUT, ABILITY, FRAMES };
static const char *const streamingbench_columns[] = {
    [ID] = "question_id",
    [QUESTION] = "question",
    [TIME] = "time_stamp",
    [TASK] = "task_type",
    [ANSWER] = "answer",
    [OPTIONS] = "options",
    [DUE] = "ground_truth_time_stamp",
    [OUTPUT] = "ground_truth_output",
    [ABILITY] = "required_ability",
    [FRAMES] = "frames_required",
    NULL,
};

static bool given(const char *cell)
{
    return cell && !blank(cell);
}

static void read_streamingbench(struct dvb_record *r, const char *const *cell)
{
    struct dvb_question *q = &r->q;
    read_id(r, cell[ID]);
    read_question(r, cell[QUESTION]);
    read_moment(r, "time_stamp", cell[TIME], &q->asked_ms);
    if (given(cell[DUE]))
        read_moment(r, "ground_truth_time_stamp", cell[DUE], &q->due_ms);
    dvb_record_clip(r);
    if (cell[OPTIONS])
        read_list(r, cell[OPTIONS]);
    dvb_record_answer(r, given(cell[OUTPUT]) ? cell[OUTPUT] : cell[ANSWER] ? cell[ANSWER] : "");
    set(&q->task_type, cell[TASK]);
    if (given(cell[ABILITY]))
        set(&q->ability, cell[ABILITY]);
    q->multi_frame = cell[FRAMES] && dvb_text_same(cell[FRAMES], "multi");
}

const struct dvb_table_format dvb_format_streamingbench_csv = {
    .name = "streamingbench-csv",
    .family = DVB_FAMILY_STREAMINGBENCH,
    .columns = streamingbench_columns,
    .needed = 4,
    .read = read_streamingbench,
};
