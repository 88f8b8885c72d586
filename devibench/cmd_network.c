/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmd_network.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"

struct settings {
    struct dvb_cmd_link link;
    double loss, epsilon;
    int64_t seed;
};

#define AT(member) offsetof(struct settings, member)

/* The same rows as on the command line of 'stream simulate', so the same ranges and messages. */
static const struct dvb_opt keys[] = {
    { "loss", 0, DVB_OPT_NUM, AT(loss), "P", "0", 0, 1, .help = "Share of packets lost" },
    { "link", 0, DVB_OPT_RATE, AT(link.rate), "RATE", NULL, 1e3, 1e11, .help = "link-rate" },
    { "link", 0, DVB_OPT_GROUP, AT(link), .group = dvb_cmd_link_opts },
    { "seed", 0, DVB_OPT_INT, AT(seed), "N", "1", 0, 9e15, .help = "Of losses and jitter" },
    { "epsilon", 0, DVB_OPT_NUM, AT(epsilon), "P", "0.001", 1e-9, 0.999,
      .help = "Share of samples that equation 5 may leave unserved" },
    { NULL },
};

/* The words as a command line. */
static int parse_words(const struct dvb_strlist *words, char **argv, struct settings *s,
                       struct dvb_err *err)
{
    int n_args;
    for (size_t i = 0; i < words->n; i++) {
        if (!*words->v[i])
            return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "found '', expected KEY=VALUE");
        argv[i] = dvb_asprintf("--%s", words->v[i]);
    }
    return dvb_opt_parse(keys, s, (int)words->n, argv, &n_args, err);
}

/* "loss=0.05,trace=up.trace" */
static char *join(const struct dvb_strlist *words)
{
    static const char trace[] = "trace=";
    const size_t len = sizeof(trace) - 1;
    char *out = dvb_strdup("");
    for (size_t i = 0; i < words->n; i++) {
        const char *word = words->v[i];
        bool is_trace = !strncmp(word, trace, len);
        char *base = is_trace ? dvb_path_base(word + len) : dvb_strdup(word);
        char *longer = dvb_asprintf("%s%s%s%s", out, i ? "," : "", is_trace ? trace : "", base);
        free(base);
        free(out);
        out = longer;
    }
    return out;
}

static int fill(const struct settings *s, struct dvb_cmd_network *n, struct dvb_err *err)
{
    struct dvb_link *probe = NULL;
    int ret = dvb_cmd_link_settings(&s->link, &n->trace, &n->call.link, err);
    if (ret)
        return ret;
    n->call.link.loss = s->loss;
    n->call.link.burst = s->loss > 0 ? s->link.burst : 0;
    n->call.seed = (uint64_t)s->seed;
    n->call.epsilon = s->epsilon;
    ret = dvb_link_open(&n->call.link, &probe, err);
    dvb_link_close(&probe);
    return ret;
}

int dvb_cmd_network_parse(const struct dvb_strlist *words, struct dvb_cmd_network *network,
                          struct dvb_err *err)
{
    struct settings s = { 0 };
    char **argv = dvb_calloc(words->n + 1, sizeof(*argv));
    *network = (struct dvb_cmd_network){ 0 };
    int ret = parse_words(words, argv, &s, err);
    if (!ret)
        ret = fill(&s, network, err);
    network->call.words = network->words = join(words);
    if (ret) {
        dvb_err_prefix(err, "--network");
        dvb_cmd_network_release(network);
    }
    dvb_opt_release(keys, &s);
    for (size_t i = 0; i < words->n; i++)
        free(argv[i]);
    free(argv);
    return ret;
}

void dvb_cmd_network_release(struct dvb_cmd_network *network)
{
    dvb_trace_release(&network->trace);
    free(network->words);
    *network = (struct dvb_cmd_network){ 0 };
}
