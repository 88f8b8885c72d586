/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/service_error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "model/json_text.h"

/* OpenAI's codes for a spent account, and those of services like it. */
static const char *const quota_codes[] = {
    "insufficient_quota",
    "billing_hard_limit_reached",
    "billing_not_active",
    "credit_balance_exhausted",
    "project_spend_limit_exceeded",
    "organization_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
    "insufficient_balance",
    "insufficient_funds",
    "billing_error",
    "Arrearage",
};

/* Azure OpenAI, OpenAI, DashScope. */
static const char *const refusal_codes[] = {
    "content_filter",
    "content_policy_violation",
    "data_inspection_failed",
    "moderation_blocked",
};

static bool among(const char *s, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(s, list[i]))
            return true;
    return false;
}

static void take(char *dst, size_t cap, const json_t *v)
{
    if (json_is_string(v)) {
        dvb_clean_line(dst, cap, json_string_value(v), json_string_length(v));
    } else if (json_is_integer(v)) {
        snprintf(dst, cap, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
    } else if (json_is_object(v) || json_is_array(v)) {
        char *text = dvb_json_canon(v);
        dvb_clean_line(dst, cap, text, strlen(text));
        free(text);
    }
}

bool dvb_service_error_read(const char *body, size_t len, struct dvb_service_error *e)
{
    *e = (struct dvb_service_error){ 0 };
    json_t *root = dvb_json_lenient(body, len);
    const json_t *error = json_object_get(root, "error");
    const json_t *choices = json_object_get(root, "choices");
    const json_t *from = json_is_object(error) ? error : root;
    bool found = json_is_object(from) && !json_is_array(choices);
    if (found) {
        const json_t *message = json_is_string(error) ? error : json_object_get(from, "message");
        take(e->message, sizeof(e->message), message ? message : json_object_get(from, "detail"));
        take(e->code, sizeof(e->code), json_object_get(from, "code"));
        take(e->type, sizeof(e->type), json_object_get(from, "type"));
        found = *e->message || json_is_object(error);
    }
    json_decref(root);
    return found;
}

bool dvb_service_error_is_quota(const struct dvb_service_error *e)
{
    size_t n = sizeof(quota_codes) / sizeof(*quota_codes);
    return among(e->code, quota_codes, n) || among(e->type, quota_codes, n);
}

bool dvb_service_error_is_refusal(const struct dvb_service_error *e)
{
    size_t n = sizeof(refusal_codes) / sizeof(*refusal_codes);
    return among(e->code, refusal_codes, n) || among(e->type, refusal_codes, n);
}
