/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "cmd_cost.h"
#include "cmd_run.h"
#include "eval/dataset/write.h"
#include "workspace/dossier.h"

#define SHORT_REPLY 72 /* code points */
#define SHORT_QUESTION 90

struct settings {
    const char *workspace, *out;
    int stage;
    int64_t run, frames;
    double at;
    bool spending;
};

/* How far it came; what was imported went through no steps. */
static const char *stage_word(const struct dvb_run_question *q)
{
    return q->q.source ? "imported" : dvb_stage_names[q->stage];
}

/* The list. */

static void print_list(const struct dvb_run_question *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char *text = dvb_cmd_plain(list[i].q.text, SHORT_QUESTION);
        printf("%s  %-9s  %s\n", list[i].q.key, stage_word(&list[i]), text);
        free(text);
    }
}

static json_t *list_json(const struct dvb_run *run, const struct dvb_run_question *list, size_t n)
{
    json_t *questions = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(questions, dvb_question_json(&list[i]));
    return dvb_json_pack("{s:I, s:o}", "run", (json_int_t)run->id, "questions", questions);
}

static int show_list(const struct dvb_invocation *inv, const struct settings *s,
                     struct dvb_workspace *ws, const struct dvb_run *run, struct dvb_err *err)
{
    struct dvb_run_question *list;
    size_t n;
    int ret = dvb_store_list_run_questions(ws->store, run->id, (enum dvb_stage)s->stage, &list, &n,
                                           err);
    if (ret)
        return ret;
    if (inv->common->json)
        dvb_cmd_print_json(inv->command, list_json(run, list, n));
    else
        print_list(list, n);
    if (!n)
        dvb_warn("run %lld of %s has no %s question", (long long)run->id, s->workspace,
                 dvb_stage_names[s->stage]);
    dvb_run_questions_free(list, n);
    return 0;
}

/* One question. */

/* What a verdict says in a word. An answer that is none has its call's status. */
static const char *verdict_word(const struct dvb_dossier_verdict *v)
{
    if (v->verdict.answer < 0)
        return v->call ? dvb_call_status_names[v->call->call.status] : "no answer";
    return v->verdict.correct ? "right" : "wrong";
}

static void print_plain(const char *before, const char *s, const char *after)
{
    char *text = dvb_cmd_plain(s, 0);
    printf("%s%s%s", before, text, after);
    free(text);
}

static void print_question(const struct dvb_run_question *rq)
{
    const struct dvb_question *q = &rq->q;
    printf("%s  %s\n\n", q->key, stage_word(rq));
    print_plain("", q->text, "\n");
    for (int i = 0; i < q->n_options; i++) {
        printf("  %c %c) ", i == q->answer ? '*' : ' ', 'A' + i);
        print_plain("", q->options[i], "\n");
    }
    if (q->reference)
        print_plain("  * ", q->reference, "\n");
    const struct dvb_segment *seg = &rq->segment;
    print_plain("\nVideo     ", rq->video_name, "");
    printf(", %g to %g s", (double)seg->start_ms / 1000,
           (double)(seg->start_ms + seg->length_ms) / 1000);
    print_plain(" (", rq->video_path, ")\n");
    print_plain("Task      ", q->task_type, "");
    printf(", %s, %s\n", q->multi_frame ? "multiple frames" : "single frame", q->origin);
}

/* Members of the detail that say how the clip was encoded; none is promised. */
static void print_detail(const char *detail)
{
    json_t *j = NULL;
    if (detail && !dvb_json_parse(detail, strlen(detail), "detail", &j, NULL)) {
        double w = dvb_json_get_num(j, "width", 0), h = dvb_json_get_num(j, "height", 0);
        double qp = dvb_json_get_num(j, "mean_qp", -1);
        const char *reason = dvb_json_get_str(j, "reason");
        if (w > 0 && h > 0)
            printf(", %gx%g", w, h);
        if (qp > 0)
            printf(", mean QP %.1f", qp);
        if (reason && *reason)
            print_plain(", ", reason, "");
    }
    json_decref(j);
}

static void print_rendition(const char *title, const struct dvb_rendition *r)
{
    if (!r->id)
        return;
    printf("%-8s  ", title);
    if (r->bitrate_kbps > 0)
        printf("%.1f kbps%s", r->bitrate_kbps, r->met ? "" : " (rate not met)");
    else
        printf("not encoded");
    print_detail(r->detail);
    printf(", %d frames in %s\n", r->n_frames, r->path);
}

/* Models are named as the user named them: in place, that is a whole URL. */
static int model_width(const struct dvb_dossier *d)
{
    size_t width = strlen("MODEL");
    for (size_t i = 0; i < d->n_verdicts; i++)
        if (strlen(d->verdicts[i].model) > width)
            width = strlen(d->verdicts[i].model);
    for (size_t i = 0; i < d->n_calls; i++)
        if (strlen(d->calls[i].model) > width)
            width = strlen(d->calls[i].model);
    return (int)width;
}

static void print_verdicts(const struct dvb_dossier *d)
{
    int width = model_width(d);
    if (d->n_verdicts)
        printf("\n%-10s %-*s  %-6s  %s\n", "STEP", width, "MODEL", "ANSWER", "VERDICT");
    for (size_t i = 0; i < d->n_verdicts; i++) {
        const struct dvb_dossier_verdict *v = &d->verdicts[i];
        int answer = v->verdict.answer;
        printf("%-10s %-*s  %-6c  %s\n", v->verdict.step, width, v->model,
               answer < 0 ? '-' : 'A' + answer, verdict_word(v));
    }
}

static void print_calls(const struct dvb_dossier *d)
{
    int width = model_width(d);
    if (d->n_calls)
        printf("\n%-10s %-*s  %-8s %7s %5s %9s  %s\n", "CALL", width, "MODEL", "STATUS", "SECONDS",
               "TRIES", "USD", "REPLY");
    for (size_t i = 0; i < d->n_calls; i++) {
        const struct dvb_call *c = &d->calls[i].call;
        char *reply = dvb_cmd_plain(c->reply, SHORT_REPLY);
        printf("%-10s %-*s  %-8s %7.2f %5d %9.6f  %s\n", c->step, width, d->calls[i].model,
               dvb_call_status_names[c->status], c->latency_s, c->attempts, c->cost_usd, reply);
        free(reply);
    }
}

/* "200k uniform", "original", "blind". */
static char *condition(const struct dvb_answer *a)
{
    if (a->baseline)
        return dvb_strdup(a->strategy);
    if (!a->bitrate)
        return dvb_strdup("original");
    return dvb_asprintf("%gk %s", (double)a->bitrate / 1000, a->strategy);
}

static const char *answer_word(const struct dvb_answer *a)
{
    if (a->call && a->status != DVB_CALL_OK)
        return dvb_call_status_names[a->status];
    return a->score >= 0.5 ? "right" : "wrong";
}

static void print_answers(const struct dvb_dossier *d)
{
    int width = (int)strlen("MODEL");
    for (size_t i = 0; i < d->n_answers; i++)
        if (d->answers[i].model && (int)strlen(d->answers[i].model) > width)
            width = (int)strlen(d->answers[i].model);
    if (d->n_answers)
        printf("\n%-10s %-*s  %-20s %-6s  %-8s  %s\n", "EVALUATION", width, "MODEL", "SHOWN",
               "ANSWER", "VERDICT", "REPLY");
    for (size_t i = 0; i < d->n_answers; i++) {
        const struct dvb_answer *a = &d->answers[i];
        char *what = condition(a), *reply = dvb_cmd_plain(a->reply, SHORT_REPLY);
        printf("run %-6lld %-*s  %-20s %-6c  %-8s  %s\n", (long long)a->run, width,
               a->model ? a->model : "-", what, a->answer < 0 ? '-' : 'A' + a->answer,
               answer_word(a), reply);
        free(reply);
        free(what);
    }
}

/* A stored JSON text as JSON again; null where there is none. */
static json_t *stored_json(const char *text)
{
    json_t *j = NULL;
    if (!text || dvb_json_parse(text, strlen(text), "store", &j, NULL))
        return json_null();
    return j;
}

static json_t *verdicts_json(const struct dvb_dossier *d)
{
    json_t *list = json_array();
    for (size_t i = 0; i < d->n_verdicts; i++) {
        const struct dvb_dossier_verdict *v = &d->verdicts[i];
        char letter[2] = { (char)('A' + v->verdict.answer), '\0' };
        json_array_append_new(
            list, dvb_json_pack("{s:o, s:o, s:o, s:b, s:s, s:o}", "step",
                                dvb_json_str(v->verdict.step), "model", dvb_json_str(v->model),
                                "answer", v->verdict.answer < 0 ? json_null() : json_string(letter),
                                "correct", v->verdict.correct, "verdict", verdict_word(v), "call",
                                v->verdict.call ? json_integer(v->verdict.call) : json_null()));
    }
    return list;
}

static json_t *calls_json(const struct dvb_dossier *d)
{
    json_t *list = json_array();
    for (size_t i = 0; i < d->n_calls; i++) {
        const struct dvb_call *c = &d->calls[i].call;
        json_array_append_new(
            list,
            dvb_json_pack("{s:I, s:o, s:o, s:s, s:o, s:o, s:f, s:f, s:i}", "id", (json_int_t)c->id,
                          "step", dvb_json_str(c->step), "model", dvb_json_str(d->calls[i].model),
                          "status", dvb_call_status_names[c->status], "reply",
                          dvb_json_str(c->reply), "usage", stored_json(c->usage), "cost_usd",
                          c->cost_usd, "latency_s", c->latency_s, "attempts", c->attempts));
    }
    return list;
}

static json_t *id_json(int64_t id)
{
    return id ? json_integer(id) : json_null();
}

static json_t *answers_json(const struct dvb_dossier *d)
{
    json_t *list = json_array();
    for (size_t i = 0; i < d->n_answers; i++) {
        const struct dvb_answer *a = &d->answers[i];
        char letter[2] = { (char)('A' + a->answer), '\0' };
        json_array_append_new(
            list, dvb_json_pack(
                      "{s:I, s:o, s:o, s:o, s:b, s:o, s:o, s:f, s:s, s:o, s:o, s:o, s:o, s:o}",
                      "run", (json_int_t)a->run, "model", dvb_json_str(a->model), "bitrate_kbps",
                      a->bitrate ? json_real((double)a->bitrate / 1000) : json_null(), "strategy",
                      dvb_json_str(a->strategy), "baseline", a->baseline, "sampling",
                      stored_json(a->sampling), "answer",
                      a->answer < 0 ? json_null() : json_string(letter), "score", a->score,
                      "verdict", answer_word(a), "reply", dvb_json_str(a->reply), "judged",
                      dvb_json_str(a->verdict), "rendition", id_json(a->rendition), "call",
                      id_json(a->call), "judge", id_json(a->judge)));
    }
    return list;
}

static json_t *rendition_json(const struct dvb_rendition *r)
{
    if (!r->id)
        return json_null();
    bool encoded = r->bitrate_kbps > 0;
    return dvb_json_pack("{s:o, s:i, s:o, s:o, s:o, s:o}", "path", dvb_json_str(r->path), "frames",
                         r->n_frames, "bitrate_kbps",
                         encoded ? json_real(r->bitrate_kbps) : json_null(), "met",
                         encoded ? json_boolean(r->met) : json_null(), "recipe",
                         stored_json(r->recipe), "detail", stored_json(r->detail));
}

static json_t *dossier_json(const struct dvb_run *run, const struct dvb_dossier *d,
                            const char *picture)
{
    return dvb_json_pack("{s:I, s:o, s:o, s:o, s:o, s:{s:o, s:o}, s:o}", "run", (json_int_t)run->id,
                         "question", dvb_question_json(&d->question), "verdicts", verdicts_json(d),
                         "calls", calls_json(d), "results", answers_json(d), "renditions",
                         "original", rendition_json(&d->original), "degraded",
                         rendition_json(&d->degraded), "picture", dvb_json_str(picture));
}

static int show_one(const struct dvb_invocation *inv, const struct settings *s,
                    struct dvb_workspace *ws, const struct dvb_run *run, struct dvb_err *err)
{
    struct dvb_dossier *d;
    int rows = 0, ret = dvb_dossier_open(ws->store, run, inv->args[0], &d, err);
    if (!ret && s->out)
        ret = dvb_dossier_picture(ws, d, s->at, (int)s->frames, s->out, &rows, err);
    if (!ret && inv->common->json) {
        dvb_cmd_print_json(inv->command, dossier_json(run, d, s->out));
    } else if (!ret) {
        print_question(&d->question);
        print_rendition("Original", &d->original);
        print_rendition("Degraded", &d->degraded);
        if (rows)
            printf("Picture   %s: original left, degraded right, %d time%s\n", s->out, rows,
                   rows == 1 ? "" : "s");
        print_verdicts(d);
        print_calls(d);
        print_answers(d);
    }
    dvb_dossier_close(&d);
    return ret;
}

/* What all runs of the workspace have cost. */
static int show_spending(const struct dvb_invocation *inv, const struct settings *s,
                         struct dvb_err *err)
{
    struct dvb_workspace *ws;
    struct dvb_spending *list = NULL;
    size_t n = 0;
    double total = 0;
    if (!s->workspace)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "show: --workspace DIR is needed");
    int ret = dvb_workspace_open_readonly(s->workspace, &ws, err);
    if (!ret)
        ret = dvb_store_list_spending(ws->store, &list, &n, err);
    for (size_t i = 0; i < n; i++)
        total += list[i].cost_usd;
    if (!ret && inv->common->json)
        dvb_cmd_print_json(inv->command,
                           dvb_json_pack("{s:o, s:f}", "spent", dvb_cost_spending_json(list, n),
                                         "cost_usd", total));
    else if (!ret && !n)
        printf("no model was asked in this workspace\n");
    else if (!ret)
        dvb_cost_print_table(list, n);
    dvb_spending_free(list, n);
    dvb_workspace_close(&ws);
    return ret;
}

static int run_show(const struct dvb_invocation *inv, void *settings, struct dvb_err *err)
{
    const struct settings *s = settings;
    if (s->out && !inv->n_args)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "show: --out draws one question; give its KEY ('devibench show "
                        "--workspace DIR' lists them)");
    if (s->spending && (inv->n_args || s->out))
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "show: --spending is about the whole workspace: expected no KEY, no --out");
    if (s->spending)
        return show_spending(inv, s, err);
    struct dvb_workspace *ws;
    struct dvb_run run;
    int ret = dvb_cmd_open_run(inv->command, s->workspace, s->run, &ws, &run, err);
    if (ret)
        return ret;
    ret = inv->n_args ? show_one(inv, s, ws, &run, err) : show_list(inv, s, ws, &run, err);
    dvb_run_release(&run);
    dvb_workspace_close(&ws);
    return ret;
}

#define AT(field) offsetof(struct settings, field)
static const struct dvb_opt options[] = {
    { "workspace", 'w', DVB_OPT_STR, AT(workspace), "DIR", .help = "The workspace to read" },
    { "out", 'o', DVB_OPT_STR, AT(out), "PICTURE.png",
      .help = "Draw the question's frames, original left, degraded right" },
    { "frames", 0, DVB_OPT_INT, AT(frames), "N", .def = "3", .min = 1, .max = 64,
      .help = "Times to draw, evenly spread over the clip" },
    { "at", 0, DVB_OPT_NUM, AT(at), "S", .def = "-1", .min = -1, .max = 1e6,
      .help = "Draw the time nearest to second S of the clip alone; -1 for --frames of them" },
    { "stage", 0, DVB_OPT_CHOICE, AT(stage), "STAGE", .def = "generated",
      .choices = dvb_stage_names, .help = "List the questions that came at least so far" },
    { "run", 0, DVB_OPT_INT, AT(run), "N", .min = 1, .max = 1e15,
      .help = "A run by number; without it the newest build" },
    { "spending", 0, DVB_OPT_FLAG, AT(spending),
      .help = "Tell what the workspace's runs have cost, by step and model" },
    { 0 },
};

static const char *const examples[] = {
    "devibench show --workspace ws --stage verified",
    "devibench show 3f9a --workspace ws --out question.png",
    "devibench show --workspace ws --spending --json",
    NULL,
};

const struct dvb_command dvb_cmd_show = {
    .name = "show",
    .args = "[KEY]",
    .max_args = 1,
    .summary = "Show one question with its frames, answers and calls, or list them",
    .details =
        "KEY is a question's key or its first digits, four at least. Without it a run's "
        "questions are listed: key, stage, question. Of one question also the answers of every "
        "evaluation are shown; whichever set it was asked from.",
    .examples = examples,
    .opts = options,
    .settings_size = sizeof(struct settings),
    .run = run_show,
};
