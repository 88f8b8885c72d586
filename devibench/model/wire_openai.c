/* SPDX-License-Identifier: GPL-3.0-or-later */
/* OpenAI's POST /chat/completions, as its API reference describes it, and as
   vLLM, SGLang, llama.cpp, Ollama and others serve it; video goes as the
   video_url part that vLLM and SGLang take. */
#include "model/batch.h"
#include "model/chat.h"

static void put_media(struct dvb_body *b, const struct dvb_ask *ask)
{
    for (int i = 0; i < ask->n_frames; i++)
        dvb_chat_put_image(b, ask->frames[i], ask->profile->detail);
    if (!ask->video)
        return;
    dvb_body_text(b, "{\"type\":\"video_url\",\"video_url\":{\"url\":");
    dvb_chat_put_data(b, "video/mp4", ask->video);
    dvb_body_text(b, "}},");
}

static int make_body(const struct dvb_ask *ask, struct dvb_body *b, struct dvb_err *err)
{
    json_t *parameters = dvb_chat_parameters(ask);
    int ret = dvb_chat_body(ask, parameters, put_media, b, err);
    json_decref(parameters);
    return ret;
}

const struct dvb_wire dvb_wire_openai = {
    .name = "openai",
    .description = "OpenAI chat completions; also vLLM, SGLang, llama.cpp, Ollama",
    .path = dvb_chat_path,
    .default_key_env = "OPENAI_API_KEY",
    .reserved = dvb_chat_reserved,
    .body = make_body,
    .auth = dvb_chat_auth,
    .parse = dvb_chat_parse,
    .parse_events = dvb_chat_parse_events,
    .batch = &dvb_batch_openai,
};
