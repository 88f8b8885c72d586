/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "cmd.h"
#include "model/profile.h"
#include "model/wire.h"

struct settings {
    const char *models_file;
};

static const struct dvb_opt opts[] = {
    { "models-file", 0, DVB_OPT_STR, offsetof(struct settings, models_file), .arg = "FILE",
      .help = "Model profiles that go before the user's own and the built-in ones" },
    { .name = NULL },
};

/* What the table shows of a profile; columns end with a NULL title. */
static char *send_text(const struct dvb_profile *p)
{
    if (p->send == DVB_SEND_VIDEO)
        return dvb_strdup("video");
    return p->max_frames ? dvb_asprintf("frames, %g/s, at most %d", p->fps, p->max_frames)
                         : dvb_asprintf("frames, %g/s", p->fps);
}

static bool key_set(const struct dvb_profile *p)
{
    const char *value = p->key_env ? getenv(p->key_env) : NULL;
    return value && *value;
}

static char *name_text(const struct dvb_profile *p)
{
    return dvb_strdup(p->name);
}

static char *wire_text(const struct dvb_profile *p)
{
    return dvb_strdup(p->wire->name);
}

static char *url_text(const struct dvb_profile *p)
{
    return dvb_strdup(p->base_url);
}

static char *model_text(const struct dvb_profile *p)
{
    return dvb_strdup(p->model);
}

static char *key_text(const struct dvb_profile *p)
{
    return dvb_strdup(p->key_env ? p->key_env : "-");
}

static char *key_set_text(const struct dvb_profile *p)
{
    return dvb_strdup(!p->key_env ? "-" : key_set(p) ? "yes" : "no");
}

static const struct {
    const char *title;
    char *(*text)(const struct dvb_profile *p);
} columns[] = {
    { "NAME", name_text }, { "WIRE", wire_text }, { "URL", url_text },     { "MODEL", model_text },
    { "SEND", send_text }, { "KEY", key_text },   { "SET", key_set_text },
};
#define N_COLUMNS (sizeof(columns) / sizeof(*columns))

static void print_table(struct dvb_profile *const *list, size_t n)
{
    int width[N_COLUMNS];
    for (size_t c = 0; c < N_COLUMNS; c++) {
        width[c] = (int)strlen(columns[c].title);
        for (size_t i = 0; i < n; i++) {
            char *text = columns[c].text(list[i]);
            int len = (int)strlen(text);
            width[c] = len > width[c] ? len : width[c];
            free(text);
        }
    }
    for (size_t i = 0; i <= n; i++)
        for (size_t c = 0; c < N_COLUMNS; c++) {
            char *text = i ? columns[c].text(list[i - 1]) : dvb_strdup(columns[c].title);
            bool last = c + 1 == N_COLUMNS;
            printf("%-*s%s", last ? 0 : width[c], text, last ? "\n" : "  ");
            free(text);
        }
}

static json_t *to_json(struct dvb_profile *const *list, size_t n)
{
    json_t *models = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *one = dvb_json_pack("{s:s, s:s, s:b}", "name", list[i]->name, "source",
                                    list[i]->source, "key_set", (int)key_set(list[i]));
        json_object_update_new(one, dvb_profile_json(list[i]));
        json_array_append_new(models, one);
    }
    return dvb_json_pack("{s:o}", "models", models);
}

static int list_models(const struct dvb_invocation *inv, const struct settings *s,
                       struct dvb_err *err)
{
    struct dvb_profile **list;
    size_t n;
    int ret = dvb_profile_list(s->models_file, &list, &n, err);
    if (ret)
        return ret;
    if (inv->common->json)
        dvb_cmd_print_json(inv->command, to_json(list, n));
    else
        print_table(list, n);
    dvb_profiles_free(list, n);
    return 0;
}

static const char *takes(const struct dvb_wire *w)
{
    return w->only_frames ? "pictures" : "pictures, video";
}

static json_t *formats_json(void)
{
    json_t *formats = json_array();
    for (const struct dvb_wire *const *w = dvb_wires; *w; w++)
        json_array_append_new(formats, dvb_json_pack("{s:s, s:s, s:b, s:b, s:b, s:s}", "name",
                                                     (*w)->name, "description", (*w)->description,
                                                     "video", (int)!(*w)->only_frames, "stream",
                                                     (int)((*w)->parse_events != NULL), "upload",
                                                     (int)((*w)->uploader != NULL), "key_env",
                                                     (*w)->default_key_env));
    return dvb_json_pack("{s:o}", "formats", formats);
}

static int list_formats(const struct dvb_invocation *inv, const struct settings *s,
                        struct dvb_err *err)
{
    (void)s, (void)err;
    if (inv->common->json) {
        dvb_cmd_print_json(inv->command, formats_json());
        return 0;
    }
    printf("%-10s  %-15s  %-17s  %s\n", "WIRE", "TAKES", "KEY", "SERVICE");
    for (const struct dvb_wire *const *w = dvb_wires; *w; w++)
        printf("%-10s  %-15s  %-17s  %s\n", (*w)->name, takes(*w), (*w)->default_key_env,
               (*w)->description);
    return 0;
}

static const struct {
    const char *name;
    int (*run)(const struct dvb_invocation *inv, const struct settings *s, struct dvb_err *err);
} actions[] = {
    { "list", list_models }, /* the first is what is done when none is named */
    { "formats", list_formats },
};

static int run(const struct dvb_invocation *inv, void *settings, struct dvb_err *err)
{
    if (!inv->n_args)
        return actions[0].run(inv, settings, err);
    for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++)
        if (!strcmp(inv->args[0], actions[i].name))
            return actions[i].run(inv, settings, err);
    return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "models: found '%s', expected list or formats",
                    inv->args[0]);
}

static const char *const examples[] = {
    "devibench models",
    "devibench models formats",
    "devibench models --models-file lab.json --json",
    NULL,
};

const struct dvb_command dvb_cmd_models = {
    .name = "models",
    .args = "[list | formats]",
    .max_args = 1,
    .summary = "List the models that can be asked",
    .details =
        "A model is named by a profile: where it is reached, what it takes, what it costs. "
        "Profiles come from --models-file, then $XDG_CONFIG_HOME/devibench/models.json (or "
        "~/.config/devibench/models.json), then those built in; a profile replaces a later one of "
        "the same name as a whole.\n"
        "Such a file is one JSON object from names to profiles. A profile has wire (one of those "
        "that 'devibench models formats' lists), base_url and model, and may have key_env (the "
        "environment variable that holds the key; keys stand nowhere else), send (frames or "
        "video), fps, max_frames, max_pixels, jpeg_quality, detail, structured, stream, logprobs, "
        "max_tokens, max_tokens_field, temperature, top_p, seed, extra (more fields for the "
        "request), concurrency, requests_per_minute, tokens_per_minute, timeout_s, price_in, "
        "price_cached, price_out (USD per million tokens), allow_http and note. 'devibench models "
        "--json' shows all of them.\n"
        "The built-in profiles follow what the services and price lists said on the day in their "
        "note; look before you spend.\n"
        "A model can also be named in place, without a profile, as FORMAT:NAME@BASE_URL: "
        "openai:qwen@http://127.0.0.1:8000/v1. Its key, if it needs one, is taken from the "
        "format's own variable, such as OPENAI_API_KEY.",
    .examples = examples,
    .opts = opts,
    .settings_size = sizeof(struct settings),
    .run = run,
};
