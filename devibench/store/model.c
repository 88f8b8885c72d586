/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "store/internal.h"

int dvb_store_put_model(struct dvb_store *s, const char *name, const char *profile_json,
                        int64_t *id, struct dvb_err *err)
{
    return dvb_sql_put(s,
                       "INSERT INTO model (name, profile) VALUES (?1, ?2)"
                       " ON CONFLICT DO NOTHING RETURNING id",
                       "SELECT id FROM model WHERE name = ?1 AND profile = ?2",
                       DVB_ARGS(dvb_text(name), dvb_text(profile_json)), id, err);
}

struct named {
    char *name, *text;
};

static int decode_named(sqlite3_stmt *row, void *out, struct dvb_err *err)
{
    (void)err;
    *(struct named *)out = (struct named){ dvb_col_text(row, 0), dvb_col_text(row, 1) };
    return 0;
}

int dvb_store_get_model(struct dvb_store *s, int64_t id, char **name, char **profile_json,
                        struct dvb_err *err)
{
    struct named m = { 0 };
    int ret = dvb_sql_get(s, "SELECT name, profile FROM model WHERE id = ?1", "model", id,
                          decode_named, &m, err);
    *name = m.name;
    if (profile_json)
        *profile_json = m.text;
    else
        free(m.text);
    return ret;
}

int dvb_store_last_model(struct dvb_store *s, const char *name, char **profile_json,
                         struct dvb_err *err)
{
    struct named m = { 0 };
    int ret = dvb_sql_one(
        s, "SELECT name, profile FROM model WHERE name = ?1 ORDER BY id DESC LIMIT 1",
        DVB_ARGS(dvb_text(name)), decode_named, &m, err);
    free(m.name);
    *profile_json = m.text;
    return ret;
}

int dvb_store_put_prompt(struct dvb_store *s, const char *name, const char *text, int64_t *id,
                         struct dvb_err *err)
{
    char hash[DVB_HASH_LEN + 1];
    dvb_hash_of_str(text, hash);
    return dvb_sql_put(s,
                       "INSERT INTO prompt (hash, name, text) VALUES (?1, ?2, ?3)"
                       " ON CONFLICT DO NOTHING RETURNING id",
                       "SELECT id FROM prompt WHERE hash = ?1",
                       DVB_ARGS(dvb_text(hash), dvb_text(name), dvb_text(text)), id, err);
}
