/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The figures of a board. Of each set of questions:
 *
 *   accuracy     against bitrate, a curve for each model and strategy with its 95% (or
 *                the board's) intervals, the original apart at the right end
 *   sensitivity  the share that is right on the original and wrong at the bitrate
 *   saving       bitrate saved at equal accuracy, where a model has two strategies with two
 *                bitrates each (eval/score/saving.h)
 *   funnel       how many questions of the build survived, beside the published rates
 *   tasks        task types, beside those of the published sets
 *   frames       questions on one frame or several, beside the published v2
 *   letters      how often each letter is the right answer, beside the published v1
 *
 * A figure without anything to show is left out. More than DVB_FIGURE_CURVES curves go
 * into several figures: accuracy-1, accuracy-2. Names of further sets begin with "set-2-".
 * Beside them stand the plots of others, as files of dvb_plot_write_data have them: of
 * `stream figure`, or of another board.
 */
#ifndef DVB_REPORTS_FIGURES_H
#define DVB_REPORTS_FIGURES_H

#include "reports/board.h"
#include "reports/plot.h"
#include "reports/site.h"

#define DVB_FIGURE_CURVES 8

struct dvb_figure {
    struct dvb_plot plot; /* of what the list owns */
    const char *caption;  /* a sentence or two of plain text */
};

/* What a list of figures points to: freed with it. */
struct dvb_figure_pool {
    void **items;
    size_t n, cap;
};

struct dvb_figure_list {
    struct dvb_figure *v;
    size_t n, cap;
    struct dvb_figure_pool pool;
};

/* All figures of the board, added to the list. The board must outlive the list. */
void dvb_figures_of_board(const struct dvb_board *b, struct dvb_figure_list *list);
void dvb_figures_release(struct dvb_figure_list *list);

/* Add the plot of a NAME.json. DVB_FAULT_INPUT where it is none, with the file and what is
   wrong in it; a name that the list has already is changed. */
int dvb_figures_load(const char *path, struct dvb_figure_list *list, struct dvb_err *err);

/* For dvb_site_write: the figures of the board and of the files, written to dir/figures.
   Where gnuplot is not there or fails, that is told by dvb_warn, and the figure has its numbers
   and no picture. */
struct dvb_figures_settings {
    const char *const *files; /* NAME.json */
    size_t n_files;
};
int dvb_figures_write(void *settings, const struct dvb_board *b, const char *dir,
                      struct dvb_site_figure **list, size_t *n, struct dvb_err *err);

#endif
