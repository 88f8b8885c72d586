/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the files of the gemini wire format. */
#ifndef DVB_MODEL_GEMINI_H
#define DVB_MODEL_GEMINI_H

#include "model/upload.h"
#include "model/wire.h"

dvb_wire_parse dvb_gemini_parse, dvb_gemini_parse_events;

/* schema with only the keywords that responseJsonSchema is documented to take;
   "const" becomes an "enum" of one. New reference. */
json_t *dvb_gemini_schema(const json_t *schema);

extern const struct dvb_uploader dvb_gemini_uploader;

#endif
