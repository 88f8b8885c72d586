/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alibaba Cloud Model Studio (DashScope), OpenAI-compatible mode: the chat
   format with video parts of its own. Its reference: "OpenAI compatible - Chat",
   "Image and video understanding", "Qwen-Omni". */
#include <errno.h>
#include <inttypes.h>
#include <strings.h>

#include "base/json.h"
#include "model/chat.h"

/* A frame list with fewer pictures is refused by the service. */
#define MIN_LIST 4

/* The frames as one video. Few of them, as for a single-frame baseline, go as
   pictures. fps places the frames in time; where max_frames thins them out, they
   stand closer than they were. */
static void put_frames(struct dvb_body *b, const struct dvb_ask *ask)
{
    if (ask->n_frames < MIN_LIST) {
        for (int i = 0; i < ask->n_frames; i++)
            dvb_chat_put_image(b, ask->frames[i], NULL);
        return;
    }
    dvb_body_text(b, "{\"type\":\"video\",\"video\":[");
    for (int i = 0; i < ask->n_frames; i++) {
        dvb_body_text(b, i ? "," : "");
        dvb_chat_put_data(b, "image/jpeg", ask->frames[i]);
    }
    dvb_body_text(b, "],\"fps\":%.10g},", ask->profile->fps);
}

static void put_media(struct dvb_body *b, const struct dvb_ask *ask)
{
    if (!ask->video) {
        put_frames(b, ask);
        return;
    }
    dvb_body_text(b, "{\"type\":\"video_url\",\"video_url\":{\"url\":");
    dvb_chat_put_data(b, "video/mp4", ask->video);
    dvb_body_text(b, "},\"fps\":%.10g},", ask->profile->fps);
}

/* Qwen-Omni models can speak; asked for text, they do not. */
static bool is_omni(const char *model)
{
    for (; *model; model++)
        if (!strncasecmp(model, "omni", 4))
            return true;
    return false;
}

static int check(const struct dvb_profile *p, struct dvb_err *err)
{
    if (is_omni(p->model) && !p->stream)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "field 'stream': found false, expected true: Omni models only stream");
    if (p->detail)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "field 'detail': this service has none; expected it to be left out");
    if (p->fps < 0.1 || p->fps > 10)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "field 'fps': found %g, expected 0.1 to 10 for this service", p->fps);
    if (p->seed > INT32_MAX)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "field 'seed': expected at most %" PRId32 " for this service", INT32_MAX);
    return 0;
}

static int make_body(const struct dvb_ask *ask, struct dvb_body *b, struct dvb_err *err)
{
    json_t *parameters = dvb_chat_parameters(ask);
    if (is_omni(ask->profile->model))
        json_object_set_new(parameters, "modalities", dvb_json_pack("[s]", "text"));
    int ret = dvb_chat_body(ask, parameters, put_media, b, err);
    json_decref(parameters);
    return ret;
}

const struct dvb_wire dvb_wire_dashscope = {
    .name = "dashscope",
    .description = "Alibaba DashScope, compatible mode: Qwen with video, frame lists, Omni",
    .path = dvb_chat_path,
    .default_key_env = "DASHSCOPE_API_KEY",
    .reserved = dvb_chat_reserved,
    .check = check,
    .body = make_body,
    .auth = dvb_chat_auth,
    .parse = dvb_chat_parse,
    .parse_events = dvb_chat_parse_events,
};
