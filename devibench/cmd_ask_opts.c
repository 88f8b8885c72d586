/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmd_ask_opts.h"

#include <errno.h>

#include "base/log.h"

#define AT(member) offsetof(struct dvb_ask_opts, member)

const struct dvb_opt dvb_ask_opts[] = {
    { "models-file", 0, DVB_OPT_STR, AT(models_file), "FILE", .help = "More model profiles" },
    { "refresh", 0, DVB_OPT_FLAG, AT(refresh),
      .help = "Ask again what the store has an answer to; older answers are kept beside" },
    { "offline", 0, DVB_OPT_FLAG, AT(offline),
      .help = "Answer from the store only: nothing is sent, no key is needed" },
    { "batch", 0, DVB_OPT_FLAG, AT(batch),
      .help = "Ask in the services' batches: at about half the price, within a day" },
    { "poll", 0, DVB_OPT_NUM, AT(poll), "SECONDS", "60", 0.1, 86400,
      .help = "From one look at the batches under way to the next" },
    { "batch-retries", 0, DVB_OPT_INT, AT(requeue), "N", "2", 0, 100,
      .help = "Further batches for a question that failed or expired in one" },
    { "cancel-batches", 0, DVB_OPT_FLAG, AT(cancel_batches),
      .help = "Cancel the batches under way, keep what is done, and ask nothing" },
    { "dry-run", 0, DVB_OPT_FLAG, AT(dry_run),
      .help = "Say what would be asked and what it would cost; send and write nothing" },
    { "max-cost", 0, DVB_OPT_NUM, AT(max_cost), "USD", "0", 0, 1e9,
      .help = "Send nothing that could make this run cost more; 0: no limit" },
    { NULL },
};

int dvb_ask_opts_check(const struct dvb_ask_opts *o, struct dvb_err *err)
{
    if (o->refresh && o->offline)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "--refresh asks everything again, --offline nothing: expected one of them");
    if (o->dry_run && o->offline)
        return dvb_fail(
            err, DVB_FAULT_USAGE, EINVAL,
            "--offline sends nothing that --dry-run could foresee: expected one of them");
    return 0;
}

struct dvb_asker_settings dvb_ask_opts_settings(const struct dvb_ask_opts *o)
{
    return (struct dvb_asker_settings){
        .mode = o->offline   ? DVB_ASK_OFFLINE
                : o->refresh ? DVB_ASK_REFRESH
                             : DVB_ASK_ONCE,
        .batch = o->batch || o->cancel_batches,
        .batches = { .poll_s = o->poll,
                     .max_requeue = (int)o->requeue,
                     .cancel = o->cancel_batches },
        .max_cost_usd = o->max_cost,
    };
}

int dvb_ask_opts_open(const struct dvb_ask_opts *o, const char *dir, struct dvb_workspace **ws,
                      struct dvb_err *err)
{
    return o->dry_run ? dvb_workspace_open_dry(dir, ws, err) : dvb_workspace_open(dir, ws, err);
}

/* Stopping at the limit is what was asked for, and no whole result. */
static void check_budget(const struct dvb_ask_opts *o, const struct dvb_ask_counts *calls,
                         bool *negative)
{
    if (!calls->unasked)
        return;
    *negative = true;
    dvb_warn("stopped by --max-cost %g: %.4f USD are spent, the next question could cost up to "
             "%.4f; %ld questions not asked. The same command with a higher limit goes on; the "
             "limit is per run",
             o->max_cost, calls->cost_usd, calls->next_usd, calls->unasked);
}

int dvb_ask_opts_verdict(const struct dvb_ask_opts *o, const struct dvb_ask_counts *calls,
                         const char *first_missing, const char *last_failure, bool *negative,
                         struct dvb_err *err)
{
    check_budget(o, calls, negative);
    if (calls->missing)
        return dvb_fail(err, DVB_FAULT_INPUT, ENOENT,
                        "offline: %ld answer%s not in the store; the first: %s", calls->missing,
                        calls->missing == 1 ? " is" : "s are", first_missing);
    if (calls->failed)
        return dvb_fail(err, DVB_FAULT_SERVICE, EIO,
                        "%ld calls failed; the same command asks them again. The last one: %s",
                        calls->failed, last_failure);
    return 0;
}
