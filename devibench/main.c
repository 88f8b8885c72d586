/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <libavutil/log.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "cmd.h"

static const struct dvb_command *const commands[] = {
    &dvb_cmd_build,
    &dvb_cmd_eval,
    &dvb_cmd_report,
    &dvb_cmd_relevance,
    &dvb_cmd_transcode,
    &dvb_cmd_concat,
    &dvb_cmd_show,
    &dvb_cmd_import,
    &dvb_cmd_export,
    &dvb_cmd_audit,
    &dvb_cmd_models,
    &dvb_cmd_stream_rate,
    &dvb_cmd_stream_simulate,
    &dvb_cmd_stream_confidence,
    &dvb_cmd_stream_figure,
    &dvb_cmd_stream_live,
    &dvb_cmd_stream_link,
    NULL,
};

static const char man_intro[] =
    ".SH NAME\n"
    "devibench \\- measure how far video can degrade before a model misreads it\n"
    ".SH SYNOPSIS\n"
    "\\fBdevibench\\fR \\fIcommand\\fR [\\fIoptions\\fR]\n"
    ".SH DESCRIPTION\n"
    "\\fBdevibench build\\fR makes a quality\\-sensitive question set from videos:\n"
    "each clip is transcoded to a low bitrate,\n"
    "original and degraded are put side by side,\n"
    "a multimodal model writes questions,\n"
    "those answered right on the original and wrong on the degraded clip are kept,\n"
    "and a second model verifies them.\n"
    ".PP\n"
    "Everything is kept in one workspace folder;\n"
    "running the same command again finishes what was interrupted\n"
    "and repeats no finished call.\n"
    ".PP\n"
    "Results go to standard output, everything else to standard error.\n"
    ".SH EXIT STATUS\n"
    "0 done; 1 ran, and the verdict is negative; 2 wrong usage; 3 bad input;\n"
    "4 a model or other service failed; 5 internal error.\n"
    ".SH ENVIRONMENT\n"
    "API keys are read from the environment variable that a model\\(aqs profile names,\n"
    "and from nowhere else.\n"
    "\\fBNO_COLOR\\fR switches colours off.\n";

void dvb_cmd_print_json(const struct dvb_command *cmd, json_t *result)
{
    json_t *doc = json_pack("{s:i, s:s}", "schema_version", DVB_SCHEMA_VERSION, "command",
                            cmd->name);
    if (!doc || json_object_update_new(doc, result))
        abort();
    json_dumpf(doc, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(10));
    putchar('\n');
    json_decref(doc);
}

static void print_usage(FILE *out)
{
    fprintf(out, "Usage: devibench <command> [options]\n\n"
                 "Measures how degraded video can become before a multimodal model stops\n"
                 "understanding it.\n\nCommands:\n");
    for (const struct dvb_command *const *c = commands; *c; c++)
        fprintf(out, "  %-15s %s\n", (*c)->name, (*c)->summary);
    fprintf(out, "\n'devibench <command> --help' tells more; so does 'man devibench'.\n"
                 "Also: --version, --man (the man page), --completion (for bash).\n");
}

/* Words that a command's name may begin with, such as "stream" of "stream rate". */
static bool is_group(const char *word)
{
    size_t len = strlen(word);
    for (const struct dvb_command *const *c = commands; *c; c++)
        if (!strncmp((*c)->name, word, len) && (*c)->name[len] == ' ')
            return true;
    return false;
}

/* The words that name the command, of which there is at least one. */
static int name_words(int argc, char **argv)
{
    return argc > 2 && is_group(argv[1]) && argv[2][0] != '-' ? 2 : 1;
}

static char *command_name(int argc, char **argv)
{
    return name_words(argc, argv) == 2 ? dvb_asprintf("%s %s", argv[1], argv[2])
                                       : dvb_strdup(argv[1]);
}

static void print_group(FILE *out, const char *word)
{
    size_t len = strlen(word);
    fprintf(out, "Usage: devibench %s <command> [options]\n\nCommands:\n", word);
    for (const struct dvb_command *const *c = commands; *c; c++)
        if (!strncmp((*c)->name, word, len) && (*c)->name[len] == ' ')
            fprintf(out, "  %-15s %s\n", (*c)->name, (*c)->summary);
    fprintf(out, "\n'devibench %s <command> --help' tells more.\n", word);
}

static const struct dvb_command *find_command(const char *name, struct dvb_err *err)
{
    const char *names[sizeof(commands) / sizeof(*commands)] = { NULL };
    size_t n = 0;
    for (; commands[n]; n++) {
        if (!strcmp(commands[n]->name, name))
            return commands[n];
        names[n] = commands[n]->name;
    }
    if (name[0] == '-') {
        dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                 "unknown option '%s': expected a command, then its options", name);
        return NULL;
    }
    if (is_group(name)) {
        dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "%s: expected the name of a command after it", name);
        return NULL;
    }
    const char *near = dvb_opt_nearest(name, names, n);
    dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "unknown command '%s'%s%s%s", name,
             near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    return NULL;
}

/* As the shell would take it: quoted where needed. */
static char *quote_arg(const char *arg)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "%+,-./:=@_";
    if (*arg && !arg[strspn(arg, plain)])
        return dvb_strdup(arg);
    char *quoted = dvb_calloc(strlen(arg) * 4 + 3, 1), *out = quoted;
    *out++ = '\'';
    for (; *arg; arg++) {
        if (*arg == '\'') {
            memcpy(out, "'\\''", 4);
            out += 4;
        } else {
            *out++ = *arg;
        }
    }
    *out = '\'';
    return quoted;
}

static char *join_args(int argc, char **argv)
{
    char *line = dvb_strdup("devibench");
    for (int i = 1; i < argc; i++) {
        char *arg = quote_arg(argv[i]);
        char *longer = dvb_asprintf("%s %s", line, arg);
        free(arg);
        free(line);
        line = longer;
    }
    return line;
}

static int check_args(const struct dvb_command *cmd, int n, struct dvb_err *err)
{
    if (n >= cmd->min_args && n <= cmd->max_args)
        return 0;
    return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "%s: %d argument%s given, expected %s", cmd->name,
                    n, n == 1 ? "" : "s", *cmd->args ? cmd->args : "none");
}

/* What a command line fills. */
struct filled {
    struct dvb_common_opts common;
    max_align_t settings[]; /* the command's */
};

static int run_command(const struct dvb_command *cmd, int argc, char **argv, const char *line,
                       bool *negative, struct dvb_err *err)
{
    const struct dvb_opt opts[] = {
        { "command", 0, DVB_OPT_GROUP, offsetof(struct filled, settings), .group = cmd->opts },
        { "common", 0, DVB_OPT_GROUP, offsetof(struct filled, common), .group = dvb_common_opts },
        { NULL },
    };
    struct filled *f = dvb_calloc(1, sizeof(*f) + cmd->settings_size);
    struct dvb_invocation inv = { .command = cmd,
                                  .common = &f->common,
                                  .args = argv,
                                  .command_line = line,
                                  .negative = negative };
    int ret = dvb_opt_parse(opts, f, argc, argv, &inv.n_args, err);
    if (f->common.help) {
        dvb_opt_print_help(stdout, "devibench", cmd);
        ret = 0;
    } else if (!ret) {
        dvb_log_set_level(f->common.quiet     ? DVB_LOG_ERROR
                          : f->common.verbose ? DVB_LOG_DEBUG
                                              : DVB_LOG_INFO);
        ret = check_args(cmd, inv.n_args, err);
        if (!ret)
            ret = cmd->run(&inv, f->settings, err);
    }
    dvb_opt_release(opts, f);
    free(f);
    return ret;
}

/* Options that stand in place of a command. */
static bool run_global(const char *word)
{
    if (!strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "help"))
        print_usage(stdout);
    else if (!strcmp(word, "--version"))
        printf("devibench %s\n", DVB_VERSION);
    else if (!strcmp(word, "--man"))
        dvb_opt_print_man(stdout, "devibench", man_intro, commands, DVB_VERSION, DVB_RELEASE_DATE);
    else if (!strcmp(word, "--completion"))
        dvb_opt_print_completion(stdout, "devibench", commands);
    else
        return false;
    return true;
}

/* A full disk shows when stdout is flushed. A reader that has seen enough ('| head') is no
   error to speak of: end as any program in a pipe does. */
static int flush_results(struct dvb_err *err)
{
    errno = 0;
    if (!fflush(stdout) && !ferror(stdout))
        return 0;
    if (errno == EPIPE) {
        signal(SIGPIPE, SIG_DFL);
        raise(SIGPIPE);
    }
    return dvb_fail_errno(err, DVB_FAULT_INTERNAL, "cannot write the result");
}

/* Where to read on: the command's help, its group's, or the program's. */
static int report(const struct dvb_err *err, const char *name)
{
    dvb_error("%s", *err->msg ? err->msg : "internal error: failed without a message");
    if (err->fault == DVB_FAULT_USAGE) {
        bool known = is_group(name) || find_command(name, NULL);
        fprintf(stderr, "Try 'devibench %s%s--help'.\n", known ? name : "", known ? " " : "");
    }
    return err->fault ? (int)err->fault : DVB_FAULT_INTERNAL;
}

static int run_words(int argc, char **argv, const char *name, bool *negative, struct dvb_err *err)
{
    if (run_global(argv[1]))
        return 0;
    if (is_group(name) && argc > 2 && (!strcmp(argv[2], "--help") || !strcmp(argv[2], "-h"))) {
        print_group(stdout, name);
        return 0;
    }
    const struct dvb_command *cmd = find_command(name, err);
    if (!cmd)
        return -EINVAL;
    int words = 1 + name_words(argc, argv);
    char *line = join_args(argc, argv);
    int ret = run_command(cmd, argc - words, argv + words, line, negative, err);
    free(line);
    return ret;
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    av_log_set_level(AV_LOG_QUIET); /* FFmpeg's errors are reported in our own words */
    if (argc < 2) {
        print_usage(stderr);
        return DVB_FAULT_USAGE;
    }
    char option[] = "--help";
    char *help[] = { argv[0], argc > 2 ? argv[2] : NULL, option, option, NULL };
    if (argc > 2 && !strcmp(argv[1], "help")) { /* "help build" is "build --help" */
        if (argc > 3)
            help[2] = argv[3];
        argc = argc > 3 ? 4 : 3;
        argv = help;
    }
    struct dvb_err err = { 0 };
    bool negative = false;
    char *name = command_name(argc, argv);
    int ret = run_words(argc, argv, name, &negative, &err);
    if (!ret)
        ret = flush_results(&err);
    if (ret)
        ret = report(&err, name);
    else
        ret = negative ? 1 : 0;
    free(name);
    return ret;
}
