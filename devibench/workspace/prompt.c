/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workspace/prompt.h"

#include <errno.h>
#include <libavutil/bprint.h>
#include <stdbool.h>
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

/* A slot of a text: "{{", letters, digits, "_", "}}". Other braces are plain text. */
struct found {
    const char *start, *end;
    const char *name;
    size_t len;
};

static bool next_slot(const char *text, struct found *f)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    for (const char *p = text; (p = strstr(p, "{{")); p++) {
        size_t len = strspn(p + 2, letters);
        *f = (struct found){ .start = p, .end = p + len + 4, .name = p + 2, .len = len };
        if (len && !strncmp(p + 2 + len, "}}", 2))
            return true;
    }
    return false;
}

static bool is_named(const struct found *f, const char *name)
{
    return strlen(name) == f->len && !memcmp(name, f->name, f->len);
}

static bool is_among(const struct found *f, const char *const *names)
{
    while (*names && !is_named(f, *names))
        names++;
    return *names;
}

static bool has_slot(const char *text, const char *name)
{
    struct found f;
    for (; next_slot(text, &f); text = f.end)
        if (is_named(&f, name))
            return true;
    return false;
}

static int check_slots(const char *text, const char *file, const char *const *needed,
                       const char *const *optional, struct dvb_err *err)
{
    struct found f;
    for (const char *const *name = needed; *name; name++)
        if (!has_slot(text, *name))
            return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s: no slot {{%s}}", file, *name);
    for (; next_slot(text, &f); text = f.end)
        if (!is_among(&f, needed) && !is_among(&f, optional))
            return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s: unknown slot %.*s", file,
                            (int)(f.end - f.start), f.start);
    return 0;
}

int dvb_prompt_load(const char *dir, const char *name, const char *const *needed,
                    const char *const *optional, char **text, struct dvb_err *err)
{
    *text = NULL;
    if (dir && !dvb_is_dir(dir))
        return dvb_fail(err, DVB_FAULT_INPUT, ENOENT, "%s: no such folder of prompts", dir);
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
    if (!ret)
        ret = check_slots(*text, own ? own : built_in, needed, optional, err);
    if (ret) {
        free(*text);
        *text = NULL;
    }
    free(file);
    free(own);
    free(built_in);
    return ret;
}

char *dvb_prompt_fill(const char *text, const struct dvb_slot *slots, size_t n)
{
    AVBPrint b;
    struct found f;
    av_bprint_init(&b, 4096, AV_BPRINT_SIZE_UNLIMITED);
    for (; next_slot(text, &f); text = f.end) {
        size_t i = 0;
        while (i < n && !is_named(&f, slots[i].name))
            i++;
        av_bprint_append_data(&b, text, (unsigned)((i < n ? f.start : f.end) - text));
        if (i < n)
            av_bprintf(&b, "%s", slots[i].value);
    }
    av_bprintf(&b, "%s", text);
    char *out = dvb_strdup(b.str);
    av_bprint_finalize(&b, NULL);
    return out;
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
