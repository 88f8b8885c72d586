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
    &dvb_cmd_build,  &dvb_cmd_eval,   &dvb_cmd_transcode, &dvb_cmd_concat, &dvb_cmd_show,
    &dvb_cmd_import, &dvb_cmd_export, &dvb_cmd_audit,     &dvb_cmd_models, NULL,
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
        fprintf(out, "  %-12s %s\n", (*c)->name, (*c)->summary);
    fprintf(out, "\n'devibench <command> --help' tells more; so does 'man devibench'.\n"
                 "Also: --version, --man (the man page), --completion (for bash).\n");
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

static int run_command(const struct dvb_command *cmd, int argc, char **argv, const char *line,
                       bool *negative, struct dvb_err *err)
{
    struct dvb_common_opts common = { 0 };
    void *settings = dvb_calloc(1, cmd->settings_size);
    const struct dvb_opt_target targets[] = { { cmd->opts, settings },
                                              { dvb_common_opts, &common } };
    struct dvb_invocation inv = {
        .command = cmd, .common = &common, .args = argv, .command_line = line, .negative = negative
    };
    int ret = dvb_opt_parse(targets, 2, argc, argv, &inv.n_args, err);
    if (common.help) {
        dvb_opt_print_help(stdout, "devibench", cmd);
        ret = 0;
    } else if (!ret) {
        dvb_log_set_level(common.quiet     ? DVB_LOG_ERROR
                          : common.verbose ? DVB_LOG_DEBUG
                                           : DVB_LOG_INFO);
        ret = check_args(cmd, inv.n_args, err);
        if (!ret)
            ret = cmd->run(&inv, settings, err);
    }
    dvb_opt_release(targets, 2);
    free(settings);
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

static int report(const struct dvb_err *err, const char *word)
{
    dvb_error("%s", *err->msg ? err->msg : "internal error: failed without a message");
    if (err->fault == DVB_FAULT_USAGE) {
        const struct dvb_command *cmd = find_command(word, NULL);
        fprintf(stderr, "Try 'devibench %s%s--help'.\n", cmd ? cmd->name : "", cmd ? " " : "");
    }
    return err->fault ? (int)err->fault : DVB_FAULT_INTERNAL;
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
    char *help[] = { argv[0], argc > 2 ? argv[2] : NULL, option, NULL };
    if (argc > 2 && !strcmp(argv[1], "help")) { /* "help build" is "build --help" */
        argc = 3;
        argv = help;
    }
    struct dvb_err err = { 0 };
    bool negative = false;
    int ret = 0;
    if (!run_global(argv[1])) {
        const struct dvb_command *cmd = find_command(argv[1], &err);
        char *line = join_args(argc, argv);
        ret = cmd ? run_command(cmd, argc - 2, argv + 2, line, &negative, &err) : -EINVAL;
        free(line);
    }
    if (!ret)
        ret = flush_results(&err);
    if (ret)
        return report(&err, argv[1]);
    return negative ? 1 : 0;
}
