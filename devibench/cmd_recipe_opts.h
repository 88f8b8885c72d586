/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options that say how clips are encoded, for every command that encodes. */
#ifndef DVB_CMD_RECIPE_OPTS_H
#define DVB_CMD_RECIPE_OPTS_H

#include "base/opt.h"
#include "media/recipe.h"

struct dvb_recipe_opts {
    struct dvb_size size;
    double fps;
    const char *preset, *tune;
    int64_t bframes, keyint;
    int mode;
    double tolerance, steer;
};

extern const char *const dvb_recipe_modes[]; /* "search", "abr"; NULL-terminated */

/* Rows of an option table; s is the type of the command's settings, whose struct dvb_recipe_opts is
   its member encode. */
#define DVB_RECIPE_AT(s, member) offsetof(s, encode) + offsetof(struct dvb_recipe_opts, member)
#define DVB_RECIPE_OPTS(s)                                                                         \
    { "size",                                                                                      \
      's',                                                                                         \
      DVB_OPT_SIZE,                                                                                \
      DVB_RECIPE_AT(s, size),                                                                      \
      "WxH",                                                                                       \
      .help = "Size of the encoded clip; if not given, the ladder's for the bitrate, never above " \
              "the source's" },                                                                    \
        { "fps",                                                                                   \
          0,                                                                                       \
          DVB_OPT_NUM,                                                                             \
          DVB_RECIPE_AT(s, fps),                                                                   \
          "FPS",                                                                                   \
          "0",                                                                                     \
          0,                                                                                       \
          240,                                                                                     \
          .help = "Constant frame rate; 0: the source's own frames" },                             \
        { "preset", 0,          DVB_OPT_STR,          DVB_RECIPE_AT(s, preset),                    \
          "NAME",   "veryfast", .help = "x264 preset" },                                           \
        { "tune",                                                                                  \
          0,                                                                                       \
          DVB_OPT_STR,                                                                             \
          DVB_RECIPE_AT(s, tune),                                                                  \
          "NAME",                                                                                  \
          "zerolatency",                                                                           \
          .help = "x264 tune; none: no tune" },                                                    \
        { "bframes",                                                                               \
          0,                                                                                       \
          DVB_OPT_INT,                                                                             \
          DVB_RECIPE_AT(s, bframes),                                                               \
          "N",                                                                                     \
          "0",                                                                                     \
          0,                                                                                       \
          16,                                                                                      \
          .help = "B-frames between two others" },                                                 \
        { "keyint",                                                                                \
          0,                                                                                       \
          DVB_OPT_INT,                                                                             \
          DVB_RECIPE_AT(s, keyint),                                                                \
          "N",                                                                                     \
          "0",                                                                                     \
          0,                                                                                       \
          1e6,                                                                                     \
          .help = "Frames from one intra frame to the next; 0: one, at the start" },               \
        { "mode",                                                                                  \
          0,                                                                                       \
          DVB_OPT_CHOICE,                                                                          \
          DVB_RECIPE_AT(s, mode),                                                                  \
          "MODE",                                                                                  \
          "search",                                                                                \
          .choices = dvb_recipe_modes,                                                             \
          .help = "How the rate is met: search for the base QP, or one pass of average bitrate" }, \
        { "tolerance",                                                                             \
          0,                                                                                       \
          DVB_OPT_NUM,                                                                             \
          DVB_RECIPE_AT(s, tolerance),                                                             \
          "SHARE",                                                                                 \
          "0.02",                                                                                  \
          0.001,                                                                                   \
          0.5,                                                                                     \
          .help = "Relative miss of the bitrate that is accepted" },                               \
    {                                                                                              \
        "steer", 0, DVB_OPT_NUM, DVB_RECIPE_AT(s, steer), "CRF", "2", 0, 6,                        \
            .help = "How far the search may move the base CRF within a clip; 0: constant"          \
    }

/* What was asked for into the recipe; its bitrate and CRF stay. A size with an odd side and
   names that x264 does not know are DVB_FAULT_USAGE. */
int dvb_recipe_opts_set(const struct dvb_recipe_opts *o, struct dvb_encode_recipe *r,
                        struct dvb_err *err);

#endif
