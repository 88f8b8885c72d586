/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options that several commands share: tables within tables. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/opt.h"

struct link {
    int64_t rate;
    struct dvb_strlist losses;
};

static const struct dvb_opt link_opts[] = {
    { "link-rate", 'r', DVB_OPT_RATE, offsetof(struct link, rate), "RATE", "10M", 1e3, 1e9,
      .help = "Rate of the link" },
    { "losses", 0, DVB_OPT_LIST, offsetof(struct link, losses), "P,...", "0,0.1",
      .help = "Shares lost" },
    { NULL },
};

static const char *const controllers[] = { "fixed", "gcc", NULL };

/* A group with a group in it, neither at its struct's start. */
struct call {
    bool quick;
    struct link link;
    int cc;
};

static const struct dvb_opt call_opts[] = {
    { "quick", 0, DVB_OPT_FLAG, offsetof(struct call, quick), .help = "Quickly" },
    { "link", 0, DVB_OPT_GROUP, offsetof(struct call, link), .group = link_opts },
    { "controller", 'c', DVB_OPT_CHOICE, offsetof(struct call, cc), "NAME", "gcc",
      .choices = controllers, .help = "Who says the rate" },
    { NULL },
};

static const struct dvb_opt no_opts[] = { { NULL } };

struct settings {
    int64_t seed;
    struct call call;
    struct dvb_strlist videos;
    const char *out;
};

#define AT(member) offsetof(struct settings, member)

static const struct dvb_opt opts[] = {
    { "nothing", 0, DVB_OPT_GROUP, AT(out), .group = no_opts },
    { "seed", 0, DVB_OPT_INT, AT(seed), "N", "1", 0, 9, .help = "Seed" },
    { "call", 0, DVB_OPT_GROUP, AT(call), .group = call_opts },
    { "videos", 0, DVB_OPT_WORDS, AT(videos), "FILE", .help = "Videos" },
    { "out", 'o', DVB_OPT_STR, AT(out), "DIR", "here", .help = "Folder" },
    { NULL },
};

static struct settings set;
static struct dvb_err err;

/* Parse words, a line that is split at spaces. */
static int parse(const char *words)
{
    static char line[128];
    char *argv[16];
    int argc = 0, n_args;
    snprintf(line, sizeof(line), "%s", words);
    for (char *w = strtok(line, " "); w; w = strtok(NULL, " "))
        argv[argc++] = w;
    argv[argc] = NULL;
    dvb_opt_release(opts, &set);
    memset(&set, 0, sizeof(set));
    memset(&err, 0, sizeof(err));
    return dvb_opt_parse(opts, &set, argc, argv, &n_args, &err);
}

static void fails(const char *words, const char *message)
{
    assert_int_equal(parse(words), -EINVAL);
    assert_int_equal(err.fault, DVB_FAULT_USAGE);
    assert_string_equal(err.msg, message);
}

static void check_list(const struct dvb_strlist *list, const char *first, const char *second)
{
    assert_int_equal(list->n, second ? 2 : 1);
    assert_string_equal(list->v[0], first);
    if (second)
        assert_string_equal(list->v[1], second);
}

static void order_and_offsets(void **state)
{
    (void)state;
    const struct {
        const char *name;
        size_t offset;
    } want[] = {
        { "seed", AT(seed) },
        { "quick", AT(call.quick) },
        { "link-rate", AT(call.link.rate) },
        { "losses", AT(call.link.losses) },
        { "controller", AT(call.cc) },
        { "videos", AT(videos) },
        { "out", AT(out) },
    };
    struct dvb_opt_walk w = dvb_opt_walk(opts);
    for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
        const struct dvb_opt *o = dvb_opt_next(&w);
        assert_non_null(o);
        assert_string_equal(o->name, want[i].name);
        assert_int_equal(w.offset, want[i].offset);
    }
    assert_null(dvb_opt_next(&w));
    assert_null(dvb_opt_next(&w)); /* and stays so */
    w = dvb_opt_walk(no_opts);
    assert_null(dvb_opt_next(&w));
}

static void defaults(void **state)
{
    (void)state;
    assert_int_equal(parse(""), 0);
    assert_int_equal(set.seed, 1);
    assert_false(set.call.quick);
    assert_int_equal(set.call.link.rate, 10000000);
    check_list(&set.call.link.losses, "0", "0.1");
    assert_int_equal(set.call.cc, 1);
    assert_int_equal(set.videos.n, 0);
    assert_string_equal(set.out, "here");
}

static void values(void **state)
{
    (void)state;
    assert_int_equal(parse("--quick --link-rate=5k -c fixed"), 0);
    assert_true(set.call.quick);
    assert_int_equal(set.call.link.rate, 5000);
    assert_int_equal(set.call.cc, 0);
    assert_int_equal(set.seed, 1); /* beside the group: untouched */
    assert_string_equal(set.out, "here");
    assert_int_equal(parse("--losses=1 -r 2k --losses=x"), 0);
    check_list(&set.call.link.losses, "1", "x"); /* in place of the default's */
    assert_int_equal(set.call.link.rate, 2000);
}

static void errors(void **state)
{
    (void)state;
    fails("-r 999", "--link-rate: found '999', expected a value from 1k to 1000M");
    fails("--controller bbr", "--controller: found 'bbr', expected one of fixed, gcc");
    fails("--losses", "--losses: expected a value (P,...)");
    fails("--lnk-rate 1M", "unknown option '--lnk-rate'; did you mean --link-rate?");
    fails("--call x", "unknown option '--call'"); /* the row itself is no option */
    fails("--link x", "unknown option '--link'; did you mean --quick?");
}

static void release_of_lists(void **state)
{
    (void)state;
    assert_int_equal(parse("--losses=a,b --videos c d"), 0);
    check_list(&set.videos, "c", "d");
    fails("--losses a,,", "--losses: found 'a,,', expected values separated by single commas");
    assert_int_equal(set.call.link.losses.n, 1); /* what had been read */
    dvb_opt_release(opts, &set);
    assert_int_equal(set.call.link.losses.n, 0);
    assert_null(set.call.link.losses.v);
    assert_null(set.videos.v);
}

static const struct dvb_command command = {
    .name = "sim", .args = "", .summary = "Simulate", .opts = opts
};
static const struct dvb_command *const commands[] = { &command, NULL };

static void print_help(FILE *f)
{
    dvb_opt_print_help(f, "prog", &command);
}

static void print_man(FILE *f)
{
    dvb_opt_print_man(f, "prog", "", commands, "1.2", "2026-11-21");
}

static void print_completion(FILE *f)
{
    dvb_opt_print_completion(f, "prog", commands);
}

static void renders(void (*print)(FILE *), const char *part)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    assert_non_null(f);
    print(f);
    assert_int_equal(fclose(f), 0);
    if (!strstr(text, part))
        fail_msg("'%s' is not in:\n%s", part, text);
    free(text);
}

static void renderings(void **state)
{
    (void)state;
    renders(print_help, "\nOptions:\n"
                        "      --seed N              Seed (0 to 9) [1]\n"
                        "      --quick               Quickly\n"
                        "  -r, --link-rate RATE      Rate of the link (1k to 1000M) [10M]\n"
                        "      --losses P,...        Shares lost [0,0.1]\n"
                        "  -c, --controller NAME     Who says the rate: fixed, gcc [gcc]\n"
                        "      --videos FILE...      Videos\n"
                        "  -o, --out DIR             Folder [here]\n"
                        "\nFor every command:\n");
    renders(print_man, "\\-\\-quick\\fR\nQuickly\n.TP\n\\fB\\-r\\fR, \\fB\\-\\-link\\-rate\\fR");
    renders(print_completion, "\n        --controller) words=\"fixed gcc\" ;;\n");
    renders(print_completion, "words=\"--seed --quick --link-rate --losses --controller --videos "
                              "--out --json --quiet --verbose --help\" ;; esac ;;\n");
}

static int release(void **state)
{
    (void)state;
    dvb_opt_release(opts, &set);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_and_offsets),
        cmocka_unit_test(defaults),
        cmocka_unit_test(values),
        cmocka_unit_test(errors),
        cmocka_unit_test(release_of_lists),
        cmocka_unit_test(renderings),
    };
    return cmocka_run_group_tests_name("opt_group", tests, NULL, release);
}
