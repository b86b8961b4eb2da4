/* A disk that fails when it is told to.
 *
 * Loaded before a program (LD_PRELOAD), it counts every write, sync and truncation of one SQLite
 * database: its file, its -wal and its -journal. The one whose number stands in the control file
 * fails. Everything else goes through untouched.
 *
 * SHAKY_DISK_DATABASE  the path of the database
 * SHAKY_DISK_CONTROL   the control file: five 32-bit integers, shared with the test
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

struct control {
    int32_t fail_at;    /* 0: off; else the number of the call that fails */
    int32_t error;      /* with which errno */
    int32_t is_lasting; /* every call after it fails as well */
    int32_t counted;    /* calls so far */
    int32_t failed;     /* those that failed */
};

static struct control *control;
static const char *database;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("SHAKY_DISK_CONTROL");
    database = getenv("SHAKY_DISK_DATABASE");
    if (path == NULL || database == NULL) {
        return;
    }
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) {
        return;
    }
    void *memory = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (memory != MAP_FAILED) {
        control = memory;
    }
}

static int is_of_database(int file) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) {
        return 0;
    }
    path[length] = 0;
    size_t prefix = strlen(database);
    if (strncmp(path, database, prefix) != 0) {
        return 0;
    }
    const char *ending = path + prefix;
    return *ending == 0 || strcmp(ending, "-wal") == 0 || strcmp(ending, "-journal") == 0;
}

/* Whether this call fails; errno says how. */
static int fails(int file) {
    if (control == NULL) {
        return 0;
    }
    int32_t fail_at = __atomic_load_n(&control->fail_at, __ATOMIC_ACQUIRE);
    if (fail_at == 0 || !is_of_database(file)) {
        return 0;
    }
    int32_t number = __atomic_add_fetch(&control->counted, 1, __ATOMIC_ACQ_REL);
    if (number != fail_at && !(control->is_lasting && number > fail_at)) {
        return 0;
    }
    __atomic_add_fetch(&control->failed, 1, __ATOMIC_ACQ_REL);
    errno = control->error;
    return 1;
}

#define NEXT(name) \
    static __typeof__(name) *next; \
    if (next == NULL) { next = (__typeof__(name) *)dlsym(RTLD_NEXT, #name); }

/* A write that fails has written half of what it should. */
#define WRITES(name, offset_type) \
    ssize_t name(int file, const void *bytes, size_t length, offset_type offset) { \
        NEXT(name) \
        if (fails(file)) { \
            int error = errno; \
            if (length > 1) { (void)!next(file, bytes, length / 2, offset); } \
            errno = error; \
            return -1; \
        } \
        return next(file, bytes, length, offset); \
    }
WRITES(pwrite, off_t)
WRITES(pwrite64, off64_t)

ssize_t write(int file, const void *bytes, size_t length) {
    NEXT(write)
    return fails(file) ? -1 : next(file, bytes, length);
}

int ftruncate(int file, off_t length) {
    NEXT(ftruncate)
    return fails(file) ? -1 : next(file, length);
}

int ftruncate64(int file, off64_t length) {
    NEXT(ftruncate64)
    return fails(file) ? -1 : next(file, length);
}

int fsync(int file) {
    NEXT(fsync)
    return fails(file) ? -1 : next(file);
}

int fdatasync(int file) {
    NEXT(fdatasync)
    return fails(file) ? -1 : next(file);
}
