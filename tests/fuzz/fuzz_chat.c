/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chat requests, and the options of their prompts. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "reader/chat.h"
#include "reader/choice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever is accepted keeps its promises. */
static void check(const struct dvb_chat *chat)
{
    if (!chat->model || !chat->prompt || chat->n_media > DVB_CHAT_MAX_MEDIA || chat->words < 0)
        abort();
    for (size_t i = 0; i < chat->n_media; i++)
        if (!chat->media[i].data || !chat->media[i].len || !*chat->media[i].where)
            abort();
}

static void check_choice(const char *prompt)
{
    struct dvb_choice c;
    if (!dvb_choice_parse(prompt, &c))
        return;
    if (c.n < 2 || c.n > DVB_CHOICE_MAX || !c.question)
        abort();
    for (int i = 0; i < c.n; i++)
        if (!c.options[i] || !*c.options[i])
            abort();
    struct dvb_choice_view view = dvb_choice_look(&c, NULL);
    if (view.option != -1 || view.sure < 0 || view.sure > 0)
        abort();
    dvb_choice_release(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dvb_chat *chat;
    struct dvb_api_error e = { 0 };
    if (dvb_chat_parse((const char *)data, size, &chat, &e)) {
        if (chat || e.status < 400 || e.status > 499 || !*e.message)
            abort();
        return 0;
    }
    check(chat);
    check_choice(chat->prompt);
    dvb_chat_free(&chat);
    return 0;
}
