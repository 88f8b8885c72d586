/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/dataset/dataset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "eval/dataset/formats.h"

#define MAX_JSON ((size_t)64 << 20)
#define MAX_LINE ((size_t)4 << 20)
#define BLOCK 65536

const char *const dvb_dataset_families[] = { "devibench", "streamingbench", "jsonl", NULL };

static const struct dvb_table_format *const tables[] = {
    &dvb_format_v1,
    &dvb_format_v2,
    &dvb_format_streamingbench_csv,
};
#define N_TABLES (sizeof(tables) / sizeof(*tables))

/* A file being read: how its bytes are taken depends on the first one that says something. */
struct reader {
    struct dvb_sink sink;
    enum dvb_dataset_family family; /* asked for */
    const char **format;
    const struct container *container;
    /* CSV */
    struct dvb_csv *csv;
    const struct dvb_table_format *table;
    int column[DVB_TABLE_COLUMNS]; /* place in the file of each of the table's columns; -1 */
    size_t n_columns;              /* in the file */
    long row;                      /* the last; the header is 1 */
    /* JSON, and a line of jsonl that goes on in the next block */
    char *text;
    size_t len, cap;
    long line;
};

/* The three ways in which a file holds rows. */
struct container {
    int (*push)(struct reader *r, const char *data, size_t len, struct dvb_err *err);
    int (*finish)(struct reader *r, struct dvb_err *err);
};

int dvb_sink_take(const struct dvb_sink *sink, struct dvb_record *r, struct dvb_err *err)
{
    int ret = sink->on_record(sink->user, r, err);
    dvb_record_release(r);
    return ret;
}

static int known(struct reader *r, const char *format, enum dvb_dataset_family family,
                 struct dvb_err *err)
{
    if (r->family != DVB_FAMILY_ANY && r->family != family)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s: found %s, expected --format %s",
                        r->sink.name, format, dvb_dataset_families[r->family]);
    if (r->format)
        *r->format = format;
    return 0;
}

/* CSV */

static int find_column(const struct dvb_csv_row *row, const char *name)
{
    for (size_t i = 0; i < row->n; i++)
        if (!strcmp(row->field[i], name))
            return (int)i;
    return -1;
}

static bool fits(const struct dvb_table_format *t, const struct dvb_csv_row *row)
{
    size_t n = 0;
    for (; t->columns[n]; n++) {
        int at = find_column(row, t->columns[n]);
        if (t->needed ? n < t->needed && at < 0 : at != (int)n)
            return false;
    }
    return t->needed || n == row->n;
}

static int read_header(struct reader *r, const struct dvb_csv_row *row, struct dvb_err *err)
{
    for (size_t t = 0; t < N_TABLES && !r->table; t++)
        if (fits(tables[t], row))
            r->table = tables[t];
    if (!r->table)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "%s:%ld: %zu columns, the first '%.60s', are those of no known table; "
                        "expected sample_folder, start_time, question, options, standard_answer, "
                        "task_type; or sample_id, start_time, question, std_answer, Frame, "
                        "task_type; or question_id, question, time_stamp, task_type and others",
                        r->sink.name, row->line, row->n, row->field[0]);
    r->n_columns = row->n;
    r->row = 1;
    for (size_t i = 0; r->table->columns[i]; i++)
        r->column[i] = find_column(row, r->table->columns[i]);
    return known(r, r->table->name, r->table->family, err);
}

/* A cell in another encoding cannot be kept as text. */
static void check_cells(struct dvb_record *rec, const struct dvb_csv_row *row)
{
    for (size_t i = 0; i < row->n; i++)
        if (!dvb_utf8_valid(row->field[i]))
            dvb_record_fault(rec, DVB_FIND_DAMAGED, "cell %zu is not valid UTF-8", i + 1);
}

static int take_row(void *user, const struct dvb_csv_row *row, struct dvb_err *err)
{
    struct reader *r = user;
    if (!r->table)
        return read_header(r, row, err);
    struct dvb_record rec;
    dvb_record_init(&rec, row->line, ++r->row);
    check_cells(&rec, row);
    if (row->n != r->n_columns) {
        dvb_record_fault(&rec, DVB_FIND_UNREADABLE, "%zu cells where the header has %zu", row->n,
                         r->n_columns);
    } else if (!rec.fault.text) {
        const char *cell[DVB_TABLE_COLUMNS] = { NULL };
        for (size_t i = 0; r->table->columns[i]; i++)
            cell[i] = r->column[i] < 0 ? NULL : row->field[r->column[i]];
        r->table->read(&rec, cell);
    }
    return dvb_sink_take(&r->sink, &rec, err);
}

static int push_csv(struct reader *r, const char *data, size_t len, struct dvb_err *err)
{
    int ret = r->csv ? 0 : dvb_csv_open(r->sink.name, NULL, take_row, r, &r->csv, err);
    return ret ? ret : dvb_csv_push(r->csv, data, len, err);
}

static int finish_csv(struct reader *r, struct dvb_err *err)
{
    return dvb_csv_finish(r->csv, err);
}

static int keep(struct reader *r, const char *data, size_t len, size_t most, const char *what,
                struct dvb_err *err)
{
    if (len > most - r->len)
        return dvb_fail(err, DVB_FAULT_INPUT, EFBIG, "%s:%ld: %s over %zu bytes", r->sink.name,
                        r->line, what, most);
    if (r->len + len + 1 > r->cap) {
        size_t cap = r->cap * 2 > r->len + len + 1 ? r->cap * 2 : r->len + len + 1;
        char *more = realloc(r->text, cap);
        if (!more)
            return dvb_fail_nomem(err);
        r->text = more;
        r->cap = cap;
    }
    memcpy(r->text + r->len, data, len);
    r->len += len;
    r->text[r->len] = '\0';
    return 0;
}

/* JSON */

static int push_json(struct reader *r, const char *data, size_t len, struct dvb_err *err)
{
    return keep(r, data, len, MAX_JSON, "JSON", err);
}

static int finish_json(struct reader *r, struct dvb_err *err)
{
    json_t *root;
    int ret = dvb_json_parse(r->text, r->len, r->sink.name, &root, err);
    if (ret)
        return ret;
    ret = known(r, "streamingbench", DVB_FAMILY_STREAMINGBENCH, err);
    if (!ret)
        ret = dvb_streamingbench_read(root, r->text, r->len, &r->sink, err);
    json_decref(root);
    return ret;
}

/* JSON lines */

static int take_line(struct reader *r, struct dvb_err *err)
{
    long line = r->line++;
    size_t len = r->len;
    r->len = 0;
    if (memchr(r->text, '\0', len))
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s:%ld: a NUL byte; expected text",
                        r->sink.name, line);
    if (r->text[strspn(r->text, " \t\r\n")] == '\0')
        return 0;
    json_error_t je;
    json_t *j = json_loadb(r->text, len, JSON_REJECT_DUPLICATES, &je);
    if (!j)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s:%ld:%d: not valid JSON: %s", r->sink.name,
                        line, je.column, je.text);
    struct dvb_record rec;
    dvb_record_init(&rec, line, line);
    if (json_is_object(j))
        dvb_jsonl_read(&rec, j);
    else
        dvb_record_fault(&rec, DVB_FIND_UNREADABLE, "no JSON object");
    json_decref(j);
    return dvb_sink_take(&r->sink, &rec, err);
}

static int push_lines(struct reader *r, const char *data, size_t len, struct dvb_err *err)
{
    int ret = 0;
    while (len && !ret) {
        const char *end = memchr(data, '\n', len);
        size_t part = end ? (size_t)(end - data) : len;
        ret = keep(r, data, part, MAX_LINE, "a line", err);
        if (!ret && end)
            ret = take_line(r, err);
        part += end != NULL;
        data += part;
        len -= part;
    }
    return ret;
}

static int finish_lines(struct reader *r, struct dvb_err *err)
{
    return r->len ? take_line(r, err) : 0;
}

static const struct container csv = { push_csv, finish_csv };
static const struct container json = { push_json, finish_json };
static const struct container lines = { push_lines, finish_lines };

/* All together */

static void open_reader(struct reader *r, const char *name, enum dvb_dataset_family family,
                        dvb_on_record *on_record, void *user, const char **format)
{
    *r = (struct reader){
        .sink = { .name = name, .on_record = on_record, .user = user },
        .family = family,
        .format = format,
        .line = 1,
    };
    if (format)
        *format = NULL;
}

/* The first block begins the file: a mark before JSON is skipped, and what comes
   first says what it is. */
static int push(struct reader *r, const char *data, size_t len, struct dvb_err *err)
{
    static const char mark[] = "\xef\xbb\xbf";
    if (!r->container) {
        size_t skip = len >= 3 && !memcmp(data, mark, 3) ? 3 : 0, at = skip;
        while (at < len && strchr(" \t\r\n", data[at]) && data[at])
            at++;
        char first = at < len ? data[at] : '\0';
        r->container = first == '[' ? &json : first == '{' ? &lines : &csv;
        if (r->container != &csv) {
            data += skip;
            len -= skip;
        }
    }
    if (r->container != &lines)
        return r->container->push(r, data, len, err);
    int ret = r->format && *r->format ? 0 : known(r, "jsonl", DVB_FAMILY_JSONL, err);
    return ret ? ret : r->container->push(r, data, len, err);
}

static int finish(struct reader *r, struct dvb_err *err)
{
    int ret = r->container ? r->container->finish(r, err) : 0;
    if (!ret && (!r->container || (r->container == &csv && !r->table)))
        ret = dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s: empty; expected a question set",
                       r->sink.name);
    return ret;
}

static void close_reader(struct reader *r)
{
    dvb_csv_close(&r->csv);
    free(r->text);
}

int dvb_dataset_parse(const char *data, size_t len, const char *name,
                      enum dvb_dataset_family family, dvb_on_record *on_record, void *user,
                      const char **format, struct dvb_err *err)
{
    struct reader r;
    const char *found;
    open_reader(&r, name, family, on_record, user, format ? format : &found);
    int ret = len ? push(&r, data, len, err) : 0;
    if (!ret)
        ret = finish(&r, err);
    close_reader(&r);
    return ret;
}

int dvb_dataset_read(const char *path, enum dvb_dataset_family family, dvb_on_record *on_record,
                     void *user, const char **format, struct dvb_err *err)
{
    struct reader r;
    const char *found;
    open_reader(&r, path, family, on_record, user, format ? format : &found);
    FILE *f = fopen(path, "rb");
    if (!f)
        return dvb_fail_errno(err, DVB_FAULT_INPUT, "%s", path);
    char *block = dvb_calloc(BLOCK, 1);
    int ret = 0;
    errno = 0;
    for (size_t n; !ret && (n = fread(block, 1, BLOCK, f)) > 0;)
        ret = push(&r, block, n, err);
    if (!ret && ferror(f))
        ret = dvb_fail_errno(err, DVB_FAULT_INPUT, "%s", path);
    if (!ret)
        ret = finish(&r, err);
    free(block);
    close_reader(&r);
    fclose(f);
    return ret;
}
