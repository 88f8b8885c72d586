/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/service_error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
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

/* Anthropic says so in words alone, with status 400 and the type of any bad
   request: no credit left, and a limit that the account has set for itself. So
   does Gemini, with the 429 and status of a rate that is too high. */
static const char *const quota_words[] = {
    "credit balance is too low",
    "reached your specified api usage limits",
    "reached your specified workspace api usage limits",
    "prepayment credits are depleted",
    "exceeded its monthly spending cap",
};

/* Azure OpenAI, OpenAI, DashScope. */
static const char *const refusal_codes[] = {
    "content_filter",         "content_policy_violation",
    "data_inspection_failed", "image_content_policy_violation",
    "moderation_blocked",
};

/* OpenAI's invalid_prompt and Anthropic's invalid_request_error mean this among others. */
static const char *const refusal_words[] = {
    "flagged as potentially violating",
    "blocked by content filtering policy",
};

/* The status that a code or type stands for, where an error comes with 200:
   within a stream, or in a response that failed. OpenAI, Anthropic. */
static const struct {
    const char *code;
    long status;
} meanings[] = {
    { "invalid_request_error", 400 },
    { "invalid_prompt", 400 },
    { "invalid_image", 400 },
    { "invalid_image_format", 400 },
    { "invalid_base64_image", 400 },
    { "image_too_large", 400 },
    { "image_too_small", 400 },
    { "image_parse_error", 400 },
    { "unsupported_image_media_type", 400 },
    { "empty_image_file", 400 },
    { "authentication_error", 401 },
    { "invalid_api_key", 401 },
    { "billing_error", 402 },
    { "permission_error", 403 },
    { "not_found_error", 404 },
    { "request_too_large", 413 },
    { "rate_limit_error", 429 },
    { "rate_limit_exceeded", 429 },
    { "api_error", 500 },
    { "server_error", 500 },
    { "server_is_overloaded", 503 },
    { "timeout_error", 504 },
    { "overloaded_error", 529 },
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

/* False when it holds no error. */
static bool read_json(const json_t *root, struct dvb_service_error *e)
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
        found = *e->message || json_is_object(error);
    }
    return found;
}

/* Of a stream: the event named error, or a response that failed. */
static bool read_events(const char *body, size_t len, struct dvb_service_error *e)
{
    struct dvb_sse s;
    bool found = false;
    if (dvb_sse_open(&s, body, len, NULL))
        return false;
    while (!found && dvb_sse_next(&s)) {
        json_t *event = dvb_sse_json(&s);
        const json_t *response = json_object_get(event, "response");
        if (json_is_object(json_object_get(response, "error")))
            found = read_json(response, e);
        else if (!strcmp(s.name, "error") || json_is_object(json_object_get(event, "error")))
            found = read_json(event, e);
        json_decref(event);
    }
    dvb_sse_release(&s);
    return found;
}

bool dvb_service_error_read(const char *body, size_t len, struct dvb_service_error *e)
{
    *e = (struct dvb_service_error){ .retry_s = -1 };
    json_t *root = dvb_json_lenient(body, len);
    bool found = root ? read_json(json_is_array(root) ? json_array_get(root, 0) : root, e)
                      : read_events(body, len, e);
    json_decref(root);
    return found;
}

long dvb_service_error_status(const struct dvb_service_error *e)
{
    long status = strtol(e->code, NULL, 10);
    const char *const says[] = { e->code, e->type };
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; !status && i < sizeof(meanings) / sizeof(*meanings); i++)
            if (!strcmp(meanings[i].code, says[k]))
                status = meanings[i].status;
    return status;
}

/* Does the message hold one of the phrases, whatever its case? */
static bool speaks_of(const struct dvb_service_error *e, const char *const *phrases, size_t n)
{
    char *fold = dvb_text_fold(e->message);
    bool found = false;
    for (size_t i = 0; i < n; i++)
        found |= strstr(fold, phrases[i]) != NULL;
    free(fold);
    return found;
}

bool dvb_service_error_is_quota(const struct dvb_service_error *e)
{
    size_t n = sizeof(quota_codes) / sizeof(*quota_codes);
    return e->spent || among(e->code, quota_codes, n) || among(e->type, quota_codes, n) ||
           speaks_of(e, quota_words, sizeof(quota_words) / sizeof(*quota_words));
}

bool dvb_service_error_is_refusal(const struct dvb_service_error *e)
{
    size_t n = sizeof(refusal_codes) / sizeof(*refusal_codes);
    return among(e->code, refusal_codes, n) || among(e->type, refusal_codes, n) ||
           speaks_of(e, refusal_words, sizeof(refusal_words) / sizeof(*refusal_words));
}
