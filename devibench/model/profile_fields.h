/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between profile.c and profile_fields.c. */
#ifndef DVB_MODEL_PROFILE_FIELDS_H
#define DVB_MODEL_PROFILE_FIELDS_H

#include "model/profile.h"

/* A profile with every default set; name and source are copied. */
struct dvb_profile *dvb_profile_new(const char *name, const char *source);

/* Read and check one profile of a file. */
int dvb_profile_parse(const char *file, const char *name, const json_t *obj,
                      struct dvb_profile **out, struct dvb_err *err);

#endif
