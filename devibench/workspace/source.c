/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workspace/source.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"

#define MAX_MANIFEST ((size_t)64 << 20)
#define MAX_DEPTH 32

static const char *const video_extensions[] = {
    ".mp4", ".m4v",  ".mov", ".mkv", ".webm", ".avi",  ".ts",  ".m2ts", ".mts", ".flv", ".wmv",
    ".mpg", ".mpeg", ".ogv", ".3gp", ".264",  ".h264", ".265", ".hevc", ".ivf", ".y4m", NULL,
};
static const char *const manifest_extensions[] = { ".txt", ".list", ".jsonl", NULL };

static bool has_extension(const char *path, const char *const *extensions)
{
    const char *dot = strrchr(path, '.');
    for (; dot && *extensions; extensions++)
        if (!strcasecmp(dot, *extensions))
            return true;
    return false;
}

/* "a/sample_1/video.mp4" -> "a/sample_1"; "talk.mp4" -> "talk". Heap. */
static char *source_name(const char *relative)
{
    char *name = dvb_strdup(relative);
    char *slash = strrchr(name, '/');
    char *base = slash ? slash + 1 : name;
    char *dot = strrchr(base, '.');
    if (dot && dot > base)
        *dot = '\0';
    if (slash && !strcmp(base, "video"))
        *slash = '\0';
    return name;
}

static void add(struct dvb_source_list *list, const char *path, char *name)
{
    char *absolute = realpath(path, NULL);
    list->v = dvb_grow(list->v, list->n, &list->cap, sizeof(*list->v));
    list->v[list->n++] = (struct dvb_source){ .path = absolute ? absolute : dvb_strdup(path),
                                              .name = name };
}

/* A folder on the way down; a link may lead back to one of them. */
struct level {
    const struct level *above;
    dev_t dev;
    ino_t ino;
    int depth;
};

static bool leads_back(const struct level *l)
{
    for (const struct level *a = l->above; a; a = a->above)
        if (a->dev == l->dev && a->ino == l->ino)
            return true;
    return false;
}

static int walk(const char *root, const char *below, const struct level *above,
                struct dvb_source_list *list, struct dvb_err *err);

static int visit(const char *root, const char *below, const char *entry, const struct level *here,
                 struct dvb_source_list *list, struct dvb_err *err)
{
    char *relative = dvb_path_join(below, entry), *path = dvb_path_join(root, relative);
    int ret = 0;
    if (dvb_is_dir(path))
        ret = walk(root, relative, here, list, err);
    else if (dvb_is_file(path) && has_extension(entry, video_extensions))
        add(list, path, source_name(relative));
    free(relative);
    free(path);
    return ret;
}

static int walk(const char *root, const char *below, const struct level *above,
                struct dvb_source_list *list, struct dvb_err *err)
{
    struct level here = { .above = above, .depth = above ? above->depth + 1 : 0 };
    if (here.depth > MAX_DEPTH)
        return dvb_fail(err, DVB_FAULT_INPUT, ELOOP, "%s/%s: folders nested too deeply", root,
                        below);
    char *path = *below ? dvb_path_join(root, below) : dvb_strdup(root);
    DIR *dir = opendir(path);
    struct stat st = { 0 };
    int ret = 0;
    if (!dir && above) /* left out by name when it cannot be probed */
        add(list, path, dvb_strdup(below));
    else if (!dir)
        ret = dvb_fail_errno(err, DVB_FAULT_INPUT, "%s", path);
    else
        fstat(dirfd(dir), &st);
    here.dev = st.st_dev;
    here.ino = st.st_ino;
    bool again = dir && leads_back(&here);
    for (struct dirent *e; dir && !again && !ret && (e = readdir(dir));)
        if (e->d_name[0] != '.')
            ret = visit(root, below, e->d_name, &here, list, err);
    if (dir)
        closedir(dir);
    free(path);
    return ret;
}

static int by_name(const void *a, const void *b)
{
    const struct dvb_source *x = a, *y = b;
    int c = strcmp(x->name, y->name);
    return c ? c : strcmp(x->path, y->path);
}

static int find_in_folder(const char *path, struct dvb_source_list *list, struct dvb_err *err)
{
    size_t before = list->n;
    int ret = walk(path, "", NULL, list, err);
    if (!ret && list->n == before)
        ret = dvb_fail(err, DVB_FAULT_INPUT, ENOENT, "%s: no video in this folder", path);
    if (!ret)
        qsort(list->v + before, list->n - before, sizeof(*list->v), by_name);
    return ret;
}

/* The next line of text without its end; NULL when there is none. */
static char *next_line(char **at)
{
    char *line = *at;
    if (!*line)
        return NULL;
    size_t len = strcspn(line, "\n");
    *at = line + len + (line[len] == '\n');
    line[len] = '\0';
    return line;
}

static int check_members(const json_t *j, struct dvb_err *err)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)j, key, value)
    {
        if (strcmp(key, "path") && strcmp(key, "name"))
            return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                            "unknown member \"%s\", expected \"path\" and \"name\"", key);
        if (!json_is_string(value) || !*json_string_value(value))
            return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "\"%s\": expected a non-empty string",
                            key);
    }
    if (!json_object_get(j, "path"))
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "no \"path\"");
    return 0;
}

static void add_relative(struct dvb_source_list *list, const char *dir, const char *path,
                         const char *name)
{
    char *full = *path == '/' ? dvb_strdup(path) : dvb_path_join(dir, path);
    const char *base = strrchr(path, '/');
    add(list, full, name ? dvb_strdup(name) : source_name(*path == '/' ? base + 1 : path));
    free(full);
}

static int parse_line(char *line, const char *dir, struct dvb_source_list *list,
                      struct dvb_err *err)
{
    if (*line != '{') {
        add_relative(list, dir, line, NULL);
        return 0;
    }
    json_error_t je;
    json_t *j = json_loads(line, JSON_REJECT_DUPLICATES, &je);
    if (!j)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "column %d: not valid JSON: %s", je.column,
                        je.text);
    int ret = check_members(j, err);
    if (!ret)
        add_relative(list, dir, dvb_json_get_str(j, "path"), dvb_json_get_str(j, "name"));
    json_decref(j);
    return ret;
}

int dvb_manifest_parse(const char *text, size_t len, const char *file, const char *dir,
                       struct dvb_source_list *list, struct dvb_err *err)
{
    if (memchr(text, '\0', len))
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s: not a text file", file);
    char *copy = dvb_calloc(len + 1, 1), *at = copy, *line;
    memcpy(copy, text, len);
    if (!strncmp(at, "\xef\xbb\xbf", 3))
        at += 3;
    size_t before = list->n;
    int number = 0, ret = 0;
    while (!ret && (line = next_line(&at))) {
        number++;
        line = dvb_text_trim(line);
        if (!*line || *line == '#')
            continue;
        ret = parse_line(line, dir, list, err);
        if (ret)
            dvb_err_prefix(err, "%s:%d", file, number);
    }
    if (!ret && list->n == before)
        ret = dvb_fail(err, DVB_FAULT_INPUT, ENOENT, "%s: names no video", file);
    free(copy);
    return ret;
}

static int read_manifest(const char *path, struct dvb_source_list *list, struct dvb_err *err)
{
    char *text;
    size_t len;
    int ret = dvb_read_file(path, MAX_MANIFEST, &text, &len, err);
    if (ret)
        return ret;
    const char *slash = strrchr(path, '/');
    char *dir = slash ? dvb_asprintf("%.*s", (int)(slash - path), path) : dvb_strdup("");
    ret = dvb_manifest_parse(text, len, path, dir, list, err);
    free(dir);
    free(text);
    return ret;
}

/* Names must tell videos apart: a repeated one gets part of its path's hash.
   The same file named twice is one video. */
static void make_unique(struct dvb_source_list *list)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->n; i++) {
        struct dvb_source *s = &list->v[i];
        bool same_path = false, same_name = false;
        for (size_t k = 0; k < kept; k++) {
            same_path |= !strcmp(list->v[k].path, s->path);
            same_name |= !strcmp(list->v[k].name, s->name);
        }
        if (same_path) {
            free(s->path);
            free(s->name);
            continue;
        }
        if (same_name) {
            char hash[DVB_HASH_LEN + 1];
            dvb_hash_of_str(s->path, hash);
            char *name = dvb_asprintf("%s-%.8s", s->name, hash);
            free(s->name);
            s->name = name;
        }
        list->v[kept++] = *s;
    }
    list->n = kept;
}

static int find_one(const char *path, struct dvb_source_list *list, struct dvb_err *err)
{
    if (dvb_is_dir(path))
        return find_in_folder(path, list, err);
    if (!dvb_is_file(path))
        return dvb_fail(err, DVB_FAULT_INPUT, ENOENT, "%s: no such file or folder", path);
    if (has_extension(path, manifest_extensions))
        return read_manifest(path, list, err);
    const char *slash = strrchr(path, '/');
    add(list, path, source_name(slash ? slash + 1 : path));
    return 0;
}

int dvb_source_find(const struct dvb_strlist *paths, struct dvb_source_list *list,
                    struct dvb_err *err)
{
    *list = (struct dvb_source_list){ 0 };
    int ret = 0;
    for (size_t i = 0; i < paths->n && !ret; i++)
        ret = find_one(paths->v[i], list, err);
    if (ret)
        dvb_source_list_free(list);
    else
        make_unique(list);
    return ret;
}

void dvb_source_list_free(struct dvb_source_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        free(list->v[i].path);
        free(list->v[i].name);
    }
    free(list->v);
    *list = (struct dvb_source_list){ 0 };
}
