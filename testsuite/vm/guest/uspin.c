/* SPDX-License-Identifier: GPL-3.0-or-later */
/* User program of the guests: a known user stack and known user memory, stuck
 * in user mode, in a system call, in a page fault, or the cause of an oops; also
 * the one that starts the module. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

volatile unsigned long uspin_magic[2] = {0x6b64756d702d6764UL, 0x62757370696e2121UL};
static char *heap_page;

static __attribute__((noinline)) void uspin_leaf(volatile unsigned long *rounds)
{
    for (;;)
        ++*rounds;
}

static __attribute__((noinline)) void uspin_mid(void)
{
    volatile unsigned long rounds = 0;

    uspin_leaf(&rounds);
}

static int proc_write(const char *word)
{
    int fd = open("/proc/hang", O_RDWR);

    return fd < 0 || write(fd, word, strlen(word)) < 0;
}

/* Starts a scenario of the module without a fork or an exit, which would have
 * this CPU wait for those that hang. */
static int start(const char *scenario)
{
    char path[100];
    int fd;

    snprintf(path, sizeof(path), "/sys/module/hang/parameters/%s", scenario);
    fd = open(path, O_WRONLY);
    if (fd < 0 || write(fd, "1", 1) < 0) {
        puts("kdg: failed: no such scenario in hang.ko");
        return 1;
    }
    sleep(1);
    puts("kdg: started");
    for (;;)
        pause();
}

static int touch_fault(void)
{
    int fd = open("/proc/hang", O_RDWR);
    volatile char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (page == MAP_FAILED)
        return 1;
    return *page;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "user";

    heap_page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (heap_page == MAP_FAILED)
        return 1;
    strcpy(heap_page, "kdump-gdb user page");
    if (strcmp(what, "syscall") == 0)
        return proc_write("spin");
    if (strcmp(what, "null") == 0)
        return proc_write("null");
    if (strcmp(what, "start") == 0)
        return argc > 2 && start(argv[2]);
    if (strcmp(what, "fault") == 0)
        return touch_fault();
    printf("pid=%d\nleaf=%p\nmagic=%p\nmagic0=%#lx\nmagic1=%#lx\nheap=%p\nheap_text=%s\n",
           (int)getpid(), (void *)uspin_leaf, (void *)uspin_magic, uspin_magic[0],
           uspin_magic[1], (void *)heap_page, heap_page);
    fflush(stdout);
    uspin_mid();
    return 0;
}
