/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copy /proc/vmcore to a disk of zeros: mapped, as reading it costs a TLB flush
 * a page, and without its blocks of zeros. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WINDOW = 4 << 20, BLOCK = 64 << 10 };

static char buffer[WINDOW];

static int is_zero(const char *p, size_t size)
{
    return *p == 0 && memcmp(p, p + 1, size - 1) == 0;
}

static int put(int to, const char *from, size_t size, off_t at)
{
    for (size_t done = 0; done < size; done += BLOCK) {
        size_t part = size - done < BLOCK ? size - done : BLOCK;

        if (!is_zero(from + done, part)
            && pwrite(to, from + done, part, at + (off_t)done) != (ssize_t)part)
            return -1;
    }
    return 0;
}

/* A window that cannot be mapped is read. */
static int copy_window(int from, int to, off_t at, size_t size)
{
    char *map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, from, at);
    int status;

    if (map != MAP_FAILED) {
        status = put(to, map, size, at);
        munmap(map, size);
        return status;
    }
    for (size_t done = 0; done < size;) {
        ssize_t got = pread(from, buffer + done, size - done, at + (off_t)done);

        if (got <= 0)
            return -1;
        done += (size_t)got;
    }
    return put(to, buffer, size, at);
}

int main(int argc, char **argv)
{
    struct stat st;
    int from = argc == 3 ? open(argv[1], O_RDONLY) : -1;
    int to = argc == 3 ? open(argv[2], O_WRONLY) : -1;

    if (from < 0 || to < 0 || fstat(from, &st) != 0) {
        perror("vmcopy: open");
        return 1;
    }
    for (off_t at = 0; at < st.st_size; at += WINDOW) {
        off_t rest = st.st_size - at;

        if (copy_window(from, to, at, rest < WINDOW ? (size_t)rest : WINDOW) != 0) {
            perror("vmcopy");
            return 1;
        }
    }
    if (fsync(to) != 0) {
        perror("vmcopy: fsync");
        return 1;
    }
    return 0;
}
