/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Help, man page and completion, all from the option tables. */
#include <ctype.h>
#include <string.h>

#include "base/opt.h"

#define HELP_WIDTH 80
#define MAN_FILL 64 /* bytes a source line of the man page, before escapes */

static void left_column(char *buf, size_t size, const struct dvb_opt *o)
{
    char letter[8] = "    ";
    if (o->letter)
        snprintf(letter, sizeof(letter), "-%c, ", o->letter);
    snprintf(buf, size, "  %s--%s%s%s%s", letter, o->name, o->arg ? " " : "", o->arg ? o->arg : "",
             o->type == DVB_OPT_WORDS ? "..." : "");
}

/* The range as far as it helps: an upper end that nobody reaches is left out,
   and then a lower end of 0 goes without saying. */
static void helpful_range(char *buf, size_t size, const struct dvb_opt *o)
{
    struct dvb_opt open = *o;
    if (o->type != DVB_OPT_RATE && o->max >= 1e6)
        open.max = 0x1p53;
    *buf = '\0';
    if (open.max < 0x1p53 || o->min != 0)
        dvb_opt_range(&open, buf, size);
}

/* Help text, then choices or range, and the default in brackets. */
static void right_column(char *buf, size_t size, const struct dvb_opt *o)
{
    char range[80];
    helpful_range(range, sizeof(range), o);
    size_t len = (size_t)snprintf(buf, size, "%s", o->help);
    for (int i = 0; o->choices && o->choices[i] && len < size; i++)
        len += (size_t)snprintf(buf + len, size - len, "%s%s", i ? ", " : ": ", o->choices[i]);
    if (*range && len < size)
        len += (size_t)snprintf(buf + len, size - len, " (%s)", range);
    if (o->def && len < size)
        snprintf(buf + len, size - len, " [%s]", o->def);
}

/* Columns that len bytes of UTF-8 take; wide and combining characters do not
   occur in the tables. */
static int columns(const char *s, size_t len)
{
    int n = 0;
    for (size_t i = 0; i < len; i++)
        n += ((unsigned char)s[i] & 0xc0) != 0x80;
    return n;
}

/* Print text wrapped at HELP_WIDTH, continuing at column indent; the cursor
   stands at column at. */
static void wrap(FILE *out, const char *text, int at, int indent)
{
    while (*text) {
        size_t len = strcspn(text, " \n");
        int width = columns(text, len);
        if (at > indent && at + width + 1 > HELP_WIDTH) {
            fprintf(out, "\n%*s", indent, "");
            at = indent;
        }
        fprintf(out, "%s%.*s", at > indent ? " " : "", (int)len, text);
        at += width + (at > indent);
        text += len;
        if (*text == '\n') {
            fprintf(out, "\n%*s", text[1] && text[1] != '\n' ? indent : 0, "");
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
    struct dvb_opt_walk w = dvb_opt_walk(opts);
    for (const struct dvb_opt *o; (o = dvb_opt_next(&w));) {
        char left[128], right[1024];
        left_column(left, sizeof(left), o);
        right_column(right, sizeof(right), o);
        fputs(left, out);
        int at = columns(left, strlen(left));
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

/* Characters that roff would interpret, or typeset as another. */
static const char *const roff_escapes[128] = {
    ['\\'] = "\\e",  ['-'] = "\\-",   ['\''] = "\\(aq", ['`'] = "\\(ga",
    ['^'] = "\\(ha", ['~'] = "\\(ti", ['"'] = "\\(dq",  ['\t'] = " ",
};

/* len bytes of plain text as roff source, to stand inside a line. */
static void roff(FILE *out, const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c < 128 && roff_escapes[c])
            fputs(roff_escapes[c], out);
        else
            fputc(c, out);
    }
}

static void roff_str(FILE *out, const char *s)
{
    roff(out, s, strlen(s));
}

static bool ends_sentence(const char *word, size_t len)
{
    return len && strchr(".?!", word[len - 1]);
}

/* Running text up to a line break: source lines under 80 bytes, and a new one
   for each sentence, as roff wants. */
static void roff_fill(FILE *out, const char *s, size_t len)
{
    size_t at = 0;
    for (size_t i = 0; i < len;) {
        if (s[i] == ' ') {
            i++;
            continue;
        }
        size_t word = 0;
        while (i + word < len && s[i + word] != ' ')
            word++;
        if (at && (at + word > MAN_FILL || ends_sentence(s, i - 1))) {
            fputc('\n', out);
            at = 0;
        }
        fputs(at ? " " : s[i] == '.' ? "\\&" : "", out);
        roff(out, s + i, word);
        at += word + 1;
        i += word;
    }
    fputc('\n', out);
}

/* Lines, with a paragraph at each run of empty ones. */
static void roff_paragraphs(FILE *out, const char *s)
{
    const char *between = "";
    for (s += strspn(s, "\n"); *s;) {
        size_t len = strcspn(s, "\n"), gap = strspn(s + len, "\n");
        fputs(between, out);
        roff_fill(out, s, len);
        between = gap > 1 ? ".PP\n" : ".br\n";
        s += len + gap;
    }
}

static void man_options(FILE *out, const struct dvb_opt *opts)
{
    struct dvb_opt_walk w = dvb_opt_walk(opts);
    for (const struct dvb_opt *o; (o = dvb_opt_next(&w));) {
        char right[1024];
        right_column(right, sizeof(right), o);
        fprintf(out, ".TP\n\\fB");
        if (o->letter)
            fprintf(out, "\\-%c\\fR, \\fB", o->letter);
        fputs("\\-\\-", out);
        roff_str(out, o->name);
        fputs("\\fR", out);
        if (o->arg) {
            fputs(" \\fI", out);
            roff_str(out, o->arg);
            fprintf(out, "\\fR%s", o->type == DVB_OPT_WORDS ? "..." : "");
        }
        fputc('\n', out);
        roff_fill(out, right, strlen(right));
    }
}

static void man_examples(FILE *out, const char *const *examples)
{
    if (!examples || !*examples)
        return;
    fputs(".PP\n.EX\n", out);
    for (; *examples; examples++) {
        fputs(**examples == '.' ? "\\&" : "", out);
        roff_str(out, *examples);
        fputc('\n', out);
    }
    fputs(".EE\n", out);
}

static void man_command(FILE *out, const char *prog, const struct dvb_command *c)
{
    fputs(".SS ", out);
    roff_str(out, prog);
    fputc(' ', out);
    roff_str(out, c->name);
    fputs("\n\\fB", out);
    roff_str(out, prog);
    fputc(' ', out);
    roff_str(out, c->name);
    fprintf(out, "\\fR [\\fIoptions\\fR]%s", *c->args ? " " : "");
    roff_str(out, c->args);
    fputs("\n.PP\n", out);
    char summary[256];
    snprintf(summary, sizeof(summary), "%s.", c->summary);
    roff_fill(out, summary, strlen(summary));
    if (c->details) {
        fputs(".PP\n", out);
        roff_paragraphs(out, c->details);
    }
    man_options(out, c->opts);
    man_examples(out, c->examples);
}

void dvb_opt_print_man(FILE *out, const char *prog, const char *intro,
                       const struct dvb_command *const *cmds, const char *version, const char *date)
{
    fputs(".TH ", out);
    for (const char *p = prog; *p; p++)
        fputc(toupper((unsigned char)*p), out);
    fprintf(out, " 1 %s \"%s %s\"\n%s", date, prog, version, intro);
    if (*cmds)
        fputs(".SH COMMANDS\n", out);
    for (; *cmds; cmds++)
        man_command(out, prog, *cmds);
    fputs(".SH COMMON OPTIONS\n", out);
    man_options(out, dvb_common_opts);
}

/* In a double-quoted string of the shell. */
static void shell_words(FILE *out, const char *const *words)
{
    for (int i = 0; words[i]; i++)
        fprintf(out, "%s%s", i ? " " : "", words[i]);
}

/* The words that may follow: an option's choices after it, else the options. */
static void completion_case(FILE *out, const struct dvb_command *c)
{
    const struct dvb_opt all[] = {
        { "command", 0, DVB_OPT_GROUP, .group = c->opts },
        { "common", 0, DVB_OPT_GROUP, .group = dvb_common_opts },
        { NULL },
    };
    struct dvb_opt_walk choices = dvb_opt_walk(all), names = choices;
    fprintf(out, "    '%s')\n        case \"$prev\" in\n", c->name);
    for (const struct dvb_opt *o; (o = dvb_opt_next(&choices));) {
        if (!o->choices)
            continue;
        fprintf(out, "        --%s) words=\"", o->name);
        shell_words(out, o->choices);
        fputs("\" ;;\n", out);
    }
    fputs("        *) case \"$cur\" in -*) words=\"", out);
    const char *between = "";
    for (const struct dvb_opt *o; (o = dvb_opt_next(&names)); between = " ")
        fprintf(out, "%s--%s", between, o->name);
    fputs("\" ;; esac ;;\n        esac ;;\n", out);
}

static size_t first_word(const struct dvb_command *c)
{
    return strcspn(c->name, " ");
}

/* Names of two words: the first is a candidate once, the second after it. */
static bool begins_group(const struct dvb_command *const *cmds, const struct dvb_command *const *c)
{
    size_t len = first_word(*c);
    return (*c)->name[len] && (c == cmds || strncmp(c[-1]->name, (*c)->name, len + 1));
}

static void completion_names(FILE *out, const struct dvb_command *const *cmds)
{
    for (const struct dvb_command *const *c = cmds; *c; c++)
        if (!(*c)->name[first_word(*c)] || begins_group(cmds, c))
            fprintf(out, "%.*s ", (int)first_word(*c), (*c)->name);
}

static void completion_groups(FILE *out, const struct dvb_command *const *cmds)
{
    for (const struct dvb_command *const *c = cmds; *c; c++) {
        size_t len = first_word(*c);
        if (!begins_group(cmds, c))
            continue;
        fprintf(out, "    elif [ \"$COMP_CWORD\" -eq 2 ] && [ \"$cmd\" = %.*s ]; then words=\"",
                (int)len, (*c)->name);
        for (const struct dvb_command *const *d = c;
             *d && !strncmp((*d)->name, (*c)->name, len + 1); d++)
            fprintf(out, "%s%s", d == c ? "" : " ", (*d)->name + len + 1);
        fputs("\"\n", out);
    }
}

/* Joins the words of a name that has two. */
static void completion_joins(FILE *out, const struct dvb_command *const *cmds)
{
    for (const struct dvb_command *const *c = cmds; *c; c++)
        if (begins_group(cmds, c))
            fprintf(out, "    [ \"$cmd\" != %.*s ] || cmd=\"$cmd ${COMP_WORDS[2]}\"\n",
                    (int)first_word(*c), (*c)->name);
}

void dvb_opt_print_completion(FILE *out, const char *prog, const struct dvb_command *const *cmds)
{
    fprintf(out,
            "# bash completion for %s\n"
            "_%s() {\n"
            "    local cur=\"${COMP_WORDS[COMP_CWORD]}\" prev=\"${COMP_WORDS[COMP_CWORD-1]}\" "
            "words=\"\" cmd=\"${COMP_WORDS[1]}\"\n"
            "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
            "        words=\"",
            prog, prog);
    completion_names(out, cmds);
    fputs("help\"\n", out);
    completion_groups(out, cmds);
    fputs("    else\n", out);
    completion_joins(out, cmds);
    fputs("    case \"$cmd\" in\n", out);
    for (; *cmds; cmds++)
        completion_case(out, *cmds);
    fprintf(out,
            "    esac; fi\n"
            "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
            "}\n"
            "complete -o default -F _%s %s\n",
            prog, prog);
}
