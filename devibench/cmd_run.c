/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmd_run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

static int take_run(struct dvb_workspace *ws, int64_t id, struct dvb_run *run, struct dvb_err *err)
{
    if (id)
        return dvb_store_get_run(ws->store, id, run, err);
    int ret = dvb_store_last_run(ws->store, "build", run, err);
    if (ret == 0)
        return dvb_fail(err, DVB_FAULT_INPUT, ENOENT,
                        "workspace %s holds no run of 'devibench build' yet", ws->dir);
    return ret < 0 ? ret : 0;
}

int dvb_cmd_open_run(const struct dvb_command *cmd, const char *dir, int64_t id,
                     struct dvb_workspace **ws, struct dvb_run *run, struct dvb_err *err)
{
    *ws = NULL;
    *run = (struct dvb_run){ 0 };
    if (!dir)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "%s: --workspace DIR is needed", cmd->name);
    int ret = dvb_workspace_open_readonly(dir, ws, err);
    if (!ret)
        ret = take_run(*ws, id, run, err);
    if (ret)
        dvb_workspace_close(ws);
    return ret;
}

json_t *dvb_cmd_seconds_json(int64_t ms)
{
    return ms % 1000 ? json_real((double)ms / 1000) : json_integer(ms / 1000);
}

static json_t *options_json(const struct dvb_question *q)
{
    json_t *list = json_array();
    for (int i = 0; i < q->n_options; i++)
        json_array_append_new(list, dvb_json_str(q->options[i]));
    return list;
}

json_t *dvb_cmd_question_json(const struct dvb_run_question *rq)
{
    const struct dvb_question *q = &rq->q;
    char letter[2] = { (char)('A' + q->answer), '\0' };
    json_t *j = json_object();
    json_object_set_new(j, "key", json_string(q->key));
    json_object_set_new(j, "video", dvb_json_str(rq->video_name));
    json_object_set_new(j, "start", dvb_cmd_seconds_json(rq->segment.start_ms));
    json_object_set_new(j, "length", dvb_cmd_seconds_json(rq->segment.length_ms));
    json_object_set_new(j, "question", dvb_json_str(q->text));
    json_object_set_new(j, "options", options_json(q));
    json_object_set_new(j, "answer", q->n_options ? json_string(letter) : json_null());
    json_object_set_new(j, "task_type", dvb_json_str(q->task_type));
    json_object_set_new(j, "frames", json_string(q->multi_frame ? "multi" : "single"));
    json_object_set_new(j, "origin", dvb_json_str(q->origin));
    json_object_set_new(j, "stage", json_string(dvb_stage_names[rq->stage]));
    return j;
}

/* C0, DEL, or C1 in UTF-8: what a terminal may take as a command. */
static size_t control_len(const char *s)
{
    unsigned char c = (unsigned char)s[0];
    if (c < 0x20 || c == 0x7f)
        return 1;
    return c == 0xc2 && (unsigned char)s[1] < 0xa0 ? 2 : 0;
}

char *dvb_cmd_plain(const char *s, size_t max)
{
    static const char replacement[] = "\xef\xbf\xbd";
    char *clean = dvb_utf8_clean(s ? s : "");
    char *line = dvb_text_trim(clean);
    char *out = dvb_calloc(strlen(line) * 3 + 4, 1), *to = out;
    size_t points = 0;
    while (*line && (!max || points < max)) {
        size_t space = strspn(line, " \t\r\n\v\f"), control = space ? 0 : control_len(line);
        if (space) {
            *to++ = ' ';
        } else if (control) {
            memcpy(to, replacement, 3);
            to += 3;
        } else {
            do
                *to++ = *line++;
            while (((unsigned char)*line & 0xc0) == 0x80);
        }
        line += space + control;
        points++;
    }
    if (*line)
        memcpy(to, "...", 3); /* the buffer is zeroed */
    free(clean);
    return out;
}
