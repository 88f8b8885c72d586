/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checking a request body against tables of what a service documents. The
   first fault found is put into c->says, in the service's own words. */
#ifndef FAKE_CHECK_H
#define FAKE_CHECK_H

#include "tests/tools/fake/format.h"

/* One member of an object: its kind is a letter (s text, i integer, n number,
   b boolean, o object, a list, * any; upper case: required), then a range for
   numbers or a list of words for texts. A table ends with a name of NULL. */
struct fake_member {
    const char *name;
    char kind;
    double min, max;
    const char *words; /* "|low|high|" */
};

/* Say why; false. */
bool fake_refuse(struct fake_check *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* obj has only these members, each of its kind; more are further ones, or NULL.
   where is its path, "" for the body. */
bool fake_check_members(struct fake_check *c, const char *where, const json_t *obj,
                        const struct fake_member *members, const struct fake_member *more);

/* The decoded size of a whole JPEG picture or MP4 file in base64, or 0. */
size_t fake_base64_jpeg(const char *coded);
size_t fake_base64_mp4(const char *coded);
/* What follows "data:TYPE;base64,", or NULL. */
const char *fake_data_uri(const char *uri, const char *type);

/* OpenAI's and Anthropic's strict mode: every object closed; all_required: every
   property required (OpenAI). where names the field. */
bool fake_check_strict(struct fake_check *c, const char *where, const json_t *schema,
                       bool all_required);

/* response_format of OpenAI's chat and of services that speak it; NULL: none. */
bool fake_check_response_format(struct fake_check *c, const json_t *format);

/* [A-Za-z0-9_-]{1,64} */
bool fake_is_schema_name(const char *name);

/* Append s to *text. */
void fake_append(char **text, const char *s);

#endif
