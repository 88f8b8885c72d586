/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Help, man page and completion, all from the option tables. */
#include <ctype.h>
#include <string.h>

#include "base/opt.h"

#define HELP_WIDTH 80

static void left_column(char *buf, size_t size, const struct dvb_opt *o)
{
    char letter[8] = "    ";
    if (o->letter)
        snprintf(letter, sizeof(letter), "-%c, ", o->letter);
    snprintf(buf, size, "  %s--%s%s%s%s", letter, o->name, o->arg ? " " : "", o->arg ? o->arg : "",
             o->type == DVB_OPT_WORDS ? "..." : "");
}

/* Help text, then choices, range and default in brackets. */
static void right_column(char *buf, size_t size, const struct dvb_opt *o)
{
    size_t len = (size_t)snprintf(buf, size, "%s", o->help);
    for (int i = 0; o->choices && o->choices[i] && len < size; i++)
        len += (size_t)snprintf(buf + len, size - len, "%s%s", i ? ", " : ": ", o->choices[i]);
    if (o->def && len < size)
        snprintf(buf + len, size - len, " [%s]", o->def);
}

/* Print text wrapped at HELP_WIDTH, continuing at column indent; the cursor
   stands at column at. */
static void wrap(FILE *out, const char *text, int at, int indent)
{
    while (*text) {
        size_t len = strcspn(text, " \n");
        if (at > indent && at + (int)len + 1 > HELP_WIDTH) {
            fprintf(out, "\n%*s", indent, "");
            at = indent;
        }
        fprintf(out, "%s%.*s", at > indent ? " " : "", (int)len, text);
        at += (int)len + (at > indent);
        text += len;
        if (*text == '\n') {
            fprintf(out, "\n%*s", text[1] ? indent : 0, "");
            at = indent;
        }
        if (*text)
            text++;
    }
    fputc('\n', out);
}

static void print_options(FILE *out, const struct dvb_opt *opts)
{
    const int indent = 28;
    for (const struct dvb_opt *o = opts; o->name; o++) {
        char left[128], right[1024];
        left_column(left, sizeof(left), o);
        right_column(right, sizeof(right), o);
        int at = fprintf(out, "%s", left);
        if (at > indent - 2) {
            fputc('\n', out);
            at = 0;
        }
        fprintf(out, "%*s", indent - at, "");
        wrap(out, right, indent, indent);
    }
}

void dvb_opt_print_help(FILE *out, const char *prog, const struct dvb_command *cmd)
{
    bool alone = !*cmd->name; /* a program without subcommands */
    fprintf(out, "Usage: %s%s%s [options]%s%s\n\n%s.\n", prog, alone ? "" : " ", cmd->name,
            *cmd->args ? " " : "", cmd->args, cmd->summary);
    if (cmd->details) {
        fputc('\n', out);
        wrap(out, cmd->details, 0, 0);
    }
    fprintf(out, "\nOptions:\n");
    print_options(out, cmd->opts);
    if (!alone) {
        fprintf(out, "\nFor every command:\n");
        print_options(out, dvb_common_opts);
    }
    for (int i = 0; cmd->examples && cmd->examples[i]; i++)
        fprintf(out, "%s  %s\n", i ? "" : "\nExamples:\n", cmd->examples[i]);
}

/* roff text: backslashes, hyphens and a leading dot or quote are escaped. */
static void roff(FILE *out, const char *s)
{
    bool start = true;
    for (; *s; s++) {
        if (start && (*s == '.' || *s == '\''))
            fputs("\\&", out);
        if (*s == '\\')
            fputs("\\e", out);
        else if (*s == '-')
            fputs("\\-", out);
        else
            fputc(*s, out);
        start = *s == '\n';
    }
}

/* As roff, but single line breaks become paragraphs: an empty line may not
   stand in a man page. */
static void roff_paragraphs(FILE *out, const char *s)
{
    char line[1024];
    while (*s) {
        size_t len = strcspn(s, "\n");
        snprintf(line, sizeof(line), "%.*s", (int)len, s);
        if (len) {
            roff(out, line);
            fputs("\n", out);
        } else {
            fputs(".PP\n", out);
        }
        s += len + (s[len] == '\n');
    }
}

static void man_options(FILE *out, const struct dvb_opt *opts)
{
    for (const struct dvb_opt *o = opts; o->name; o++) {
        char right[1024];
        right_column(right, sizeof(right), o);
        fprintf(out, ".TP\n\\fB");
        if (o->letter)
            fprintf(out, "\\-%c\\fR, \\fB", o->letter);
        fputs("\\-\\-", out);
        roff(out, o->name);
        fprintf(out, "\\fR%s%s%s%s\n", o->arg ? " \\fI" : "", o->arg ? o->arg : "",
                o->type == DVB_OPT_WORDS ? "..." : "", o->arg ? "\\fR" : "");
        roff(out, right);
        fputc('\n', out);
    }
}

static void man_command(FILE *out, const char *prog, const struct dvb_command *c)
{
    fprintf(out, ".SS %s %s\n", prog, c->name);
    fprintf(out, "\\fB%s %s\\fR [\\fIoptions\\fR]%s%s\n.PP\n", prog, c->name, *c->args ? " " : "",
            c->args);
    roff(out, c->summary);
    fputs(".\n", out);
    if (c->details) {
        fputs(".PP\n", out);
        roff_paragraphs(out, c->details);
    }
    man_options(out, c->opts);
    for (int i = 0; c->examples && c->examples[i]; i++) {
        fprintf(out, ".PP\n.EX\n");
        roff(out, c->examples[i]);
        fprintf(out, "\n.EE\n");
    }
}

void dvb_opt_print_man(FILE *out, const char *prog, const char *intro,
                       const struct dvb_command *const *cmds, const char *version)
{
    char upper[64];
    size_t n = 0;
    for (; prog[n] && n + 1 < sizeof(upper); n++)
        upper[n] = (char)toupper((unsigned char)prog[n]);
    upper[n] = '\0';
    fprintf(out, ".TH %s 1 \"\" \"%s %s\"\n", upper, prog, version);
    roff_paragraphs(out, "");
    fprintf(out, "%s", intro); /* roff source: NAME, SYNOPSIS, DESCRIPTION */
    fprintf(out, ".SH COMMANDS\n");
    for (; *cmds; cmds++)
        man_command(out, prog, *cmds);
    fprintf(out, ".SH COMMON OPTIONS\n");
    man_options(out, dvb_common_opts);
}

static void completion_case(FILE *out, const struct dvb_command *c)
{
    fprintf(out, "        %s) words=\"", c->name);
    for (const struct dvb_opt *o = c->opts; o->name; o++)
        fprintf(out, "--%s ", o->name);
    for (const struct dvb_opt *o = dvb_common_opts; o->name; o++)
        fprintf(out, "--%s%s", o->name, o[1].name ? " " : "");
    fprintf(out, "\" ;;\n");
}

void dvb_opt_print_completion(FILE *out, const char *prog, const struct dvb_command *const *cmds)
{
    fprintf(out,
            "# bash completion for %s\n"
            "_%s() {\n"
            "    local cur=\"${COMP_WORDS[COMP_CWORD]}\" words=\"\"\n"
            "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
            "        words=\"",
            prog, prog);
    for (const struct dvb_command *const *c = cmds; *c; c++)
        fprintf(out, "%s%s", c == cmds ? "" : " ", (*c)->name);
    fprintf(out, "\"\n    else\n        case \"${COMP_WORDS[1]}\" in\n");
    for (; *cmds; cmds++)
        completion_case(out, *cmds);
    fprintf(out,
            "        esac\n"
            "        case \"$cur\" in -*) ;; *) words=\"\" ;; esac\n"
            "    fi\n"
            "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
            "}\n"
            "complete -o default -F _%s %s\n",
            prog, prog);
}
