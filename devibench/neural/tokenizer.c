/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "neural/tokenizer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "neural/token_model.h"

#define MAX_FILE ((size_t)64 << 20)

struct dvb_tokenizer {
    struct dvb_token_model model;
    int64_t begin, end, pad; /* begin -1: none */
    size_t length;
    char hash[DVB_HASH_LEN + 1];
};

void dvb_ids_add(struct dvb_ids *ids, int64_t id)
{
    if (ids->n < ids->max)
        ids->v[ids->n++] = id;
}

int64_t dvb_token_id(const struct dvb_token_model *m, const char *token)
{
    const json_t *id = json_object_get(m->vocab, token);
    return id ? (int64_t)json_integer_value(id) : -1;
}

/* Every id a whole number from 0 on. */
static int check_vocab(const json_t *vocab, const char *where, struct dvb_err *err)
{
    const char *token;
    json_t *id;
    if (!json_is_object(vocab) || !json_object_size(vocab))
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "%s: holds no vocabulary, expected an object of tokens and ids", where);
    json_object_foreach((json_t *)vocab, token, id)
    {
        if (!json_is_integer(id) || json_integer_value(id) < 0)
            return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                            "%s: the id of '%s' is no number from 0 on", where, token);
    }
    return 0;
}

static int load_json_model(struct dvb_tokenizer *t, const json_t *root, const char *path,
                           struct dvb_err *err)
{
    const json_t *model = json_object_get(root, "model");
    const char *type = dvb_json_get_str(model, "type");
    if (!type && json_object_get(model, "merges")) /* older files leave it out */
        type = "BPE";
    if (type && !strcmp(type, "BPE"))
        return dvb_bpe_load(&t->model, model, path, err);
    if (type && !strcmp(type, "Unigram"))
        return dvb_unigram_load(&t->model, model, path, err);
    return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s: model.type is '%s', expected BPE or Unigram",
                    path, type ? type : "missing");
}

/* A JSON file, its bytes added to the hash. */
static int load_hashed(const char *path, struct dvb_hash *hash, json_t **root, struct dvb_err *err)
{
    char *text;
    size_t len;
    *root = NULL;
    int ret = dvb_read_file(path, MAX_FILE, &text, &len, err);
    if (ret)
        return ret;
    dvb_hash_bytes(hash, text, len);
    ret = dvb_json_parse(text, len, path, root, err);
    free(text);
    return ret;
}

static int load_tokenizer_json(struct dvb_tokenizer *t, const char *path, struct dvb_hash *hash,
                               struct dvb_err *err)
{
    json_t *root;
    int ret = load_hashed(path, hash, &root, err);
    if (!ret)
        ret = load_json_model(t, root, path, err);
    if (!ret)
        ret = check_vocab(t->model.vocab, path, err);
    json_decref(root);
    return ret;
}

static int load_pair(struct dvb_tokenizer *t, const char *vocab, const char *merges,
                     struct dvb_hash *hash, struct dvb_err *err)
{
    char *text;
    size_t len;
    t->model.kind = &dvb_token_bpe;
    t->model.unk = -1;
    int ret = load_hashed(vocab, hash, &t->model.vocab, err);
    if (!ret)
        ret = check_vocab(t->model.vocab, vocab, err);
    if (!ret)
        ret = dvb_read_file(merges, MAX_FILE, &text, &len, err);
    if (ret)
        return ret;
    dvb_hash_bytes(hash, text, len);
    ret = dvb_bpe_load_merges(&t->model, text, merges, err);
    free(text);
    return ret;
}

/* tokenizer_config.json: "pad_token" is a string or an object with "content". */
static int load_config(struct dvb_tokenizer *t, const char *path, struct dvb_hash *hash,
                       struct dvb_err *err)
{
    json_t *root;
    int ret = load_hashed(path, hash, &root, err);
    if (ret)
        return ret;
    double length = dvb_json_get_num(root, "model_max_length", 0);
    if (length >= 2 && length <= DVB_TOKENIZER_MAX) /* "none" is written as 1e30 */
        t->length = (size_t)length;
    const char *pad = dvb_json_get_str(root, "pad_token");
    if (!pad)
        pad = dvb_json_get_str(json_object_get(root, "pad_token"), "content");
    if (pad && (t->pad = dvb_token_id(&t->model, pad)) < 0)
        ret = dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s: pad_token '%s' is not in the vocabulary",
                       path, pad);
    json_decref(root);
    return ret;
}

static int find_special(struct dvb_tokenizer *t, const char *folder, struct dvb_err *err)
{
    const struct dvb_token_kind *kind = t->model.kind;
    const char *names[] = { kind->begin, kind->end, kind->pad };
    int64_t *ids[] = { &t->begin, &t->end, &t->pad };
    t->length = kind->length;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        *ids[i] = names[i] ? dvb_token_id(&t->model, names[i]) : -1;
        if (names[i] && *ids[i] < 0)
            return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                            "%s: the tokenizer's vocabulary has no '%s': it is not of a model "
                            "like CLIP",
                            folder, names[i]);
    }
    if (t->model.unk < 0)
        t->model.unk = t->end;
    return 0;
}

static int load_folder(struct dvb_tokenizer *t, const char *folder, struct dvb_hash *hash,
                       struct dvb_err *err)
{
    char *json = dvb_path_join(folder, "tokenizer.json");
    char *vocab = dvb_path_join(folder, "vocab.json");
    char *merges = dvb_path_join(folder, "merges.txt");
    char *config = dvb_path_join(folder, "tokenizer_config.json");
    int ret;
    if (dvb_is_file(json))
        ret = load_tokenizer_json(t, json, hash, err);
    else if (dvb_is_file(vocab) && dvb_is_file(merges))
        ret = load_pair(t, vocab, merges, hash, err);
    else
        ret = dvb_fail(err, DVB_FAULT_INPUT, ENOENT,
                       "%s: no tokenizer: expected tokenizer.json, or vocab.json and merges.txt",
                       folder);
    if (!ret)
        ret = find_special(t, folder, err);
    if (!ret && dvb_is_file(config))
        ret = load_config(t, config, hash, err);
    free(json);
    free(vocab);
    free(merges);
    free(config);
    return ret;
}

int dvb_tokenizer_open(const char *folder, struct dvb_tokenizer **tokenizer, struct dvb_err *err)
{
    struct dvb_tokenizer *t = dvb_calloc(1, sizeof(*t));
    struct dvb_hash hash;
    dvb_hash_init(&hash);
    int ret = load_folder(t, folder, &hash, err);
    dvb_hash_final(&hash, t->hash);
    if (ret)
        dvb_tokenizer_close(&t);
    *tokenizer = t;
    return ret;
}

void dvb_tokenizer_close(struct dvb_tokenizer **tokenizer)
{
    struct dvb_tokenizer *t = *tokenizer;
    if (t) {
        json_decref(t->model.vocab);
        json_decref(t->model.ranks);
        json_decref(t->model.scores);
    }
    free(t);
    *tokenizer = NULL;
}

size_t dvb_tokenizer_length(const struct dvb_tokenizer *t)
{
    return t->length;
}

const char *dvb_tokenizer_hash(const struct dvb_tokenizer *t)
{
    return t->hash;
}

size_t dvb_tokenizer_encode(const struct dvb_tokenizer *t, const char *text, int64_t *ids,
                            size_t max)
{
    struct dvb_ids out = { ids, 0, max - 1 }; /* room for the end token */
    char *clean = dvb_utf8_clean(text);
    clean[dvb_utf8_cut(clean, DVB_TOKENIZER_MAX_TEXT)] = '\0';
    if (t->begin >= 0)
        dvb_ids_add(&out, t->begin);
    t->model.kind->encode(&t->model, clean, &out);
    free(clean);
    ids[out.n] = t->end;
    for (size_t i = out.n + 1; i < max; i++)
        ids[i] = t->pad;
    return out.n + 1;
}
