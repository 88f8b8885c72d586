/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/network/packetize.h"

#define FU_BYTES 2 /* FU indicator and FU header */

uint32_t dvb_packetize_count(uint32_t size, uint32_t max_payload)
{
    if (size <= max_payload)
        return size ? 1 : 0;
    uint32_t room = max_payload - FU_BYTES, rest = size - 1;
    return rest / room + (rest % room != 0);
}

struct dvb_net_part dvb_packetize_part(uint32_t nal, uint32_t size, uint32_t max_payload,
                                       uint32_t i)
{
    if (size <= max_payload)
        return (struct dvb_net_part){ .nal = nal, .len = size };
    uint32_t n = dvb_packetize_count(size, max_payload), rest = size - 1;
    uint32_t small = rest / n, large = rest % n; /* so many parts have a byte more: the first */
    return (struct dvb_net_part){ .nal = nal,
                                  .offset = 1 + i * small + (i < large ? i : large),
                                  .len = small + (i < large),
                                  .fu = true,
                                  .start = i == 0,
                                  .end = i == n - 1 };
}

uint32_t dvb_packetize_bytes(const struct dvb_net_part *part)
{
    return part->len + (part->fu ? FU_BYTES : 0);
}
