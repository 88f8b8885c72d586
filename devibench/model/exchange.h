/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One HTTP exchange with a service, waited for: for the few requests beside
 * questions themselves (files, batches). Transient faults are tried again with
 * back-off, the service's retry hints obeyed; the key goes into a header and
 * is kept out of every message.
 */
#ifndef DVB_MODEL_EXCHANGE_H
#define DVB_MODEL_EXCHANGE_H

#include "model/http.h"
#include "model/profile.h"

/* Who is talked to. All borrowed. */
struct dvb_service {
    const struct dvb_profile *profile;
    const char *key; /* or NULL */
};

struct dvb_exchange_want {
    bool once;          /* asking twice would cost: no second attempt */
    const char *path;   /* file that takes the body of a 2xx response, or NULL: memory */
    const char *header; /* whose value is wanted, or NULL */
};

struct dvb_exchange {
    long status; /* 0: no response */
    char *data;  /* NUL-terminated; "" at least; owned */
    size_t len;
    char *header; /* value of the wanted one, or NULL; owned */
    bool maybe;   /* it failed, but the service may have acted on it */
    bool again;   /* it failed for a reason that may pass */
};

/* method and path or URL (where it begins with "http"), relative to the
   profile's base URL; adds the format's headers and the key's. r is zero
   before; the caller releases it. A URL that leads to another host than the
   profile's is refused (DVB_FAULT_SERVICE), since the key goes with it. */
int dvb_service_request(const struct dvb_service *s, const char *method, const char *path,
                        struct dvb_http_request *r, struct dvb_err *err);

/* The base URL with prefix put before its path: "https://host/upload/v1beta". Heap. */
char *dvb_service_url(const struct dvb_profile *p, const char *prefix);

/* Takes over r, also on failure. Anything but a 2xx response is
   DVB_FAULT_SERVICE with the service's words, or DVB_FAULT_INPUT and
   DVB_FAULT_INTERNAL for files of ours. Release *x in either case. */
int dvb_service_perform(const struct dvb_service *s, struct dvb_http_request *r,
                        const struct dvb_exchange_want *want, struct dvb_exchange *x,
                        struct dvb_err *err);
void dvb_exchange_release(struct dvb_exchange *x);

#endif
