/* Stands between a process and its files (LD_PRELOAD), for drills that a real disk cannot be made to do on demand.

   DRILL_UNDER=PATH         what is watched: files whose path begins so

   DRILL_RECORD=FILE        every change to a file under DRILL_UNDER, every sync and everything sent goes to FILE, in order
   DRILL_SYNC_MS=20         every fsync and fdatasync under DRILL_UNDER takes so much longer
   DRILL_FAIL_WHILE=FILE    while FILE exists, what it says under DRILL_UNDER fails: "sync" and "write" with EIO, "full", which
                            is writes that need more space, with ENOSPC. Empty means "sync". "write 3" begins with the
                            third, "sync 3 1" is the third alone

   A record is "kind path offset length\n", then `length` bytes. Kinds: w write, t truncate (to offset), s sync, u unlink,
   a sent to a socket. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int record_fd = -1;

static void put(const char *data, size_t length) {
    while (length > 0) {
        long n = syscall(SYS_write, record_fd, data, length);
        if (n <= 0) _exit(99);
        data += n;
        length -= (size_t)n;
    }
}

static void note(char kind, const char *path, long long offset, const void *data, size_t length) {
    const char *file = getenv("DRILL_RECORD");
    if (file == NULL) return;
    char head[PATH_MAX + 64];
    int size = snprintf(head, sizeof head, "%c %s %lld %zu\n", kind, path, offset, length);
    pthread_mutex_lock(&lock);
    if (record_fd < 0) record_fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    put(head, (size_t)size);
    put(data, length);
    pthread_mutex_unlock(&lock);
}

/* The path behind `fd` where it lies under DRILL_UNDER, else NULL. */
static const char *watched(int fd, char *path) {
    const char *under = getenv("DRILL_UNDER");
    char name[64];
    if (under == NULL) return NULL;
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(name, path, PATH_MAX - 1);
    if (size <= 0) return NULL;
    path[size] = 0;
    return strncmp(path, under, strlen(under)) == 0 ? path : NULL;
}

/* Whether this operation of a kind is one that is to fail. */
static int fails(const char *kind) {
    static long seen = 0;
    const char *file = getenv("DRILL_FAIL_WHILE");
    if (file == NULL) return 0;
    char text[64] = "", wanted[16] = "sync";
    long first = 1, count = LONG_MAX;
    int fd = open(file, O_RDONLY | O_CLOEXEC), found = 0;
    pthread_mutex_lock(&lock);
    if (fd < 0) {
        seen = 0;
    } else {
        if (read(fd, text, sizeof text - 1) > 0) sscanf(text, "%15s %ld %ld", wanted, &first, &count);
        close(fd);
        found = strcmp(wanted, kind) == 0 && ++seen >= first && seen - first < count;
    }
    pthread_mutex_unlock(&lock);
    return found;
}

/* The error with which a write to `offset` is to fail, or 0. */
static int write_error(int fd, off64_t offset, size_t length) {
    char path[PATH_MAX];
    struct stat64 now;
    if (getenv("DRILL_FAIL_WHILE") == NULL || watched(fd, path) == NULL) return 0;
    if (fails("write")) return EIO;
    if (fstat64(fd, &now) == 0 && offset + (off64_t)length > now.st_size && fails("full")) return ENOSPC;
    return 0;
}

static int sync_watched(int fd, int (*real)(int)) {
    char path[PATH_MAX];
    if (watched(fd, path) == NULL) return real(fd);
    const char *slow = getenv("DRILL_SYNC_MS");
    if (fails("sync")) { errno = EIO; return -1; }
    if (slow != NULL) {
        long ms = atol(slow);
        struct timespec wait = {ms / 1000, ms % 1000 * 1000000};
        nanosleep(&wait, NULL);
    }
    int result = real(fd);
    if (result == 0) note('s', path, 0, "", 0);
    return result;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int fsync(int fd) { return sync_watched(fd, REAL(fsync)); }
int fdatasync(int fd) { return sync_watched(fd, REAL(fdatasync)); }

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) {
    char path[PATH_MAX];
    int error = write_error(fd, offset, length);
    if (error != 0) { errno = error; return -1; }
    ssize_t done = REAL(pwrite64)(fd, data, length, offset);
    if (done > 0 && watched(fd, path) != NULL) note('w', path, offset, data, (size_t)done);
    return done;
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) { return pwrite64(fd, data, length, offset); }

ssize_t write(int fd, const void *data, size_t length) {
    char path[PATH_MAX];
    int error = write_error(fd, lseek(fd, 0, SEEK_CUR), length);
    if (error != 0) { errno = error; return -1; }
    ssize_t done = REAL(write)(fd, data, length);
    if (done > 0 && watched(fd, path) != NULL) note('w', path, lseek(fd, 0, SEEK_CUR) - done, data, (size_t)done);
    return done;
}

int ftruncate64(int fd, off64_t length) {
    char path[PATH_MAX];
    int result = REAL(ftruncate64)(fd, length);
    if (result == 0 && watched(fd, path) != NULL) note('t', path, length, "", 0);
    return result;
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

int unlink(const char *path) {
    int result = REAL(unlink)(path);
    const char *under = getenv("DRILL_UNDER");
    if (result == 0 && under != NULL && strncmp(path, under, strlen(under)) == 0) note('u', path, 0, "", 0);
    return result;
}

/* Noted before it leaves, and whole although less of it may: whoever got it must find it, so too much is the safe side. */
ssize_t send(int fd, const void *data, size_t length, int flags) {
    if (length > 0) note('a', "-", 0, data, length);
    return REAL(send)(fd, data, length, flags);
}
