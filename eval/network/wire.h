/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers in network byte order, for the wire formats of this folder. */
#ifndef DVB_NETWORK_WIRE_H
#define DVB_NETWORK_WIRE_H

#include <stdint.h>

static inline uint16_t dvb_get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t dvb_get24(const uint8_t *p)
{
    return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

static inline uint32_t dvb_get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | dvb_get24(p + 1);
}

static inline void dvb_put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static inline void dvb_put24(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 16);
    dvb_put16(p + 1, v);
}

static inline void dvb_put32(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 24);
    dvb_put24(p + 1, v);
}

#endif
