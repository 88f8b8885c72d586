/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Alibaba Cloud Model Studio's POST /compatible-mode/v1/chat/completions, checked
 * as its reference ("OpenAI compatible - Chat") describes it. Fields of tools,
 * search and speech are left out: devibench sends none. Models with "omni" in
 * their id only stream.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "tests/tools/fake/check.h"

static bool check_image(struct fake_check *c, const json_t *part)
{
    static const struct fake_member members[] = { { "type", 'S' },
                                                  { "image_url", 'O' },
                                                  { "min_pixels", 'i' },
                                                  { "max_pixels", 'i' },
                                                  { NULL } };
    static const struct fake_member url[] = { { "url", 'S' }, { NULL } };
    const json_t *image = json_object_get(part, "image_url");
    if (!fake_check_members(c, "messages.content", part, members, NULL) ||
        !fake_check_members(c, "messages.content.image_url", image, url, NULL))
        return false;
    size_t n = fake_base64_jpeg(fake_data_uri(dvb_json_get_str(image, "url"), "image/jpeg"));
    c->req->frames++;
    c->req->frame_bytes += n;
    return n || fake_refuse(c, "The image format is illegal and cannot be opened");
}

static bool check_video_url(struct fake_check *c, const json_t *part)
{
    static const struct fake_member members[] = { { "type", 'S' },
                                                  { "video_url", 'O' },
                                                  { "fps", 'n', 0.1, 10 },
                                                  { "min_pixels", 'i' },
                                                  { "max_pixels", 'i' },
                                                  { "total_pixels", 'i' },
                                                  { NULL } };
    static const struct fake_member url[] = { { "url", 'S' }, { NULL } };
    const json_t *video = json_object_get(part, "video_url");
    if (!fake_check_members(c, "messages.content", part, members, NULL) ||
        !fake_check_members(c, "messages.content.video_url", video, url, NULL))
        return false;
    c->req->fps = dvb_json_get_num(part, "fps", 2);
    c->req->video_bytes = fake_base64_mp4(
        fake_data_uri(dvb_json_get_str(video, "url"), "video/mp4"));
    return c->req->video_bytes ||
           fake_refuse(c, "The video format is illegal and cannot be opened");
}

/* A list of frames. */
static bool check_video(struct fake_check *c, const json_t *part)
{
    static const struct fake_member members[] = { { "type", 'S' },
                                                  { "video", 'A' },
                                                  { "fps", 'n', 0.1, 10 },
                                                  { "min_pixels", 'i' },
                                                  { "max_pixels", 'i' },
                                                  { "total_pixels", 'i' },
                                                  { NULL } };
    const json_t *video = json_object_get(part, "video");
    size_t i;
    json_t *uri;
    if (!fake_check_members(c, "messages.content", part, members, NULL))
        return false;
    if (json_array_size(video) < 4 || json_array_size(video) > 512)
        return fake_refuse(c, "The video modality input does not meet the requirements because: "
                              "the range of sequence images shoule be (4, 512).");
    json_array_foreach((json_t *)video, i, uri)
    {
        size_t n = fake_base64_jpeg(fake_data_uri(json_string_value(uri), "image/jpeg"));
        if (!n)
            return fake_refuse(c, "The image format is illegal and cannot be opened");
        c->req->frames++;
        c->req->frame_bytes += n;
    }
    c->req->fps = dvb_json_get_num(part, "fps", 2);
    return true;
}

static bool check_text(struct fake_check *c, const json_t *part)
{
    static const struct fake_member members[] = { { "type", 'S' }, { "text", 'S' }, { NULL } };
    if (!fake_check_members(c, "messages.content", part, members, NULL))
        return false;
    fake_append(&c->req->prompt, dvb_json_get_str(part, "text"));
    return true;
}

static const struct {
    const char *type;
    bool (*check)(struct fake_check *c, const json_t *part);
} parts[] = {
    { "text", check_text },
    { "image_url", check_image },
    { "video_url", check_video_url },
    { "video", check_video },
};

static bool check_content(struct fake_check *c, const json_t *content)
{
    size_t i;
    json_t *part;
    if (json_is_string(content)) {
        fake_append(&c->req->prompt, json_string_value(content));
        return true;
    }
    if (!json_array_size(content))
        return fake_refuse(c, "Input should be a valid list: messages.content");
    json_array_foreach((json_t *)content, i, part)
    {
        const char *type = dvb_json_get_str(part, "type");
        size_t k = 0;
        while (k < 4 && (!type || strcmp(type, parts[k].type)))
            k++;
        if (k == 4)
            return fake_refuse(c, "Unexpected item type in content.");
        c->req->text_last = k == 0;
        if (!parts[k].check(c, part))
            return false;
    }
    return true;
}

static bool check_messages(struct fake_check *c, const json_t *messages)
{
    static const struct fake_member members[] = { { "role", 'S', 0, 0, "|system|user|assistant|" },
                                                  { "content", '*' },
                                                  { NULL } };
    size_t i;
    json_t *m;
    json_array_foreach((json_t *)messages, i, m)
    {
        if (!fake_check_members(c, "messages", m, members, NULL))
            return false;
        const json_t *content = json_object_get(m, "content");
        bool system = !strcmp(dvb_json_get_str(m, "role"), "system");
        if (system && (i || !json_is_string(content)))
            return fake_refuse(c, "Role system must be in the first message and be text.");
        if (system)
            fake_append(&c->req->system, json_string_value(content));
        else if (!check_content(c, content))
            return false;
    }
    return json_array_size(messages) || fake_refuse(c, "[] is too short - 'messages'");
}

static bool check_stream(struct fake_check *c, const json_t *root)
{
    static const struct fake_member stream[] = { { "include_usage", 'b' }, { NULL } };
    const json_t *options = json_object_get(root, "stream_options");
    const json_t *speaks = json_object_get(root, "modalities");
    bool omni = strstr(c->req->model, "omni") != NULL;
    c->req->stream = json_is_true(json_object_get(root, "stream"));
    c->req->usage_too = json_is_true(json_object_get(options, "include_usage"));
    if (omni && !c->req->stream)
        return fake_refuse(c, "This model only support stream mode, please enable the stream "
                              "parameter to access the model.");
    if (json_is_true(json_object_get(root, "enable_thinking")) && !c->req->stream)
        return fake_refuse(c, "parameter.enable_thinking must be set to false for non-streaming "
                              "calls");
    if (speaks && (!omni || json_array_size(speaks) != 1 ||
                   strcmp(json_string_value(json_array_get(speaks, 0)), "text")))
        return fake_refuse(c, "modalities: this server writes text only, and for Omni models");
    if (options && !c->req->stream)
        return fake_refuse(c, "'stream_options' only set this when you set stream: true.");
    return !options || fake_check_members(c, "stream_options", options, stream, NULL);
}

static bool check(struct fake_check *c, const json_t *root)
{
    static const struct fake_member members[] = {
        { "model", 'S' },
        { "messages", 'A' },
        { "stream", 'b' },
        { "stream_options", 'o' },
        { "modalities", 'a' },
        { "temperature", 'n', 0, 2 },
        { "top_p", 'n', 0, 1 },
        { "top_k", 'i' },
        { "presence_penalty", 'n', -2, 2 },
        { "repetition_penalty", 'n' },
        { "response_format", 'o' },
        { "max_tokens", 'i', 1, 1e9 },
        { "max_completion_tokens", 'i', 1, 1e9 },
        { "n", 'i', 1, 4 },
        { "seed", 'i', 0, 2147483647 },
        { "stop", '*' },
        { "logprobs", 'b' },
        { "top_logprobs", 'i', 0, 5 },
        { "enable_thinking", 'b' },
        { "thinking_budget", 'i' },
        { "reasoning_effort", 's' },
        { "vl_high_resolution_images", 'b' },
        { NULL },
    };
    if (!fake_check_members(c, "", root, members, NULL))
        return false;
    c->req->model = dvb_strdup(dvb_json_get_str(root, "model"));
    c->req->logprobs = json_is_true(json_object_get(root, "logprobs"));
    c->req->top_logprobs = (int)dvb_json_get_num(root, "top_logprobs", 0);
    return check_stream(c, root) && check_messages(c, json_object_get(root, "messages")) &&
           fake_check_response_format(c, json_object_get(root, "response_format"));
}

static json_t *usage_of(const struct fake_request *req)
{
    return dvb_json_pack("{s:i, s:i, s:i, s:{s:i, s:i, s:i}}", "prompt_tokens", 100,
                         "completion_tokens", 5, "total_tokens", 105, "prompt_tokens_details",
                         "text_tokens", 30, "image_tokens", req->fps > 0 ? 0 : 10 * req->frames,
                         "video_tokens", req->fps > 0 ? 70 : 0);
}

/* The chat format's own, with what the media came to. */
static json_t *completion(const struct fake_answer *a, const struct fake_request *req)
{
    json_t *whole = fake_openai.completion(a, req);
    if (!a->usage)
        json_object_set_new(whole, "usage", usage_of(req));
    return whole;
}

static char *events(const struct fake_answer *a, const struct fake_request *req)
{
    json_t *usage = a->usage ? json_deep_copy(a->usage) : usage_of(req);
    struct fake_answer *with = dvb_calloc(1, sizeof(*with));
    *with = *a;
    with->usage = usage;
    char *text = fake_openai.events(with, req);
    free(with);
    json_decref(usage);
    return text;
}

static json_t *error(unsigned status, const char *code, const char *message, const json_t *given)
{
    return fake_openai.error(status, code, message, given);
}

static const struct fake_route routes[] = {
    { "POST", "/compatible-mode/v1/chat/completions", "application/json" },
    { NULL },
};

static const struct fake_words words = {
    .unknown = { "Unknown parameter: ", "" },
    .mistyped = { "Wrong type of ", "" },
    .invalid = { "Parameter out of range: ", "" },
    .missing = { "Required parameter is missing: ", "" },
};

const struct fake_format fake_dashscope = {
    .name = "dashscope",
    .key_header = "Authorization",
    .key_prefix = "Bearer ",
    .routes = routes,
    .words = &words,
    .check = check,
    .completion = completion,
    .events = events,
    .error = error,
};
