/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What models say around an answer, in the languages they say it. Lower case,
   NULL-terminated lists. */
#ifndef DVB_MODEL_ANSWER_WORDS_H
#define DVB_MODEL_ANSWER_WORDS_H

extern const char *const dvb_words_cue[];     /* "answer": a letter after it, perhaps with
                                                 fillers between, is the answer */
extern const char *const dvb_words_label[];   /* "option": the same, where a colon follows */
extern const char *const dvb_words_weak[];    /* "so": the same, where the sentence then ends */
extern const char *const dvb_words_filler[];  /* "is", "the", "probably" */
extern const char *const dvb_words_after[];   /* "is correct": the letter before it */
extern const char *const dvb_words_because[]; /* may follow a bare letter */
extern const char *const dvb_words_mention[]; /* "option": a letter after it is meant as one */
extern const char *const dvb_words_or[];      /* between two letters */
extern const char *const dvb_words_not[];     /* makes a sentence say what is not so */
extern const char *const dvb_words_wrong[];   /* after a letter: that it is not the answer */
extern const char *const dvb_words_if[];      /* makes a clause a condition */
extern const char *const dvb_words_break[];   /* begins a clause of its own */
extern const char *const dvb_words_refusal[]; /* declines to choose */
extern const char *const dvb_words_latex[];   /* commands around a letter, with the brace */
extern const char *const dvb_words_json[];    /* members that hold the answer */

#endif
