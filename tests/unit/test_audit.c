/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/rng.h"
#include "eval/dataset/audit.h"
#include "eval/dataset/dataset.h"

#define V1 "sample_folder,start_time,question,options,standard_answer,task_type\r\n"
#define V2 "sample_id,start_time,question,std_answer,Frame,task_type\r\n"

static int add(void *user, struct dvb_record *r, struct dvb_err *err)
{
    (void)err;
    dvb_audit_add(user, r, 30);
    return 0;
}

static struct dvb_audit audit(const char *text)
{
    struct dvb_audit a = { 0 };
    struct dvb_err err = { 0 };
    if (dvb_dataset_parse(text, strlen(text), "t", DVB_FAMILY_ANY, add, &a, NULL, &err))
        fail_msg("%s", err.msg);
    dvb_audit_run(&a);
    return a;
}

/* The findings as "row:kind" words. */
static void finds(const char *text, const char *expected)
{
    struct dvb_audit a = audit(text);
    char all[1024] = "";
    for (size_t i = 0; i < a.n_findings; i++) {
        size_t len = strlen(all);
        snprintf(all + len, sizeof(all) - len, "%s%ld:%s", len ? " " : "", a.findings[i].row,
                 dvb_finding_names[a.findings[i].kind]);
    }
    assert_string_equal(all, expected);
    dvb_audit_release(&a);
}

static void finds_in_row(const char *header, const char *row, const char *expected)
{
    char *text = dvb_asprintf("%s%s\r\n", header, row);
    finds(text, expected);
    free(text);
}

static void test_options(void **state)
{
    (void)state;
    static const struct {
        const char *row, *found;
    } rows[] = {
        { "s,1,q,A) a B) b C) c D) d,A,t", "" },
        { "s,1,q,A) Boos BlockS B) Boos Blocks,A,t", "2:equal_options" },
        { "s,1,q,\"A) x\nB)  X \nC) \xef\xbc\xb8\",A,t", "2:equal_options" },
        { "s,1,q,A) FLY B) FLY. C) FLY! D) FLY?,A,t", "2:punctuation_only" },
        { "s,1,q,A) FLY B) fly C) FLY!,A,t", "2:equal_options 2:punctuation_only" },
        { "s,1,q,\"A) $1000 B) $1,000\",A,t", "2:punctuation_only" },
        { "s,1,q,A) NY B) N.Y.,A,t", "2:punctuation_only" },
        { "s,1,q,A) -5 B) 5 C) 1.5 D) 15,A,t", "" },
        { "s,1,q,A) 5% B) 5 C) 1:23 D) 12:3,A,t", "" },
        { "s,1,q,A) 1-2 B) 12 C) #1 D) 1,A,t", "" },
        { "s,1,q,A) EXAM PLE B) EXAMPLE,A,t", "" },
        { "s,1,q,A) x B) C) z,A,t", "2:empty_option" },
        { "s,1,q,A) ? B) !,A,t", "" },
        { "s,1,q,A) 1 B) 2,E,t", "2:answer_not_in_options" },
        { "s,x,q,A) 1 B) 1,A,t", "2:unreadable 2:equal_options" },
        { "s,1,q,A) 1 B) 2", "2:unreadable" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        finds_in_row(V1, rows[i].row, rows[i].found);
}

static void test_damage(void **state)
{
    (void)state;
    static const struct {
        const char *question, *answer;
        bool damaged;
    } cells[] = {
        { "What is the time on the scoreboard?", "61:30:00", true },
        { "What is the time on the clock?", "1:43:20", false },
        { "What is the time on the clock?", "12:30:00", false },
        { "How long is the video?", "100:15:30", false },
        { "What time range is given?",
          "2\xe6\x9c\x88"
          "4\xe6\x97\xa5",
          true },
        { "What date is shown?",
          "2\xe6\x9c\x88"
          "4\xe6\x97\xa5",
          false },
        { "What is the score?", "4-Feb", true },
        { "What is the score?", "Feb-24", true },
        { "When was it made?", "4-Feb", false },
        { "What is the ratio?", "2024/3/4", true },
        { "What is the ratio?", "2024-03-04", true },
        { "What is the ratio?", "3/4/2024", true },
        { "What is the ratio?", "3/4", false },
        { "What is the range?", "5-6", false },
        { "Which part?", "UF-63-25", false },
        { "Which word?", "4-February", false },
        { "Which word?", "Mar-a-Lago", false },
        { "What time is displayed?", "0.815972222", true },
        { "What is the ratio?", "0.815972222", false },
        { "What time did it take?", "0.123456789", false },
        { "What is the number?", "#REF!", true },
        { "What is the number?", "#007", false },
        { "What is the number?", "1.23E+11", true },
        { "What is the plate?", "1E11", false },
        { "Which place?", "Caf\xc3\x83\xc2\xa9", true },
        { "Which place?", "Caf\xc3\xa9", false },
        { "Which word?", "it\xc3\xa2\xe2\x82\xac\xe2\x84\xa2s", true },
        { "Which word?",
          "a\xef\xbf\xbd"
          "b",
          true },
    };
    for (size_t i = 0; i < sizeof(cells) / sizeof(*cells); i++) {
        char *row = dvb_asprintf("1,1,%s,%s,Single,t", cells[i].question, cells[i].answer);
        finds_in_row(V2, row, cells[i].damaged ? "2:damaged_cell" : "");
        free(row);
    }
}

static void test_pairs(void **state)
{
    (void)state;
    finds(V2 "1,10,What is the brand printed on the red bag?,ACME,Single,t\r\n"
             "1,10,what is the brand printed  on the red bag?,acme,Multi,u\r\n"
             "1,20,What is the brand printed on the red bag?,ACME,Single,t\r\n"
             "2,10,What is the brand printed on the red bag?,ACME,Single,t\r\n",
          "3:duplicate");
    finds(V2 "1,10,What is the brand printed on the red bag?,ACME,Single,t\r\n"
             "1,10,What is the brand printed on the red bag?,OTHER,Single,t\r\n",
          "3:conflicting_answers");
    finds(V2 "1,10,What is the brand printed on the red bag?,ACME,Single,t\r\n"
             "1,10,Which brand is visible on the bag?,ACME Ltd.,Single,t\r\n",
          "3:near_duplicate");
    /* Other answers; other things; too few words. */
    finds(V2 "1,10,What is the brand printed on the red bag?,ACME,Single,t\r\n"
             "1,10,Which brand is visible on the bag?,OTHER,Single,t\r\n",
          "");
    finds(V2 "1,10,What colour is the sign on the left side of the road?,blue,Single,t\r\n"
             "1,10,What colour is the sign on the right side of the road?,blue,Single,t\r\n"
             "1,10,What colour is the second sign on the side of the road?,blue,Single,t\r\n",
          "");
    finds(V2 "1,10,What is the brand on the red bag?,ACME,Single,t\r\n"
             "1,10,Which logo is on the paper bag?,ACME,Single,t\r\n",
          "");
    /* Options in another order are the same; others make another question. */
    finds(V1 "s,1,Which brand is on the bag?,A) x B) y,A,t\r\n"
             "s,1,Which brand is on the bag?,A) y B) X,B,t\r\n"
             "s,1,Which brand is on the bag?,A) x B) z,A,t\r\n",
          "3:duplicate 4:near_duplicate");
}

static void test_times(void **state)
{
    (void)state;
    /* The videos last 30 s. */
    finds(V2 "1,25,q?,a,Single,t\r\n1,25.6,r?,a,Single,t\r\n", "3:outside_video");
    finds("question_id,question,time_stamp,task_type,ground_truth_time_stamp,"
          "ground_truth_output\n"
          "P_sample_3_1,\"Output \"\"it\"\".\",0:10,P,0:30,it\n"
          "P_sample_3_1,Say it.,0:11,P,0:31,it\n"
          "P_sample_3_1,\"When so, output 'Low'.\",0:12,P,0:13,high\n",
          "3:outside_video 4:output_mismatch");
}

/* A set of n questions whose answers are given by their letters, four options each. */
static char *lettered(const char *letters)
{
    char *text = dvb_strdup(V1);
    for (size_t i = 0; letters[i]; i++) {
        char *longer = dvb_asprintf("%ss%zu,1,q,A) a B) b C) c D) d,%c,t\r\n", text, i, letters[i]);
        free(text);
        text = longer;
    }
    return text;
}

/* With three degrees of freedom p is erfc(sqrt(x / 2)) + sqrt(2 x / pi) exp(-x / 2):
   0.0367331147 of x = 8.5, 8.28785e-05 of 21.5 (computed with Python's math module). */
static void test_letters(void **state)
{
    (void)state;
    char *text = lettered("AAAAAAAAABBBCCDD");
    struct dvb_audit a = audit(text);
    assert_int_equal(a.n_findings, 0);
    assert_int_equal(a.choice, 16);
    assert_int_equal(a.n_letters, 4);
    assert_int_equal(a.letters[0], 9);
    assert_int_equal(a.best_letter, 0);
    assert_true(fabs(a.best_letter_score - 9.0 / 16) < 1e-12);
    assert_true(fabs(a.chi_square - 8.5) < 1e-9);
    assert_true(fabs(a.chi_p - 0.0367331147) < 1e-9);
    dvb_audit_release(&a);
    free(text);
    text = lettered("BBBBBBBBBBBBAACD");
    a = audit(text);
    assert_int_equal(a.n_findings, 1);
    assert_int_equal(a.findings[0].kind, DVB_FIND_LETTER_BIAS);
    assert_int_equal(a.best_letter, 1);
    assert_true(fabs(a.chi_square - 21.5) < 1e-9);
    assert_true(fabs(a.chi_p - 8.28785e-05) < 1e-9);
    dvb_audit_release(&a);
    free(text);
    a = audit(V2 "1,1,q,a,Single,t\r\n");
    assert_int_equal(a.choice, 0);
    assert_true(isnan(a.chi_square));
    dvb_audit_release(&a);
}

/* Options of different number: of two A-B and two A-D questions 1.5 A are
   expected, 1.5 B, 0.5 C, 0.5 D; with 2, 1, 0, 1 that is 1/6 + 1/6 + 1/2 + 1/2. */
static void test_mixed_letters(void **state)
{
    (void)state;
    struct dvb_audit a = audit(V1 "s,1,q,A) a B) b,A,t\r\ns,2,q,A) a B) b,B,t\r\n"
                                  "s,3,q,A) a B) b C) c D) d,A,t\r\n"
                                  "s,4,q,A) a B) b C) c D) d,D,t\r\n");
    assert_true(fabs(a.chi_square - 4.0 / 3) < 1e-9);
    dvb_audit_release(&a);
}

/* n questions with the same options and right letter. */
static void numbers(int n, const char *options, char answer, const char *expected)
{
    char *text = dvb_strdup(V1);
    for (int i = 0; i < n; i++) {

        char *longer = dvb_asprintf("%ss%d,1,q,%s,%c,t\r\n", text, i, options, answer);
        free(text);
        text = longer;
    }
    struct dvb_audit a = audit(text);
    bool found = false;
    for (size_t i = 0; i < a.n_findings; i++)
        found = found || a.findings[i].kind == DVB_FIND_NUMERIC_MIDDLE;
    if (strcmp(found ? "middle" : "", expected))
        fail_msg("%d of %s: %s", n, options, expected);
    dvb_audit_release(&a);
    free(text);
}

/* Four options: by chance one half. Five of five are z = 2.24, p = 0.013; six are
   z = 2.45, p = 0.0072. */
static void test_numbers(void **state)
{
    (void)state;
    numbers(5, "A) 1 B) 2 C) 3 D) 4", 'B', "");
    numbers(6, "A) 1 B) 2 C) 3 D) 4", 'B', "middle");
    numbers(6, "A) 1 B) 2 C) 3 D) 4", 'D', "");
    numbers(6, "\"A) $1,000 B) $20 C) $30.5 D) $4\"", 'C', "middle");
    numbers(6, "A) -1 km/h B) -20 km/h C) 5 km/h D) 40 km/h", 'A', "middle");
    numbers(6, "A) 1 km B) 20 km C) 5 m D) 40 km", 'C', "");
    numbers(6, "A) one B) two C) three D) four", 'B', "");
    numbers(6, "A) 1 B) 2 C) 2 D) 4", 'B', "");
    numbers(6, "A) 1 of 3 B) 2 of 3 C) 3 of 3 D) 4 of 3", 'B', "");
}

/* What prefix filtering finds is what comparing all with all finds. */
#define N_RANDOM 150
#define N_WORDS 6

static int share(const int *x, const int *y, int *total)
{
    int both = 0;
    bool in[2][40] = { { false } };
    for (int i = 0; i < N_WORDS; i++) {
        in[0][x[i]] = true;
        in[1][y[i]] = true;
    }
    *total = 0;
    for (int w = 0; w < 40; w++) {
        both += in[0][w] && in[1][w];
        *total += in[0][w] || in[1][w];
    }
    return both;
}

static void test_join(void **state)
{
    (void)state;
    struct dvb_rng rng;
    dvb_rng_init(&rng, 7, "near duplicates");
    static int words[N_RANDOM][N_WORDS];
    char *text = dvb_strdup(V2);
    for (int i = 0; i < N_RANDOM; i++) {
        char question[64] = "";
        for (int k = 0; k < N_WORDS; k++) {
            words[i][k] = (int)dvb_rng_below(&rng, 40);
            size_t len = strlen(question);
            snprintf(question + len, sizeof(question) - len, "z%c%c ", 'a' + words[i][k] / 8,
                     'q' + words[i][k] % 8);
        }
        char *longer = dvb_asprintf("%s1,1,%s,same,Single,t\r\n", text, question);
        free(text);
        text = longer;
    }
    struct dvb_audit a = audit(text);
    size_t near = 0, expected = 0;
    for (int i = 0; i < N_RANDOM; i++) {
        bool like = false;
        for (int k = 0; k < i; k++) {
            int total, both = share(words[i], words[k], &total);
            like = like || 2 * both >= total;
        }
        bool found = false;
        for (size_t f = 0; f < a.n_findings; f++)
            found = found || a.findings[f].row == i + 2;
        assert_int_equal(found, like);
        expected += like;
        near += found;
    }
    assert_in_range(near, 5, N_RANDOM - 5); /* there were some, and not all */
    assert_int_equal(near, expected);
    dvb_audit_release(&a);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options), cmocka_unit_test(test_damage),
        cmocka_unit_test(test_pairs),   cmocka_unit_test(test_times),
        cmocka_unit_test(test_letters), cmocka_unit_test(test_mixed_letters),
        cmocka_unit_test(test_numbers), cmocka_unit_test(test_join),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
