/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a fuzz target over every file of a corpus folder; libFuzzer's main
   takes its place when fuzzing. A folder without files is a failure. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
    DIR *d = argc == 2 ? opendir(argv[1]) : NULL;
    if (!d) {
        fprintf(stderr, "usage: %s CORPUS\n", argv[0]);
        return 2;
    }
    int n = 0;
    for (struct dirent *e; (e = readdir(d));) {
        if (e->d_name[0] == '.')
            continue;
        char *path = dvb_path_join(argv[1], e->d_name), *data;
        size_t len;
        struct dvb_err err;
        if (dvb_read_file(path, (size_t)1 << 20, &data, &len, &err)) {
            fprintf(stderr, "%s\n", err.msg);
            return 1;
        }
        LLVMFuzzerTestOneInput((const uint8_t *)data, len);
        free(data);
        free(path);
        n++;
    }
    closedir(d);
    printf("%d inputs\n", n);
    return n ? 0 : 1;
}
