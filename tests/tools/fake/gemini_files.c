/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/tools/fake/gemini_files.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "tests/tools/fake/check.h"

#define MOST 4096

static struct file {
    size_t declared, size;
    const char *type; /* of which two are taken */
    char *text;       /* of JSON lines, which are kept */
    int looks;
} files[MOST];
static size_t n_files;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static const char mp4[] = "video/mp4", jsonl[] = "application/jsonl";

static bool is(const char *value, const char *want)
{
    return value && !strcmp(value, want);
}

/* With the lock held. */
static const char *state_of(const struct file *f)
{
    if (!f->size)
        return NULL;
    if (f->text)
        return "ACTIVE";
    if (f->size == GEMINI_FAILED)
        return "FAILED";
    return f->looks < 2 || f->size == GEMINI_ENDLESS ? "PROCESSING" : "ACTIVE";
}

static char *uri_of(const struct fake_call *c, size_t i)
{
    return dvb_asprintf("http://%s/v1beta/files/f-%zu", fake_header(c, "Host"), i);
}

static json_t *describe(const struct fake_call *c, size_t i)
{
    const struct file *f = &files[i];
    char name[32], size[32], *uri = uri_of(c, i);
    snprintf(name, sizeof(name), "files/f-%zu", i);
    snprintf(size, sizeof(size), "%zu", f->size);
    json_t *j = dvb_json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", name, "mimeType", f->type,
                              "sizeBytes", size, "uri", uri, "state", state_of(f));
    if (is(state_of(f), "FAILED"))
        json_object_set_new(
            j, "error",
            dvb_json_pack("{s:i, s:s}", "code", 3, "message", "The video could not be decoded."));
    free(uri);
    return j;
}

static void refuse(struct fake_call *c, const char *why)
{
    fake_reply_error(c, 400, "invalid_value", why);
}

/* {"file": {...}} */
static bool is_start(const struct fake_call *c)
{
    static const struct fake_member body[] = { { "file", 'O' }, { NULL } };
    static const struct fake_member file[] = { { "displayName", 's' }, { "name", 's' }, { NULL } };
    struct fake_check check = { .call = c, .format = c->format };
    json_t *root = json_loadb(c->body ? c->body : "", c->len, JSON_REJECT_DUPLICATES, NULL);
    bool ok = root && fake_check_members(&check, "", root, body, NULL) &&
              fake_check_members(&check, "file", json_object_get(root, "file"), file, NULL);
    json_decref(root);
    return ok;
}

static void answer_start(struct fake_call *c, size_t i)
{
    char *host = dvb_strdup(files[i].declared == GEMINI_ELSEWHERE ? "127.0.0.1:9"
                                                                  : fake_header(c, "Host"));
    char *url = dvb_asprintf("http://%s/upload/v1beta/files?upload_id=%zu&upload_protocol="
                             "resumable",
                             host, i);
    if (files[i].declared != GEMINI_NOWHERE)
        json_object_set_new(c->headers, "X-Goog-Upload-URL", json_string(url));
    json_object_set_new(c->headers, "X-Goog-Upload-Status", json_string("active"));
    c->text = dvb_strdup("");
    free(host);
    free(url);
}

static void start(struct fake_call *c)
{
    const char *len = fake_header(c, "X-Goog-Upload-Header-Content-Length");
    const char *type = fake_header(c, "X-Goog-Upload-Header-Content-Type");
    if (!is(fake_header(c, "X-Goog-Upload-Protocol"), "resumable"))
        refuse(c, "X-Goog-Upload-Protocol must be resumable.");
    else if (!is(fake_header(c, "X-Goog-Upload-Command"), "start"))
        refuse(c, "X-Goog-Upload-Command must be start.");
    else if (!is(type, mp4) && !is(type, jsonl))
        refuse(c, "X-Goog-Upload-Header-Content-Type must be video/mp4 or application/jsonl.");
    else if (!is(fake_header(c, "Content-Type"), "application/json") || !is_start(c))
        refuse(c, "The body must be {\"file\": {...}}.");
    else if (!len || strtoul(len, NULL, 10) == 0)
        refuse(c, "X-Goog-Upload-Header-Content-Length is missing.");
    else if (n_files == MOST)
        refuse(c, "Too many files.");
    else {
        files[n_files++] = (struct file){ .declared = strtoul(len, NULL, 10),
                                          .type = is(type, mp4) ? mp4 : jsonl };
        answer_start(c, n_files - 1);
    }
}

static void finish(struct fake_call *c, size_t i)
{
    struct file *f = i < n_files ? &files[i] : NULL;
    if (!f || f->size)
        refuse(c, "Upload has already been terminated.");
    else if (!is(fake_header(c, "X-Goog-Upload-Command"), "upload, finalize") ||
             !is(fake_header(c, "X-Goog-Upload-Offset"), "0"))
        refuse(c, "X-Goog-Upload-Command must be \"upload, finalize\", the offset 0.");
    else if (c->len != f->declared || c->len < 8)
        refuse(c, "The bytes are not as many as were announced.");
    else if (f->type == mp4 && memcmp(c->body + 4, "ftyp", 4))
        refuse(c, "The bytes are no MP4 file.");
    else {
        f->size = c->len;
        if (f->type == jsonl)
            f->text = dvb_asprintf("%.*s", (int)c->len, c->body);
        fake_reply_json(c, 200, dvb_json_pack("{s:o}", "file", describe(c, i)));
    }
}

void gemini_files_upload(struct fake_call *c)
{
    const char *id = fake_query(c, "upload_id");
    pthread_mutex_lock(&lock);
    if (id)
        finish(c, strtoul(id, NULL, 10));
    else
        start(c);
    pthread_mutex_unlock(&lock);
}

void gemini_files_get(struct fake_call *c)
{
    size_t i = strncmp(c->star, "f-", 2) ? MOST : strtoul(c->star + 2, NULL, 10);
    pthread_mutex_lock(&lock);
    if (i < n_files && files[i].size) {
        files[i].looks++;
        fake_reply_json(c, 200, describe(c, i));
    } else {
        fake_reply_error(c, 403, "invalid_value",
                         "You do not have permission to access the File or it may not exist.");
    }
    pthread_mutex_unlock(&lock);
}

size_t gemini_files_size(const char *uri)
{
    const char *id = strstr(uri, "/v1beta/files/f-");
    size_t i = id ? strtoul(id + 16, NULL, 10) : MOST;
    pthread_mutex_lock(&lock);
    size_t n = i < n_files && is(state_of(&files[i]), "ACTIVE") ? files[i].size : 0;
    pthread_mutex_unlock(&lock);
    return n;
}

const char *gemini_files_text(const char *name)
{
    size_t i = strncmp(name, "files/f-", 8) ? MOST : strtoul(name + 8, NULL, 10);
    pthread_mutex_lock(&lock);
    const char *text = i < n_files ? files[i].text : NULL;
    pthread_mutex_unlock(&lock);
    return text;
}
