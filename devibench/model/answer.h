/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The option that a model chose, out of what it wrote. */
#ifndef DVB_MODEL_ANSWER_H
#define DVB_MODEL_ANSWER_H

#define DVB_ANSWER_UNPARSED (-1)
#define DVB_ANSWER_REFUSED (-2)

/*
 * Index of the chosen option, DVB_ANSWER_REFUSED when the model declines to
 * choose, or DVB_ANSWER_UNPARSED. Options are texts without letters, known to
 * the model as A, B, ...; at most 26. Never guesses: a reply that names two
 * options and settles on neither is unparsed, as is a letter that stands
 * beside another option's text.
 *
 * In this order, the first that is found decides:
 *   - what stands in <answer> or in JSON ("answer", "choice", ...), read as a
 *     reply of its own; reasoning in <think> is skipped
 *   - a reply that is a letter: B, (B), **B**, b. It names an option, also where
 *     the text of another one is that letter
 *   - a reply that is an option's text
 *   - the last statement: "the answer is B", "B is correct", \boxed{B}, 答案：B,
 *     "the answer is 36"
 *   - a line that is a letter; lines that begin with one ("B) 36")
 *   - the only letter in bold or code; the only "(B)" or "option B"
 *   - the only option whose text the reply contains
 * Equal replies give equal answers on every machine.
 */
int dvb_answer_choice(const char *reply, const char *const *options, int n_options);

#endif
