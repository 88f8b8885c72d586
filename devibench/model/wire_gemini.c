/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Google's Gemini API: models.generateContent of v1beta, after its reference and
   the published service definition google/ai/generativelanguage/v1beta. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "model/batch.h"
#include "model/body.h"
#include "model/gemini.h"

/* Fields of the body that belong to us; generationConfig.thinkingConfig and
   others do not. The service knows each field under two spellings. */
static const char *const reserved[] = { "model",
                                        "contents",
                                        "systemInstruction",
                                        "system_instruction",
                                        "generation_config",
                                        "generationConfig.maxOutputTokens",
                                        "generationConfig.temperature",
                                        "generationConfig.topP",
                                        "generationConfig.seed",
                                        "generationConfig.responseLogprobs",
                                        "generationConfig.logprobs",
                                        "generationConfig.mediaResolution",
                                        "generationConfig.responseMimeType",
                                        "generationConfig.responseSchema",
                                        "generationConfig.responseJsonSchema",
                                        "generationConfig.candidateCount",
                                        NULL };

/* A model's id as part of a path. */
static char *escape(const char *id)
{
    char *out = dvb_calloc(strlen(id) * 3 + 1, 1), *p = out;
    for (; *id; id++) {
        unsigned char c = (unsigned char)*id;
        if (isalnum(c) || strchr("-._~/", c))
            *p++ = *id;
        else
            p += sprintf(p, "%%%02X", c);
    }
    return out;
}

/* "gemini-x", or a resource's whole name such as "tunedModels/x". */
static char *path(const struct dvb_profile *p)
{
    char *id = escape(p->model);
    char *path = dvb_asprintf("/%s%s:%s", strchr(id, '/') ? "" : "models/", id,
                              p->stream ? "streamGenerateContent?alt=sse" : "generateContent");
    free(id);
    return path;
}

static char *auth(const char *key)
{
    return dvb_asprintf("x-goog-api-key: %s", key);
}

static const struct {
    const char *detail, *resolution;
} resolutions[] = {
    { "low", "MEDIA_RESOLUTION_LOW" },
    { "medium", "MEDIA_RESOLUTION_MEDIUM" },
    { "high", "MEDIA_RESOLUTION_HIGH" },
    { "auto", NULL }, /* the model's own */
};

static int check(const struct dvb_profile *p, struct dvb_err *err)
{
    size_t i = 0, n = sizeof(resolutions) / sizeof(*resolutions);
    while (i < n && p->detail && strcmp(p->detail, resolutions[i].detail))
        i++;
    if (i == n)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "field 'detail': found \"%s\", expected auto, low, medium or high for this "
                        "service",
                        p->detail);
    if (p->send == DVB_SEND_VIDEO && p->fps > 24)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "field 'fps': found %g, expected at most 24 for this service", p->fps);
    if (p->seed > INT32_MAX)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "field 'seed': expected at most %" PRId32 " for this service", INT32_MAX);
    return 0;
}

static json_t *generation_config(const struct dvb_ask *ask)
{
    const struct dvb_profile *p = ask->profile;
    json_t *g = dvb_json_pack("{s:i}", "maxOutputTokens", p->max_tokens);
    if (p->temperature >= 0)
        json_object_set_new(g, "temperature", json_real(p->temperature));
    if (p->top_p >= 0)
        json_object_set_new(g, "topP", json_real(p->top_p));
    if (p->seed >= 0)
        json_object_set_new(g, "seed", json_integer(p->seed));
    if (p->logprobs > 0)
        json_object_update_new(
            g, dvb_json_pack("{s:b, s:i}", "responseLogprobs", 1, "logprobs", p->logprobs));
    for (size_t i = 0; p->detail && i < sizeof(resolutions) / sizeof(*resolutions); i++)
        if (!strcmp(p->detail, resolutions[i].detail) && resolutions[i].resolution)
            json_object_set_new(g, "mediaResolution", json_string(resolutions[i].resolution));
    if (p->structured && ask->schema)
        json_object_update_new(g,
                               dvb_json_pack("{s:s, s:o}", "responseMimeType", "application/json",
                                             "responseJsonSchema", dvb_gemini_schema(ask->schema)));
    return g;
}

/* Everything but the contents. */
static json_t *parameters(const struct dvb_ask *ask)
{
    json_t *body = dvb_json_pack("{s:o}", "generationConfig", generation_config(ask));
    if (ask->system)
        json_object_set_new(
            body, "systemInstruction",
            dvb_json_pack("{s:[{s:o}]}", "parts", "text", dvb_json_str(ask->system)));
    return dvb_wire_with_extra(ask->profile, body);
}

static void put_inline(struct dvb_body *b, const char *type, const char *path)
{
    dvb_body_text(b, "{\"inlineData\":{\"mimeType\":\"%s\",\"data\":\"", type);
    dvb_body_base64(b, path);
    dvb_body_text(b, "\"}");
}

/* Without fps the service looks at one frame a second. */
static void put_video(struct dvb_body *b, const struct dvb_ask *ask)
{
    if (ask->video_uri) {
        dvb_body_text(b, "{\"fileData\":{\"mimeType\":\"video/mp4\",\"fileUri\":");
        dvb_body_string(b, ask->video_uri);
        dvb_body_text(b, "}");
    } else {
        put_inline(b, "video/mp4", ask->video);
    }
    dvb_body_text(b, ",\"videoMetadata\":{\"fps\":%.10g", ask->profile->fps);
    if (ask->start_s > 0)
        dvb_body_text(b, ",\"startOffset\":\"%.3fs\"", ask->start_s);
    if (ask->end_s > 0)
        dvb_body_text(b, ",\"endOffset\":\"%.3fs\"", ask->end_s);
    dvb_body_text(b, "}},");
}

/* Media before the words, as the service advises. */
static int make_body(const struct dvb_ask *ask, struct dvb_body *b, struct dvb_err *err)
{
    if (ask->video && ask->n_frames > 0)
        return dvb_fail(err, DVB_FAULT_INTERNAL, EINVAL, "frames and video in one question");
    dvb_body_text(b, "{\"contents\":[{\"role\":\"user\",\"parts\":[");
    for (int i = 0; i < ask->n_frames; i++) {
        put_inline(b, "image/jpeg", ask->frames[i]);
        dvb_body_text(b, "},");
    }
    if (ask->video)
        put_video(b, ask);
    json_t *rest = parameters(ask);
    char *text = dvb_json_canon(rest);
    dvb_body_text(b, "{\"text\":");
    dvb_body_string(b, ask->prompt);
    dvb_body_text(b, "}]}],%s", text + 1);
    free(text);
    json_decref(rest);
    return 0;
}

const struct dvb_wire dvb_wire_gemini = {
    .name = "gemini",
    .description = "Google Gemini generateContent",
    .path = path,
    .default_key_env = "GEMINI_API_KEY",
    .reserved = reserved,
    .check = check,
    .body = make_body,
    .auth = auth,
    .parse = dvb_gemini_parse,
    .parse_events = dvb_gemini_parse_events,
    .batch = &dvb_batch_gemini,
    .uploader = &dvb_gemini_uploader,
};
