/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starts tests/tools/fake_service for a test program; it ends with it. */
#ifndef FAKE_SERVER_H
#define FAKE_SERVER_H

#include <curl/curl.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"

struct fake_server {
    pid_t pid;
    int in;        /* its standard input: closing it ends the server */
    char url[128]; /* base URL of the formats under /v1 */
    char *argv0;
};

/* args ends with NULL. False when the tool cannot be found or started. */
static inline bool fake_server_start(struct fake_server *f, const char *const *args)
{
    const char *build = getenv("BUILD"), *argv[16];
    int in[2], out[2], n = 0;
    if (!build || pipe(in) || pipe(out))
        return false;
    f->argv0 = dvb_asprintf("%s/tests/tools/fake_service", build);
    argv[n++] = f->argv0;
    argv[n++] = "--until-eof";
    for (; *args && n < 15; args++)
        argv[n++] = *args;
    argv[n] = NULL;
    f->pid = fork();
    if (!f->pid) {
        close(in[1]);
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        close(out[0]);
        execv(f->argv0, (char *const *)argv);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    f->in = in[1];
    fcntl(f->in, F_SETFD, FD_CLOEXEC); /* or the next server would keep it open */
    FILE *line = fdopen(out[0], "r");
    bool ok = line && fgets(f->url, sizeof(f->url), line) && strchr(f->url, '\n');
    if (ok)
        *strchr(f->url, '\n') = '\0';
    if (line)
        fclose(line);
    return ok;
}

static inline void fake_server_stop(struct fake_server *f)
{
    close(f->in);
    if (f->pid > 0)
        waitpid(f->pid, NULL, 0);
    free(f->argv0);
    *f = (struct fake_server){ 0 };
}

static inline size_t fake_server_collect(char *data, size_t size, size_t n, void *user)
{
    char **text = user;
    char *longer = dvb_asprintf("%s%.*s", *text, (int)(size * n), data);
    free(*text);
    *text = longer;
    return size * n;
}

/* The base URL of formats under another path, such as "/v1beta"; heap. */
static inline char *fake_server_base(const struct fake_server *f, const char *path)
{
    return dvb_asprintf("%.*s%s", (int)(strlen(f->url) - 3), f->url, path);
}

/* GET /stats. New reference. */
static inline json_t *fake_server_stats(const struct fake_server *f)
{
    char *url = fake_server_base(f, "/stats");
    char *text = dvb_strdup("");
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, fake_server_collect);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &text);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_perform(easy);
    curl_easy_cleanup(easy);
    json_t *j = json_loads(text, 0, NULL);
    free(text);
    free(url);
    return j;
}

#endif
