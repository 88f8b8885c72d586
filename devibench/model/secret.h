/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeping a key out of what is shown and stored. NULL text or key: nothing is done. */
#ifndef DVB_MODEL_SECRET_H
#define DVB_MODEL_SECRET_H

/* For error messages: overwrite with '*', in place, every stretch that is also
   found in key and is at least 8 bytes long (all of key, when it is shorter).
   Services that complain about a key like to repeat most of it. */
void dvb_secret_scrub(char *text, const char *key);

/* For a model's words, and JSON: the whole key only, as it is or as text within
   JSON, and only one long enough to be a secret, since local servers are given
   keys such as "EMPTY". */
void dvb_secret_scrub_words(char *text, const char *key);

#endif
