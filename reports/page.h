/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the site's pages share. */
#ifndef DVB_REPORTS_PAGE_H
#define DVB_REPORTS_PAGE_H

#include "reports/board.h"
#include "reports/frames.h"
#include "reports/html.h"
#include "reports/site.h"

struct dvb_site {
    const struct dvb_board *b;
    const char *dir; /* that is written to */
    struct dvb_frames *frames;
    struct dvb_site_figure *figures;
    size_t n_figures;
    size_t pages;
};

/* Which entry of the navigation a page is. */
enum dvb_nav { DVB_NAV_BOARD, DVB_NAV_PAIRS, DVB_NAV_QUESTIONS, DVB_NAV_FIGURES, DVB_NAV_ABOUT };

struct dvb_page {
    struct dvb_site *site;
    struct dvb_html *h;
    char *path;
    const char *root; /* "" or "../" */
};

/* Head, navigation and <h1>; name is relative to the site ("question/KEY.html"). On failure
   the page needs no close. */
int dvb_page_open(struct dvb_site *site, const char *name, const char *title, enum dvb_nav nav,
                  struct dvb_page *p, struct dvb_err *err);
/* The foot with the provenance, and the end of the file. */
int dvb_page_close(struct dvb_page *p, struct dvb_err *err);

/* Names of pages. Heap. task -1: all; page from 0. */
char *dvb_page_board_name(size_t set, int task);
char *dvb_page_list_name(size_t set, size_t page);
char *dvb_page_question_name(const struct dvb_board_set *s, size_t set, size_t question);

/* The pages. */
int dvb_write_board_pages(struct dvb_site *site, struct dvb_err *err);
int dvb_write_pairs_page(struct dvb_site *site, struct dvb_err *err);
int dvb_write_list_pages(struct dvb_site *site, struct dvb_err *err);
int dvb_write_question_pages(struct dvb_site *site, struct dvb_err *err);
int dvb_write_figures_page(struct dvb_site *site, struct dvb_err *err);
int dvb_write_about_page(struct dvb_site *site, struct dvb_err *err);

/* Links between the pages of several sets, or of task types; nothing where there is one. */
void dvb_put_sets(struct dvb_html *h, const struct dvb_board *b, size_t set,
                  char *(*name)(size_t set));
#define DVB_LIST_PAGE 50 /* questions */

/* "63.2 <small>[59.0, 67.1]</small>" of a share; a dash where it is not known. */
void dvb_put_share(struct dvb_html *h, const struct dvb_share *s);
/* The first digits of a hash. */
void dvb_put_hash(struct dvb_html *h, const char *hash);
/* Seconds, dollars: with as many digits as they deserve; a dash for NAN. */
void dvb_put_number(struct dvb_html *h, double v);
/* A figure of where the rendition's bits went (where.h), over a gray picture of `under` (NULL, or
   none there: without). For pages in a folder. */
struct dvb_where;
void dvb_put_where(struct dvb_html *h, const struct dvb_where *w, const char *label,
                   const struct dvb_frames_clip *under);
/* What such figures mean, of those that there are. */
void dvb_put_where_legend(struct dvb_html *h, bool map, bool window);
/* The name of who is asked in a cell: label, and whether it is a builder. */
void dvb_put_model(struct dvb_html *h, const struct dvb_board *b, const struct dvb_board_set *s,
                   int model);
/* The name of a strategy or what one shows; a line may end after its commas. */
void dvb_put_strategy(struct dvb_html *h, const char *name);
/* "200", "1500", "original" */
void dvb_put_rate(struct dvb_html *h, const struct dvb_board_view *v);
/* "A" for 0; the site's only way of numbering options. */
char dvb_option_letter(int option);
/* "0:10", "1:02:03.5" */
void dvb_put_time(struct dvb_html *h, int64_t ms);

#endif
