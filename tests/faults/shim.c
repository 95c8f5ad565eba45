/* Counts what a process does to the files below some folders, and lets one step go wrong.

   Loaded with LD_PRELOAD; does nothing before `fault_arm` is called. A step is a call that
   changes a file or a folder: write, pwrite, writev, pwritev, ftruncate, truncate, fallocate,
   fsync, fdatasync, sync_file_range, rename, unlink, link, symlink, mkdir, rmdir, chmod, and an
   open that makes or empties a file. Each is logged as `number TAB call TAB path TAB bytes`.
   Files are told by their path, so a call through any library that uses libc is counted.
   A record, when one is kept, has each step with its data, so that it can be done again:
   `call TAB path TAB other path TAB offset TAB bytes`, a line feed, and the bytes. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { COUNT, KILL, TEAR, NO_SPACE, READ_ONLY, BROKEN, BROKEN_ONCE };
/* What a step needs: a full disk refuses room and nothing else. */
enum need { ROOM, CHANGE, SYNC };

static char folders[4 * PATH_MAX];  /* one after the other, each ended by a line feed */
static int log_to = -1;
static int record_to = -1;
static long at = 0;
static enum kind kind = COUNT;
static long done = 0;
static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

/* Begin to count, in this process: `roots` are absolute folders, each ended by a line feed;
   the step `number` (from 1) goes wrong in the way of `how`; 0 is none. */
void fault_arm(const char *roots, int descriptor, long number, int how) {
    snprintf(folders, sizeof folders, "%s", roots);
    log_to = descriptor;
    at = number;
    kind = (enum kind)how;
    done = 0;
}

/* Keep a record of every step that is done; -1 for none. */
void fault_record(int descriptor) { record_to = descriptor; }

static int watched(const char *path) {
    if (log_to < 0) return 0;
    for (const char *root = folders; *root;) {
        const char *end = strchr(root, '\n');
        size_t length = (size_t)(end - root);
        if (!strncmp(path, root, length) && (path[length] == '/' || !path[length])) return 1;
        root = end + 1;
    }
    return 0;
}

static void absolute(int folder, const char *path, char *full) {
    char base[PATH_MAX] = "";
    if (path[0] == '/') {
        snprintf(full, PATH_MAX, "%s", path);
        return;
    }
    if (folder == AT_FDCWD) {
        if (!getcwd(base, sizeof base)) base[0] = 0;
    } else {
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        ssize_t length = readlink(link, base, sizeof base - 1);
        base[length < 0 ? 0 : length] = 0;
    }
    while (!strncmp(path, "./", 2)) path += 2;
    if (snprintf(full, PATH_MAX, "%s/%s", base, path) >= PATH_MAX) full[0] = 0;
}

static void record(const char *call, const char *path, const char *other, long long offset,
                   const void *data, size_t bytes) {
    if (record_to < 0 || !watched(path)) return;
    char line[2 * PATH_MAX + 64];
    int length = snprintf(line, sizeof line, "%s\t%s\t%s\t%lld\t%zu\n", call, path, other,
                          offset, data ? bytes : 0);
    pthread_mutex_lock(&one);
    syscall(SYS_write, record_to, line, (size_t)length);
    for (size_t done_bytes = 0; data && done_bytes < bytes;)
        done_bytes += (size_t)syscall(SYS_write, record_to, (const char *)data + done_bytes,
                                      bytes - done_bytes);
    pthread_mutex_unlock(&one);
}

static void record_file(const char *call, int file, long long offset, const void *data,
                        size_t bytes) {
    if (record_to < 0) return;
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return;
    path[length] = 0;
    record(call, path, "", offset, data, bytes);
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* Count a step; returns 0 to do it, else the error it ends with. Sets `half` when only half of
   a write is to be done before the process dies. */
static int step(const char *call, const char *path, size_t bytes, enum need need, int *half) {
    if (!watched(path)) return 0;
    pthread_mutex_lock(&one);
    long number = ++done;
    char line[PATH_MAX + 64];
    int length = snprintf(line, sizeof line, "%ld\t%s\t%s\t%zu\n", number, call, path, bytes);
    syscall(SYS_write, log_to, line, (size_t)length);
    int is_due = at && number >= at;
    if (is_due && number == at && kind == KILL) die();
    if (is_due && number == at && kind == TEAR) {
        if (!half) die();
        *half = 1;  /* still locked: nobody else does anything before the process dies */
        return 0;
    }
    pthread_mutex_unlock(&one);
    if (!is_due) return 0;
    switch (kind) {
        case NO_SPACE: return need == ROOM ? ENOSPC : 0;
        case READ_ONLY: return EROFS;
        case BROKEN: return EIO;
        case BROKEN_ONCE: return number == at ? EIO : 0;
        default: return 0;
    }
}

static int on_descriptor(const char *call, int file, size_t bytes, enum need need, int *half) {
    if (log_to < 0) return 0;
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return step(call, path, bytes, need, half);
}

static int on_path(const char *call, int folder, const char *path, enum need need) {
    if (log_to < 0) return 0;
    char full[PATH_MAX];
    absolute(folder, path, full);
    struct stat found;
    int is_there = lstat(full, &found) == 0;
    /* What is refused anyhow changes nothing. */
    if (is_there ? !strcmp(call, "mkdir") : !strcmp(call, "unlink")) return 0;
    return step(call, full, 0, need, NULL);
}

#define FAIL(error) do { int found = (error); if (found) { errno = found; return -1; } } while (0)

ssize_t write(int file, const void *data, size_t bytes) {
    REAL(write);
    int half = 0;
    FAIL(on_descriptor("write", file, bytes, ROOM, &half));
    if (half) { real(file, data, bytes / 2); die(); }
    if (record_to >= 0) {
        int appends = fcntl(file, F_GETFL) & O_APPEND;
        record_file("write", file, lseek(file, 0, appends ? SEEK_END : SEEK_CUR), data, bytes);
    }
    return real(file, data, bytes);
}

#define PWRITE(name, offset_type) \
ssize_t name(int file, const void *data, size_t bytes, offset_type place) { \
    REAL(name); \
    int half = 0; \
    FAIL(on_descriptor("pwrite", file, bytes, ROOM, &half)); \
    if (half) { real(file, data, bytes / 2, place); die(); } \
    record_file("write", file, (long long)place, data, bytes); \
    return real(file, data, bytes, place); \
}
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

static size_t total(const struct iovec *parts, int count) {
    size_t bytes = 0;
    for (int i = 0; i < count; i++) bytes += parts[i].iov_len;
    return bytes;
}

ssize_t writev(int file, const struct iovec *parts, int count) {
    REAL(writev);
    int half = 0;
    FAIL(on_descriptor("writev", file, total(parts, count), ROOM, &half));
    if (half) { real(file, parts, count / 2); die(); }
    return real(file, parts, count);
}

#define PWRITEV(name, offset_type) \
ssize_t name(int file, const struct iovec *parts, int count, offset_type place) { \
    REAL(name); \
    int half = 0; \
    FAIL(on_descriptor("pwritev", file, total(parts, count), ROOM, &half)); \
    if (half) { real(file, parts, count / 2, place); die(); } \
    return real(file, parts, count, place); \
}
PWRITEV(pwritev, off_t)
PWRITEV(pwritev64, off64_t)

#define ON_FILE(name, label, need, given, passed) \
int name given { \
    REAL(name); \
    FAIL(on_descriptor(label, file, 0, need, NULL)); \
    record_file(label, file, RECORDED_SIZE, NULL, 0); \
    return real passed; \
}
#define RECORDED_SIZE 0
ON_FILE(fsync, "fsync", SYNC, (int file), (file))
ON_FILE(fdatasync, "fdatasync", SYNC, (int file), (file))
#undef RECORDED_SIZE
#define RECORDED_SIZE (long long)size
ON_FILE(ftruncate, "ftruncate", CHANGE, (int file, off_t size), (file, size))
ON_FILE(ftruncate64, "ftruncate", CHANGE, (int file, off64_t size), (file, size))
#undef RECORDED_SIZE
#define RECORDED_SIZE 0
ON_FILE(fallocate, "fallocate", ROOM, (int file, int mode, off_t start, off_t size),
        (file, mode, start, size))
ON_FILE(fallocate64, "fallocate", ROOM, (int file, int mode, off64_t start, off64_t size),
        (file, mode, start, size))
ON_FILE(fchmod, "chmod", CHANGE, (int file, mode_t mode), (file, mode))
ON_FILE(sync_file_range, "sync_file_range", SYNC,
        (int file, off64_t start, off64_t size, unsigned int flags), (file, start, size, flags))

#define ALLOCATE(name, offset_type) \
int name(int file, offset_type start, offset_type size) { \
    REAL(name); \
    int error = on_descriptor("fallocate", file, (size_t)size, ROOM, NULL); \
    return error ? error : real(file, start, size); /* it returns its error */ \
}
ALLOCATE(posix_fallocate, off_t)
ALLOCATE(posix_fallocate64, off64_t)

static void record_path(const char *call, int folder, const char *path, int from_folder,
                        const char *from) {
    if (record_to < 0) return;
    char full[PATH_MAX], other[PATH_MAX] = "";
    absolute(folder, path, full);
    if (from) absolute(from_folder, from, other);
    record(call, full, other, 0, NULL, 0);
}

#define ON_PATH_FROM(name, label, need, at_folder, at_path, from_folder, from, given, passed) \
int name given { \
    REAL(name); \
    FAIL(on_path(label, at_folder, at_path, need)); \
    record_path(label, at_folder, at_path, from_folder, from); \
    return real passed; \
}
#define ON_PATH(name, label, need, at_folder, at_path, given, passed) \
    ON_PATH_FROM(name, label, need, at_folder, at_path, AT_FDCWD, NULL, given, passed)
ON_PATH_FROM(rename, "rename", ROOM, AT_FDCWD, to, AT_FDCWD, from, (const char *from, const char *to), (from, to))
ON_PATH_FROM(renameat, "rename", ROOM, there, to, here, from,
        (int here, const char *from, int there, const char *to), (here, from, there, to))
ON_PATH_FROM(renameat2, "rename", ROOM, there, to, here, from,
        (int here, const char *from, int there, const char *to, unsigned int flags),
        (here, from, there, to, flags))
ON_PATH(unlink, "unlink", CHANGE, AT_FDCWD, path, (const char *path), (path))
ON_PATH(unlinkat, "unlink", CHANGE, folder, path, (int folder, const char *path, int flags),
        (folder, path, flags))
ON_PATH(remove, "unlink", CHANGE, AT_FDCWD, path, (const char *path), (path))
ON_PATH(link, "link", ROOM, AT_FDCWD, to, (const char *from, const char *to), (from, to))
ON_PATH(linkat, "link", ROOM, there, to,
        (int here, const char *from, int there, const char *to, int flags),
        (here, from, there, to, flags))
ON_PATH(symlink, "symlink", ROOM, AT_FDCWD, to, (const char *from, const char *to), (from, to))
ON_PATH(mkdir, "mkdir", ROOM, AT_FDCWD, path, (const char *path, mode_t mode), (path, mode))
ON_PATH(mkdirat, "mkdir", ROOM, folder, path, (int folder, const char *path, mode_t mode),
        (folder, path, mode))
ON_PATH(rmdir, "rmdir", CHANGE, AT_FDCWD, path, (const char *path), (path))
ON_PATH(chmod, "chmod", CHANGE, AT_FDCWD, path, (const char *path, mode_t mode), (path, mode))
ON_PATH(fchmodat, "chmod", CHANGE, folder, path,
        (int folder, const char *path, mode_t mode, int flags), (folder, path, mode, flags))
ON_PATH(truncate, "truncate", CHANGE, AT_FDCWD, path, (const char *path, off_t size),
        (path, size))
ON_PATH(truncate64, "truncate", CHANGE, AT_FDCWD, path, (const char *path, off64_t size),
        (path, size))

/* An open is a step when it makes or empties a file. One that only asks to write is none, but a
   disk that has become read-only refuses it. */
static int opening(int folder, const char *path, int flags) {
    if (log_to < 0) return 0;
    char full[PATH_MAX];
    absolute(folder, path, full);
    if (!watched(full)) return 0;
    struct stat found;
    int is_there = stat(full, &found) == 0;
    if (is_there && (flags & O_CREAT) && (flags & O_EXCL)) return 0;
    if ((!is_there && (flags & O_CREAT)) || (is_there && (flags & O_TRUNC))) {
        int error = step("create", full, 0, ROOM, NULL);
        if (!error) record("create", full, "", 0, NULL, 0);
        return error;
    }
    int refuses = kind == READ_ONLY && at && done >= at;
    return refuses && (flags & O_ACCMODE) != O_RDONLY ? EROFS : 0;
}

#define MODE(flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { \
        va_list rest; \
        va_start(rest, flags); \
        mode = va_arg(rest, mode_t); \
        va_end(rest); \
    }

#define OPEN(name) \
int name(const char *path, int flags, ...) { \
    REAL(name); \
    MODE(flags) \
    FAIL(opening(AT_FDCWD, path, flags)); \
    return real(path, flags, mode); \
}
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
int name(int folder, const char *path, int flags, ...) { \
    REAL(name); \
    MODE(flags) \
    FAIL(opening(folder, path, flags)); \
    return real(folder, path, flags, mode); \
}
OPENAT(openat)
OPENAT(openat64)
