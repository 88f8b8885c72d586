/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/opt.h"

struct settings {
    bool flag, twin;
    int64_t jobs, any, rate, seed;
    double loss, first;
    struct dvb_size size;
    const char *name;
    const char *workspace;
    int until;
    struct dvb_strlist rates, videos, tags;
    struct dvb_common_opts common;
};

static const char *const steps[] = { "collect", "generate", "verify", NULL };

#define AT(member) offsetof(struct settings, member)

static const struct dvb_opt opts[] = {
    { "flag", 'f', DVB_OPT_FLAG, AT(flag), .help = "A flag" },
    { "twin", 't', DVB_OPT_FLAG, AT(twin), .help = "Another" },
    { "jobs", 'j', DVB_OPT_INT, AT(jobs), "N", "2", 1, 64, NULL, "Clips at a time" },
    { "any", 0, DVB_OPT_INT, AT(any), "N", NULL, 0, 0, NULL, "Any whole number" },
    { "bitrate", 'b', DVB_OPT_RATE, AT(rate), "RATE", "200k", 50e3, 20e6, NULL, "Bits per second" },
    { "loss", 0, DVB_OPT_NUM, AT(loss), "P", "0.01", -1, 1, NULL, "Packet loss" },
    { "size", 0, DVB_OPT_SIZE, AT(size), "WxH", NULL, 0, 0, NULL, "Picture size" },
    { "name", 0, DVB_OPT_STR, AT(name), "TEXT", NULL, 0, 0, NULL, "A name" },
    { "workspace", 'w', DVB_OPT_STR, AT(workspace), "DIR", "ws", 0, 0, NULL, "Where results go" },
    { "until", 0, DVB_OPT_CHOICE, AT(until), "STEP", "verify", 0, 0, steps, "The last step" },
    { "rates", 0, DVB_OPT_LIST, AT(rates), "RATE,...", "1k,2k", 0, 0, NULL, "Several rates" },
    { "videos", 0, DVB_OPT_WORDS, AT(videos), "PATH", NULL, 0, 0, NULL, "Files and folders" },
    { "seed", 0, DVB_OPT_INT, AT(seed), "N", "1", 0, 1e15, NULL, "Seed" },
    { "first", 0, DVB_OPT_NUM, AT(first), "S", NULL, -1, 1e6, NULL, "First second" },
    { "tags", 0, DVB_OPT_LIST, AT(tags), "TAG,...", NULL, 0, 0, NULL, "Tags" },
    { NULL },
};

/* The command's own and those of every command. */
static const struct dvb_opt table[] = {
    { "own", 0, DVB_OPT_GROUP, 0, .group = opts },
    { "common", 0, DVB_OPT_GROUP, AT(common), .group = dvb_common_opts },
    { NULL },
};
static struct settings set;
static struct dvb_err err;
static char *argv[32];
static int n_args;

/* Parse words, a line that is split at spaces ("~" stands for an empty word). */
static int parse(const char *words)
{
    static char line[512];
    dvb_opt_release(table, &set);
    memset(&set, 0, sizeof(set));
    memset(&err, 0, sizeof(err));
    snprintf(line, sizeof(line), "%s", words);
    int argc = 0;
    for (char *w = strtok(line, " "); w; w = strtok(NULL, " "))
        argv[argc++] = strcmp(w, "~") ? w : w + 1;
    argv[argc] = NULL;
    return dvb_opt_parse(table, &set, argc, argv, &n_args, &err);
}

static void parses(const char *words)
{
    if (parse(words))
        fail_msg("'%s': %s", words, err.msg);
}

static void fails(const char *words, const char *message)
{
    int ret = parse(words);
    if (ret != -EINVAL || err.fault != DVB_FAULT_USAGE || strcmp(err.msg, message))
        fail_msg("'%s': got %d '%s', expected '%s'", words, ret, err.msg, message);
}

static void check_list(const struct dvb_strlist *l, const char *want)
{
    char got[256] = "";
    for (size_t i = 0; i < l->n; i++) {
        size_t len = strlen(got);
        snprintf(got + len, sizeof(got) - len, "%s|", l->v[i]);
    }
    assert_string_equal(got, want);
}

static void defaults(void **state)
{
    (void)state;
    parses("");
    assert_int_equal(n_args, 0);
    assert_false(set.flag || set.common.json || set.common.help);
    assert_int_equal(set.jobs, 2);
    assert_int_equal(set.rate, 200000);
    assert_true(set.loss == 0.01);
    assert_int_equal(set.size.w, 0);
    assert_null(set.name);
    assert_string_equal(set.workspace, "ws");
    assert_int_equal(set.until, 2);
    check_list(&set.rates, "1k|2k|");
    check_list(&set.videos, "");
}

static void values(void **state)
{
    (void)state;
    parses("--flag --jobs 64 --bitrate=1.5M --loss -0.5 --size 640x360 --name=a=b --until collect");
    assert_true(set.flag && !set.twin);
    assert_int_equal(set.jobs, 64);
    assert_int_equal(set.rate, 1500000);
    assert_true(set.loss == -0.5);
    assert_int_equal(set.size.h, 360);
    assert_string_equal(set.name, "a=b"); /* the first '=' parts */
    assert_int_equal(set.until, 0);
    parses("-f -j 3 -b 64k -w other --json");
    assert_true(set.flag && set.common.json);
    assert_int_equal(set.jobs, 3);
    assert_string_equal(set.workspace, "other");
    parses("--jobs 3 --jobs 5"); /* the last counts */
    assert_int_equal(set.jobs, 5);
    parses("--name= --name -");
    assert_string_equal(set.name, "-"); /* a lone dash is a value */
    parses("--name=");
    assert_string_equal(set.name, "");
    parses("--name=--flag");
    assert_string_equal(set.name, "--flag");
    assert_false(set.flag);
}

static void ranges(void **state)
{
    (void)state;
    parses("--jobs 1 --bitrate 50k --loss 1");
    parses("--jobs 64 --bitrate 20M --loss -1 --any -9223372036854775808");
    assert_true(set.any == INT64_MIN);
    fails("--jobs 0", "--jobs: found '0', expected a value from 1 to 64");
    fails("--jobs 65", "--jobs: found '65', expected a value from 1 to 64");
    fails("--jobs -1", "--jobs: found '-1', expected a value from 1 to 64");
    fails("-b 49999", "--bitrate: found '49999', expected a value from 50k to 20M");
    fails("--seed -1", "--seed: found '-1', expected a value from 0 to 1e+15");
    fails("--loss 1.0001", "--loss: found '1.0001', expected a value from -1 to 1");
}

static void wrong_values(void **state)
{
    (void)state;
    fails("--jobs two", "--jobs: found 'two', expected a whole number");
    fails("--jobs 1.5", "--jobs: found '1.5', expected a whole number");
    fails("--jobs=", "--jobs: found '', expected a whole number");
    fails("--jobs ~", "--jobs: found '', expected a whole number");
    fails("--any 9223372036854775808",
          "--any: found '9223372036854775808', expected a whole number");
    fails("--loss 5%", "--loss: found '5%', expected a number");
    fails("--loss nan", "--loss: found 'nan', expected a number");
    fails("--bitrate 200kbps",
          "--bitrate: found '200kbps', expected a bitrate such as 200k or 1.5M");
    fails("--size 640", "--size: found '640', expected a size such as 1280x720");
    fails("--until filter", "--until: found 'filter', expected one of collect, generate, verify");
    fails("--until Verify", "--until: found 'Verify', expected one of collect, generate, verify");
    fails("--flag=yes", "--flag: found 'yes', expected no value");
    fails("--json=", "--json: found '', expected no value");
}

static void missing_values(void **state)
{
    (void)state;
    fails("--jobs", "--jobs: expected a value (N)");
    fails("--name", "--name: expected a value (TEXT)");
    fails("-w", "--workspace: expected a value (DIR)");
    fails("--name --flag", "--name: expected a value (TEXT)");
    fails("--name -- x", "--name: expected a value (TEXT)");
    fails("--jobs --flag", "--jobs: expected a value (N)"); /* no number: an option */
    fails("--loss -f", "--loss: expected a value (P)");
    fails("--videos", "--videos: expected a value (PATH)");
    fails("--videos --flag", "--videos: expected a value (PATH)");
    fails("--rates", "--rates: expected a value (RATE,...)");
    parses("--loss -.5");
    assert_true(set.loss == -.5);
}

static void lists(void **state)
{
    (void)state;
    parses("--rates 200k,400k --rates original");
    check_list(&set.rates, "200k|400k|original|"); /* without the default's */
    parses("--rates a --tags b --rates c");
    check_list(&set.rates, "a|c|");
    check_list(&set.tags, "b|");
    fails("--rates a,,b", "--rates: found 'a,,b', expected values separated by single commas");
    fails("--rates a,", "--rates: found 'a,', expected values separated by single commas");
    fails("--rates=", "--rates: found '', expected values separated by single commas");
    char *spaced[] = { (char[]){ "--tags" }, (char[]){ " a b , c\t" }, NULL };
    memset(&set, 0, sizeof(set));
    assert_int_equal(dvb_opt_parse(table, &set, 2, spaced, &n_args, &err), 0);
    check_list(&set.tags, "a b|c|");
}

static void words(void **state)
{
    (void)state;
    parses("--videos a b,c - --flag rest --videos d -- -e f");
    check_list(&set.videos, "a|b,c|-|d|");
    assert_true(set.flag);
    assert_int_equal(n_args, 3);
    assert_string_equal(argv[0], "rest");
    assert_string_equal(argv[1], "-e");
    assert_string_equal(argv[2], "f");
    parses("--videos=a b");
    check_list(&set.videos, "a|b|");
}

static void arguments(void **state)
{
    (void)state;
    parses("in.mp4 --jobs 4 - out.mp4 -- --flag --");
    assert_int_equal(n_args, 5);
    static const char *const want[] = { "in.mp4", "-", "out.mp4", "--flag", "--" };
    for (int i = 0; i < 5; i++)
        assert_string_equal(argv[i], want[i]);
    assert_int_equal(set.jobs, 4);
    assert_false(set.flag);
    parses("~ --");
    assert_int_equal(n_args, 1);
    assert_string_equal(argv[0], "");
}

static void unknown_options(void **state)
{
    (void)state;
    fails("--bitrat 5", "unknown option '--bitrat'; did you mean --bitrate?");
    fails("--workspaec=x", "unknown option '--workspaec'; did you mean --workspace?");
    fails("--jsn", "unknown option '--jsn'; did you mean --json?");
    fails("-jobs 4", "unknown option '-jobs'; did you mean --jobs?");
    fails("--completely-else", "unknown option '--completely-else'");
    fails("-x", "unknown option '-x'");
    fails("-1", "unknown option '-1'");
    fails("--=x", "unknown option '--'");
    fails("---flag", "unknown option '---flag'; did you mean --flag?");
    fails("--flagg=secret", "unknown option '--flagg'; did you mean --flag?");
    char long_word[300] = "--";
    memset(long_word + 2, 'x', 200);
    assert_int_equal(parse(long_word), -EINVAL);
    assert_non_null(strstr(err.msg, "xxx...'"));
}

static void the_first_error_counts(void **state)
{
    (void)state;
    fails("--jobs 0 --nonsense", "--jobs: found '0', expected a value from 1 to 64");
    assert_int_equal(parse("--help --nonsense"), -EINVAL);
    assert_true(set.common.help); /* so that the command can still show its help */
}

static void nearest(void **state)
{
    (void)state;
    static const char *const names[] = { "build", "eval", "report", "show" };
    assert_string_equal(dvb_opt_nearest("biuld", names, 4), "build");
    assert_string_equal(dvb_opt_nearest("reports", names, 4), "report");
    assert_string_equal(dvb_opt_nearest("show", names, 4), "show");
    assert_null(dvb_opt_nearest("transcode", names, 4));
    assert_null(dvb_opt_nearest("x", names, 4));
    assert_null(dvb_opt_nearest("", names, 4));
    assert_null(dvb_opt_nearest("build", NULL, 0));
}

static void check_range(enum dvb_opt_type type, double min, double max, const char *want)
{
    struct dvb_opt o = { .name = "x", .type = type, .min = min, .max = max };
    char got[80];
    dvb_opt_range(&o, got, sizeof(got));
    assert_string_equal(got, want);
}

static void range_texts(void **state)
{
    (void)state;
    check_range(DVB_OPT_INT, 0, 0, "");
    check_range(DVB_OPT_INT, 1, 2147483647, "1 to 2147483647");
    check_range(DVB_OPT_NUM, 0, 0.1, "0 to 0.1");
    check_range(DVB_OPT_INT, 1, 0x1p63, "1 up");
    check_range(DVB_OPT_RATE, 1, 1e12, "1 to 1000000M");
    check_range(DVB_OPT_RATE, 12345, 1.5e6, "12345 to 1.5M");
    check_range(DVB_OPT_RATE, 1200, 2.25e6, "1.2k to 2250k");
}

/* Texts that each rendering has to escape or to wrap. */
static const char *const examples[] = { "devibench awk --name 'a b' -- \"x\\n\"", ".hidden ~/x ^",
                                        NULL };

static const struct dvb_command awkward = {
    .name = "awk-ward",
    .args = "IN-FILE .OUT",
    .max_args = 2,
    .summary = ".Starts with a dot and has a back\\slash",
    .details = "First paragraph: it's long enough that no line of eighty columns could ever hold "
               "it. A second sentence; 'quoted' \"twice\", with a \\fBfalse\\fR font.\n"
               ".this line begins with a dot\n"
               "'and this one with a quote\n\n\n"
               "Second paragraph with caf\xc3\xa9.\n",
    .examples = examples,
    .opts = opts,
};
static const struct dvb_command plain = {
    .name = "plain", .args = "", .summary = "Does little", .opts = &opts[15], /* none of its own */
};
static const struct dvb_command *const commands[] = { &awkward, &plain, NULL };

static char *render(void (*print)(FILE *))
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    assert_non_null(f);
    print(f);
    assert_int_equal(fclose(f), 0);
    return text;
}

static void print_help(FILE *f)
{
    dvb_opt_print_help(f, "prog", &awkward);
}

static void print_man(FILE *f)
{
    dvb_opt_print_man(f, "prog", ".SH NAME\nprog \\- test\n", commands, "1.2", "2026-11-21");
}

static void print_completion(FILE *f)
{
    dvb_opt_print_completion(f, "prog", commands);
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' is not in:\n%s", part, text);
}

static void check_width(const char *text, int most)
{
    int col = 0;
    for (const char *p = text; *p; p++) {
        col = *p == '\n' ? 0 : col + (((unsigned char)*p & 0xc0) != 0x80);
        if (col > most)
            fail_msg("a line is over %d columns in:\n%s", most, text);
    }
}

static void help_text(void **state)
{
    (void)state;
    char *help = render(print_help);
    assert_has(help, "Usage: prog awk-ward [options] IN-FILE .OUT\n");
    assert_has(help, "\n  -j, --jobs N              Clips at a time (1 to 64) [2]\n");
    assert_has(help, "\n  -b, --bitrate RATE        Bits per second (50k to 20M) [200k]\n");
    assert_has(help,
               "\n      --until STEP          The last step: collect, generate, verify [verify]\n");
    assert_has(help, "\n      --videos PATH...      Files and folders\n");
    assert_has(help, "\n      --seed N              Seed [1]\n");
    assert_has(help, "\n      --first S             First second (-1 up)\n");
    assert_has(help, "\nFor every command:\n");
    assert_has(help, "\n  -q, --quiet   ");
    assert_has(help, "\n\nSecond paragraph with caf\xc3\xa9.\n");
    assert_has(help, "\nExamples:\n  devibench awk --name 'a b' -- \"x\\n\"\n  .hidden ~/x ^\n");
    assert_null(strstr(help, " \n"));
    check_width(help, 80);
    free(help);
}

static void man_text(void **state)
{
    (void)state;
    char *man = render(print_man);
    assert_int_equal(strncmp(man, ".TH PROG 1 2026-11-21 \"prog 1.2\"\n.SH NAME\n", 42), 0);
    assert_has(man, "\n.SS prog awk\\-ward\n");
    assert_has(man, "\n\\&.Starts with a dot and has a back\\eslash.\n");
    assert_has(man, "\n.br\n\\&.this line begins with a dot\n.br\n\\(aqand this");
    assert_has(man, "\\efBfalse\\efR");
    assert_has(man, "\n.PP\nSecond paragraph");
    assert_has(man, "\n\\&.hidden \\(ti/x \\(ha\n.EE\n");
    assert_has(man, "\\-\\-name \\(aqa b\\(aq \\-\\- \\(dqx\\en\\(dq\n");
    assert_has(
        man, "\n.TP\n\\fB\\-j\\fR, \\fB\\-\\-jobs\\fR \\fIN\\fR\nClips at a time (1 to 64) [2]\n");
    assert_null(strstr(man, "\n\n"));
    check_width(man, 95); /* with escapes; mandoc checks the style in tests/cli/usage.sh */
    /* No line of the text turned into a request. */
    for (const char *p = man; (p = strstr(p, "\n.")); p++)
        if (!strchr("TSPEb", p[2]))
            fail_msg("unexpected request: %.20s", p + 1);
    free(man);
}

/* Nothing in a table's text may break the page. */
static void man_is_well_formed(void **state)
{
    (void)state;
    if (system("command -v mandoc >/dev/null 2>&1")) {
        print_message("skip: mandoc is not installed\n");
        skip();
    }
    FILE *f = fopen("awkward.1", "w");
    assert_non_null(f);
    print_man(f);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(system("mandoc -Tlint -Wstyle awkward.1 >&2"), 0);
    remove("awkward.1");
}

static void completion_text(void **state)
{
    (void)state;
    char *text = render(print_completion);
    assert_has(text, "words=\"awk-ward plain help\"");
    assert_has(text, "--until) words=\"collect generate verify\" ;;");
    assert_has(text, "--bitrate --loss ");
    assert_has(text, "complete -o default -F _prog prog\n");
    free(text);
}

static void all_long_text_is_kept(void **state)
{
    (void)state;
    char *details = dvb_calloc(5001, 1);
    for (int i = 0; i < 5000; i++)
        details[i] = "abcdefghi "[i % 10];
    memcpy(details + 4996, "END", 4);
    struct dvb_command c = plain;
    c.details = details;
    const struct dvb_command *const one[] = { &c, NULL };
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    dvb_opt_print_man(f, "prog", "", one, "1", "2026-11-21");
    fclose(f);
    assert_has(text, "END\n");
    check_width(text, 80);
    free(text);
    free(details);
}

static int release(void **state)
{
    (void)state;
    dvb_opt_release(table, &set);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(values),
        cmocka_unit_test(ranges),
        cmocka_unit_test(wrong_values),
        cmocka_unit_test(missing_values),
        cmocka_unit_test(lists),
        cmocka_unit_test(words),
        cmocka_unit_test(arguments),
        cmocka_unit_test(unknown_options),
        cmocka_unit_test(the_first_error_counts),
        cmocka_unit_test(nearest),
        cmocka_unit_test(range_texts),
        cmocka_unit_test(help_text),
        cmocka_unit_test(man_text),
        cmocka_unit_test(man_is_well_formed),
        cmocka_unit_test(completion_text),
        cmocka_unit_test(all_long_text_is_kept),
    };
    return cmocka_run_group_tests_name("opt", tests, NULL, release);
}
