/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/url.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

static bool is_loopback(const char *host)
{
    struct in_addr v4;
    struct in6_addr v6;
    char bare[64];
    size_t len = strlen(host);
    if (!strcasecmp(host, "localhost"))
        return true;
    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    if (host[0] != '[' || len < 3 || len - 2 >= sizeof(bare))
        return false;
    memcpy(bare, host + 1, len - 2);
    bare[len - 2] = '\0';
    return inet_pton(AF_INET6, bare, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

/* The part as a heap string of ours, or NULL when the URL has none. */
static char *part(CURLU *u, CURLUPart which)
{
    char *s = NULL;
    if (curl_url_get(u, which, &s, 0))
        return NULL;
    char *copy = dvb_strdup(s);
    curl_free(s);
    return copy;
}

static bool has_part(CURLU *u, CURLUPart which)
{
    char *s = part(u, which);
    free(s);
    return s != NULL;
}

static int refuse(struct dvb_err *err, const char *found)
{
    return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                    "found %s, expected a base URL such as https://host/v1", found);
}

static int check(CURLU *u, const char *s, struct dvb_err *err)
{
    /* What stands before an @ may be a password: such text is not repeated. */
    if (curl_url_set(u, CURLUPART_URL, s, 0)) {
        char found[200];
        snprintf(found, sizeof(found), "'%.150s', which is no URL", s);
        return refuse(err, strchr(s, '@') ? "something that is no URL" : found);
    }
    if (has_part(u, CURLUPART_USER) || has_part(u, CURLUPART_PASSWORD))
        return refuse(err, "a URL with a user name or password");
    if (has_part(u, CURLUPART_QUERY) || has_part(u, CURLUPART_FRAGMENT))
        return refuse(err, "a URL with a query or fragment");
    return 0;
}

int dvb_url_parse(const char *s, struct dvb_url *url, struct dvb_err *err)
{
    *url = (struct dvb_url){ 0 };
    CURLU *u = curl_url();
    if (!u)
        return dvb_fail_nomem(err);
    int ret = check(u, s, err);
    char *scheme = ret ? NULL : part(u, CURLUPART_SCHEME);
    char *host = ret ? NULL : part(u, CURLUPART_HOST);
    if (!ret && (!scheme || !host || (strcmp(scheme, "http") && strcmp(scheme, "https"))))
        ret = refuse(err, "a URL that is neither http nor https");
    url->text = ret ? NULL : part(u, CURLUPART_URL);
    if (!ret && !url->text)
        ret = dvb_fail_nomem(err);
    if (!ret) {
        size_t len = strlen(url->text);
        while (len && url->text[len - 1] == '/')
            url->text[--len] = '\0';
        url->https = !strcmp(scheme, "https");
        url->loopback = is_loopback(host);
    }
    free(scheme);
    free(host);
    curl_url_cleanup(u);
    return ret;
}

void dvb_url_release(struct dvb_url *url)
{
    free(url->text);
    *url = (struct dvb_url){ 0 };
}
