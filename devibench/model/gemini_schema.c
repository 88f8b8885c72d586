/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON schema as GenerationConfig.responseJsonSchema documents it. (The older
   responseSchema takes less: neither additionalProperties nor lists of types.) */
#include <string.h>

#include "base/json.h"
#include "model/gemini.h"

/* What stands under a keyword. */
enum kind { PLAIN, SCHEMA, LIST, MAP };

static const struct {
    const char *name;
    enum kind kind;
} keywords[] = {
    { "$id", PLAIN },
    { "$defs", MAP },
    { "$ref", PLAIN },
    { "$anchor", PLAIN },
    { "type", PLAIN },
    { "format", PLAIN },
    { "title", PLAIN },
    { "description", PLAIN },
    { "enum", PLAIN },
    { "items", SCHEMA },
    { "prefixItems", LIST },
    { "minItems", PLAIN },
    { "maxItems", PLAIN },
    { "minimum", PLAIN },
    { "maximum", PLAIN },
    { "anyOf", LIST },
    { "oneOf", LIST },
    { "properties", MAP },
    { "additionalProperties", SCHEMA },
    { "required", PLAIN },
    { "propertyOrdering", PLAIN },
};

static json_t *convert(json_t *v, enum kind kind)
{
    const char *key;
    json_t *one, *out;
    size_t i;
    if (kind == LIST && json_is_array(v)) {
        out = json_array();
        json_array_foreach(v, i, one)
        {
            json_array_append_new(out, convert(one, SCHEMA));
        }
        return out;
    }
    if (kind == MAP && json_is_object(v)) {
        out = json_object();
        json_object_foreach(v, key, one)
        {
            json_object_set_new(out, key, convert(one, SCHEMA));
        }
        return out;
    }
    return kind == SCHEMA && json_is_object(v) ? dvb_gemini_schema(v) : json_deep_copy(v);
}

json_t *dvb_gemini_schema(const json_t *schema)
{
    json_t *out = json_object(), *only = json_object_get(schema, "const");
    for (size_t i = 0; i < sizeof(keywords) / sizeof(*keywords); i++) {
        json_t *v = json_object_get(schema, keywords[i].name);
        if (v)
            json_object_set_new(out, keywords[i].name, convert(v, keywords[i].kind));
    }
    if (only)
        json_object_set_new(out, "enum", dvb_json_pack("[O]", only));
    return out;
}
