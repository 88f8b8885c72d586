/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/service_error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "model/json_text.h"
#include "model/sse.h"

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

/* Gemini's words for an account without money; its 429 is otherwise that of a
   rate that is too high. */
static const char *const spent_messages[] = {
    "prepayment credits are depleted",
    "exceeded its monthly spending cap",
};

/* "12s", "0.5s": a protobuf Duration. < 0 for anything else. */
static double duration(const char *s)
{
    char number[32];
    double v;
    size_t len = s ? strlen(s) : 0;
    if (len < 2 || len > sizeof(number) || s[len - 1] != 's')
        return -1;
    snprintf(number, sizeof(number), "%.*s", (int)len - 1, s);
    return dvb_parse_num(number, &v) && v >= 0 ? v : -1;
}

/* "GenerateRequestsPerDayPerProjectPerModel-FreeTier" */
static bool is_daily(const json_t *violations)
{
    size_t i;
    json_t *v;
    json_array_foreach((json_t *)violations, i, v)
    {
        const char *id = dvb_json_get_str(v, "quotaId");
        if (id && strstr(id, "PerDay"))
            return true;
    }
    return false;
}

/* google.rpc.Status.details: each object says its kind in @type. */
static void take_details(struct dvb_service_error *e, const json_t *details)
{
    size_t i;
    json_t *d;
    json_array_foreach((json_t *)details, i, d)
    {
        const char *type = dvb_json_get_str(d, "@type"), *reason = dvb_json_get_str(d, "reason");
        const char *kind = type ? strrchr(type, '.') : NULL;
        if (!kind)
            continue;
        if (!strcmp(kind, ".RetryInfo"))
            e->retry_s = duration(dvb_json_get_str(d, "retryDelay"));
        else if (!strcmp(kind, ".QuotaFailure"))
            e->spent |= is_daily(json_object_get(d, "violations"));
        else if (!strcmp(kind, ".ErrorInfo"))
            e->bad_key |= reason && !strcmp(reason, "API_KEY_INVALID");
    }
}

static bool read_object(const json_t *root, struct dvb_service_error *e)
{
    const json_t *error = json_object_get(root, "error");
    const json_t *choices = json_object_get(root, "choices");
    const json_t *from = json_is_object(error) ? error : root;
    bool found = json_is_object(from) && !json_is_array(choices);
    if (found) {
        const json_t *message = json_is_string(error) ? error : json_object_get(from, "message");
        take(e->message, sizeof(e->message), message ? message : json_object_get(from, "detail"));
        take(e->code, sizeof(e->code), json_object_get(from, "code"));
        take(e->type, sizeof(e->type), json_object_get(from, "type"));
        if (!*e->type)
            take(e->type, sizeof(e->type), json_object_get(from, "status"));
        take_details(e, json_object_get(from, "details"));
        for (size_t i = 0; i < sizeof(spent_messages) / sizeof(*spent_messages); i++)
            e->spent |= strstr(e->message, spent_messages[i]) != NULL;
        found = *e->message || json_is_object(error);
    }
    return found;
}

static bool read_events(const char *body, size_t len, struct dvb_service_error *e)
{
    struct dvb_sse s;
    bool found = false;
    if (dvb_sse_open(&s, body, len, NULL))
        return false;
    while (!found && dvb_sse_next(&s)) {
        json_t *data = dvb_sse_json(&s);
        const json_t *error = json_object_get(data, "error");
        found = error && !json_is_null(error) && read_object(data, e);
        json_decref(data);
    }
    dvb_sse_release(&s);
    return found;
}

bool dvb_service_error_read(const char *body, size_t len, struct dvb_service_error *e)
{
    *e = (struct dvb_service_error){ .retry_s = -1 };
    json_t *root = dvb_json_lenient(body, len);
    bool found = root ? read_object(json_is_array(root) ? json_array_get(root, 0) : root, e)
                      : read_events(body, len, e);
    json_decref(root);
    return found;
}

bool dvb_service_error_is_quota(const struct dvb_service_error *e)
{
    size_t n = sizeof(quota_codes) / sizeof(*quota_codes);
    return e->spent || among(e->code, quota_codes, n) || among(e->type, quota_codes, n);
}

bool dvb_service_error_is_refusal(const struct dvb_service_error *e)
{
    size_t n = sizeof(refusal_codes) / sizeof(*refusal_codes);
    return among(e->code, refusal_codes, n) || among(e->type, refusal_codes, n);
}
