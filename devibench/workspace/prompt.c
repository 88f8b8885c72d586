/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workspace/prompt.h"

#include <errno.h>
#include <libavutil/bprint.h>
#include <stdlib.h>
#include <string.h>

#include "base/asset.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/text.h"

#define MAX_PROMPT ((size_t)256 << 10)

static int load_own(const char *path, char **text, struct dvb_err *err)
{
    size_t len;
    int ret = dvb_read_file(path, MAX_PROMPT, text, &len, err);
    if (ret)
        return ret;
    if (strlen(*text) != len || !*dvb_text_trim(*text)) {
        free(*text);
        *text = NULL;
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s: empty or not a text file", path);
    }
    return 0;
}

int dvb_prompt_load(const char *dir, const char *name, char **text, struct dvb_err *err)
{
    *text = NULL;
    char *file = dvb_asprintf("%s.txt", name);
    char *own = dir ? dvb_path_join(dir, file) : NULL;
    char *built_in = dvb_path_join("prompts", file);
    const struct dvb_asset *asset = dvb_asset_find(built_in);
    int ret = 0;
    if (own && dvb_is_file(own))
        ret = load_own(own, text, err);
    else if (asset)
        *text = dvb_strdup(asset->data);
    else
        ret = dvb_fail(err, DVB_FAULT_INTERNAL, ENOENT, "no prompt named %s", name);
    free(file);
    free(own);
    free(built_in);
    return ret;
}

static const char *slot_value(const struct dvb_slot *slots, size_t n, const char *name, size_t len)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(slots[i].name) == len && !strncmp(slots[i].name, name, len))
            return slots[i].value;
    return NULL;
}

int dvb_prompt_fill(const char *text, const struct dvb_slot *slots, size_t n, char **out,
                    struct dvb_err *err)
{
    AVBPrint b;
    av_bprint_init(&b, 4096, AV_BPRINT_SIZE_UNLIMITED);
    *out = NULL;
    int ret = 0;
    while (!ret) {
        const char *open = strstr(text, "{{");
        const char *close = open ? strstr(open, "}}") : NULL;
        if (!close)
            break;
        const char *value = slot_value(slots, n, open + 2, (size_t)(close - open) - 2);
        if (!value)
            ret = dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "prompt: unknown slot %.*s",
                           (int)(close - open) + 2, open);
        else
            av_bprintf(&b, "%.*s%s", (int)(open - text), text, value);
        text = close + 2;
    }
    if (!ret) {
        av_bprintf(&b, "%s", text);
        *out = dvb_strdup(b.str);
    }
    av_bprint_finalize(&b, NULL);
    return ret;
}

char *dvb_prompt_options(const char *const *options, int n)
{
    AVBPrint b;
    av_bprint_init(&b, 256, AV_BPRINT_SIZE_UNLIMITED);
    for (int i = 0; i < n; i++)
        av_bprintf(&b, "%s%c) %s", i ? "\n" : "", 'A' + i, options[i]);
    char *s = dvb_strdup(b.str);
    av_bprint_finalize(&b, NULL);
    return s;
}
