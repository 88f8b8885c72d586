/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is wrong with a question set, without asking any model.
 *
 * Of single rows:
 *   unreadable           a row that makes no question
 *   answer_not_in_options
 *   option_letters       an option's letter is missing, repeated or another one's
 *   equal_options        two or more are equal after folding (case, width, spaces)
 *   punctuation_only     some differ in punctuation only; signs, decimal points and
 *                        what parts the numbers of a time or range are none
 *   empty_option
 *   damaged_cell         what a spreadsheet makes of other things: a date where none
 *                        is asked for, hours over 23 with ":00" behind them, a
 *                        fraction of a day where a time is asked for, #REF!,
 *                        1.2E+11; text read in the wrong encoding
 *   output_mismatch      the question quotes the output to give, and the truth is
 *                        another
 *   outside_video        the clip or time stamp lies after the video's end (half a
 *                        second is forgiven), where its duration is known
 *
 * Of rows together, all of one video and the same clip:
 *   duplicate            equal question, options in any order, and right answer,
 *                        after folding
 *   near_duplicate       the right answers are equal, or the words of one are among
 *                        the other's; and the questions share at least half of their
 *                        content words (Jaccard index of the sets of folded words
 *                        without function words), and no word that tells things
 *                        apart (left, second, a number) is in one of them only. Told
 *                        of the later row, with the earlier one that is most like it.
 *                        Only rows that share a rare word are compared, and at most
 *                        256 with one row, so the time is near linear
 *   conflicting_answers  equal question, another right answer
 *
 * Of the set as a whole, where chance would give it in one set of a hundred:
 *   letter_bias          the right letters are not even: Pearson's chi-square against
 *                        1/n for each of a question's n options
 *   numeric_middle       where all options are numbers, the right one is neither the
 *                        smallest nor the largest more often than in (n - 2)/n of the
 *                        questions (normal approximation)
 */
#ifndef DVB_EVAL_DATASET_AUDIT_H
#define DVB_EVAL_DATASET_AUDIT_H

#include "base/opt.h"
#include "eval/dataset/record.h"

#define DVB_AUDIT_LEVEL 0.01 /* of the two checks of the whole set */

struct dvb_audit_row {
    struct dvb_record r;
    double duration; /* of its video, seconds; 0: not known */
};

struct dvb_finding {
    enum dvb_finding_kind kind;
    long line, row; /* as in struct dvb_record; 0: of the whole set, or of a question that
                       came from no file */
    char key[17];   /* of the question, where it comes from a workspace; or "" */
    char *message;
};

struct dvb_audit {
    struct dvb_audit_row *rows;
    size_t n_rows, cap_rows;
    /* Set by dvb_audit_run: */
    long choice;                   /* questions with options */
    long letters[DVB_MAX_OPTIONS]; /* right answers */
    int n_letters;                 /* most options of a question */
    int best_letter;               /* the most frequent, the first of several */
    double best_letter_score;      /* its share of choice */
    double chi_square, chi_p;      /* n_letters - 1 degrees of freedom; NAN without options */
    struct dvb_finding *findings;  /* by line, then kind; those of the whole set first */
    size_t n_findings, cap_findings;
};

/* Takes over what is in r. */
void dvb_audit_add(struct dvb_audit *a, struct dvb_record *r, double duration);
/* The same for a question of a workspace, which is copied. */
void dvb_audit_add_question(struct dvb_audit *a, const struct dvb_run_question *q, double duration);
/* Look for the videos that the rows name and take their durations; what is not
   found, or cannot be used, stays unknown. jobs files at once. */
int dvb_audit_probe(struct dvb_audit *a, const struct dvb_strlist *paths, int jobs,
                    struct dvb_err *err);
void dvb_audit_run(struct dvb_audit *a);
void dvb_audit_release(struct dvb_audit *a);

#endif
