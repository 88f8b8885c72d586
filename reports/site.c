/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/site.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/asset.h"
#include "base/fs.h"
#include "base/mem.h"
#include "reports/exchange.h"
#include "reports/page.h"

#define MARK ".devibench-site"

static bool is_empty(const char *dir)
{
    DIR *d = opendir(dir);
    size_t n = 0;
    for (struct dirent *e; d && (e = readdir(d));)
        n += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
    if (d)
        closedir(d);
    return d && !n;
}

static int check_out(const char *out, struct dvb_err *err)
{
    struct stat st;
    if (lstat(out, &st))
        return 0;
    char *mark = dvb_path_join(out, MARK);
    bool ours = S_ISDIR(st.st_mode) && (dvb_is_file(mark) || is_empty(out));
    free(mark);
    if (ours)
        return 0;
    return dvb_fail(err, DVB_FAULT_INPUT, EEXIST,
                    "%s is there and was not made by 'devibench report': expected a new folder, an "
                    "empty one, or a site to replace",
                    out);
}

static int put_file(const char *dir, const char *name, const char *asset, struct dvb_err *err)
{
    const struct dvb_asset *a = dvb_asset_find(asset);
    char *path = dvb_path_join(dir, name);
    int ret = a ? dvb_write_file(path, a->data, a->len, err)
                : dvb_fail(err, DVB_FAULT_INTERNAL, ENOENT, "no file named %s was built in", asset);
    free(path);
    return ret;
}

static int put_data(const struct dvb_board *b, const char *dir, struct dvb_err *err)
{
    static const struct {
        const char *name;
        int (*write)(const struct dvb_board *b, const char *path, struct dvb_err *err);
    } files[] = { { "leaderboard.json", dvb_board_write_json },
                  { "cells.csv", dvb_board_write_cells },
                  { "pairs.csv", dvb_board_write_pairs } };
    int ret = 0;
    for (size_t i = 0; i < sizeof(files) / sizeof(*files) && !ret; i++) {
        char *path = dvb_path_join(dir, files[i].name);
        ret = files[i].write(b, path, err);
        free(path);
    }
    char *mark = dvb_path_join(dir, MARK);
    if (!ret)
        ret = dvb_write_file(mark, "", 0, err);
    free(mark);
    return ret;
}

static int put_pages(struct dvb_site *site, struct dvb_err *err)
{
    static int (*const writers[])(struct dvb_site *, struct dvb_err *) = {
        dvb_write_board_pages,    dvb_write_pairs_page,   dvb_write_list_pages,
        dvb_write_question_pages, dvb_write_figures_page, dvb_write_about_page,
    };
    int ret = 0;
    for (size_t i = 0; i < sizeof(writers) / sizeof(*writers) && !ret; i++)
        ret = writers[i](site, err);
    return ret;
}

/* nftw has no argument for its function's use. */
static int64_t total;
static int add_size(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)path, (void)ftw;
    total += type == FTW_F ? st->st_size : 0;
    return 0;
}

static void tell(const struct dvb_site *site, struct dvb_site_result *r)
{
    *r = (struct dvb_site_result){ .pages = site->pages };
    for (size_t i = 0; site->frames && i < site->frames->n; i++) {
        const struct dvb_frames_clip *c = &site->frames->v[i];
        r->pictures += c->state == DVB_FRAMES_HERE ? (size_t)c->n : 0;
        r->no_pictures += c->state == DVB_FRAMES_MISSING;
        r->left_out += c->state == DVB_FRAMES_LEFT_OUT;
    }
    total = 0;
    nftw(site->dir, add_size, 16, FTW_PHYS);
    r->bytes = total;
}

static void free_figures(struct dvb_site *site)
{
    for (size_t i = 0; i < site->n_figures; i++) {
        free(site->figures[i].title);
        free(site->figures[i].caption);
        free(site->figures[i].svg);
        free(site->figures[i].pdf);
        free(site->figures[i].csv);
        free(site->figures[i].json);
        free(site->figures[i].desc);
    }
    free(site->figures);
}

static int fill(struct dvb_site *site, const struct dvb_site_settings *s, dvb_site_figures *figures,
                void *user, struct dvb_err *err)
{
    int ret = dvb_mkdirs(site->dir, err);
    if (!ret)
        ret = put_file(site->dir, "site.css", "reports/site.css", err);
    if (!ret)
        ret = put_file(site->dir, "site.js", "reports/site.js", err);
    if (!ret)
        ret = put_data(site->b, site->dir, err);
    if (!ret)
        ret = dvb_frames_write(site->b, s, site->dir, &site->frames, err);
    if (!ret && figures)
        ret = figures(user, site->b, site->dir, &site->figures, &site->n_figures, err);
    return ret ? ret : put_pages(site, err);
}

/* An older site steps aside, and comes back where the new one cannot take its place. */
static int swap_in(const char *tmp, const char *out, struct dvb_err *err)
{
    char *aside = dvb_tmp_name(out);
    bool had = !rename(out, aside);
    int ret = 0;
    if (rename(tmp, out)) {
        ret = dvb_fail_errno(err, DVB_FAULT_INPUT, "cannot write %s", out);
        if (had)
            rename(aside, out);
    } else if (had) {
        ret = dvb_remove_tree(aside, err);
    }
    free(aside);
    return ret;
}

int dvb_site_write(const struct dvb_board *b, const struct dvb_site_settings *s, const char *out,
                   dvb_site_figures *figures, void *user, struct dvb_site_result *result,
                   struct dvb_err *err)
{
    char *place = dvb_strdup(out);
    for (size_t n = strlen(place); n > 1 && place[n - 1] == '/'; n--)
        place[n - 1] = '\0';
    char *tmp = dvb_tmp_name(place);
    struct dvb_site site = { .b = b, .dir = tmp };
    int ret = check_out(place, err);
    if (!ret)
        ret = fill(&site, s, figures, user, err);
    if (!ret) {
        tell(&site, result);
        ret = swap_in(tmp, place, err);
    }
    if (ret)
        dvb_remove_tree(tmp, NULL);
    dvb_frames_free(&site.frames);
    free_figures(&site);
    free(tmp);
    free(place);
    return ret;
}
