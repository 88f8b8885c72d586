/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file of model profiles, or a model named in place. What is taken, written as
   JSON and read again is the same profile, and a request can be made from it; a
   fault is told in one clean line. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "model/body.h"
#include "model/profile.h"
#include "model/profile_fields.h"
#include "model/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

static void check_error(const struct dvb_err *err, enum dvb_fault fault)
{
    CHECK(err->fault == fault && *err->msg);
    for (const char *c = err->msg; *c; c++)
        CHECK((unsigned char)*c >= ' ');
}

static void try_request(const struct dvb_profile *p)
{
    struct dvb_ask ask = { .profile = p, .prompt = "P", .video_uri = "https://h/f" };
    struct dvb_body b = { 0 };
    struct dvb_err err = { 0 };
    char *text = NULL, *path = p->wire->path(p);
    size_t len;
    CHECK(*path == '/' && !strpbrk(path, " \r\n"));
    CHECK(!p->wire->body(&ask, &b, &err) && !dvb_body_make(&b, &text, &len, &err));
    json_t *body = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    CHECK(json_is_object(body));
    json_decref(body);
    free(text);
    free(path);
    dvb_body_release(&b);
}

static void try_profile(const char *name, const json_t *obj)
{
    struct dvb_profile *p, *same;
    struct dvb_err err = { 0 };
    if (dvb_profile_parse("fuzz", name, obj, &p, &err)) {
        CHECK(!p);
        check_error(&err, DVB_FAULT_INPUT);
        return;
    }
    json_t *once = dvb_profile_json(p);
    CHECK(!dvb_profile_parse("fuzz", name, once, &same, &err));
    json_t *twice = dvb_profile_json(same), *identity = dvb_profile_identity(p);
    CHECK(json_equal(once, twice));
    CHECK(json_object_size(identity) < json_object_size(once));
    json_decref(once);
    json_decref(twice);
    json_decref(identity);
    try_request(p);
    dvb_profile_free(&p);
    dvb_profile_free(&same);
}

static void try_in_place(const char *text)
{
    struct dvb_profile *p;
    struct dvb_err err = { 0 };
    if (!strchr(text, ':')) /* it would be looked up in files */
        return;
    if (dvb_profile_find(text, NULL, &p, &err)) {
        check_error(&err, DVB_FAULT_USAGE);
        return;
    }
    try_request(p);
    dvb_profile_free(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *name;
    json_t *obj, *root = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
    json_object_foreach(root, name, obj)
    {
        if (json_is_object(obj))
            try_profile(name, obj);
    }
    json_decref(root);
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    try_in_place(text);
    free(text);
    return 0;
}
