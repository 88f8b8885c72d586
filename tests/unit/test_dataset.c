/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "eval/dataset/dataset.h"
#include "eval/dataset/formats.h"
#include "eval/dataset/write.h"

static struct dvb_err err;

/* The rows of a set, kept. */
struct set {
    struct dvb_record *v;
    size_t n, cap;
    const char *format;
};

static int keep(void *user, struct dvb_record *r, struct dvb_err *e)
{
    (void)e;
    struct set *s = user;
    s->v = dvb_grow(s->v, s->n, &s->cap, sizeof(*s->v));
    s->v[s->n++] = *r;
    *r = (struct dvb_record){ 0 };
    return 0;
}

static int parse(const char *text, struct set *s)
{
    *s = (struct set){ 0 };
    err = (struct dvb_err){ 0 };
    return dvb_dataset_parse(text, strlen(text), "t", DVB_FAMILY_ANY, keep, s, &s->format, &err);
}

static void release(struct set *s)
{
    for (size_t i = 0; i < s->n; i++)
        dvb_record_release(&s->v[i]);
    free(s->v);
    *s = (struct set){ 0 };
}

static struct set reads(const char *text, const char *format, size_t n)
{
    struct set s;
    if (parse(text, &s))
        fail_msg("%s", err.msg);
    assert_string_equal(s.format, format);
    assert_int_equal(s.n, n);
    return s;
}

static void refused(const char *text, const char *part)
{
    struct set s;
    assert_int_not_equal(parse(text, &s), 0);
    assert_int_equal(err.fault, DVB_FAULT_INPUT);
    if (!strstr(err.msg, part))
        fail_msg("'%s' does not hold '%s'", err.msg, part);
    release(&s);
}

#define V1 "sample_folder,start_time,question,options,standard_answer,task_type\r\n"
#define V2 "sample_id,start_time,question,std_answer,Frame,task_type\r\n"
#define HF "question_id,task_type,question,time_stamp,answer,options,frames_required,other\n"

static void test_v1(void **state)
{
    (void)state;
    struct set s = reads("\xef\xbb\xbf" V1 "sample_1,10,Which?,\"A) N.Y.\nB) R. Laney\nC) c\","
                         "B,Counting\r\n"
                         "sample_2,12.5,Where?,A) 1  B) 2, b ,T\r\n",
                         "devibench-v1", 2);
    const struct dvb_question *q = &s.v[0].q;
    assert_int_equal(s.v[0].line, 2);
    assert_int_equal(s.v[0].row, 2);
    assert_string_equal(q->source, "sample_1");
    assert_int_equal(q->start_ms, 10000);
    assert_int_equal(q->length_ms, 5000);
    assert_int_equal(q->n_options, 3);
    assert_string_equal(q->options[1], "R. Laney");
    assert_int_equal(q->answer, 1);
    assert_string_equal(q->task_type, "Counting");
    assert_int_equal(q->asked_ms, -1);
    assert_null(q->reference);
    assert_string_equal(q->verbatim, "{\"options\":\"A) N.Y.\\nB) R. Laney\\nC) c\"}");
    assert_int_equal(s.v[1].line, 5); /* the row before has line breaks in a cell */
    assert_int_equal(s.v[1].row, 3);
    assert_int_equal(s.v[1].q.start_ms, 12500);
    assert_int_equal(s.v[1].q.answer, 1);
    assert_string_equal(s.v[1].q.verbatim,
                        "{\"options\":\"A) 1  B) 2\",\"standard_answer\":\" b \"}");
    release(&s);
}

static void test_v2(void **state)
{
    (void)state;
    struct set s = reads(V2 "10,100,Which colour?,yellow ,Multi,T\r\n"
                            "talk_a,0,Who?,\"a, b\",Single,T\r\n"
                            "4,100,When?,61:30:00,Both,T\r\n",
                         "devibench-v2", 3);
    assert_string_equal(s.v[0].q.source, "sample_10");
    assert_string_equal(s.v[0].q.reference, "yellow ");
    assert_true(s.v[0].q.multi_frame);
    assert_int_equal(s.v[0].q.n_options, 0);
    assert_null(s.v[0].q.verbatim);
    assert_string_equal(s.v[1].q.source, "talk_a");
    assert_string_equal(s.v[1].q.reference, "a, b");
    assert_string_equal(s.v[2].fault.text, "Frame is 'Both', expected Single or Multi");
    release(&s);
}

/* Each row with what keeps it from being a question. */
static void test_faults(void **state)
{
    (void)state;
    static const struct {
        const char *row, *fault;
        enum dvb_finding_kind kind;
    } rows[] = {
        { ",10,q,A) 1 B) 2,A,t", "no video named", DVB_FIND_UNREADABLE },
        { "s,ten,q,A) 1 B) 2,A,t", "start_time is 'ten'", DVB_FIND_UNREADABLE },
        { "s,-1,q,A) 1 B) 2,A,t", "start_time is '-1'", DVB_FIND_UNREADABLE },
        { "s,10, ,A) 1 B) 2,A,t", "no question text", DVB_FIND_UNREADABLE },
        { "s,10,q,1 or 2,A,t", "options is '1 or 2'", DVB_FIND_UNREADABLE },
        { "s,10,q,A) 1 B) 2,C,t", "the answer 'C' is none of the 2 options", DVB_FIND_ANSWER },
        { "s,10,q,A) 1 B) 2,,t", "the answer '' is none", DVB_FIND_ANSWER },
        { "s,10,q,A) 1 B) 2,A", "5 cells where the header has 6", DVB_FIND_UNREADABLE },
        { "s,10,q\xff,A) 1 B) 2,A,t", "cell 3 is not valid UTF-8", DVB_FIND_DAMAGED },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char *text = dvb_asprintf(V1 "%s\r\ns,10,q,A) 1 B) 2,A,t\r\n", rows[i].row);
        struct set s = reads(text, "devibench-v1", 2);
        assert_non_null(s.v[0].fault.text);
        if (!strstr(s.v[0].fault.text, rows[i].fault))
            fail_msg("'%s' does not hold '%s'", s.v[0].fault.text, rows[i].fault);
        assert_int_equal(s.v[0].fault.kind, rows[i].kind);
        assert_null(s.v[1].fault.text); /* the next goes on */
        release(&s);
        free(text);
    }
}

static void test_refused(void **state)
{
    (void)state;
    refused("", "t: empty");
    refused("\xef\xbb\xbf", "t: empty");
    refused("a,b,c\r\n", "t:1: 3 columns, the first 'a', are those of no known table");
    refused("sample_folder,start_time,question,options,standard_answer\r\n", "no known table");
    refused(V1 "s,10,\"open\r\n", "t:2:6: a quote that is never closed");
    refused("[{\"questions\":[]}", "t:1:17: not valid JSON");
    refused("[{\"a\":1,\"a\":2}]", "not valid JSON: duplicate object key");
    refused("{\"video\":\"v\"}\n{\"video\":\n", "t:2:");
    struct set s;
    err = (struct dvb_err){ 0 };
    s = (struct set){ 0 };
    assert_int_not_equal(
        dvb_dataset_parse(V1 "s,1\0,q", sizeof(V1) + 6, "t", DVB_FAMILY_ANY, keep, &s, NULL, &err),
        0);
    assert_non_null(strstr(err.msg, "a NUL byte"));
    release(&s);
    assert_int_not_equal(
        dvb_dataset_parse(V1, strlen(V1), "t", DVB_FAMILY_JSONL, keep, &s, NULL, &err), 0);
    assert_string_equal(err.msg, "t: found devibench-v1, expected --format jsonl");
}

/* Deeper than the parser goes, in both kinds of brackets and both containers. */
static void test_deep(void **state)
{
    (void)state;
    char *deep = dvb_calloc(60001, 1);
    memset(deep, '[', 10000);
    refused(deep, "maximum parsing depth");
    for (int i = 0; i < 10000; i++)
        memcpy(deep + 5 * i, "{\"a\":", 5);
    refused(deep, "maximum parsing depth");
    deep[50000] = '\0';
    free(deep);
}

static void test_long_lines(void **state)
{
    (void)state;
    size_t len = (size_t)5 << 20;
    char *text = dvb_calloc(len + 1, 1);
    memset(text, 'x', len);
    memcpy(text, "{\"a\":\"", 6);
    refused(text, "t:1: a line over 4194304 bytes");
    memset(text, 'x', 6);
    memcpy(text, V1, strlen(V1));
    refused(text, "t:2:1048577: a field of more bytes than 1048576");
    free(text);
}

static void test_time(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } times[] = {
        { "00:01:30", 90000 },
        { "1:30", 90000 },
        { "90", 90000 },
        { " 90.5 ", 90500 },
        { "00:00:8", 8000 },
        { "0:07:40", 460000 },
        { "00:24", 24000 },
        { "1:00:00.25", 3600250 },
        { "100:00", 6000000 },
        { "10:00:00", 36000000 },
        { "0", 0 },
    };
    for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
        int64_t ms = -5;
        if (!dvb_record_time(times[i].text, &ms) || ms != times[i].ms)
            fail_msg("'%s' gave %lld", times[i].text, (long long)ms);
    }
    static const char *const bad[] = { "",     "x",     "00:12450", "1:60",  "1:2:3:4", "1:",
                                       ":1",   "-1",    "1:-2",     "1.5:2", "1e9",     "1:00:61",
                                       "0x10", "1 2 3", "nan",      "inf",   "1:00:1e1" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        int64_t ms = -5;
        if (dvb_record_time(bad[i], &ms))
            fail_msg("'%s' was taken as %lld", bad[i], (long long)ms);
    }
}

static void answers(const char *cell, int expected)
{
    struct dvb_record r;
    dvb_record_init(&r, 1, 1);
    static const char *const options[] = { "C", "Bus", "a car", "D. Trump" };
    for (int i = 0; i < 4; i++)
        r.q.options[r.q.n_options++] = dvb_strdup(options[i]);
    dvb_record_answer(&r, cell);
    assert_int_equal(r.fault.text ? -1 : r.q.answer, expected);
    dvb_record_release(&r);
}

static void test_answer(void **state)
{
    (void)state;
    answers("A", 0);
    answers(" b ", 1);
    answers("(C)", 2);
    answers("D.", 3);
    answers("B) Bus", 1);
    answers("C", 2); /* a letter, though an option says "C" */
    answers("bus", 1);
    answers("A CAR", 2);
    answers("D. Trump", 3);
    answers("E", -1);
    answers("A plane", -1);
    answers("Between", -1);
    answers("", -1);
}

static void options(const char *expected, const char *note, size_t n, const char *const *texts)
{
    struct dvb_record r;
    dvb_record_init(&r, 1, 1);
    dvb_record_options(&r, texts, n);
    char all[256] = "";
    for (int i = 0; i < r.q.n_options; i++)
        snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", i ? "|" : "",
                 r.q.options[i]);
    assert_string_equal(all, expected);
    if (note)
        assert_non_null(strstr(r.note.text, note));
    else
        assert_null(r.note.text);
    dvb_record_release(&r);
}
#define OPTIONS(expected, note, ...)                                                               \
    options(expected, note, sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *),              \
            (const char *[]){ __VA_ARGS__ })

static void test_options(void **state)
{
    (void)state;
    OPTIONS("x|y", NULL, "A. x", "B. y");
    OPTIONS("x|y|z", NULL, "A) x", "B)  y ", " C: z");
    OPTIONS("2.|6.", NULL, "2.", "6.");
    OPTIONS("A man.|B. King", NULL, "A man.", "B. King");
    OPTIONS("A.C. Milan|B.B. King", NULL, "A.C. Milan", "B.B. King");
    OPTIONS("107.|93.|91.|99.", "option 3 has the letter B", "A. 107.", "B. 93.", "B. 91.",
            "D. 99.");
    OPTIONS("A.Lebrun.|Fan Z.D.", "begins with its letter", "A.Lebrun.", "Fan Z.D.");
    OPTIONS("x|y and z|w", "the rest of the option before", "A. x", "B. y", "and z", "C. w");
    OPTIONS("x|y", "listed twice", "A. x", "B. y", "A. x", "B. y");
}

static void list_is(const char *text, size_t n, const char *const *expected)
{
    char **list;
    size_t count;
    if (!dvb_pylist_parse(text, &list, &count))
        fail_msg("refused: %s", text);
    assert_int_equal(count, n);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(list[i], expected[i]);
    dvb_pylist_free(list, count);
}
#define LIST(text, ...)                                                                            \
    list_is(text, sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *),                        \
            (const char *[]){ __VA_ARGS__ })

static void test_pylist(void **state)
{
    (void)state;
    LIST("['a', \"it's\", 'b\\'c', \"d\\\"\"]", "a", "it's", "b'c", "d\"");
    LIST(" [ 'a' 'b'\n \"c\" , 'd', ] ", "abc", "d");
    LIST("['\\n\\t\\\\ \\x41\\u5b57\\U0001F600 \\q']", "\n\t\\ A\xe5\xad\x97\xf0\x9f\x98\x80 \\q");
    LIST("['', 'a\\\nb']", "", "ab");
    list_is("[]", 0, NULL);
    static const char *const bad[] = { "",        "a",           "['a'",      "['a]",   "['a', b]",
                                       "['a']]",  "[1, 2]",      "['a' , ,]", "('a',)", "['\\x4']",
                                       "['\\0']", "['\\ud800']", "['a\\",     "[" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        char **list;
        size_t n;
        if (dvb_pylist_parse(bad[i], &list, &n))
            fail_msg("taken: %s", bad[i]);
        assert_null(list);
    }
}

static void test_streamingbench_csv(void **state)
{
    (void)state;
    struct set s = reads(
        HF "Real-Time Visual Understanding_sample_1_2,Counting,How many?,00:01:30,B,"
           "\"['A. 1', \"\"B. 2's\"\"]\",single,x\n"
           "Sequential Question Answering_sample_7_3,S,Who?,0:05,A,\"['A. x', 'B. y']\",multi,\n"
           "nonsense,T,Who?,0:05,A,\"['A. x', 'B. y']\",multi,\n"
           "a_1,T,Who?,soon,A,\"['A. x', 'B. y']\",multi,\n",
        "streamingbench-csv", 4);
    const struct dvb_question *q = &s.v[0].q;
    assert_string_equal(q->source, "Real-Time Visual Understanding_sample_1");
    assert_int_equal(q->asked_ms, 90000);
    assert_int_equal(q->start_ms, 30000);
    assert_int_equal(q->length_ms, 60000);
    assert_string_equal(q->options[1], "2's");
    assert_int_equal(q->answer, 1);
    assert_null(q->series);
    q = &s.v[1].q;
    assert_string_equal(q->series, "Sequential Question Answering_sample_7");
    assert_int_equal(q->series_index, 2);
    assert_int_equal(q->start_ms, 0);
    assert_int_equal(q->length_ms, 5000);
    assert_true(q->multi_frame);
    assert_string_equal(s.v[2].fault.text, "question_id is 'nonsense', expected TASK_sample_N_M");
    assert_string_equal(s.v[3].fault.text, "time_stamp is 'soon', expected HH:MM:SS");
    release(&s);
    s = reads("question_id,question,time_stamp,task_type,ground_truth_time_stamp,"
              "ground_truth_output\nProactive Output_sample_3_1,Say it.,0:10,P,0:20,it\n",
              "streamingbench-csv", 1);
    assert_int_equal(s.v[0].q.due_ms, 20000);
    assert_string_equal(s.v[0].q.reference, "it");
    assert_int_equal(s.v[0].q.start_ms, 10000);
    assert_int_equal(s.v[0].q.length_ms, 14000);
    release(&s);
}

#define ENTRY(time, questions)                                                                     \
    "{\"time\": \"" time "\",\n \"captions\": {\"x\": [{}]}, \"questions\": [" questions "],\n"    \
    " \"video_path\": \"./videos/sample_3_sqa.mp4\"}"
#define CHOICE(stamp, answer)                                                                      \
    "\n{\"task_type\": \"T\", \"question\": \"Q?\", \"time_stamp\": \"" stamp                      \
    "\", \"answer\": \"" answer "\", \"options\": [\"A. x\", \"B. y\"], "                          \
    "\"required_ability\": \"working memory\"}"

static void test_streamingbench(void **state)
{
    (void)state;
    struct set s = reads(
        "[" ENTRY("", CHOICE("00:00:10", "B") "," CHOICE("24", "C")) ",\n" ENTRY(
            "[0:12:00 - 0:13:00]",
            CHOICE("00:12450", "A")) "," ENTRY("[0:13:00 - 0:14:00]",
                                               CHOICE("00:12450",
                                                      "A")) ",\n"
                                                            "{\"video_path\": \"v\"}, 7, " ENTRY(
                                                                "", "5") "]",
        "streamingbench", 7);
    assert_int_equal(s.v[0].line, 3);
    assert_string_equal(s.v[0].q.source, "sample_3_sqa");
    assert_int_equal(s.v[0].q.asked_ms, 10000);
    assert_string_equal(s.v[0].q.ability, "working memory");
    assert_string_equal(s.v[0].q.options[0], "x");
    assert_int_equal(s.v[0].q.answer, 1);
    assert_null(s.v[0].q.series);
    assert_int_equal(s.v[1].line, 4);
    assert_int_equal(s.v[1].fault.kind, DVB_FIND_ANSWER);
    assert_int_equal(s.v[2].line, 8);
    assert_int_equal(s.v[2].q.asked_ms, 765000); /* 12:45 lies in the entry's time */
    assert_non_null(strstr(s.v[2].note.text, "read as 00:12:45"));
    assert_string_equal(s.v[3].fault.text, "time_stamp is '00:12450', expected HH:MM:SS");
    assert_string_equal(s.v[4].fault.text, "an entry without a list \"questions\"");
    assert_string_equal(s.v[5].fault.text, "an entry that is no object");
    assert_string_equal(s.v[6].fault.text, "a question that is no object");
    release(&s);
}

static void test_series(void **state)
{
    (void)state;
    struct set s = reads("[[" ENTRY("", CHOICE("0:10", "B") "," CHOICE("0:20", "A")) "," ENTRY(
                             "", CHOICE("0:30", "A")) "],[" ENTRY("", CHOICE("0:40", "A")) "]]",
                         "streamingbench", 4);
    static const char *const series[] = { "sample_3_sqa#1", "sample_3_sqa#1", "sample_3_sqa#1",
                                          "sample_3_sqa#2" };
    for (int i = 0; i < 4; i++) {
        assert_string_equal(s.v[i].q.series, series[i]);
        assert_int_equal(s.v[i].q.series_index, i % 3);
    }
    release(&s);
}

static void test_object_lines(void **state)
{
    (void)state;
    const char text[] = "[{\"a{\\\"{\": {}},\n\n{\"b\": [{\n}, {}]}]";
    size_t n;
    long *lines = dvb_json_object_lines(text, strlen(text), &n);
    assert_int_equal(n, 5);
    static const long expected[] = { 1, 1, 3, 3, 4 };
    for (size_t i = 0; i < n; i++)
        assert_int_equal(lines[i], expected[i]);
    free(lines);
}

/* A set written with w. Heap. */
static char *write_set(const struct dvb_writer *w, const struct set *s)
{
    char *text;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    w->begin(w, f);
    for (size_t i = 0; i < s->n; i++) {
        const struct dvb_question *q = &s->v[i].q;
        const struct dvb_run_question rq = { .q = *q,
                                             .segment = { .start_ms = q->start_ms,
                                                          .length_ms = q->length_ms },
                                             .video_name = q->source };
        if (w->write(w, f, &rq, &err))
            fail_msg("%s", err.msg);
    }
    fclose(f);
    return text;
}

/* Read, written and read again, as it is. */
static void comes_back(const char *text, const char *format, size_t n, const struct dvb_writer *w)
{
    struct set s = reads(text, format, n);
    char *again = write_set(w, &s), *lines = write_set(&dvb_writer_jsonl, &s);
    assert_string_equal(again, text);
    release(&s);
    s = reads(lines, "jsonl", n); /* and by way of JSON lines */
    free(again);
    again = write_set(w, &s);
    assert_string_equal(again, text);
    free(again);
    again = write_set(&dvb_writer_jsonl, &s);
    assert_string_equal(again, lines);
    free(again);
    free(lines);
    release(&s);
}

static void test_identity(void **state)
{
    (void)state;
    comes_back("\xef\xbb\xbf" V1
               "sample_1,10,Which?,\"A) a  \nB) b  \nC) <b>c</b>  \nD) d\",B,Counting\r\n"
               "sample_1,10,Which?,A)\xe2\x80\x83x B) y\xe2\x80\x83"
               "C) z,c,Counting\r\n"
               "sample_1,010,\"He said \"\"no\"\", twice\",\"A) a, B) \x01\x1f C) \xd7\xa9 "
               "\xe5\xad\x97\",A.,\r\n"
               "a.b/c.mp4,1:30,?,A)1 B)2,B) 2,x\r\n",
               "devibench-v1", 4, &dvb_writer_v1);
    comes_back("\xef\xbb\xbf" V2 "10,100,Which?,yellow ,Multi,T\r\n"
               "010,100.50,Which?,\"a\n\"\"b\"\"\",single,T\r\n"
               "sample_4,0,?,1,Single,T\r\n"
               "x.y,0,?,1,Single,\r\n",
               "devibench-v2", 4, &dvb_writer_v2);
}

static void test_jsonl(void **state)
{
    (void)state;
    struct set s = reads(
        "{\"video\":\"v\",\"start\":1.5,\"question\":\"q\",\"options\":[\"a\",\"b\"],"
        "\"answer\":\"B\",\"unknown\":[]}\r\n\n"
        "{\"video\":\"v\",\"start\":0,\"length\":7,\"question\":\"q\",\"answer\":\"free\","
        "\"frames\":\"multi\",\"asked\":3,\"due\":4,\"ability\":\"m\",\"series\":\"s\","
        "\"series_index\":2,\"task_type\":\"T\"}\n"
        "{\"start\":0,\"question\":\"q\",\"answer\":\"x\"}\n"
        "{\"video\":\"v\",\"question\":\"q\",\"answer\":\"x\"}\n"
        "{\"video\":\"v\",\"start\":-1,\"question\":\"q\",\"answer\":\"x\"}\n"
        "{\"video\":\"v\",\"start\":0,\"question\":3,\"answer\":\"x\"}\n"
        "{\"video\":\"v\",\"start\":0,\"question\":\"q\",\"options\":[1,2],\"answer\":\"A\"}\n"
        "{\"video\":\"v\",\"start\":0,\"question\":\"q\",\"options\":[\"1\"],\"answer\":\"A\"}\n"
        "{\"video\":\"v\",\"start\":0,\"length\":0,\"question\":\"q\",\"answer\":\"x\"}\n"
        "{\"video\":\"v\",\"start\":0,\"question\":\"q\"}\n"
        "[]",
        "jsonl", 11);
    assert_int_equal(s.v[0].q.start_ms, 1500);
    assert_int_equal(s.v[0].q.length_ms, 5000);
    assert_int_equal(s.v[0].q.answer, 1);
    const struct dvb_question *q = &s.v[1].q;
    assert_int_equal(s.v[1].line, 3);
    assert_string_equal(q->reference, "free");
    assert_int_equal(q->asked_ms, 3000);
    assert_int_equal(q->due_ms, 4000);
    assert_string_equal(q->series, "s");
    assert_int_equal(q->series_index, 2);
    assert_true(q->multi_frame);
    static const char *const faults[] = {
        "no \"video\"",
        "no \"start\"",
        "\"start\" is no number of seconds",
        "\"question\" is no text",
        "option 1 is no text",
        "\"options\" is no list of 2 to 8 texts",
        "an empty \"video\", \"question\" or \"length\"",
        "no answer",
        "no JSON object",
    };
    for (size_t i = 2; i < s.n; i++)
        assert_string_equal(s.v[i].fault.text, faults[i - 2]);
    release(&s);
}

/* What a table has no column for. */
static void test_unfit(void **state)
{
    (void)state;
    char a[] = "a", b[] = "b", v[] = "v";
    struct dvb_run_question rq = { .q = { .key = "k",
                                          .text = a,
                                          .options = { a, b },
                                          .n_options = 2,
                                          .source = v,
                                          .task_type = a,
                                          .asked_ms = 5,
                                          .due_ms = -1 } };
    FILE *f = fopen("/dev/null", "w");
    err = (struct dvb_err){ 0 };
    assert_int_not_equal(dvb_writer_v1.write(&dvb_writer_v1, f, &rq, &err), 0);
    assert_non_null(strstr(err.msg, "is asked at a time stamp"));
    assert_int_not_equal(dvb_writer_v2.write(&dvb_writer_v2, f, &rq, &err), 0);
    assert_non_null(strstr(err.msg, "has options"));
    rq.q.n_options = 0;
    rq.q.reference = a;
    assert_int_not_equal(dvb_writer_v1.write(&dvb_writer_v1, f, &rq, &err), 0);
    assert_non_null(strstr(err.msg, "use --format devibench-v2 or jsonl"));
    fclose(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_v1),
        cmocka_unit_test(test_v2),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_deep),
        cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_answer),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_pylist),
        cmocka_unit_test(test_streamingbench_csv),
        cmocka_unit_test(test_streamingbench),
        cmocka_unit_test(test_series),
        cmocka_unit_test(test_object_lines),
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_jsonl),
        cmocka_unit_test(test_unfit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
