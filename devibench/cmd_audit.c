/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "cmd_run.h"
#include "eval/dataset/audit.h"
#include "eval/dataset/dataset.h"

struct settings {
    const char *dataset, *workspace;
    struct dvb_strlist videos;
    struct dvb_cmd_run_opts of;
};

static json_t *number_json(double v)
{
    return isnan(v) ? json_null() : json_real(v);
}

static json_t *letters_json(const struct dvb_audit *a)
{
    json_t *letters = json_object();
    for (int i = 0; i < a->n_letters; i++)
        json_object_set_new(letters, (char[]){ (char)('A' + i), '\0' },
                            json_integer(a->letters[i]));
    return letters;
}

static json_t *findings_json(const struct dvb_audit *a)
{
    json_t *list = json_array();
    for (size_t i = 0; i < a->n_findings; i++) {
        const struct dvb_finding *f = &a->findings[i];
        json_t *j = dvb_json_pack("{s:o, s:s, s:o}", "line",
                                  f->line ? json_integer(f->row) : json_null(), "kind",
                                  dvb_finding_names[f->kind], "message", dvb_json_str(f->message));
        if (f->line)
            json_object_set_new(j, "file_line", json_integer(f->line));
        if (*f->key)
            json_object_set_new(j, "key", json_string(f->key));
        json_array_append_new(list, j);
    }
    return list;
}

static json_t *result_json(const struct dvb_audit *a, const char *format)
{
    json_t *best = a->choice ? json_real(a->best_letter_score) : json_null();
    return dvb_json_pack("{s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:o}", "format", dvb_json_str(format),
                         "rows", (json_int_t)a->n_rows, "multiple_choice", (json_int_t)a->choice,
                         "letters", letters_json(a), "best_letter_score", best, "chi_square",
                         number_json(a->chi_square), "chi_square_p", number_json(a->chi_p),
                         "findings", findings_json(a));
}

static void print_letters(const struct dvb_audit *a)
{
    printf("letters ");
    for (int i = 0; i < a->n_letters; i++)
        printf("  %c %ld (%.1f%%)", 'A' + i, a->letters[i],
               100 * (double)a->letters[i] / (double)a->choice);
    printf("\nalways %c scores %.1f%%; chi-square %.1f, %d degree%s of freedom, p = %.2g\n",
           'A' + a->best_letter, 100 * a->best_letter_score, a->chi_square, a->n_letters - 1,
           a->n_letters == 2 ? "" : "s", a->chi_p);
}

/* "datasets_v1.csv:107: row 65: equal_options: ..." */
static void print_findings(const struct dvb_audit *a, const char *name)
{
    for (size_t i = 0; i < a->n_findings; i++) {
        const struct dvb_finding *f = &a->findings[i];
        char *message = dvb_cmd_plain(f->message, 0);
        if (f->line && f->line != f->row)
            printf("%s:%ld: row %ld: ", name, f->line, f->row);
        else if (f->line)
            printf("%s:%ld: ", name, f->line);
        else
            printf("%s: %s%s", name, f->key, *f->key ? ": " : "");
        printf("%s: %s\n", dvb_finding_names[f->kind], message);
        free(message);
    }
}

static void print_result(const struct dvb_audit *a, const char *name)
{
    printf("%zu rows, %ld multiple choice\n", a->n_rows, a->choice);
    if (a->choice)
        print_letters(a);
    printf("%zu finding%s\n", a->n_findings, a->n_findings == 1 ? "" : "s");
    print_findings(a, name);
}

static int add_record(void *user, struct dvb_record *r, struct dvb_err *err)
{
    (void)err;
    dvb_audit_add(user, r, 0);
    return 0;
}

static int load_file(struct dvb_audit *a, const struct settings *s, const char **format,
                     struct dvb_err *err)
{
    int ret = dvb_dataset_read(s->dataset, DVB_FAMILY_ANY, add_record, a, format, err);
    return ret || !s->videos.n ? ret : dvb_audit_probe(a, &s->videos, omp_get_max_threads(), err);
}

struct load {
    struct dvb_audit *audit;
    struct dvb_store *store;
    int64_t video; /* of the row before */
    double duration;
};

static int add_question(void *user, const struct dvb_run_question *q, struct dvb_err *err)
{
    struct load *l = user;
    if (q->segment.video != l->video) {
        struct dvb_video v = { 0 };
        int ret = q->segment.video ? dvb_store_get_video(l->store, q->segment.video, &v, err) : 0;
        if (ret)
            return ret;
        l->video = q->segment.video;
        l->duration = v.duration;
        dvb_video_release(&v);
    }
    dvb_audit_add_question(l->audit, q, l->duration);
    return 0;
}

static int load_workspace(struct dvb_audit *a, const struct dvb_command *cmd,
                          const struct settings *s, struct dvb_err *err)
{
    struct dvb_workspace *ws;
    struct dvb_run run;
    int ret = dvb_cmd_open_run(cmd, s->workspace, s->of.run, &ws, &run, err);
    if (ret)
        return ret;
    struct load l = { .audit = a, .store = ws->store };
    ret = dvb_store_each_run_question(ws->store, run.id, dvb_cmd_run_stage(&s->of, &run),
                                      add_question, &l, err);
    dvb_run_release(&run);
    dvb_workspace_close(&ws);
    return ret;
}

static int check(const struct settings *s, struct dvb_err *err)
{
    if (!s->dataset == !s->workspace)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "audit: expected --dataset FILE or --workspace DIR%s",
                        s->dataset ? ", not both" : "");
    if (s->workspace && s->videos.n)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "audit: --videos goes with --dataset; a workspace knows its videos");
    return 0;
}

static int run_audit(const struct dvb_invocation *inv, void *settings, struct dvb_err *err)
{
    const struct settings *s = settings;
    int ret = check(s, err);
    if (ret)
        return ret;
    struct dvb_audit a = { 0 };
    const char *format = NULL;
    ret = s->dataset ? load_file(&a, s, &format, err) : load_workspace(&a, inv->command, s, err);
    if (!ret) {
        dvb_audit_run(&a);
        if (inv->common->json)
            dvb_cmd_print_json(inv->command, result_json(&a, format));
        else
            print_result(&a, s->dataset ? s->dataset : s->workspace);
        *inv->negative = a.n_findings > 0;
    }
    dvb_audit_release(&a);
    return ret;
}

#define AT(field) offsetof(struct settings, field)
static const struct dvb_opt options[] = {
    { "dataset", 'd', DVB_OPT_STR, AT(dataset), "FILE", .help = "A question set to look at" },
    { "videos", 0, DVB_OPT_WORDS, AT(videos), "PATH",
      .help = "The set's videos, to see which questions reach past their end" },
    { "workspace", 'w', DVB_OPT_STR, AT(workspace), "DIR",
      .help = "A workspace to look at, in place of a file" },
    { "of", 0, DVB_OPT_GROUP, AT(of), .group = dvb_cmd_run_opts },
    { 0 },
};

static const char *const examples[] = {
    "devibench audit --dataset datasets_v1.csv",
    "devibench audit --workspace ws --json",
    NULL,
};

const struct dvb_command dvb_cmd_audit = {
    .name = "audit",
    .args = "",
    .summary = "Look for what is wrong with a question set",
    .details =
        "Counts the right letters, with the score of answering always the most frequent one and "
        "a chi-square test, and lists what it finds, each with its line: rows that make no "
        "question, answers that are no option, options that are equal or differ in punctuation "
        "only, duplicates and near duplicates, contradictions, cells that a spreadsheet has "
        "damaged, and questions that reach past their video's end. No model is asked.\n"
        "\n"
        "The exit status is 1 when anything was found.",
    .examples = examples,
    .opts = options,
    .settings_size = sizeof(struct settings),
    .run = run_audit,
};
