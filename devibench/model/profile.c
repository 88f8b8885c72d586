/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/profile.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/asset.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/opt.h"
#include "base/text.h"
#include "model/profile_fields.h"
#include "model/url.h"
#include "model/wire.h"

#define BUILT_IN "data/models.json"

struct profiles {
    struct dvb_profile **v;
    size_t n, cap;
};

void dvb_profiles_free(struct dvb_profile **list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        dvb_profile_free(&list[i]);
    free(list);
}

/* A name must be usable on the command line: in a comma-separated list, and
   not to be mistaken for the in-place form. */
static bool is_name(const char *s)
{
    size_t len = strlen(s);
    for (const char *p = s; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("._-/+", *p))
            return false;
    return len >= 1 && len <= 64;
}

static void put(struct profiles *all, struct dvb_profile *p)
{
    for (size_t i = 0; i < all->n; i++)
        if (!strcmp(all->v[i]->name, p->name)) {
            dvb_profile_free(&all->v[i]);
            all->v[i] = p;
            return;
        }
    all->v = dvb_grow(all->v, all->n, &all->cap, sizeof(*all->v));
    all->v[all->n++] = p;
}

static int add_all(struct profiles *all, const char *file, const json_t *root, struct dvb_err *err)
{
    const char *name;
    json_t *obj;
    if (!json_is_object(root))
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "%s: expected one object, profile name -> profile", file);
    json_object_foreach((json_t *)root, name, obj)
    {
        struct dvb_profile *p;
        if (!is_name(name))
            return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                            "%s: profile '%s': expected a name of 1 to 64 letters, digits and "
                            "._-/+",
                            file, name);
        if (!json_is_object(obj))
            return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s: profile '%s': expected an object",
                            file, name);
        int ret = dvb_profile_parse(file, name, obj, &p, err);
        if (ret)
            return ret;
        put(all, p);
    }
    return 0;
}

static int add_file(struct profiles *all, const char *path, struct dvb_err *err)
{
    json_t *root;
    int ret = dvb_json_load(path, &root, err);
    if (!ret)
        ret = add_all(all, path, root, err);
    json_decref(root);
    return ret;
}

static int add_built_in(struct profiles *all, struct dvb_err *err)
{
    const struct dvb_asset *a = dvb_asset_find(BUILT_IN);
    json_t *root;
    int ret = dvb_json_parse(a->data, a->len, BUILT_IN, &root, err);
    if (!ret)
        ret = add_all(all, "built in", root, err);
    json_decref(root);
    return ret;
}

/* Heap path, or NULL when there is no home. A relative XDG_CONFIG_HOME is to
   be ignored (XDG Base Directory Specification). */
static char *user_file(void)
{
    const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (xdg && *xdg == '/')
        return dvb_path_join(xdg, "devibench/models.json");
    return home && *home ? dvb_path_join(home, ".config/devibench/models.json") : NULL;
}

static int by_name(const void *a, const void *b)
{
    const struct dvb_profile *const *pa = a, *const *pb = b;
    return strcmp((*pa)->name, (*pb)->name);
}

int dvb_profile_list(const char *models_file, struct dvb_profile ***out, size_t *n,
                     struct dvb_err *err)
{
    struct profiles all = { 0 };
    char *user = user_file();
    int ret = add_built_in(&all, err);
    if (!ret && user && dvb_is_file(user))
        ret = add_file(&all, user, err);
    if (!ret && models_file)
        ret = add_file(&all, models_file, err);
    free(user);
    if (ret) {
        dvb_profiles_free(all.v, all.n);
        all = (struct profiles){ 0 };
    }
    if (all.n)
        qsort(all.v, all.n, sizeof(*all.v), by_name);
    *out = all.v;
    *n = all.n;
    return ret;
}

/* The last "@http" splits the model's id from the URL; ids may hold '@' and ':'. */
static const char *find_url(const char *s)
{
    const char *at = NULL;
    for (const char *p = s; (p = strstr(p, "@http")); p++)
        at = p + 1;
    return at;
}

/* It becomes JSON, and part of URLs and messages. */
static bool is_clean(const char *s)
{
    char *clean = dvb_utf8_clean(s);
    bool same = !strcmp(clean, s);
    free(clean);
    for (; same && *s; s++)
        same = (unsigned char)*s >= ' ' && *s != 0x7f;
    return same;
}

/* "FORMAT:MODEL@URL" taken apart. */
struct in_place {
    const struct dvb_wire *wire;
    char *format, *model; /* owned */
    struct dvb_url url;
};

static void in_place_release(struct in_place *ip)
{
    free(ip->format);
    free(ip->model);
    dvb_url_release(&ip->url);
}

static int take_apart(const char *name, struct in_place *ip, struct dvb_err *err)
{
    size_t len = strcspn(name, ":");
    const char *model = name + len + 1, *at = find_url(model);
    if (!is_clean(name))
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "model '%.80s': expected UTF-8 without control characters", name);
    ip->format = dvb_asprintf("%.*s", (int)len, name);
    ip->wire = dvb_wire_find(ip->format);
    if (!ip->wire)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "model '%.80s': '%.40s' is no wire format ('devibench models formats' "
                        "lists them); expected a profile's name or FORMAT:NAME@BASE_URL, such as "
                        "openai:NAME@BASE_URL",
                        strchr(name, '@') ? ip->format : name, ip->format);
    if (!at || at - 1 == model)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "model '%s:...': expected %s:NAME@BASE_URL",
                        ip->format, ip->format);
    ip->model = dvb_asprintf("%.*s", (int)(at - 1 - model), model);
    if (dvb_url_parse(at, &ip->url, err))
        return dvb_err_prefix(err, "model '%s:%s@...'", ip->format, ip->model);
    if (!ip->url.https && !ip->url.loopback)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "model '%.200s': plain http is used to this machine only; expected https, "
                        "or a profile with \"allow_http\": true",
                        name);
    return 0;
}

static int parse_in_place(const char *name, struct dvb_profile **out, struct dvb_err *err)
{
    struct in_place ip = { 0 };
    int ret = take_apart(name, &ip, err);
    if (!ret) {
        struct dvb_profile *p = *out = dvb_profile_new(name, "command line");
        p->wire = ip.wire;
        p->model = dvb_strdup(ip.model);
        p->base_url = dvb_strdup(ip.url.text);
        p->key_env = dvb_strdup(ip.wire->default_key_env);
        if (ip.wire->check && ip.wire->check(p, err)) {
            ret = dvb_err_prefix(err, "model '%s:%s@...' needs a profile", ip.format, ip.model);
            dvb_profile_free(out);
        }
    }
    if (err && ret)
        err->fault = DVB_FAULT_USAGE;
    in_place_release(&ip);
    return ret;
}

static int unknown(const char *name, struct dvb_profile *const *list, size_t n, struct dvb_err *err)
{
    const char **names = dvb_calloc(n + 1, sizeof(*names));
    for (size_t i = 0; i < n; i++)
        names[i] = list[i]->name;
    const char *near = dvb_opt_nearest(name, names, n);
    int ret = dvb_fail(err, DVB_FAULT_USAGE, ENOENT,
                       "unknown model '%.80s'%s%s%s ('devibench models' lists those there are; "
                       "openai:NAME@BASE_URL names one in place)",
                       name, near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    free(names);
    return ret;
}

int dvb_profile_find(const char *name, const char *models_file, struct dvb_profile **out,
                     struct dvb_err *err)
{
    struct dvb_profile **list;
    size_t n;
    *out = NULL;
    if (strchr(name, ':'))
        return parse_in_place(name, out, err);
    int ret = dvb_profile_list(models_file, &list, &n, err);
    if (ret)
        return ret;
    for (size_t i = 0; i < n && !*out; i++)
        if (!strcmp(list[i]->name, name)) {
            *out = list[i];
            list[i] = NULL;
        }
    ret = *out ? 0 : unknown(name, list, n, err);
    dvb_profiles_free(list, n);
    return ret;
}

int dvb_profile_of_json(const char *source, const char *name, const json_t *obj,
                        struct dvb_profile **out, struct dvb_err *err)
{
    *out = NULL;
    if (!json_is_object(obj))
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s: profile '%s': expected an object",
                        source, name);
    return dvb_profile_parse(source, name, obj, out, err);
}

int dvb_profile_key(const struct dvb_profile *p, char **key, struct dvb_err *err)
{
    *key = NULL;
    const char *value = p->key_env ? getenv(p->key_env) : NULL;
    if (!value || !*value) {
        if (!p->key_required)
            return 0;
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "model '%s': its key is expected in the environment variable %s, which is "
                        "not set",
                        p->name, p->key_env);
    }
    /* A line break would end the header and begin another. */
    for (const char *c = value; *c; c++)
        if (*c <= ' ' || *c > '~')
            return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                            "model '%s': the key in %s has a %s at byte %zu; expected printable "
                            "ASCII characters only",
                            p->name, p->key_env,
                            *c == '\n' || *c == '\r' ? "line break"
                            : *c == ' '              ? "space"
                                                     : "control or non-ASCII character",
                            (size_t)(c - value) + 1);
    *key = dvb_strdup(value);
    return 0;
}

const char *dvb_profile_label(const struct dvb_profile *p)
{
    return strchr(p->name, '@') ? p->model : p->name;
}
