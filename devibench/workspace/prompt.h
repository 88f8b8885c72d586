/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prompt texts with named slots: prompts/NAME.txt, compiled in, or from a folder of the user's. */
#ifndef DVB_WORKSPACE_PROMPT_H
#define DVB_WORKSPACE_PROMPT_H

#include <stddef.h>

#include "base/err.h"

struct dvb_slot {
    const char *name, *value; /* {{name}} in the text becomes value */
};

/* The text of prompt `name`: from DIR/NAME.txt where dir is given and has it,
   else the built-in one. Heap. A text without one of the slots `needed`, or
   with one that is in neither list (NULL-terminated, as optional), is refused. */
int dvb_prompt_load(const char *dir, const char *name, const char *const *needed,
                    const char *const *optional, char **text, struct dvb_err *err);

/* Fill the slots; others stay as they are. Values are not looked into. Heap. */
char *dvb_prompt_fill(const char *text, const struct dvb_slot *slots, size_t n);

/* "A) first\nB) second\n..." without a final newline. Heap. */
char *dvb_prompt_options(const char *const *options, int n);

#endif
