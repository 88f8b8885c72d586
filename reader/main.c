/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * devibench-reader: the OCR baseline behind an OpenAI-compatible interface.
 * See README.md in this folder.
 */
#include <errno.h>
#include <libavutil/log.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/opt.h"
#include "base/version.h"
#include "reader/server.h"

#define MAX_BODY ((size_t)64 << 20)

struct settings {
    int64_t port, jobs;
    const char *host;
    bool version, help, quiet, verbose;
};

static const struct dvb_opt options[] = {
    { "port", 'p', DVB_OPT_INT, offsetof(struct settings, port), "N", "0", 0, 65535,
      .help = "TCP port; 0 takes any free one" },
    { "jobs", 'j', DVB_OPT_INT, offsetof(struct settings, jobs), "N", NULL, 1, 256,
      .help = "Requests read at once; more wait [the number of cores]" },
    { "host", 0, DVB_OPT_STR, offsetof(struct settings, host), "ADDRESS", "127.0.0.1",
      .help = "Address to listen on; there is no access control" },
    { "quiet", 'q', DVB_OPT_FLAG, offsetof(struct settings, quiet), .help = "Print errors only" },
    { "verbose", 'v', DVB_OPT_FLAG, offsetof(struct settings, verbose),
      .help = "Print refused requests" },
    { "version", 0, DVB_OPT_FLAG, offsetof(struct settings, version), .help = "Print the version" },
    { "help", 'h', DVB_OPT_FLAG, offsetof(struct settings, help), .help = "Print this help" },
    { .name = NULL },
};

static const char *const examples[] = {
    "devibench-reader --port 8099",
    "devibench build --generator openai:reader-eng@http://127.0.0.1:8099/v1 ...",
    NULL,
};

static const struct dvb_command command = {
    .name = "",
    .args = "",
    .summary = "Serve the OCR baseline: models that answer questions about visible text",
    .details =
        "An OpenAI-compatible server whose models read the pixels: reader-eng with Tesseract and "
        "English data, reader-latin with data for all languages in Latin script, reader-ppocr "
        "with PP-OCR's networks, where ONNX Runtime is built in and the weights are found (in "
        "DEVIBENCH_OCR_MODELS, or where 'make ocr-models' puts them). It prints its base URL on "
        "standard output when it is ready, and stops on SIGTERM or SIGINT.\n"
        "\n"
        "GET /v1/models lists the models. POST /v1/chat/completions takes text, image_url and "
        "video_url parts; URLs must be data URIs, since nothing is fetched. What is asked for is "
        "told by the request:\n"
        "- response_format.json_schema.name \"questions\": the pictures are pairs, the sharp clip "
        "on the left and the degraded one on the right; up to ten multiple-choice questions about "
        "text that only the left half shows.\n"
        "- \"regions\": the boxes of all text, in thousandths of width and height.\n"
        "- otherwise, a last user message with lines \"A) ...\", \"B) ...\": the letter of the "
        "option that is there to be read, or \"I cannot tell from the video.\"\n"
        "- otherwise, a message that asks for yes or no and quotes a text: whether the newest "
        "picture "
        "shows the first text that is quoted.\n"
        "- otherwise: the text that is there, line by line.\n"
        "\n"
        "usage counts words of text and one token per 28x28 pixels of every picture.\n",
    .examples = examples,
    .opts = options,
    .settings_size = sizeof(struct settings),
};

/* Tesseract asks OpenMP for four threads per page, whatever the number of jobs;
   only this variable, read when the program is loaded, holds it to one. */
static void hold_to_one_thread(char **argv)
{
    const char *limit = getenv("OMP_THREAD_LIMIT");
    if (limit && !strcmp(limit, "1"))
        return;
    if (!setenv("OMP_THREAD_LIMIT", "1", 1))
        execv("/proc/self/exe", argv);
    dvb_warn("OMP_THREAD_LIMIT=1 could not be set: recognition will use more threads than --jobs");
}

static int serve(const struct settings *o, const sigset_t *signals, struct dvb_err *err)
{
    struct dvb_service *service = NULL;
    struct dvb_server *server = NULL;
    const struct dvb_server_settings settings = { .host = o->host,
                                                  .port = (int)o->port,
                                                  .max_body = MAX_BODY };
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    int jobs = o->jobs ? (int)o->jobs : cores < 1 ? 1 : cores > 256 ? 256 : (int)cores;
    int ret = dvb_service_open(jobs, &service, err);
    if (!ret)
        ret = dvb_server_open(&settings, service, &server, err);
    if (!ret) {
        printf("%s\n", dvb_server_url(server));
        if (fflush(stdout))
            ret = dvb_fail_errno(err, DVB_FAULT_INTERNAL, "cannot print the address");
    }
    if (!ret) {
        int got;
        sigwait(signals, &got);
        dvb_service_stop(service);
    }
    dvb_server_close(&server);
    dvb_service_close(&service);
    return ret;
}

static int run(struct settings *o, int argc, char **argv, const sigset_t *signals,
               struct dvb_err *err)
{
    int n_args, ret = dvb_opt_parse(options, o, argc, argv, &n_args, err);
    if (o->help) {
        dvb_opt_print_help(stdout, "devibench-reader", &command);
        return 0;
    }
    if (o->version) {
        printf("devibench-reader %s\n", DVB_VERSION);
        return 0;
    }
    if (!ret && n_args)
        ret = dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "found the argument '%s', expected none",
                       argv[0]);
    dvb_log_set_level(o->quiet ? DVB_LOG_ERROR : o->verbose ? DVB_LOG_DEBUG : DVB_LOG_INFO);
    return ret ? ret : serve(o, signals, err);
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "");
    hold_to_one_thread(argv);
    signal(SIGPIPE, SIG_IGN);
    av_log_set_level(AV_LOG_QUIET); /* FFmpeg's errors are reported in our own words */
    sigset_t signals;               /* blocked before any thread starts, taken by sigwait */
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    struct settings o = { 0 };
    struct dvb_err err = { 0 };
    int ret = run(&o, argc - 1, argv + 1, &signals, &err);
    if (!ret)
        return 0;
    dvb_error("%s", err.msg);
    if (err.fault == DVB_FAULT_USAGE)
        fprintf(stderr, "Try 'devibench-reader --help'.\n");
    return err.fault ? (int)err.fault : DVB_FAULT_INTERNAL;
}
