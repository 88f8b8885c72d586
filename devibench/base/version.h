/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DVB_BASE_VERSION_H
#define DVB_BASE_VERSION_H

#define DVB_VERSION "0.1.0"

#endif
