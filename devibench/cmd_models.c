/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "cmd_check.h"
#include "model/profile.h"
#include "model/tokens.h"
#include "model/wire.h"

#define MAX_CHECKED 64

struct settings {
    const char *models_file;
    int64_t seed;
};

static const struct dvb_opt opts[] = {
    { "models-file", 0, DVB_OPT_STR, offsetof(struct settings, models_file), .arg = "FILE",
      .help = "Model profiles that go before the user's own and the built-in ones" },
    { "seed", 0, DVB_OPT_INT, offsetof(struct settings, seed), "N", "1", 0, 9e15,
      .help = "Of check: seed of the words that are shown" },
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

static int check_models(const struct dvb_invocation *inv, const struct settings *s,
                        struct dvb_err *err)
{
    return dvb_cmd_check_models(inv, inv->args + 1, inv->n_args - 1, s->models_file,
                                (uint64_t)s->seed, err);
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

static json_t *formulas_json(void)
{
    json_t *formulas = json_array();
    for (const struct dvb_tokens *t = dvb_token_formulas; t->name; t++)
        json_array_append_new(formulas,
                              dvb_json_pack("{s:s, s:s, s:b, s:b}", "name", t->name, "description",
                                            t->description, "pictures", (int)(t->picture != NULL),
                                            "video", (int)(t->video != NULL)));
    return dvb_json_pack("{s:o}", "formulas", formulas);
}

static int list_formulas(const struct dvb_invocation *inv, const struct settings *s,
                         struct dvb_err *err)
{
    (void)s, (void)err;
    if (inv->common->json) {
        dvb_cmd_print_json(inv->command, formulas_json());
        return 0;
    }
    printf("%-23s  %s\n", "TOKENS", "SERVICE");
    for (const struct dvb_tokens *t = dvb_token_formulas; t->name; t++)
        printf("%-23s  %s\n", t->name, t->description);
    return 0;
}

static const struct {
    const char *name;
    int max_args; /* after the name */
    int (*run)(const struct dvb_invocation *inv, const struct settings *s, struct dvb_err *err);
} actions[] = {
    { "list", 0, list_models }, /* the first is what is done when none is named */
    { "formats", 0, list_formats },
    { "formulas", 0, list_formulas },
    { "check", MAX_CHECKED, check_models },
};

static int run(const struct dvb_invocation *inv, void *settings, struct dvb_err *err)
{
    if (!inv->n_args)
        return actions[0].run(inv, settings, err);
    for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++)
        if (!strcmp(inv->args[0], actions[i].name)) {
            if (inv->n_args - 1 > actions[i].max_args)
                return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "models %s: found '%s', expected %s",
                                actions[i].name, inv->args[actions[i].max_args + 1],
                                actions[i].max_args ? "fewer models" : "nothing more");
            return actions[i].run(inv, settings, err);
        }
    return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                    "models: found '%s', expected list, formats, formulas or check", inv->args[0]);
}

static const char *const examples[] = {
    "devibench models",
    "devibench models formats",
    "devibench models --models-file lab.json --json",
    "devibench models check openai:qwen@http://127.0.0.1:8000/v1",
    NULL,
};

const struct dvb_command dvb_cmd_models = {
    .name = "models",
    .args = "[list | formats | formulas | check NAME...]",
    .max_args = 1 + MAX_CHECKED,
    .summary = "List the models that can be asked, and check that they see",
    .details =
        "A model is named by a profile: where it is reached, what it takes, what it costs. "
        "Profiles come from --models-file, then $XDG_CONFIG_HOME/devibench/models.json (or "
        "~/.config/devibench/models.json), then those built in; a profile replaces a later one of "
        "the same name as a whole.\n"
        "Such a file is one JSON object from names to profiles. A profile has wire (one of those "
        "that 'devibench models formats' lists), base_url and model, and may have key_env (the "
        "environment variable that holds the key; keys stand nowhere else), send (frames or "
        "video), fps, max_frames, max_pixels, jpeg_quality, detail, structured, boxes, stream, "
        "logprobs, max_tokens, max_tokens_field, temperature, top_p, seed, extra (more fields for "
        "the request), concurrency, requests_per_minute, tokens_per_minute, timeout_s, price_in, "
        "price_cached, price_out (USD per million tokens), prices_as_of (when they were looked up, "
        "as 2026-11 or 2026-11-21), price_batch (factor on them for batch "
        "requests), tokens, allow_http and note. 'devibench models --json' shows all of them.\n"
        "max_pixels and jpeg_quality are limits on pictures: one that was sampled larger, or at a "
        "higher quality, is made anew for this model, scaled down and encoded once more; one that "
        "is within both is sent as it is. tokens names the service's formula for what pictures "
        "and video count as (devibench models formulas); what a question will cost is foreseen by "
        "it.\n"
        "boxes says how the model writes a box when it is asked where to look (the provider "
        "'model'): in thousandths of the picture, as most do, or, as Qwen2.5-VL and models tuned "
        "from it, in pixels of the picture or video that it is sent, which the service must then "
        "take without scaling it down (max_pixels).\n"
        "The built-in profiles follow what the services and price lists said at the time in "
        "prices_as_of; look before you spend.\n"
        "A model can also be named in place, without a profile, as FORMAT:NAME@BASE_URL: "
        "openai:qwen@http://127.0.0.1:8000/v1. Its key, if it needs one, is taken from the "
        "format's own variable, such as OPENAI_API_KEY.\n"
        "check asks each named model to read a clip of four seconds in which another large word "
        "appears every half second, sent as its profile says: as pictures or as a video. It tells "
        "whether the words were named, all of them and in order; whether the service dropped or "
        "resampled what it was sent, from the words and from the tokens that it counts, for which "
        "the question may be put once more without the clip; latency, tokens and price. The exit "
        "code is 0 when all see everything, 1 when one does not, 4 when one did not answer. "
        "Nothing is stored. The words are large enough for an OCR program: that a model reads "
        "them says that it received them, not that it is good.",
    .examples = examples,
    .opts = opts,
    .settings_size = sizeof(struct settings),
    .run = run,
};
