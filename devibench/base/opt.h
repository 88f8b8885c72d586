/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The command line as data. One table per command drives parsing, ranges,
 * --help, the man page and shell completion. Values land in the command's own
 * settings struct, at the offset that the table gives. Options that several
 * commands take are a table with a struct of its own: a command has the struct
 * as a member, and one row of type DVB_OPT_GROUP.
 */
#ifndef DVB_BASE_OPT_H
#define DVB_BASE_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "base/text.h"

enum dvb_opt_type {
    DVB_OPT_FLAG,   /* bool; no value */
    DVB_OPT_INT,    /* int64_t in min..max */
    DVB_OPT_NUM,    /* double in min..max */
    DVB_OPT_RATE,   /* int64_t bits per second in min..max; "200k", "1.5M" */
    DVB_OPT_SIZE,   /* struct dvb_size; "1280x720" */
    DVB_OPT_STR,    /* const char *, borrowed from argv or the table; NULL if not given */
    DVB_OPT_CHOICE, /* int: index into choices */
    DVB_OPT_LIST,   /* struct dvb_strlist; comma separated, repeatable */
    DVB_OPT_WORDS,  /* struct dvb_strlist; every word up to the next option, repeatable */
    DVB_OPT_GROUP,  /* the options of `group`, in this row's place */
};

struct dvb_strlist {
    char **v; /* owned */
    size_t n;
};

struct dvb_opt {
    const char *name; /* without the dashes; GROUP: any; a table ends with NULL */
    char letter;      /* short form, or 0 */
    enum dvb_opt_type type;
    size_t offset;   /* in the table's struct; GROUP: where the group's struct is in it */
    const char *arg; /* placeholder such as "RATE"; NULL for flags */
    const char *def; /* default as the user would type it, or NULL (zero) */
    double min, max; /* INT, NUM, RATE: range when max > min; max of 2^53 and more: no upper end */
    const char *const *choices; /* CHOICE: NULL-terminated */
    const char *help;           /* one sentence, no full stop */
    const struct dvb_opt *group;
};

enum { DVB_OPT_DEPTH = 6 }; /* tables within tables */

/* A pass over a table's options. */
struct dvb_opt_walk {
    size_t offset;                           /* of the last option's value, in the table's struct */
    const struct dvb_opt *at[DVB_OPT_DEPTH]; /* the next row of each table that is open */
    size_t base[DVB_OPT_DEPTH];              /* where that table's struct is */
    int depth;
};

struct dvb_opt_walk dvb_opt_walk(const struct dvb_opt *opts);

/* The next option, those of groups where they stand; never a GROUP. NULL at the end. */
const struct dvb_opt *dvb_opt_next(struct dvb_opt_walk *w);

struct dvb_invocation;

/* A subcommand. run returns 0 or a negative errno with err set; a negative
   verdict (exit code 1) is said by setting *inv->negative. */
struct dvb_command {
    const char *name;
    const char *args; /* synopsis of positional arguments such as "IN OUT", or "" */
    int min_args, max_args;
    const char *summary;         /* one line */
    const char *details;         /* paragraphs for --help and the man page; may be NULL */
    const char *const *examples; /* NULL-terminated command lines; may be NULL */
    const struct dvb_opt *opts;  /* ends with a NULL name */
    size_t settings_size;        /* of the struct that opts fill */
    int (*run)(const struct dvb_invocation *inv, void *settings, struct dvb_err *err);
};

/* Options every command takes. */
struct dvb_common_opts {
    bool help, json, quiet, verbose;
};

struct dvb_invocation {
    const struct dvb_command *command;
    const struct dvb_common_opts *common;
    char **args; /* positional; borrowed */
    int n_args;
    const char *command_line; /* the whole, for the run's record */
    bool *negative;           /* set for exit code 1: ran, and the verdict is negative */
};

extern const struct dvb_opt dvb_common_opts[];

/* Set the defaults, then parse argv[0..argc) into the table's struct, which is
   all zero before. Positional arguments are moved to the front of argv; *n_args
   counts them. "--" ends the options. Errors are DVB_FAULT_USAGE and name the
   option, what was found and what was expected. Call dvb_opt_release in either
   case. */
int dvb_opt_parse(const struct dvb_opt *opts, void *settings, int argc, char **argv, int *n_args,
                  struct dvb_err *err);
void dvb_opt_release(const struct dvb_opt *opts, void *settings);

/* Append a copy of s. */
void dvb_strlist_add(struct dvb_strlist *list, const char *s);
void dvb_strlist_free(struct dvb_strlist *list);

/* "1 to 60", "50k to 20M", "0 up"; "" where the option has no range. */
void dvb_opt_range(const struct dvb_opt *o, char *buf, size_t size);

/* The three renderings of the tables. Texts are plain: each rendering escapes
   them; in details an empty line parts paragraphs. intro is roff source (NAME
   to DESCRIPTION), date the release's, as 2026-11-21. Help for a command named
   "" is that of a program without subcommands, without the common options. */
void dvb_opt_print_help(FILE *out, const char *prog, const struct dvb_command *cmd);
void dvb_opt_print_man(FILE *out, const char *prog, const char *intro,
                       const struct dvb_command *const *cmds, const char *version,
                       const char *date);
void dvb_opt_print_completion(FILE *out, const char *prog, const struct dvb_command *const *cmds);

/* The candidate nearest to word (edit distance 3 or less), or NULL. */
const char *dvb_opt_nearest(const char *word, const char *const *candidates, size_t n);

#endif
